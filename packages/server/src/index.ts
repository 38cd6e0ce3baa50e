export type { Account } from "./accounts.ts";
export type { BindDecision } from "./admission.ts";
export type { EsmeRequest, ServerCallback, ServerCallbacks } from "./callbacks.ts";
export type { QueueView } from "./deliveries.ts";
export type { OwnSessionOptions, SmppServerOptions } from "./options.ts";
export type { OutbindOptions } from "./outbind.ts";
export type { Peer, PeerTls } from "./peer.ts";
export { type ProxyHeader, type ProxyProtocol, readProxyHeader } from "./proxy-header.ts";
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
