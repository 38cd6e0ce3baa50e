/** What an ESME is asked, one thing after the other, and what its answers tell. */
import { encode, hexNumber, InterfaceVersion, Status, statusName } from "@esme/pdu";
import type { SmscSession } from "../sessions/smsc-session.ts";
import type { Finding } from "./finding.ts";
import type { Reply, Subject } from "./subject.ts";

/** Times of a conformance run, in milliseconds. */
export interface CheckTimes {
  /** An answer that comes later is late. */
  readonly answerWithin: number;
  /** How long submissions are watched. */
  readonly watch: number;
  /** How long the ESME may take to come back. */
  readonly reconnectWithin: number;
}

type Check = (subject: Subject, session: SmscSession, times: CheckTimes) => Promise<Finding[]>;

/** Those of a bound session that stays bound, in this order. */
export const checks: readonly Check[] = [
  bindFields,
  enquireLink,
  deliverSm,
  unknownTlv,
  unknownCommand,
  malformedPdu,
  strayResponse,
];

type Verdict = Finding["verdict"];

function finding(check: string, verdict: Verdict, says: string, section: string): Finding {
  return { check, verdict, says, section };
}

async function bindFields({ traffic: { bind } }: Subject): Promise<Finding[]> {
  if (bind === undefined) return [];
  const { interface_version } = bind;
  const section = "SMPP 3.4, 5.2.4";
  const known = Object.values(InterfaceVersion).some((version) => version === interface_version);
  const written = hexNumber(interface_version, 2);
  if (known)
    return [finding("bind", "right", `it binds with interface_version ${written}`, section)];
  const why =
    interface_version === 34 || interface_version === 33
      ? `interface_version is ${written}, the decimal number ${interface_version}: version 3.4 is 0x34, and anything below means 3.3 or earlier, so that it must not be sent TLVs`
      : `interface_version is ${written}: expected 0x33, 0x34 or 0x50`;
  return [finding("bind", "wrong", why, section)];
}

async function enquireLink(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  const reply = await subject.ask(session, { command: "enquire_link" }, 2 * answerWithin);
  return [answered("enquire_link", "enquire_link", reply, answerWithin, "SMPP 3.4, 4.11")];
}

async function deliverSm(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  const section = "SMPP 3.4, 4.6";
  if (!session.receives) {
    return [
      finding(
        "deliver_sm",
        "not seen",
        "it is bound as transmitter alone and gets no deliver_sm",
        section,
      ),
    ];
  }
  const text = { source_addr: "27820001001", destination_addr: "4711" };
  const request = { command: "deliver_sm", ...text, short_message: Buffer.from("Hello") } as const;
  const reply = await subject.ask(session, request, 2 * answerWithin);
  const findings = [answered("deliver_sm", "deliver_sm", reply, answerWithin, section)];
  const { octets, pdu } = reply;
  if (octets === undefined || pdu?.command === "generic_nack") return findings;
  const says =
    octets.length === 17
      ? "deliver_sm_resp has 17 octets, with its empty message_id"
      : `deliver_sm_resp has ${octets.length} octets: expected 17, with an empty message_id; some message centres close the connection`;
  const verdict = octets.length === 17 ? "right" : "wrong";
  return [...findings, finding("deliver_sm_resp", verdict, says, "SMPP 3.4, 4.6.2")];
}

async function unknownTlv(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  if (!session.receives) return [];
  const unknown_tlvs = [{ tag: 0x3fff, value: Uint8Array.of(1, 2, 3) }];
  const text = { source_addr: "27820001001", destination_addr: "4711" };
  const octets = Buffer.from("with a TLV of a vendor");
  const request = { command: "deliver_sm", ...text, short_message: octets, unknown_tlvs } as const;
  const reply = await subject.ask(session, request, 2 * answerWithin);
  return [
    answered(
      "unknown_tlv",
      "a deliver_sm with an unknown TLV",
      reply,
      answerWithin,
      "SMPP 3.4, 3.3",
    ),
  ];
}

