export {
  type Answer,
  type Callback,
  type Callbacks,
  callUser,
  type Direction,
  emitTo,
  isPromise,
  type MalformedCallback,
  noAnswer,
  type ResponseFields,
} from "./callbacks.ts";
export {
  AbortError,
  asError,
  isLinkError,
  isStatusError,
  isTimeoutError,
  LinkError,
  type LinkErrorCode,
  StatusError,
  TimeoutError,
} from "./errors.ts";
export type { Reader } from "./inbound-requests.ts";
export { type BindCommand, mayIssueAfter, type Role, type SessionState } from "./lifecycle.ts";
export {
  type LinkLossAnswer,
  type RequestOptions,
  type RequestQueueOptions,
  requestQueueOptionsOf,
  sessionOptions,
} from "./options.ts";
export type { ResponseOf } from "./pending-request.ts";
export {
  type Logger,
  type LogPdus,
  type PduNotice,
  type ResponseNotice,
  type SessionEvents,
  type StateNotice,
  silentLogger,
} from "./reporter.ts";
export { RequestQueue } from "./request-queue.ts";
export { sequenceFrom } from "./sequence-numbers.ts";
export { Session, type SessionOptions } from "./session.ts";
export { type Counts, type Durations, Histogram, type SessionStats, Stats } from "./stats.ts";
