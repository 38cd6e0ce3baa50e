/** The parts of a message to one text again. */
import { unpack7bit } from "@esme/gsm-codec";
import { checkSplitOptions, SplitError } from "./error.ts";
import { concatenate } from "./octets.ts";
import type { SarTlvs } from "./split.ts";
import { type Concat, packing, readUdh } from "./udh.ts";

/** A part as a decoded PDU has it, or any object with these fields. */
export interface PduPart extends Partial<Record<keyof SarTlvs, number | undefined>> {
  /** Its octets, with the header when esm_class has the UDHI bit (0x40). */
  readonly short_message: Uint8Array;
  readonly esm_class?: number | undefined;
}

/** How to read parts. */
export interface JoinOptions {
  /** Their text is packed septets (`packed` of `splitShortMessage`); the result has one an octet. */
  readonly packed?: boolean | undefined;
}

/** A part as read. */
interface ReadPart {
  readonly concat: Concat | undefined;
  readonly body: Uint8Array;
}

const UDHI = 0x40;
const MAX_PARTS = 255;
const EMPTY = new Uint8Array(0);

/**
 * Joins a complete set of parts in any order: the octets of the text, headers taken off. Decode
 * after joining, so that nothing is lost at the cuts. A part that came twice does no harm.
 *
 * A part is its octets, beginning with a header, or an object such as a deliver_sm PDU, which may
 * have the sar TLVs instead. One single part may have neither.
 *
 * @throws {SplitError} `missing_parts`, `mixed_parts`, `unnumbered_part`; `invalid_option`
 */
export function joinParts(
  parts: readonly (Uint8Array | PduPart)[],
  options: JoinOptions = {},
): Uint8Array {
  checkSplitOptions("joinParts", options, { packed: "boolean" });
  const { packed = false } = options;
  const read = parts.map((part) => readPart(part, packed));
  const [first] = read;
  if (first === undefined) {
    throw new SplitError("missing_parts", "there are no parts", { missing: [1] });
  }
  if (read.length === 1 && first.concat === undefined) return first.body;
  const bodies: Uint8Array[] = [];
  let whole: Concat | undefined;
  read.forEach(({ concat, body }, index) => {
    if (concat === undefined) {
      throw new SplitError(
        "unnumbered_part",
        `part ${index} has neither a concatenation element nor sar TLVs`,
        { index },
      );
    }
    whole ??= concat;
    const known = bodies[concat.sequence - 1];
    const other = concat.reference !== whole.reference || concat.total !== whole.total;
    if (other || (known !== undefined && !equal(known, body))) {
      throw new SplitError("mixed_parts", `part ${index} belongs to another message`, { index });
    }
    bodies[concat.sequence - 1] = body;
  });
  const missing = Array.from({ length: whole?.total ?? 0 }, (_, i) => i + 1).filter(
    (sequence) => bodies[sequence - 1] === undefined,
  );
  if (missing.length > 0) {
    throw new SplitError("missing_parts", `parts ${missing.join(", ")} are missing`, { missing });
  }
  return concatenate(bodies);
}

function readPart(part: Uint8Array | PduPart, packed: boolean): ReadPart {
  const { short_message, esm_class, ...tlvs } =
    part instanceof Uint8Array ? { short_message: part } : part;
  const udh = readUdh(short_message);
  // Without esm_class only a concatenation element tells a header from text.
  const headed = esm_class === undefined ? udh.concat !== undefined : (esm_class & UDHI) !== 0;
  const { concat, header, body } = headed ? udh : { header: EMPTY, body: short_message };
  return {
    concat: readSar(tlvs) ?? concat,
    body: packed ? unpackBody(body, header) : body,
  };
}

/**
 * The septets, one an octet, of a body that is packed behind its header (which may be empty). A part
 * that is read alone, before the others are there, is unpacked so.
 */
export function unpackBody(body: Uint8Array, header: Uint8Array): Uint8Array {
  return unpack7bit(body, packing(header));
}

function readSar({
  sar_msg_ref_num: reference = 0,
  sar_total_segments: total = 0,
  sar_segment_seqnum: sequence = 0,
}: Omit<PduPart, "short_message">): Concat | undefined {
  const valid = sequence >= 1 && sequence <= total && total <= MAX_PARTS;
  return valid ? { reference, total, sequence } : undefined;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
