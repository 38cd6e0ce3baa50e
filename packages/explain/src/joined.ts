// Puts the parts of long messages together, by their headers or their sar TLVs.

import { type Dissection, hasUserDataHeader } from "@esme/pdu";
import { decodeShortMessage, joinParts, type PduPart, readUdh } from "@esme/sm-split";
import type { ExplainOptions } from "./explain-options.ts";
import { quoted } from "./text.ts";

/** A message whose parts are all there. */
export interface JoinedMessage {
  readonly parts: number;
  readonly reference: number;
  /** The whole text; absent where texts are hidden. */
  readonly text?: string;
}

/** The parts of one message so far. */
interface OpenMessage {
  readonly reference: number;
  readonly total: number;
  readonly parts: Map<number, PduPart>;
}

/** Collects the parts in a conversation. */
export class PartCollector {
  readonly #options: ExplainOptions;
  readonly #open = new Map<string, OpenMessage>();

  constructor(options: ExplainOptions) {
    this.#options = options;
  }

  /** Takes a PDU; gives the message that it completes. */
  add(direction: string, { command, pdu }: Dissection): JoinedMessage | undefined {
    if (command !== "submit_sm" && command !== "deliver_sm" && command !== "data_sm") {
      return undefined;
    }
    const part = partOf(pdu);
    const place = part && placeOf(part);
    if (part === undefined || place === undefined) return undefined;
    const { reference, total, sequence } = place;
    const { source_addr, destination_addr } = pdu;
    const key = JSON.stringify([
      direction,
      command,
      source_addr,
      destination_addr,
      reference,
      total,
    ]);
    const known = this.#open.get(key);
    // A part that came already, with other octets: another message with the same reference.
    const again = known?.parts.get(sequence);
    const isOther = again !== undefined && !isSame(again.short_message, part.short_message);
    const message = known && !isOther ? known : { reference, total, parts: new Map() };
    message.parts.set(sequence, part);
    if (message.parts.size < total) {
      this.#open.set(key, message);
      return undefined;
    }
    this.#open.delete(key);
    return this.#joined(message, Number(pdu["data_coding"] ?? 0));
  }

  /** What is missing of the messages that are not complete, one sentence each. */
  missing(): string[] {
    return [...this.#open.values()].map(({ reference, total, parts }) => {
      const numbers = Array.from({ length: total }, (_, index) => index + 1);
      const missing = numbers.filter((number) => !parts.has(number));
      const words =
        missing.length === 1 ? `part ${missing[0]} is` : `parts ${missing.join(", ")} are`;
      return `${words} missing of a message in ${total} parts with reference ${reference}`;
    });
  }

  #joined({ reference, total, parts }: OpenMessage, dataCoding: number): JoinedMessage {
    const joined = { parts: total, reference };
    const { content = true, charsets } = this.#options;
    if (!content) return joined;
    const list = [...parts.values()];
    const [first] = list;
    const isUdh = first !== undefined && hasUserDataHeader(first.esm_class ?? 0);
    const national = isUdh ? readUdh(first.short_message).national : undefined;
    const decoding = { national, overrides: charsets, halfPair: "\ufffd" };
    return { ...joined, text: decodeShortMessage(joinParts(list), dataCoding, decoding) };
  }
}

/** A joined message in one line. */
export function joinedWords({ parts, reference, text }: JoinedMessage): string {
  const words = `the message in ${parts} parts with reference ${reference} is complete`;
  return text === undefined ? words : `${words}: ${quoted(text)}`;
}

function partOf(pdu: Dissection["pdu"]): PduPart | undefined {
  const texts = [pdu["short_message"], pdu["message_payload"]];
  const text = texts.find((value) => value instanceof Uint8Array && value.length > 0);
  if (!(text instanceof Uint8Array)) return undefined;
  const number = (key: string) => (typeof pdu[key] === "number" ? pdu[key] : undefined);
  return {
    short_message: text,
    esm_class: number("esm_class") ?? 0,
    sar_msg_ref_num: number("sar_msg_ref_num"),
    sar_total_segments: number("sar_total_segments"),
    sar_segment_seqnum: number("sar_segment_seqnum"),
  };
}

/** Which part it is; undefined for a text that is none. */
function placeOf(part: PduPart) {
  const { sar_msg_ref_num = 0, sar_total_segments = 0, sar_segment_seqnum = 0 } = part;
  const [reference, total, sequence] = [sar_msg_ref_num, sar_total_segments, sar_segment_seqnum];
  if (sequence >= 1 && sequence <= total) return { reference, total, sequence };
  return hasUserDataHeader(part.esm_class ?? 0) ? readUdh(part.short_message).concat : undefined;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
