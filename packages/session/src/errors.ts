/** The errors of requests and links, sorted by what is still usable. */
import { isSmppError, type Pdu, SmppError, statusName, statusText } from "@esme/pdu";

/**
 * The peer refused this request; the link is fine and so are all other requests.
 *
 * `code` is `status`. A generic_nack is a refusal too, whatever its command_status says.
 */
export class StatusError extends SmppError {
  override readonly name = "StatusError";
  /** The command of the refused request. */
  readonly command: string;
  /** The command_status of the response (SMPP 3.4 section 5.1.3). */
  readonly status: number;
  /** Its name in the standard, or `0x00000400` style when it has none. */
  readonly statusName: string;
  /** The whole response, with TLVs such as additional_status_info_text. */
  readonly response: Pdu;

  constructor(command: string, response: Pdu) {
    const status = response.command_status;
    const label = statusName(status);
    super("status", `${command} was refused: ${label} (${statusText(status)})`);
    this.command = command;
    this.status = status;
    this.statusName = label;
    this.response = response;
  }
}

/**
 * This request was not answered, or not written, in time; the link may be fine.
 *
 * `code` is `response_timeout` (written, no answer) or `wait_timeout` (it could not be written).
 */
export class TimeoutError extends SmppError {
  override readonly name = "TimeoutError";
  declare readonly code: "response_timeout" | "wait_timeout";
  /** The command of the request. */
  readonly command: string;
  /**
   * Whether the peer may have acted on it. After a `wait_timeout` only if it was in flight on a link
   * that was lost, and waited to be sent again.
   */
  readonly written: boolean;

  constructor(
    code: "response_timeout" | "wait_timeout",
    command: string,
    written: boolean,
    milliseconds: number,
  ) {
    const what = code === "response_timeout" ? "was not answered" : "could not be sent";
    const fate = written ? "the peer may have acted on it" : "it was never written";
    super(code, `${command} ${what} within ${milliseconds} ms; ${fate}`);
    this.command = command;
    this.written = written;
  }
}

/**
 * What happened to the link, or why it cannot carry this request:
 *
 * | code | meaning |
 * |---|---|
 * | `closed` | this side closed the session |
 * | `unbound` | the session was unbound, by either side |
 * | `closed_by_peer` | the peer closed the connection |
 * | `stream_error` | the connection failed; `cause` has the system's error |
 * | `silent` | the peer did not answer enquire_link |
 * | `bind_lost` | the SMSC refused a request as if this session were not bound |
 * | `binds_refused` | this side is an SMSC and refused so many binds of the peer (`maxRefusedBinds`) |
 * | `inactive` | the inactivity timeout or the time to bind is over |
 * | `fenced` | this side may not write to the session any more (`mayWrite`) |
 * | `untrusted_length` | the peer sent a length that is not possible or not allowed; `cause` is the FrameError |
 * | `partial_pdu` | the rest of a PDU did not come in time |
 * | `wrong_state` | this command may not be sent in the present state; nothing was written |
 * | `version` | the session is one of SMPP 3.3 and the request has TLVs; nothing was written |
 * | `queue_full` | too many requests wait already; nothing was written |
 * | `sequence_number` | no free sequence number, or the given one is in flight; nothing was written |
 * | `connect_failed` | the connection could not be made; `cause` has the system's error |
 * | `connect_timeout` | the connection was not made in time |
 */
export type LinkErrorCode =
  | "closed"
  | "unbound"
  | "closed_by_peer"
  | "stream_error"
  | "silent"
  | "bind_lost"
  | "binds_refused"
  | "inactive"
  | "fenced"
  | "untrusted_length"
  | "partial_pdu"
  | "wrong_state"
  | "version"
  | "queue_full"
  | "sequence_number"
  | "connect_failed"
  | "connect_timeout";

/** The link is gone, or cannot carry this request. */
export class LinkError extends SmppError {
  override readonly name = "LinkError";
  declare readonly code: LinkErrorCode;
  /**
   * Whether the request was written before the link was lost, and not refused. `true`: the peer may
   * have acted on it. `false`: it did not, so that sending it again is safe.
   */
  readonly written: boolean;

  constructor(
    code: LinkErrorCode,
    message: string,
    options: { written?: boolean; cause?: unknown } = {},
  ) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause });
    this.written = options.written ?? false;
  }

  /** The same for one request that was lost with the link. */
  for(command: string, written: boolean): LinkError {
    const fate = written
      ? `${command} was written but not answered, the peer may have acted on it`
      : `${command} was not written`;
    return new LinkError(this.code as LinkErrorCode, `${fate}: ${this.message}`, {
      written,
      cause: this.cause,
    });
  }
}

/** The caller's AbortSignal ended the waiting; `cause` is the signal's reason. */
export class AbortError extends SmppError {
  override readonly name = "AbortError";
  /** Whether the request was written before: then the peer may act on it all the same. */
  readonly written: boolean;

  constructor(command: string, written: boolean, cause: unknown) {
    super(
      "aborted",
      written
        ? `waiting for the answer to ${command} was aborted after it was written; the peer may act on it`
        : `${command} was aborted before it was written`,
      { cause },
    );
    this.written = written;
  }
}

/** Whether this is a {@link StatusError}, of this copy of the package or of another. */
export function isStatusError(error: unknown): error is StatusError {
  return isNamed(error, "StatusError");
}

/** Whether this is a {@link TimeoutError}, of this copy of the package or of another. */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return isNamed(error, "TimeoutError") && isSmppError(error);
}

/** Whether this is a {@link LinkError}, of this copy of the package or of another. */
export function isLinkError(error: unknown): error is LinkError {
  return isNamed(error, "LinkError");
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** What was thrown, as an Error; an object that is no Error becomes its `cause`. Never throws. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "object" && thrown !== null) {
    return new Error("something that is no Error was thrown", { cause: thrown });
  }
  const text = String(thrown);
  return new Error(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
