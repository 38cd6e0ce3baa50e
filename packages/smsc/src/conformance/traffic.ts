/** What an ESME sends by itself, judged while it passes: how it binds, its numbers, its texts. */
import type { Pdu, PduOf } from "@esme/pdu";
import type { PduEvent } from "../sessions/pdu-event.ts";
import type { SmscSession } from "../sessions/smsc-session.ts";
import type { Finding } from "./finding.ts";
import { LongTexts, type Submission } from "./long-texts.ts";

type Bind = PduOf<"bind_transmitter" | "bind_receiver" | "bind_transceiver">;

/** Submissions whose times are remembered, and requests that may be unanswered. */
const limit = 10_000;

/** Watches the requests of one ESME, over all its sessions. */
export class Traffic {
  readonly longTexts = new LongTexts();
  readonly #unanswered = new WeakMap<SmscSession, Set<number>>();
  readonly #submitted: number[] = [];
  #requests = 0;
  #wrongNumber: string | undefined;
  #bind: Bind | undefined;

  /** The last bind request. */
  get bind(): Bind | undefined {
    return this.#bind;
  }

  see({ session, direction, pdu }: PduEvent, now: number): void {
    if (pdu === undefined || pdu.command === "unknown") return;
    const unanswered = this.#unanswered.get(session) ?? new Set();
    this.#unanswered.set(session, unanswered);
    if (isResponse(pdu)) {
      if (direction === "out") unanswered.delete(pdu.sequence_number);
      return;
    }
    if (direction === "out") return;
    this.#judgeNumber(pdu, unanswered);
    if (isBind(pdu)) this.#bind = pdu;
    if (!isSubmission(pdu)) return;
    this.#submitted.push(now);
    if (this.#submitted.length > limit) this.#submitted.shift();
    this.longTexts.see(pdu, now);
  }

  /** Submissions between two moments of `performance.now()`. */
  submittedBetween(from: number, to: number): number {
    return this.#submitted.filter((at) => at >= from && at < to).length;
  }

  /** What can be said at the end. */
  findings(): Finding[] {
    const right = `sequence numbers are in range, none is used again too early (${this.#requests} requests)`;
    const numbers: Finding = {
      check: "sequence_numbers",
      verdict: this.#wrongNumber === undefined ? "right" : "wrong",
      says: this.#wrongNumber ?? right,
      section: "SMPP 3.4, 5.1.4",
    };
    return [numbers, ...this.longTexts.findings()];
  }

  #judgeNumber({ sequence_number }: Pdu, unanswered: Set<number>): void {
    this.#requests++;
    if (sequence_number < 1 || sequence_number > 0x7fff_ffff) {
      this.#wrongNumber ??= `sequence_number ${sequence_number} is used: the range is 1 to 0x7FFFFFFF`;
    } else if (unanswered.has(sequence_number)) {
      this.#wrongNumber ??= `sequence_number ${sequence_number} is used again while its request is unanswered`;
    }
    if (unanswered.size < limit) unanswered.add(sequence_number);
  }
}

function isResponse({ command }: Pdu): boolean {
  return command.endsWith("_resp") || command === "generic_nack";
}

function isBind(pdu: Pdu): pdu is Bind {
  return pdu.command.startsWith("bind_") && !isResponse(pdu);
}

function isSubmission(pdu: Pdu): pdu is Submission {
  return pdu.command === "submit_sm" || pdu.command === "data_sm" || pdu.command === "submit_multi";
}
