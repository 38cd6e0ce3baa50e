/** The error for a body that does not fit the contract. */

/** {@link MessageIssue.got} where there is nothing. */
export const nothing = "nothing";

/** One thing wrong with a body. */
export interface MessageIssue {
  /** The key, with dots between levels; empty for the body as a whole. */
  path: string;
  /** What was there, without the value where it may be a text or a number of a person; or `nothing`. */
  got: string;
  /** What the contract has there. */
  wants: string;
}

/**
 * A body is not what the contract says.
 *
 * - `not_utf8`: the octets are not UTF-8
 * - `not_json`: the text is not JSON
 * - `invalid`: the JSON does not fit, an id is too long, or something is nested too deeply;
 *   `issues` says every place
 */
export class MessageError extends Error {
  override readonly name = "MessageError";
  readonly code: "not_utf8" | "not_json" | "invalid";
  /** The path of the first issue. */
  readonly path: string;
  readonly issues: readonly MessageIssue[];
  /**
   * The id of the message that the body is (`message_id`) or is about (`user_message_id`), when it
   * could be read and has at most 255 characters: enough for a nack event to its sender.
   */
  readonly message_id: string | undefined;

  constructor(
    code: MessageError["code"],
    issues: readonly [MessageIssue, ...MessageIssue[]],
    message_id?: string,
  ) {
    super(issues.map(sentence).join("; "));
    this.code = code;
    this.path = issues[0].path;
    this.issues = issues;
    this.message_id = message_id;
  }
}

/** Whether this is a {@link MessageError}, of this copy of the package or of another. */
export function isMessageError(error: unknown): error is MessageError {
  return error instanceof Error && error.name === "MessageError";
}

function sentence({ path, got, wants }: MessageIssue): string {
  if (got === nothing && path !== "") return `${path}: missing, expected ${wants}`;
  return `${path === "" ? "body" : path}: expected ${wants}, got ${got}`;
}
