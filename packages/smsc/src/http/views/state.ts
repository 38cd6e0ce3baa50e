/** The state of a message centre and its sessions, as the HTTP API tells it. */
import { z } from "zod";
import type { PduLog } from "../../log/pdu-log.ts";
import type { SmscSession } from "../../sessions/smsc-session.ts";
import type { Smsc } from "../../smsc.ts";
import type { SessionRates } from "./session-rates.ts";

/** Sessions that the state tells one by one: of more nobody sees each, and all are told once a second. */
const mostSessions = 100;

const counts = z.record(z.string(), z.int());

/** One connected ESME. */
export const sessionState = z
  .strictObject({
    id: z.int().describe("Counts the connections from 1"),
    system_id: z.string().describe("Empty before the bind"),
    mode: z.enum(["transmitter", "receiver", "transceiver"]).nullable(),
    state: z
      .string()
      .describe("The session state of SMPP: OPEN, BOUND_TX, BOUND_RX, BOUND_TRX, ..."),
    remote: z.string().describe("Address and port of the ESME"),
    version: z.string().describe("The version of SMPP that the ESME speaks; empty before the bind"),
    window: z.strictObject({
      size: z.int().describe("deliver_sm that may be without a response"),
      in_flight: z.int(),
      waiting: z.int(),
    }),
    unanswered: z.int().describe("Requests of the ESME without a response yet"),
    enquire_link: z.strictObject({
      received: z.int(),
      sent: z.int(),
      last: z.string().nullable().describe("When the last enquire_link or enquire_link_resp came"),
    }),
    received: counts.describe("PDUs by command"),
    sent: counts.describe("PDUs by command"),
    malformed: z.int().describe("PDUs that could not be decoded"),
    tolerated: z.int().describe("PDUs that broke a rule and were accepted"),
    rate: z
      .strictObject({ in: z.array(z.int()), out: z.array(z.int()) })
      .describe("Messages per second over the last minute, oldest first: from the ESME, and to it"),
  })
  .meta({ id: "Session" });

/** The whole message centre. */
export const centreState = z
  .strictObject({
    system_id: z.string().describe("Its name in bind responses"),
    host: z.string(),
    port: z.int().describe("Where ESMEs connect to"),
    tls: z.boolean(),
    pending_deliveries: z.int().describe("deliver_sm that wait or are without a response"),
    log: z.strictObject({ first: z.int(), last: z.int() }).describe("Ids of the PDUs in the log"),
    refused_connections: z
      .int()
      .describe("Connections that were closed at once: there were too many"),
    sessions: z.array(sessionState).describe(`The oldest ${mostSessions}, oldest first`),
    more: z
      .strictObject({
        sessions: z.int(),
        bound: z.int(),
        rate: z.strictObject({ in: z.int(), out: z.int() }).describe("In the last second"),
      })
      .describe("The other sessions, summed up. `/api/sessions` has each of them"),
  })
  .meta({ id: "State" });

export type SessionState = z.infer<typeof sessionState>;
export type CentreState = z.infer<typeof centreState>;

export function centreStateOf(smsc: Smsc, rates: SessionRates, log: PduLog): CentreState {
  const { access, pendingDeliveries, refusedConnections, sessions } = smsc;
  const { system_id, host, port, tls } = access;
  return {
    system_id,
    host,
    port,
    tls,
    pending_deliveries: pendingDeliveries,
    log: { first: log.first, last: log.last },
    refused_connections: refusedConnections,
    sessions: sessions.slice(0, mostSessions).map((session) => sessionStateOf(session, rates)),
    more: summedUp(sessions.slice(mostSessions), rates),
  };
}

function summedUp(sessions: readonly SmscSession[], rates: SessionRates): CentreState["more"] {
  const sum = { sessions: sessions.length, bound: 0, rate: { in: 0, out: 0 } };
  for (const session of sessions) {
    const { in: inbound, out } = rates.of(session);
    if (session.mode !== undefined) sum.bound++;
    sum.rate.in += inbound.at(-1) ?? 0;
    sum.rate.out += out.at(-1) ?? 0;
  }
  return sum;
}

export function sessionStateOf(session: SmscSession, rates: SessionRates): SessionState {
  const stats = session.session.stats();
  const { in: inbound, out, enquired } = rates.of(session);
  return {
    id: session.id,
    system_id: session.system_id,
    mode: session.mode ?? null,
    state: stats.state,
    remote: session.remote,
    version: versionOf(session.session.peerVersion),
    window: { size: stats.window, in_flight: stats.inFlight, waiting: stats.waiting },
    unanswered: stats.inboundRunning + stats.inboundWaiting,
    enquire_link: {
      received: stats.received["enquire_link"] ?? 0,
      sent: stats.sent["enquire_link"] ?? 0,
      last: enquired === undefined ? null : new Date(enquired).toISOString(),
    },
    received: stats.received,
    sent: stats.sent,
    malformed: stats.malformed,
    tolerated: session.tolerated,
    rate: { in: [...inbound], out: [...out] },
  };
}

/** interface_version has the digits in its halves (SMPP 3.4, 5.2.4). */
function versionOf(octet: number | undefined): string {
  return octet === undefined ? "" : `${octet >> 4}.${octet & 0xf}`;
}
