/** Routes about the message centre, its accounts and its sessions. */
import { HttpError } from "@esme/http";
import { z } from "zod";
import type { SmscSession } from "../../sessions/smsc-session.ts";
import type { Smsc } from "../../smsc.ts";
import { centreState, centreStateOf, sessionState, sessionStateOf } from "../views/state.ts";
import { wholeParameter } from "./parameters.ts";
import { type Route, route } from "./route.ts";

const id = wholeParameter().describe("The `id` of a session");

const account = z
  .strictObject({
    system_id: z.string(),
    maxSessions: z.int().nullable().describe("Sessions that may be bound at once; null: no limit"),
  })
  .meta({ id: "Account" });

export const sessionRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/state",
    summary: "The message centre and everything connected to it",
    answer: centreState,
    handle: (_, { smsc, rates, log }) => centreStateOf(smsc, rates, log),
  }),
  route({
    method: "get",
    path: "/api/accounts",
    summary: "The accounts, without passwords; null when everybody may bind",
    answer: z.array(account).nullable(),
    handle: (_, { smsc }) =>
      smsc.access.accounts?.map(({ system_id, maxSessions = null }) => ({
        system_id,
        maxSessions,
      })) ?? null,
  }),
  route({
    method: "get",
    path: "/api/sessions",
    summary: "The connected ESMEs, oldest first",
    query: {
      after: wholeParameter()
        .default(0)
        .describe("Only sessions with a greater id. With the last id of a response: the next page"),
      limit: wholeParameter(1, 1_000).default(100).describe("At most this many, the first ones"),
    },
    answer: z.array(sessionState),
    handle: ({ query: { after, limit } }, { smsc, rates }) =>
      smsc.sessions
        .filter((session) => session.id > after)
        .slice(0, limit)
        .map((session) => sessionStateOf(session, rates)),
  }),
  route({
    method: "get",
    path: "/api/sessions/{id}",
    summary: "One connected ESME",
    params: { id },
    answer: sessionState,
    refusals: [404],
    handle: ({ path }, { smsc, rates }) => sessionStateOf(sessionOf(smsc, path.id), rates),
  }),
  route({
    method: "post",
    path: "/api/sessions/{id}/unbind",
    summary: "Asks an ESME to unbind, and closes its connection then",
    params: { id },
    status: 202,
    refusals: [404],
    handle: ({ path }, { smsc }) => void sessionOf(smsc, path.id).session.unbind(),
  }),
  route({
    method: "post",
    path: "/api/sessions/{id}/close",
    summary: "Tears a connection down, as a crash does",
    params: { id },
    status: 204,
    refusals: [404],
    handle: ({ path }, { smsc }) => sessionOf(smsc, path.id).destroy(),
  }),
];

function sessionOf(smsc: Smsc, id: number): SmscSession {
  const found = smsc.sessions.find((session) => session.id === id);
  if (found !== undefined) return found;
  throw new HttpError(404, "not_found", `no session ${id}: ${connected(smsc.sessions)}`);
}

/** Sessions that an error names; of more it says how many. */
const mostNamed = 10;

function connected(sessions: readonly SmscSession[]): string {
  if (sessions.length === 0) return "none is connected";
  const ids = sessions.slice(0, mostNamed).map(({ id }) => id);
  const others = sessions.length - ids.length;
  return `connected are ${ids.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}
