/** A row of the API as the server takes it: what is asked is checked, what it gives is an answer. */
import {
  EventStream,
  type Exchange,
  type Reply,
  readJson,
  type Route as ServedRoute,
  typeRefusal,
} from "@esme/http";
import { checked } from "../input/input.ts";
import type { ApiContext } from "./routes/context.ts";
import { Events, Raw, type Route } from "./routes/route.ts";
import { mostStalls } from "./views/live.ts";

/** The longest body taken, in octets. */
const longestBody = 1 << 20;

const methods = { get: "GET", post: "POST", delete: "DELETE" } as const;

/** Serves a row on these. */
export function servedRoute(row: Route, context: ApiContext): ServedRoute {
  return {
    method: methods[row.method],
    path: row.path,
    handle: async (exchange) => {
      const asked = await askedOf(row, exchange);
      return replyOf(row, await row.handle(asked, context), exchange);
    },
  };
}

async function askedOf(row: Route, { request, response, places, query }: Exchange) {
  const refusal = row.method === "get" ? undefined : typeRefusal(request);
  if (refusal !== undefined) throw refusal;
  const { pathSchema, querySchema, bodySchema } = row;
  const given = bodySchema === undefined ? undefined : await readJson(request, longestBody);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return {
    path: checked(pathSchema, places),
    query: checked(querySchema, Object.fromEntries(new URLSearchParams(query))),
    body: bodySchema === undefined ? undefined : checked(bodySchema, given),
    given,
    signal: gone.signal,
  };
}

function replyOf({ status }: Route, answer: unknown, exchange: Exchange): Reply | undefined {
  if (answer instanceof Raw) {
    const { type, body, filename } = answer;
    const disposition = `attachment; filename="${filename}"`;
    const named = filename !== undefined && { "content-disposition": disposition };
    return { status, headers: { "content-type": type, ...named }, body };
  }
  if (answer instanceof Events) {
    if (exchange.request.method === "HEAD") {
      return { status, headers: { "content-type": "text/event-stream" } };
    }
    answer.begin(EventStream.answer(exchange, mostStalls));
    return undefined;
  }
  if (answer === undefined) return { status, headers: {} };
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
}
