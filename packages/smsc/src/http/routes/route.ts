/** What a route of the HTTP API is: a row that the server serves and the OpenAPI file documents. */

import type { Readable } from "node:stream";
import type { EventStream } from "@esme/http";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import type { ApiContext } from "./context.ts";

/** What was asked, checked. */
export interface Asked<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** The body before it was checked. */
  readonly given: unknown;
  /** Over when the connection is. */
  readonly signal: AbortSignal;
}

/** An answer that is no JSON. */
export class Raw {
  readonly type: string;
  readonly body: Readable | string;
  /** The name to save it by. */
  readonly filename: string | undefined;

  constructor(type: string, body: Readable | string, filename?: string) {
    this.type = type;
    this.body = body;
    this.filename = filename;
  }
}

/** An answer that goes on: events for as long as somebody reads them. */
export class Events {
  /** Called with the stream, which is open. */
  readonly begin: (stream: EventStream) => void;

  constructor(begin: Events["begin"]) {
    this.begin = begin;
  }
}

/** What answers a refusal. */
export const apiError = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe("For programs"),
      message: z.string().describe("For people"),
    }),
  })
  .meta({
    id: "Error",
    examples: [{ error: { code: "not_found", message: "no PDU 7 in the log: it has 100 to 240" } }],
  });

/** One row, as the server sees it. */
export interface Route {
  readonly method: "get" | "post" | "delete";
  /** `{name}` stands for one segment. */
  readonly path: `/${string}`;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly pathSchema: z.ZodObject;
  readonly querySchema: z.ZodObject;
  readonly bodySchema: z.ZodType | undefined;
  /** A request body for the documentation. */
  readonly example: unknown;
  readonly status: number;
  /** Undefined: no body. A string: the media type of an answer that is no JSON. */
  readonly answer: z.ZodType | string | undefined;
  /** HTTP statuses of its refusals, besides those that all routes have. */
  readonly refusals: readonly number[];
  readonly handle: (asked: Asked<unknown, unknown, unknown>, context: ApiContext) => unknown;
}

interface RouteInput<
  Path extends z.ZodRawShape,
  Query extends z.ZodRawShape,
  Body extends z.ZodType,
> extends Pick<Route, "method" | "path" | "summary" | "description"> {
  readonly params?: Path;
  readonly query?: Query;
  readonly body?: Body;
  readonly example?: z.input<Body>;
  readonly status?: number;
  readonly answer?: z.ZodType | string;
  readonly refusals?: readonly number[];
  readonly handle: (
    asked: Asked<z.output<z.ZodObject<Path>>, z.output<z.ZodObject<Query>>, z.output<Body>>,
    context: ApiContext,
  ) => unknown;
}

/** A row, its handler typed by its schemas. */
export function route<
  Path extends z.ZodRawShape = Record<never, never>,
  Query extends z.ZodRawShape = Record<never, never>,
  Body extends z.ZodType = z.ZodUndefined,
>(given: RouteInput<Path, Query, Body>): Route {
  const { params, query, body, example, status = 200, answer, refusals = [], ...rest } = given;
  return {
    ...rest,
    pathSchema: mapping(params ?? {}),
    querySchema: mapping(query ?? {}),
    bodySchema: body,
    example,
    status,
    answer,
    refusals,
    // The server hands over nothing that has not passed these three schemas.
    handle: given.handle as Route["handle"],
  };
}
