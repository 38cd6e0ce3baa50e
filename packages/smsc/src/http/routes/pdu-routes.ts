/** Routes about the log of PDUs. */

import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HttpError } from "@esme/http";
import { z } from "zod";
import { pcapOf } from "../../log/pcap.ts";
import type { LoggedPdu, PduLog } from "../../log/pdu-log.ts";
import {
  explained,
  explainedPdu,
  type PduSummary,
  pduSummary,
  summaryOf,
} from "../../log/pdu-summary.ts";
import { wholeParameter } from "./parameters.ts";
import { type PduFilter, passes, pduFilter, session } from "./pdu-filter.ts";
import { Raw, type Route, route } from "./route.ts";

const id = wholeParameter().describe("The `id` of a PDU");

/** PDUs of the log that are looked at in one turn of the event loop: some have to be decoded for it. */
const lookedAtInOneTurn = 500;

export const pduRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/pdus",
    summary: "The last PDUs, oldest first, a line each",
    query: {
      ...pduFilter,
      after: wholeParameter().exactOptional().describe("Only PDUs with a greater id"),
      before: wholeParameter().exactOptional().describe("Only PDUs with a smaller id"),
      limit: wholeParameter(1, 1_000).default(100),
    },
    answer: z.array(pduSummary),
    handle: async ({ query, signal }, { log }) => {
      const found: PduSummary[] = [];
      const last = Math.min(log.last, (query.before ?? Number.POSITIVE_INFINITY) - 1);
      const first = Math.max(log.first, (query.after ?? 0) + 1);
      for (let id = last; id >= first && found.length < query.limit; id--) {
        if ((last - id) % lookedAtInOneTurn === lookedAtInOneTurn - 1) {
          await nextTurn();
          if (signal.aborted) break;
        }
        const logged = log.get(id);
        if (logged !== undefined && passes(logged, query)) found.push(summaryOf(logged));
      }
      return found.reverse();
    },
  }),
  route({
    method: "delete",
    path: "/api/pdus",
    summary: "Empties the log",
    status: 204,
    handle: (_, { log }) => log.clear(),
  }),
  route({
    method: "get",
    path: "/api/pdus/{id}",
    summary: "One PDU, explained octet by octet",
    params: { id },
    answer: explainedPdu,
    refusals: [404],
    handle: ({ path }, { log }) => explained(loggedOf(log, path.id)),
  }),
  route({
    method: "get",
    path: "/api/pdus/{id}/hex",
    summary: "The octets of one PDU as hexadecimal digits",
    params: { id },
    answer: "text/plain",
    refusals: [404],
    handle: ({ path }, { log }) =>
      new Raw("text/plain", `${Buffer.from(loggedOf(log, path.id).octets).toString("hex")}\n`),
  }),
  route({
    method: "get",
    path: "/api/pcap",
    summary: "The log as a capture for Wireshark and tshark",
    description:
      "SMPP over TCP over IPv4. The message centre is at port 2775 in it, wherever it really listens: that is where Wireshark looks for SMPP. Passwords are asterisks.",
    query: { session },
    answer: "application/vnd.tcpdump.pcap",
    handle: ({ query }, { log }) =>
      new Raw(
        "application/vnd.tcpdump.pcap",
        Readable.from(pcapOf(all(log, query))),
        `esme-smsc${query.session === undefined ? "" : `-session-${query.session}`}.pcap`,
      ),
  }),
];

function loggedOf(log: PduLog, id: number): LoggedPdu {
  const logged = log.get(id);
  if (logged !== undefined) return logged;
  const range = log.last < log.first ? "it is empty" : `it has ${log.first} to ${log.last}`;
  throw new HttpError(404, "not_found", `no PDU ${id} in the log: ${range}`);
}

/** What is in the log now. A reader slower than the log goes round misses what is overwritten. */
function* all(log: PduLog, filter: PduFilter): Generator<LoggedPdu, void> {
  const { last } = log;
  for (let id = log.first; id <= last; id++) {
    const logged = log.get(id);
    if (logged !== undefined && passes(logged, filter)) yield logged;
  }
}