async function unknownCommand(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  const section = "SMPP 3.4, 4.3";
  const octets = Buffer.from("00000010000001230000000000000000", "hex");
  octets.writeUInt32BE(subject.nextSequence(), 12);
  const { pdu } = await subject.send(session, octets, null, answerWithin);
  const isRight = pdu?.command === "generic_nack" && pdu.command_status === Status.ESME_RINVCMDID;
  if (isRight) {
    return [
      finding(
        "unknown_command",
        "right",
        "an unknown command gets a generic_nack with ESME_RINVCMDID",
        section,
      ),
    ];
  }
  const what =
    pdu === undefined ? "no answer" : `${pdu.command} with ${statusName(pdu.command_status)}`;
  const says = `an unknown command gets ${what}: expected generic_nack with ESME_RINVCMDID`;
  return [
    finding("unknown_command", "wrong", says, section),
    ...(await alive(subject, session, answerWithin, "an unknown command")),
  ];
}

async function malformedPdu(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  if (!session.receives) return [];
  const whole = encode({
    command: "deliver_sm",
    source_addr: "27820001001",
    destination_addr: "4711",
  });
  // Cut in the middle of destination_addr: a length that is true, a string without its end.
  const octets = Buffer.from(whole.subarray(0, 34));
  octets.writeUInt32BE(octets.length, 0);
  octets.writeUInt32BE(subject.nextSequence(), 12);
  const { pdu } = await subject.send(session, octets, "deliver_sm_resp", answerWithin);
  const section = "SMPP 3.4, 5.1.3";
  const isRefused = pdu !== undefined && pdu.command_status !== Status.ESME_ROK;
  const what =
    pdu === undefined ? "no answer" : `${pdu.command} with ${statusName(pdu.command_status)}`;
  const says = isRefused
    ? `a deliver_sm that is cut off is refused (${what})`
    : `a deliver_sm that is cut off gets ${what}: expected deliver_sm_resp or generic_nack with an error`;
  const first = finding("malformed_pdu", isRefused ? "right" : "wrong", says, section);
  return [first, ...(await alive(subject, session, answerWithin, "a malformed PDU"))];
}

async function strayResponse(
  subject: Subject,
  session: SmscSession,
  { answerWithin }: CheckTimes,
): Promise<Finding[]> {
  const sequence_number = subject.nextSequence();
  const octets = encode({ command: "submit_sm_resp", message_id: "stray", sequence_number });
  const wait = Math.min(answerWithin, 300);
  const { pdu } = await subject.send(session, octets, null, wait);
  if (pdu !== undefined) {
    const says = `a response that answers nothing is itself answered, with ${pdu.command}`;
    return [finding("stray_response", "wrong", says, "SMPP 3.4, 4.3")];
  }
  return alive(subject, session, answerWithin, "a response that answers nothing");
}

/** That the session is still of use after something odd. */
async function alive(
  subject: Subject,
  session: SmscSession,
  answerWithin: number,
  after: string,
): Promise<Finding[]> {
  const reply = await subject.ask(session, { command: "enquire_link" }, 2 * answerWithin);
  const isAlive = reply.octets !== undefined;
  const says = isAlive ? `the session survives ${after}` : `the session does not survive ${after}`;
  return [finding("survives", isAlive ? "right" : "wrong", says, "SMPP 3.4, 2.8")];
}

function answered(
  check: string,
  what: string,
  reply: Reply,
  limit: number,
  section: string,
): Finding {
  const { pdu, octets, ms, hasWrongSequence } = reply;
  if (octets === undefined) {
    const why = hasWrongSequence
      ? "with another sequence_number than that of the request"
      : `not within ${2 * limit} ms`;
    return finding(check, "wrong", `${what} is answered ${why}`, section);
  }
  const took = `${Math.round(ms)} ms`;
  if (pdu === undefined)
    return finding(check, "wrong", `${what} is answered with a malformed PDU`, section);
  if (pdu.command_status !== Status.ESME_ROK) {
    return finding(
      check,
      "wrong",
      `${what} is answered with ${statusName(pdu.command_status)}`,
      section,
    );
  }
  if (ms > limit)
    return finding(check, "wrong", `${what} is answered late, after ${took}`, section);
  return finding(check, "right", `${what} is answered, after ${took}`, section);
}
