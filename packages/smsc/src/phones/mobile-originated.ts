/** Texts from phones: the deliver_sm that carry them, in one part or several. */
import { EsmClass, type PduInputOf } from "@esme/pdu";
import { checkOptions } from "@esme/settings";
import {
  concatElement,
  encodeShortMessage,
  type SarTlvs,
  splitShortMessage,
  writeUdh,
} from "@esme/sm-split";
import { type Random, randomFrom, shuffled } from "../structures/random.ts";
import { type MobileText, mobileTextOptions } from "./mobile-text.ts";

type DeliverSm = PduInputOf<"deliver_sm">;

/** The deliver_sm of a text, as they are to be sent; `nextReference` counts. */
export function mobileOriginated(
  given: MobileText,
  nextReference: number,
  random: Random = randomFrom(1),
): DeliverSm[] {
  checkOptions("deliver", given, mobileTextOptions, { required: ["from", "to", "text"] });
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
