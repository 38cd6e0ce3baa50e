/** The one error of this package. */
import { faultIn, type OptionTable } from "@esme/settings";

/**
 * What went wrong:
 * - `unencodable`: a character that the charset has not, where falling back was switched off;
 * - `unknown_charset`: an override names a charset that nobody here knows;
 * - `too_many_parts`: the text takes more parts than allowed; `parts` says how many;
 * - `too_long`: the text does not fit the one part that the method allows; `parts` as above;
 * - `limit_too_small`: not even one character fits into a part;
 * - `reference_out_of_range`: the reference does not fit its field;
 * - `invalid_option`: an option has a value it cannot have;
 * - `invalid_header`: header elements that do not fit their fields or leave no room for text;
 * - `missing_parts`: the set to join is incomplete; `missing` has the sequence numbers;
 * - `mixed_parts`: parts of different messages, or different parts with one number;
 * - `unnumbered_part`: a part tells neither in a header nor in TLVs which one it is.
 */
export type SplitErrorCode =
  | "unencodable"
  | "unknown_charset"
  | "too_many_parts"
  | "too_long"
  | "limit_too_small"
  | "reference_out_of_range"
  | "invalid_option"
  | "invalid_header"
  | "missing_parts"
  | "mixed_parts"
  | "unnumbered_part";

/** What is known about the place of a {@link SplitError}. */
export interface SplitErrorDetails {
  /** The character concerned, a surrogate pair as a whole. */
  readonly character?: string;
  /** Its index in UTF-16 code units, or the index of the part concerned. */
  readonly index?: number;
  /** How many parts the text would take. */
  readonly parts?: number;
  /** Sequence numbers that are missing. */
  readonly missing?: readonly number[];
}

/** A text that cannot be encoded or split as asked, or parts that cannot be joined. */
export class SplitError extends Error {
  readonly code: SplitErrorCode;
  readonly character: string | undefined;
  readonly index: number | undefined;
  readonly parts: number | undefined;
  readonly missing: readonly number[] | undefined;

  constructor(code: SplitErrorCode, message: string, details: SplitErrorDetails = {}) {
    super(message);
    this.name = "SplitError";
    this.code = code;
    this.character = details.character;
    this.index = details.index;
    this.parts = details.parts;
    this.missing = details.missing;
  }
}

/** Whether this is a {@link SplitError}, of this copy of the package or of another. */
export function isSplitError(error: unknown): error is SplitError {
  return error instanceof Error && error.name === "SplitError";
}

/** A {@link SplitError} `invalid_option`. */
export function invalidOption(message: string): SplitError {
  return new SplitError("invalid_option", message);
}

/** Throws SplitError `invalid_option` for an option that is not in the table or has another type. */
export function checkSplitOptions(owner: string, options: unknown, table: OptionTable): void {
  const fault = faultIn(options, table);
  if (fault !== undefined) throw invalidOption(`${owner}: ${fault.says}`);
}
