export {
  AbortError,
  type Answer,
  type Callback,
  type Callbacks,
  type Direction,
  Distribution,
  type Durations,
  isLinkError,
  isStatusError,
  isTimeoutError,
  Lane,
  type LaneOptions,
  LinkError,
  type LinkErrorCode,
  type Logger,
  type LogPdus,
  laneOptionsOf,
  type MalformedCallback,
  type PduNotice,
  type RequestOptions,
  type ResponseNotice,
  type ResponseOf,
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
