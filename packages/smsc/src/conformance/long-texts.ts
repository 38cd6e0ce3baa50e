/** Whether the parts of an ESME's long texts belong together as they should: headers, flags, numbers. */
import { hasUserDataHeader, type PduOf } from "@esme/pdu";
import { type Concat, readUdh } from "@esme/sm-split";
import type { Finding } from "./finding.ts";

/** A PDU that submits a message. */
export type Submission = PduOf<"submit_sm" | "data_sm" | "submit_multi">;

interface TextInParts {
  readonly total: number;
  readonly parts: Set<number>;
  /** When a part came last. */
  last: number;
}

const sections = {
  udhi: "SMPP 3.4, 5.2.12",
  parts: "3GPP TS 23.040, 9.2.3.24.1",
} as const;

/** Texts whose parts are remembered at one time. */
const limit = 10_000;

/** The parts that one ESME has sent. */
export class LongTexts {
  /** By sender, destination and reference. */
  readonly #texts = new Map<string, TextInParts>();
  readonly #wrong = new Map<keyof typeof sections, string>();
  #headers = 0;
  #sar = 0;

  see(pdu: Submission, now: number): void {
    this.#seeHeader(pdu, now);
    this.#seeSar(pdu, now);
  }

  /**
   * Reports texts without a new part for so many milliseconds as incomplete. Later, refusals and closed
   * connections may be the reason.
   */
  close(now: number, silence: number): void {
    for (const { last, total, parts } of this.#texts.values()) {
      if (now - last <= silence) continue;
      this.#blame("parts", `a text of ${total} parts is incomplete: ${parts.size} came`);
    }
    this.#texts.clear();
  }

  findings(): Finding[] {
    const udhi =
      this.#headers > 0
        ? this.#finding("udhi", "parts with a user data header have UDHI set")
        : ({
            check: "udhi",
            verdict: "not seen",
            says: "no text in parts with a user data header was sent",
            section: sections.udhi,
          } as const);
    if (this.#headers + this.#sar === 0) return [udhi];
    return [udhi, this.#finding("parts", "parts are numbered as they should be, and all came")];
  }

  #seeHeader(pdu: Submission, now: number): void {
    const text = "short_message" in pdu ? pdu.short_message : new Uint8Array();
    const octets = text.length > 0 ? text : (pdu.message_payload ?? text);
    const hasFlag = hasUserDataHeader(pdu.esm_class);
    if (!hasFlag && !isConcatHeader(octets)) return;
    const { concat } = readUdh(octets);
    if (concat === undefined) return;
    this.#headers++;
    if (!hasFlag) {
      const why = "esm_class lacks UDHI (0x40): phones show the header as text";
      this.#blame("udhi", `a part of a long text has a user data header, but ${why}`);
    }
    this.#part(pdu, "udh", concat, now);
  }

  #seeSar(pdu: Submission, now: number): void {
    const { sar_msg_ref_num: reference, sar_total_segments: total } = pdu;
    const { sar_segment_seqnum: sequence } = pdu;
    const given = [reference, total, sequence].filter((tlv) => tlv !== undefined).length;
    if (given === 0) return;
    this.#sar++;
    if (reference !== undefined && total !== undefined && sequence !== undefined) {
      this.#part(pdu, "sar", { reference, total, sequence }, now);
      return;
    }
    this.#blame("parts", `${given} of the three sar TLVs stand alone: they mean nothing`);
  }

  #part(pdu: Submission, kind: string, { reference, total, sequence }: Concat, now: number): void {
    if (sequence < 1 || sequence > total) {
      this.#blame("parts", `a part says that it is number ${sequence} of ${total}`);
      return;
    }
    const to = "destination_addr" in pdu ? pdu.destination_addr : "";
    const key = JSON.stringify([kind, pdu.source_addr, to, reference]);
    const text = this.#texts.get(key) ?? { total, parts: new Set<number>(), last: now };
    if (text.total !== total) {
      const both = `${text.total} in all, and ${total}`;
      this.#blame("parts", `parts of reference ${reference} disagree: ${both}`);
    }
    text.parts.add(sequence);
    text.last = now;
    if (text.parts.size >= total) this.#texts.delete(key);
    else if (this.#texts.size < limit) this.#texts.set(key, text);
  }

  #finding(check: keyof typeof sections, right: string): Finding {
    const wrong = this.#wrong.get(check);
    const verdict = wrong === undefined ? "right" : "wrong";
    return { check, verdict, says: wrong ?? right, section: sections[check] };
  }

  /** Only the first of a kind is reported. */
  #blame(check: keyof typeof sections, says: string): void {
    if (!this.#wrong.has(check)) this.#wrong.set(check, says);
  }
}

/** A header of parts at the beginning of what may be text: 05 00 03 or 06 08 04, and numbers that fit. */
function isConcatHeader(octets: Uint8Array): boolean {
  const [length, iei, size] = octets;
  const isUsual =
    (length === 5 && iei === 0 && size === 3) || (length === 6 && iei === 8 && size === 4);
  const total = octets[length === 5 ? 4 : 5] ?? 0;
  const sequence = octets[length === 5 ? 5 : 6] ?? 0;
  return isUsual && sequence >= 1 && sequence <= total;
}
