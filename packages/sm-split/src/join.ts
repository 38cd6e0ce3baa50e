/** The parts of a message to one text again. */
import { SplitError } from "./error.ts";
import { concatenate, type SarTlvs } from "./split.ts";
import { type Concat, readUdh } from "./udh.ts";

/** A part as a decoded PDU has it, or any object with these fields. */
export interface MessagePart extends Partial<SarTlvs> {
  /** Its octets, with the header when esm_class has the UDHI bit (0x40). */
  readonly short_message: Uint8Array;
  readonly esm_class?: number;
}

const UDHI = 0x40;

/**
 * Joins a complete set of parts in any order: the octets of the text, headers taken off. Decode
 * after joining, so that nothing is lost at the cuts. A part that came twice does no harm.
 *
 * A part is its octets, beginning with a header, or an object such as a deliver_sm PDU, which may
 * have the sar TLVs instead. One single part may have neither.
 *
 * @throws {SplitError} `missing_parts`, `mixed_parts`, `unnumbered_part`
 */
export function joinParts(parts: readonly (Uint8Array | MessagePart)[]): Uint8Array {
  const [only] = parts;
  if (only === undefined)
    throw new SplitError("missing_parts", "there are no parts", { missing: [1] });
  const read = parts.map(readPart);
  if (read.length === 1 && read[0]?.concat === undefined) return read[0]?.body ?? new Uint8Array(0);
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

function readPart(part: Uint8Array | MessagePart): {
  concat: Concat | undefined;
  body: Uint8Array;
} {
  if (part instanceof Uint8Array) {
    const { concat, body } = readUdh(part);
    return { concat, body: concat === undefined ? part : body };
  }
  const { short_message, esm_class, sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } =
    part;
  const headed = esm_class === undefined || (esm_class & UDHI) !== 0;
  const udh = headed ? readUdh(short_message) : undefined;
  // Without esm_class only a concatenation element tells a header from text.
  const trusted = esm_class === undefined && udh?.concat === undefined ? undefined : udh;
  const body = trusted?.body ?? short_message;
  if (sar_total_segments === undefined || sar_segment_seqnum === undefined) {
    return { concat: trusted?.concat, body };
  }
  const concat = {
    reference: sar_msg_ref_num ?? 0,
    total: sar_total_segments,
    sequence: sar_segment_seqnum,
  };
  const valid = concat.sequence >= 1 && concat.sequence <= concat.total;
  return { concat: valid ? concat : undefined, body };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
