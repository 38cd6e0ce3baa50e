/** Dials an ESME and asks it to bind: outbind (SMPP 3.4, 2.2.1). */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { checkOptions, LONGEST_TIME, numberWithin, type OptionTable } from "@esme/settings";

/** Whom to dial, and what to say. */
export interface OutbindOptions {
  readonly host: string;
  readonly port: number;
  /** How the server names itself. Default: its own system_id. */
  readonly system_id?: string | undefined;
  /** At most 8 characters. Default: empty. */
  readonly password?: string | undefined;
  /** Speaks TLS: see `tls.connect`. */
  readonly tls?: ConnectionOptions | undefined;
  /** Milliseconds to wait for the connection, TLS handshake included. Default 10,000. */
  readonly connectTimeout?: number | undefined;
}

const table = {
  host: "string",
  port: numberWithin({ least: 1, most: 65_535 }),
  system_id: "string",
  password: "string",
  tls: "object",
  connectTimeout: numberWithin({ least: 1, most: LONGEST_TIME, unit: "milliseconds" }),
} as const satisfies OptionTable<OutbindOptions>;

/**
 * The connection, once it can be spoken over. Rejects with the system's error, an AbortError when it
 * takes too long, TypeError or RangeError for wrong options, or the reason of `closing`.
 */
export async function dial(options: OutbindOptions, closing: AbortSignal): Promise<Socket> {
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
