/** The HTTP API as a table of routes. */
import { shortened } from "@esme/settings";
import { z } from "zod";
import { faultRoutes } from "./fault-routes.ts";
import { pduFilter } from "./pdu-filter.ts";
import { pduRoutes } from "./pdu-routes.ts";
import { phoneRoutes } from "./phone-routes.ts";
import { ApiError, Raw, type Route, route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { textRoutes } from "./text-routes.ts";

export const eventRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/events",
    summary: "What happens, as it happens (server-sent events)",
    description:
      "`state` (a State) once a second, `texts` (PhoneTexts that are new or changed), `pdus` (`{ pdus, missed }`: PduSummaries that fit the query, and how many more there were) and `faults` (all FaultInForce) when there is something new. One who reads slowly is told less often; one who reads nothing for half a minute is cut off.",
    query: pduFilter,
    answer: "text/event-stream",
    refusals: [503],
    handle: ({ query }, { live }) => {
      if (!live.hasRoom) throw new ApiError(503, "too_many", "too many streams are open already");
      return new Raw("text/event-stream", live.open(query));
    },
  }),
  route({
    method: "get",
    path: "/openapi.json",
    summary: "This description",
    answer: z.looseObject({ openapi: z.string() }),
    // Made when it is first asked for: it is not small, and few ask.
    handle: async () => (await import("./openapi.ts")).openApi(routes),
  }),
];

/** All routes. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...textRoutes,
  ...phoneRoutes,
  ...faultRoutes,
  ...pduRoutes,
  ...eventRoutes,
];

/** The route for a method and a path, and what stands in the path's places. */
export function routeFor(
  method: string,
  pathname: string,
): { route: Route; path: Readonly<Record<string, string>> } {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  const fitting = routes.flatMap((route) => {
    const path = placesIn(route.path, pathname);
    return path === undefined ? [] : [{ route, path }];
  });
  // A path without places goes before one with: /api/faults/known is no /api/faults/{id}.
  fitting.sort((one, other) => placeCount(one.path) - placeCount(other.path));
  const found = fitting.find(({ route }) => route.method === wanted);
  if (found !== undefined) return found;
  if (fitting.length === 0) {
    throw new ApiError(404, "not_found", `no ${shortened(pathname)} here: see /openapi.json`);
  }
  const methods = fitting.map(({ route }) => route.method.toUpperCase()).join(", ");
  throw new ApiError(405, "bad_method", `${shortened(pathname)} takes ${methods}, not ${method}`);
}

function placesIn(pattern: string, pathname: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split("/"), pathname.split("/")];
  if (wanted.length !== given.length) return undefined;
  const places: [string, string][] = [];
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== actual : actual === "") return undefined;
    if (name !== undefined) places.push([name, unescaped(actual)]);
  }
  return Object.fromEntries(places);
}

function placeCount(path: Readonly<Record<string, string>>): number {
  return Object.keys(path).length;
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError(400, "bad_path", `${shortened(segment)} is not percent-encoded UTF-8`);
  }
}
