/** The user data header in front of a text (3GPP TS 23.040 section 9.2.3.24). */
import { SplitError } from "./error.ts";
import { type InformationElement, informationElement } from "./information-element.ts";

/** An information element as it stands in a header. */
export interface UdhElement {
  /** Information element identifier, 0 to 255. */
  readonly iei: number;
  readonly data: Uint8Array;
}

/** Which part of which message: elements 0x00 and 0x08. */
export interface Concat {
  /** The same in all parts of a message: 0 to 255, or 0 to 65,535 in element 0x08. */
  readonly reference: number;
  /** Number of parts, 1 to 255. */
  readonly total: number;
  /** This part, 1 to total. */
  readonly sequence: number;
}

/** Application ports: elements 0x04 and 0x05. */
export interface Ports {
  readonly destination: number;
  readonly originator: number;
}

/** National language identifiers of the tables that the text uses: elements 0x24 and 0x25. */
export interface National {
  readonly locking?: number | undefined;
  readonly singleShift?: number | undefined;
}

/** Why a header cannot be read to its end. */
export interface UdhError {
  /**
   * - `header_too_long`: its length octet points behind the last octet;
   * - `element_cut_short`: an element has no room for its own length octet;
   * - `element_too_long`: an element's length points behind the end of the header.
   */
  readonly code: "header_too_long" | "element_cut_short" | "element_too_long";
  /** Octet in question, counted from the header's length octet. */
  readonly offset: number;
  readonly message: string;
}

/** What `readUdh` finds. */
export interface Udh {
  /** The header with its length octet: a view into the octets given. */
  readonly header: Uint8Array;
  /** Every element, known or not, in the order of the header. */
  readonly elements: readonly InformationElement[];
  readonly concat?: Concat;
  readonly ports?: Ports;
  readonly national?: National;
  /** What follows the header: a view into the octets given. */
  readonly body: Uint8Array;
  /** Set when the header is malformed: `elements` has those before the fault. */
  readonly error?: UdhError;
}

/** Element identifiers of 3GPP TS 23.040 section 9.2.3.24 that this package writes. */
export const Iei = {
  CONCAT_8: 0x00,
  PORTS_8: 0x04,
  PORTS_16: 0x05,
  CONCAT_16: 0x08,
  SINGLE_SHIFT: 0x24,
  LOCKING_SHIFT: 0x25,
} as const;

const EMPTY = new Uint8Array(0);

/**
 * Reads the header of octets whose esm_class has the UDHI bit (0x40). Never throws: what is
 * malformed is told in `error`, and when not even the header's length can be trusted, all octets
 * are the body.
 *
 * A known element whose length is wrong, or whose values make no sense (part 3 of 2), is kept in
 * `elements` and otherwise ignored; of two that say the same, the last counts.
 */
export function readUdh(octets: Uint8Array): Udh {
  const length = octets[0];
  if (length === undefined || length >= octets.length) {
    const message = `the header should have ${length ?? 0} octets, ${Math.max(0, octets.length - 1)} follow`;
    const error: UdhError = { code: "header_too_long", offset: 0, message };
    return { header: EMPTY, elements: [], body: octets, error };
  }
  const header = octets.subarray(0, 1 + length);
  const elements: InformationElement[] = [];
  const body = octets.subarray(1 + length);
  let offset = 1;
  let error: UdhError | undefined;
  while (offset < header.length && error === undefined) {
    const size = header[offset + 1];
    if (size === undefined) {
      error = {
        code: "element_cut_short",
        offset,
        message: `the element at ${offset} has no length octet`,
      };
    } else if (offset + 2 + size > header.length) {
      const room = header.length - offset - 2;
      error = {
        code: "element_too_long",
        offset,
        message: `the element at ${offset} should have ${size} octets, the header has ${room} left`,
      };
    } else {
      const data = header.subarray(offset + 2, offset + 2 + size);
      elements.push(informationElement(header[offset] ?? 0, data));
      offset += 2 + size;
    }
  }
  return { header, elements, ...meanings(elements), body, ...(error && { error }) };
}

