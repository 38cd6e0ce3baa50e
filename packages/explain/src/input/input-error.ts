// The error for input that cannot be read.

/** What is wrong with the input as a whole; single PDUs that are malformed are no error. */
export type InputErrorCode =
  | "empty"
  | "odd_digits"
  | "unknown_form"
  | "bad_capture"
  | "compressed"
  | "cut_off"
  | "too_large";

/** Input that cannot be read. The message says what is wrong and where; it has no values of the input. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code: InputErrorCode;

  constructor(code: InputErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether something is an {@link InputError}, also one of another copy of this package. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && error.name === "InputError" && "code" in error;
}
