export {
  type Answer,
  type Callback,
  type Callbacks,
  type Direction,
  type MalformedCallback,
  noAnswer,
  type ResponseFields,
} from "./callbacks.ts";
export {
  checkOptions,
  type NumberOption,
  type OptionKind,
  type OptionTable,
  type OptionType,
} from "./check-options.ts";
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
export {
  type BindCommand,
  type BoundState,
  mayIssueAfter,
  type Role,
  type SessionState,
} from "./lifecycle.ts";
export {
  type SessionEvents,
  type SessionOptions,
  type SessionStats,
  sessionOptions,
} from "./options.ts";
export type { RequestOptions, ResponseOf } from "./pending-request.ts";
export { RequestQueue, type RequestQueueOptions, requestQueueOptionsOf } from "./request-queue.ts";
export { sequenceFrom } from "./sequence.ts";
export { Session } from "./session.ts";
export { type Counts, type Durations, Histogram, Stats } from "./stats.ts";
export {
  type Logger,
  type LogPdus,
  type PduNotice,
  type ResponseNotice,
  type StateNotice,
  silentLogger,
} from "./trace.ts";
export { callUser, emitTo, isPromise } from "./user-code.ts";
