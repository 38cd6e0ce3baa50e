/** Dials an ESME and asks it to bind: outbind (SMPP 3.4, 2.2.1). */
import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { checkOptions, type OptionTable } from "@esme/settings";

/** Whom to dial, and what to say. */
export interface OutbindOptions {
  readonly host: string;
  readonly port: number;
  /** How the message centre names itself. Default: its own system_id. */
  readonly system_id?: string;
  /** At most 8 characters. Default: empty. */
  readonly password?: string;
  /** Speaks TLS: see `tls.connect`. */
  readonly tls?: ConnectionOptions;
  /** Milliseconds to wait for the connection. Default 10,000. */
  readonly connectTimeout?: number;
}

const table = {
  host: "string",
  port: "number",
  system_id: "string",
  password: "string",
  tls: "object",
  connectTimeout: "number",
} as const satisfies OptionTable<OutbindOptions>;

/**
 * The connection, once it can be spoken over. Rejects with the system's error, an AbortError when
 * it takes too long, TypeError for wrong options, or the reason of `closing`.
 */
export async function dial(options: OutbindOptions, closing: AbortSignal): Promise<Duplex> {
  checkOptions("outbind", options, table, { required: ["host", "port"] });
  const { host, port, tls, connectTimeout = 10_000 } = options;
  closing.throwIfAborted();
  const socket =
    tls === undefined ? connect({ host, port, noDelay: true }) : connectTls({ host, port, ...tls });
  try {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(connectTimeout)]);
    await once(socket, tls === undefined ? "connect" : "secureConnect", { signal });
  } catch (error) {
    socket.destroy();
    closing.throwIfAborted();
    throw error;
  }
  return socket;
}