/** What the elements that concern the text itself say. */
function meanings(elements: readonly InformationElement[]): {
  concat?: Concat;
  ports?: Ports;
  national?: National;
} {
  const found: { concat?: Concat; ports?: Ports; national?: National } = {};
  for (const { iei, data } of elements) {
    const concat = readConcat(iei, data);
    if (concat !== undefined) found.concat = concat;
    const [a = 0, b = 0, c = 0, d = 0] = data;
    if (iei === Iei.PORTS_8 && data.length === 2) found.ports = { destination: a, originator: b };
    if (iei === Iei.PORTS_16 && data.length === 4) {
      found.ports = { destination: a * 256 + b, originator: c * 256 + d };
    }
    if (iei === Iei.SINGLE_SHIFT && data.length === 1) {
      found.national = { ...found.national, singleShift: a };
    }
    if (iei === Iei.LOCKING_SHIFT && data.length === 1) {
      found.national = { ...found.national, locking: a };
    }
  }
  return found;
}

function readConcat(iei: number, data: Uint8Array): Concat | undefined {
  const wide = iei === Iei.CONCAT_16;
  if (!(wide ? data.length === 4 : iei === Iei.CONCAT_8 && data.length === 3)) return undefined;
  const [total = 0, sequence = 0] = data.subarray(-2);
  if (sequence === 0 || sequence > total) return undefined;
  const [high = 0, low = 0] = data;
  return { reference: wide ? high * 256 + low : high, total, sequence };
}

/**
 * Writes a header with its length octet, the elements in the order given.
 *
 * @throws {SplitError} `invalid_header` for an identifier outside 0 to 255 or more than 255 octets.
 */
export function writeUdh(elements: readonly UdhElement[]): Uint8Array {
  const length = udhLength(elements);
  if (length > 255) {
    throw new SplitError("invalid_header", `the header takes ${length} octets: at most 255 fit`);
  }
  const header = new Uint8Array(1 + length);
  header[0] = length;
  let offset = 1;
  for (const { iei, data } of elements) {
    checkRange("iei", iei, 0, 0xff);
    header[offset] = iei;
    header[offset + 1] = data.length;
    header.set(data, offset + 2);
    offset += 2 + data.length;
  }
  return header;
}

/** How septets are packed behind a header: they begin where a septet would (section 9.2.3.24). */
export function packing(header: Uint8Array): { fillBits: number; ussd: true } {
  // In short_message nothing tells the number of septets, hence the carriage return rule.
  return { fillBits: (7 - ((8 * header.length) % 7)) % 7, ussd: true };
}

/** Octets that the elements take, the header's own length octet not counted. */
export function udhLength(elements: readonly UdhElement[]): number {
  return elements.reduce((octets, { data }) => octets + 2 + data.length, 0);
}

/**
 * Element 0x00 or, with a 16-bit reference, 0x08.
 *
 * @throws {SplitError} `invalid_header` for numbers out of range.
 */
export function concatElement({ reference, total, sequence }: Concat, bits: 8 | 16): UdhElement {
  checkRange("reference", reference, 0, 2 ** bits - 1);
  checkRange("total", total, 1, 255);
  checkRange("sequence", sequence, 1, total);
  return bits === 8
    ? { iei: Iei.CONCAT_8, data: Uint8Array.of(reference, total, sequence) }
    : {
        iei: Iei.CONCAT_16,
        data: Uint8Array.of(reference >> 8, reference & 0xff, total, sequence),
      };
}

/**
 * Element 0x05 with 16-bit ports.
 *
 * @throws {SplitError} `invalid_header` for a port above 65,535.
 */
export function portsElement({ destination, originator }: Ports): UdhElement {
  checkRange("destination", destination, 0, 0xffff);
  checkRange("originator", originator, 0, 0xffff);
  const data = Uint8Array.of(destination >> 8, destination, originator >> 8, originator);
  return { iei: Iei.PORTS_16, data };
}

/**
 * The elements that announce national tables; the default tables need none.
 *
 * @throws {SplitError} `invalid_header` for an identifier above 255.
 */
export function nationalElements({ locking = 0, singleShift = 0 }: National): UdhElement[] {
  checkRange("locking", locking, 0, 0xff);
  checkRange("singleShift", singleShift, 0, 0xff);
  const elements: UdhElement[] = [];
  if (singleShift > 0) elements.push({ iei: Iei.SINGLE_SHIFT, data: Uint8Array.of(singleShift) });
  if (locking > 0) elements.push({ iei: Iei.LOCKING_SHIFT, data: Uint8Array.of(locking) });
  return elements;
}

function checkRange(field: string, value: number, first: number, last: number): void {
  if (Number.isInteger(value) && value >= first && value <= last) return;
  throw new SplitError("invalid_header", `${field}: expected ${first} to ${last}, got ${value}`);
}
