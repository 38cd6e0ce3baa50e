/** Takes each frame to where it belongs: responses to their requests, requests to the callbacks. */
import { type Codec, decodeDamaged, isPduError, type Pdu, type PduError } from "@esme/pdu";
import { asError, LinkError } from "./errors.ts";
import type { InboundRequests } from "./inbound-requests.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Logger } from "./logger.ts";
import type { OutboundRequests } from "./outbound-requests.ts";
import { ownFrame, ownOctets } from "./own-octets.ts";
import { stateBoundBy } from "./states.ts";
import type { Stats } from "./stats.ts";
import type { Trace } from "./trace.ts";
import type { Version } from "./version.ts";

/** What {@link Reception} works with. */
export interface ReceptionInit {
  readonly codec: Codec;
  readonly life: Lifecycle;
  readonly version: Version;
  readonly requests: OutboundRequests;
  readonly answers: InboundRequests;
  /** A PDU came that is more than a sign of life. */
  readonly onActive: (now: number) => void;
  readonly stats: Stats;
  readonly trace: Trace;
  readonly logger: Logger;
  /** A response that no request waited for. */
  readonly onStray: (pdu: Pdu, late: boolean) => void;
  /** A PDU broke a rule and was taken all the same. */
  readonly onTolerated: (problem: PduError | LinkError) => void;
  /** A PDU could not be decoded. */
  readonly onError: (error: Error) => void;
}

/** Octets of a response that most likely has no octet strings: to copy it would cost for nothing. */
const PLAIN_RESPONSE = 100;

/** What is done with the frames of the peer. */
export class Reception {
  readonly #init: ReceptionInit;

  constructor(init: ReceptionInit) {
    this.#init = init;
  }

  receive(received: Uint8Array, now: number): void {
    const isPlain = isResponse(received) && received.length <= PLAIN_RESPONSE;
    const frame = isPlain ? received : ownFrame(received);
    let pdu: Pdu;
    try {
      pdu = this.#init.codec.decode(frame);
      if (isPlain) ownOctets(pdu);
    } catch (error) {
      // Any error: with a codec of the user's, too, a peer must not end the process.
      this.#onUnreadable(frame, asError(error), now);
      return;
    }
    this.#onReadable(pdu, frame, now);
  }

  #onReadable(pdu: Pdu, frame: Uint8Array, now: number): void {
    this.#init.trace.pdu("in", pdu.command, frame);
    if (!isKeepAlive(pdu.command)) this.#init.onActive(now);
    if (isResponse(frame)) this.#onResponse(pdu, now);
    else this.#onRequest(pdu, frame.length);
  }

  #onUnreadable(frame: Uint8Array, error: Error, now: number): void {
    const { trace, answers, stats, onTolerated, onError } = this.#init;
    if (!isResponse(frame)) {
      trace.pdu("in", "malformed", frame);
      onError(error);
      answers.takeMalformed(frame, error);
      return;
    }
    // Its status alone says what became of the request: refused for its body, what the peer took
    // would be sent again.
    stats.damaged++;
    if (isPduError(error)) onTolerated(error);
    else onError(error);
    const damaged = true as const;
    const readable = decodeDamaged(ownFrame(frame));
    this.#onReadable(Object.assign(readable, { damaged }), frame, now);
  }

  #onResponse(pdu: Pdu, now: number): void {
    const { requests, answers, stats, logger, onStray } = this.#init;
    answers.show(pdu, "in");
    if (requests.answer(pdu, now)) return;
    // Never answered: two peers that nack each other's nacks would not end.
    const late = requests.wasLate(pdu);
    stats.stray++;
    logger.warn(
      { command: pdu.command, sequence_number: pdu.sequence_number, late },
      late ? "a response came after its request had timed out" : "a response nobody asked for",
    );
    onStray(pdu, late);
  }

  #onRequest(pdu: Pdu, octets: number): void {
    const { life, version, answers, logger, onTolerated } = this.#init;
    const { command } = pdu;
    const refusal = life.refusalOf(command);
    const isTolerated = refusal !== undefined && life.tolerates(command);
    if (refusal !== undefined && !isTolerated) {
      logger.warn({ command, state: life.state }, "refused: unknown, or wrong state");
      // An unknown command is shown to whoever watches all; one that is refused for its state does nothing.
      if (command === "unknown") answers.show(pdu, "in");
      answers.refuse(pdu, refusal);
      return;
    }
    if (isTolerated) {
      const what = `${command} came in state ${life.state}, where an SMSC may not send it; it was taken`;
      onTolerated(new LinkError("wrong_state", what));
    }
    if (command !== "unknown" && stateBoundBy(command) !== undefined) {
      life.beginBind(pdu);
      version.hear(pdu);
    }
    answers.take(pdu, octets);
  }
}

/** What does not count as activity. */
export function isKeepAlive(command: string): boolean {
  return command === "enquire_link" || command === "enquire_link_resp";
}

/** Bit 31 of command_id marks a response (SMPP 3.4 section 5.1.2.1). */
function isResponse(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0x80) !== 0;
}
