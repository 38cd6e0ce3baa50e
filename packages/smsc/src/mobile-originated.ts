/** Texts from phones: the deliver_sm that carry them, in one part or several. */
import { EsmClass, type PduInputOf } from "@esme/pdu";
import { checkOptions, type OptionTable } from "@esme/session";
import {
  concatElement,
  encodeShortMessage,
  type SarTlvs,
  splitShortMessage,
  writeUdh,
} from "@esme/sm-split";
import { type Random, randomFrom, shuffled } from "./random.ts";

type DeliverSm = PduInputOf<"deliver_sm">;

/** A text that a phone sends. */
export interface MobileText {
  /** The number of the phone. */
  readonly from: string;
  /** The number or short code it sends to. */
  readonly to: string;
  /** Octets are sent as they are, in the `data_coding` given. */
  readonly text: string | Uint8Array;
  /** Default 0, the GSM alphabet; a text that does not fit it goes as UCS-2 (8). */
  readonly data_coding?: number;
  /**
   * How several parts are tied together: a header with an 8-bit reference (`udh`, the default) or
   * a 16-bit one (`udh16`), the sar TLVs (`sar`). `payload`: one deliver_sm with message_payload.
   */
  readonly method?: "udh" | "udh16" | "sar" | "payload";
  /** Exactly so many parts. Default: as few as the text fits in. */
  readonly parts?: number;
  /** Numbers of the parts that are not sent, counted from 1: the text stays incomplete. */
  readonly omit?: readonly number[];
  /** Numbers of the parts that are sent twice, or `all`. */
  readonly repeat?: readonly number[] | "all";
  /** Sends the parts in any order, drawn by the message centre's seed. Default false. */
  readonly shuffle?: boolean;
  /** What ties the parts together. Default: counts the texts of the message centre. */
  readonly reference?: number;
  /** The account that is to get it. Default: whichever receiver is bound. */
  readonly system_id?: string;
  /** More fields and TLVs for every deliver_sm. */
  readonly fields?: Omit<DeliverSm, "command" | "short_message" | "esm_class" | "data_coding">;
}

const table = {
  from: "string",
  to: "string",
  text: ["string", "object"],
  data_coding: "number",
  method: { oneOf: ["udh", "udh16", "sar", "payload"] },
  parts: "number",
  omit: "array",
  repeat: ["array", "string"],
  shuffle: "boolean",
  reference: "number",
  system_id: "string",
  fields: "object",
} as const satisfies OptionTable<MobileText>;

/** The deliver_sm of a text, as they are to be sent; `nextReference` counts. */
export function mobileOriginated(
  given: MobileText,
  nextReference: number,
  random: Random = randomFrom(1),
): DeliverSm[] {
  checkOptions("deliver", given, table, { required: ["from", "to", "text"] });
  const { omit = [], repeat = [], shuffle = false } = given;
  const sent = wholeText(given, nextReference).flatMap((pdu, index) => {
    if (omit.includes(index + 1)) return [];
    return repeat === "all" || repeat.includes(index + 1) ? [pdu, pdu] : [pdu];
  });
  if (sent.length === 0) throw new RangeError("omit: names every part, nothing would be sent");
  return shuffle ? shuffled(sent, random) : sent;
}

/** Every part once, in order. */
function wholeText(given: MobileText, nextReference: number): DeliverSm[] {
  const { method = "udh", reference = nextReference & (method === "udh" ? 0xff : 0xffff) } = given;
  const { esm_class, data_coding, parts, tlvs } =
    given.parts === undefined
      ? asFewAs(given, method, reference)
      : inParts(given, given.parts, method, reference);
  return parts.map((octets, index) => ({
    source_addr: given.from,
    destination_addr: given.to,
    ...given.fields,
    command: "deliver_sm",
    esm_class,
    data_coding,
    ...(method === "payload" ? { message_payload: octets } : { short_message: octets }),
    ...tlvs[index],
  }));
}

interface Split {
  readonly esm_class: number;
  readonly data_coding: number;
  readonly parts: readonly Uint8Array[];
  readonly tlvs: readonly (SarTlvs | undefined)[];
}

function asFewAs(
  { text, data_coding = 0 }: MobileText,
  method: NonNullable<MobileText["method"]>,
  reference: number,
): Split {
  const split = splitShortMessage(text, data_coding, { method, reference });
  return { ...split, tlvs: split.segments.map(({ tlvs }) => tlvs) };
}

function inParts(
  { text, data_coding: wanted = 0 }: MobileText,
  total: number,
  method: NonNullable<MobileText["method"]>,
  reference: number,
): Split {
  if (method === "payload") throw new RangeError("a message_payload is one part: leave out parts");
  const { data_coding } = encodeShortMessage(text, wanted);
  const pieces = cut(text, total).map((piece) => encodeShortMessage(piece, data_coding).octets);
  if (total === 1) return { esm_class: 0, data_coding, parts: pieces, tlvs: [] };
  if (method === "sar") {
    const common = { sar_msg_ref_num: reference, sar_total_segments: total };
    const tlvs = pieces.map((_, index) => ({ ...common, sar_segment_seqnum: index + 1 }));
    return { esm_class: 0, data_coding, parts: pieces, tlvs };
  }
  const parts = pieces.map((octets, index) => {
    const concat = { reference, total, sequence: index + 1 };
    return Buffer.concat([writeUdh([concatElement(concat, method === "udh" ? 8 : 16)]), octets]);
  });
  return { esm_class: EsmClass.gsm_features.udhi, data_coding, parts, tlvs: [] };
}

/** Pieces of about the same size; characters stay whole. */
function cut(text: string | Uint8Array, total: number): (string | Uint8Array)[] {
  const units = typeof text === "string" ? characters(text) : text;
  if (!Number.isInteger(total) || total < 1 || total > Math.min(255, units.length)) {
    throw new RangeError(`parts is ${total}: expected 1 to 255, and a character for each`);
  }
  const start = (index: number) => Math.floor((index * units.length) / total);
  return Array.from({ length: total }, (_, index) => {
    const piece = units.slice(start(index), start(index + 1));
    return Array.isArray(piece) ? piece.join("") : piece;
  });
}

function characters(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
