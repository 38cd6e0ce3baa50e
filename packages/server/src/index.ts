export {
  AbortError,
  type Answer,
  type Direction,
  isLinkError,
  isStatusError,
  isTimeoutError,
  LinkError,
  type Logger,
  noAnswer,
  type RequestOptions,
  type ResponseOf,
  type SessionState,
  type SessionStats,
  StatusError,
  TimeoutError,
} from "@esme/session";
export type { Account } from "./binds/accounts.ts";
export type { BindDecision } from "./binds/admission.ts";
export type { EsmeRequest, ServerCallback, ServerCallbacks } from "./callbacks.ts";
export type { QueueView } from "./deliveries/deliveries.ts";
export type { OwnSessionOptions, SmppServerOptions } from "./options.ts";
export type { OutbindOptions } from "./port/outbind.ts";
export type { Peer, PeerTls } from "./port/peer.ts";
export { type ProxyHeader, type ProxyProtocol, readProxyHeader } from "./port/proxy-header.ts";
export {
  type Message,
  type MessageResponse,
  SmppServer,
  type SmppServerEvents,
  type SmppServerStats,
} from "./server.ts";
export {
  type BindAttempt,
  type BindMode,
  ServerSession,
  type ServerSessionEvents,
} from "./server-session.ts";
