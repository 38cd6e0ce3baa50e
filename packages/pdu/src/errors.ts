// The errors of this package: what went wrong, where, and what to answer the peer.

import { Status } from "./status.ts";

/** Base of every error of the esme packages. Compare `code`: it is a lower-case literal. */
export class SmppError extends Error {
  override readonly name: string = "SmppError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is wrong: the codes of {@link PduError}. */
export type PduErrorCode =
  /** Decoding: command_length is below 16 or is not the number of octets given. */
  | "bad_length"
  /** Decoding: the PDU ends inside a mandatory field. */
  | "truncated"
  /** Both: a string, an octet string or a list is longer than its limit. */
  | "too_long"
  /** Both: an octet string is shorter than its least size, a time is neither 0 nor 16 characters. */
  | "too_short"
  /** Decoding: octets are left over that cannot be a TLV. */
  | "trailing_octets"
  /** Decoding: sm_length is one too small or one too large; only reported to `tolerate`. */
  | "bad_sm_length"
  /** Decoding: a TLV runs past the end of the PDU. */
  | "tlv_truncated"
  /** Decoding: the dest_flag of an entry is neither 1 nor 2. */
  | "bad_dest_flag"
  /** Encoding: a number is negative, fractional or too large for its octets. */
  | "out_of_range"
  /** Encoding: a value is not of the type of its field. */
  | "wrong_type"
  /** Encoding: a character is NUL or above U+00FF which a C-octet string cannot hold. */
  | "bad_character"
  /** Encoding: the command is not in the table. */
  | "unknown_command"
  /** Encoding: the key is neither a field of the command nor a TLV. */
  | "unknown_field"
  /** A text is not an SMPP time, or a time cannot be written as one. */
  | "bad_time"
  /** A response was asked for to a PDU that has none. */
  | "no_response"
  /** A vendor TLV has a name or tag that is taken, or an impossible size. */
  | "bad_tlv_definition";

/** Where a {@link PduError} happened, and what to answer. */
export interface PduErrorDetails {
  /** The field or TLV, `dest_address[2].dl_name` inside a list. */
  readonly field?: string | undefined;
  /** Octets from the start of the PDU to the offending value. */
  readonly offset?: number | undefined;
  /** The limit that was passed: octets, entries, or the largest number. */
  readonly limit?: number | undefined;
  readonly command_id?: number | undefined;
  readonly sequence_number?: number | undefined;
  /** What to answer; ESME_RSYSERR unless given, which is right for an error of our own side. */
  readonly command_status?: number | undefined;
}

/**
 * This PDU is bad, the link is fine: it could not be decoded, or what was given does not fit and
 * nothing was encoded. Never carries the octets or the values themselves.
 */
export class PduError extends SmppError {
  override readonly name = "PduError";
  declare readonly code: PduErrorCode;
  /** The field or TLV that is wrong, `dest_address[2].dl_name` inside a list. */
  readonly field: string | undefined;
  /** Octets from the start of the PDU to the offending value; undefined when encoding. */
  readonly offset: number | undefined;
  /** The limit that was passed: octets, entries, or the largest number. */
  readonly limit: number | undefined;
  /** From the header of the bad PDU; undefined when it could not be read. */
  readonly command_id: number | undefined;
  /** From the header of the bad PDU; 0 when it could not be read, as a generic_nack wants it. */
  readonly sequence_number: number;
  /** The command_status to answer the peer with (3.4 section 5.1.3). */
  readonly command_status: number;

  constructor(code: PduErrorCode, message: string, details: PduErrorDetails = {}) {
    super(code, message);
    this.field = details.field;
    this.offset = details.offset;
    this.limit = details.limit;
    this.command_id = details.command_id;
    this.sequence_number = details.sequence_number ?? 0;
    this.command_status = details.command_status ?? Status.ESME_RSYSERR;
  }
}

/**
 * The lengths in this stream cannot be trusted: answer a generic_nack with `sequence_number` and
 * `command_status`, and hang up.
 */
export class FrameError extends SmppError {
  override readonly name = "FrameError";
  /** The command_length that was read. */
  readonly command_length: number;
  /** The longest PDU that was allowed, in octets. */
  readonly limit: number;
  /** From the header, when all of it was there. */
  readonly command_id: number | undefined;
  /** From the header; 0 when it could not be read, as a generic_nack wants it. */
  readonly sequence_number: number;
  /** ESME_RINVCMDLEN. */
  readonly command_status = Status.ESME_RINVCMDLEN;
  /** The whole PDUs that stood before the bad length in the same chunk. */
  readonly frames: readonly Uint8Array[];

  constructor(
    command_length: number,
    limit: number,
    frames: readonly Uint8Array[],
    header?: { command_id: number; sequence_number: number },
  ) {
    super(
      "bad_frame_length",
      `command_length is ${command_length}, expected 16 to ${limit}: this is not SMPP or not in step; answer generic_nack and close the connection`,
    );
    this.command_length = command_length;
    this.limit = limit;
    this.frames = frames;
    this.command_id = header?.command_id;
    this.sequence_number = header?.sequence_number ?? 0;
  }
}

/**
 * Whether this is a {@link PduError}, of this copy of the package or of another. Two copies are
 * loaded where one program uses the CommonJS and the ESM build, or two versions; `instanceof` then
 * says no.
 */
export function isPduError(error: unknown): error is PduError {
  return isNamed(error, "PduError");
}

/** Whether this is a {@link FrameError}, of this copy of the package or of another. */
export function isFrameError(error: unknown): error is FrameError {
  return isNamed(error, "FrameError");
}

/**
 * Whether this is an {@link SmppError} or one of its kinds, of any copy of the package: their codes
 * are lower-case words, those of Node.js are in capitals.
 */
export function isSmppError(error: unknown): error is SmppError {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && /^[a-z][a-z_]*$/.test(error.code);
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === name;
}
