export {
  AbortError,
  type Answer,
  type Callback,
  type Callbacks,
  type Direction,
  LinkError,
  type LinkErrorCode,
  type Logger,
  type RequestOptions,
  StatusError,
  TimeoutError,
} from "@esme/session";
export type { ReconnectOptions } from "./back-off.ts";
export { Client } from "./client.ts";
export type { ClientEvents, ClientState, ClientStats, ReconnectNotice } from "./link.ts";
export type { Bind, BindFields, BindMode, ClientOptions, CommandFields } from "./options.ts";
