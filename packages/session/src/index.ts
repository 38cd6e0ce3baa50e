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
export { type Durations, Histogram } from "./histogram.ts";
export type { Reader } from "./inbound-requests.ts";
export { type Logger, silentLogger } from "./logger.ts";
export {
  DEFAULT_WINDOW,
  type SessionEvents,
  type SessionOptions,
  type SessionStats,
  sessionOptions,
} from "./options.ts";
export type { RequestOptions, ResponseOf } from "./pending-request.ts";
export { RequestQueue, type RequestQueueOptions, requestQueueOptionsOf } from "./request-queue.ts";
export { sequenceFrom } from "./sequence.ts";
export { Session } from "./session.ts";
export {
  type BindCommand,
  type BoundState,
  mayIssue,
  type Role,
  type SessionState,
  stateBoundBy,
} from "./states.ts";
export { type Counts, Stats } from "./stats.ts";
export type { LogPdus, PduNotice, ResponseNotice, StateNotice } from "./trace.ts";
export { callUser, emitTo, isPromise } from "./user-code.ts";
