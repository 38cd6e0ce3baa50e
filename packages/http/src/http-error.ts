/** A refusal, with the HTTP status to tell it by. Its message is for people. */
import type { OutgoingHttpHeaders } from "node:http";

/** Thrown by whatever finds a request wrong; the server of the package answers with it. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** To be compared; the message may change. */
  readonly code: string;
  /** Headers that belong to the status. */
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, code: string, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
