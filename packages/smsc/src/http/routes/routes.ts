/** The HTTP API as a table of routes. */
import { HttpError } from "@esme/http";
import { z } from "zod";
import { faultRoutes } from "./fault-routes.ts";
import { passes, pduFilter } from "./pdu-filter.ts";
import { pduRoutes } from "./pdu-routes.ts";
import { phoneRoutes } from "./phone-routes.ts";
import { Events, type Route, route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { textRoutes } from "./text-routes.ts";

export const eventRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/events",
    summary: "What happens, live (server-sent events)",
    description:
      "`state` (a State) once a second, `texts` (PhoneTexts that are new or changed), `pdus` (`{ pdus, missed }`: PduSummaries that fit the query, and how many more there were) and `faults` (all FaultInForce) when there is something new. A slow reader gets fewer events; a reader that takes nothing for half a minute is disconnected.",
    query: pduFilter,
    answer: "text/event-stream",
    refusals: [503],
    handle: ({ query }, { live }) => {
      if (!live.hasRoom) throw new HttpError(503, "too_many", "too many streams are open");
      return new Events((stream) => live.open(stream, (pdu) => passes(pdu, query)));
    },
  }),
  route({
    method: "get",
    path: "/openapi.json",
    summary: "This OpenAPI document",
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
