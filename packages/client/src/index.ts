export {
  AbortError,
  type Answer,
  type Callback,
  type Callbacks,
  type Direction,
  type Durations,
  Histogram,
  isLinkError,
  isStatusError,
  isTimeoutError,
  LinkError,
  type LinkErrorCode,
  type LinkLossAnswer,
  type Logger,
  type LogPdus,
  type MalformedCallback,
  type PduNotice,
  type RequestOptions,
  RequestQueue,
  type RequestQueueOptions,
  type ResponseNotice,
  type ResponseOf,
  requestQueueOptionsOf,
  type StateNotice,
  StatusError,
  TimeoutError,
} from "@esme/session";
export type { ReconnectOptions } from "./back-off.ts";
export { Client } from "./client.ts";
export type { StreamSource } from "./connect/dial.ts";
export type { ClientEvents, ClientState, ClientStats, ReconnectNotice } from "./events.ts";
export type { Bind, BindFields, BindMode, ClientOptions, CommandFields } from "./options.ts";
export {
  OutbindListener,
  type OutbindListenerEvents,
  type OutbindListenerOptions,
} from "./outbind-listener.ts";
