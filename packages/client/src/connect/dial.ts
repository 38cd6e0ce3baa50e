/** Makes the connection: TCP, TLS, or whatever stream the caller brings. */
import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { asError, LinkError } from "@esme/session";
import { connectError, connectTimeout, peerOf, type Target } from "./connect-error.ts";

/** A ready stream, or what makes one, or does not, for every attempt. */
export type StreamSource = Duplex | (() => StreamOrNone | Promise<StreamOrNone>);

type StreamOrNone = Duplex | undefined;

/** Where and how to connect. */
export interface DialOptions extends Target {
  /** Milliseconds, the TLS handshake included; 0 waits as long as the system does. */
  connectTimeout: number;
  /** `host`, `port` and `tls` do not count when it gives a stream. */
  stream: StreamSource | undefined;
}

/** Connects. Rejects with LinkError `connect_failed`, `connect_timeout` or `closed` (aborted). */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Duplex> {
  const { stream } = options;
  const ready = typeof stream === "function" ? await madeBy(stream, signal) : stream;
  return ready ?? dialSocket(options, signal);
}

/** What the caller's function gives; one that comes after the signal is not wanted any more. */
function madeBy(
  make: () => StreamOrNone | Promise<StreamOrNone>,
  signal: AbortSignal,
): Promise<StreamOrNone> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(new LinkError("closed", "connecting was given up", { cause: signal.reason }));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const made = async () => make();
    made()
      .then(
        (stream) => {
          if (signal.aborted) stream?.destroy();
          resolve(stream);
        },
        (cause) => {
          const what = `the stream could not be made: ${asError(cause).message}`;
          reject(new LinkError("connect_failed", what, { cause }));
        },
      )
      .finally(() => signal.removeEventListener("abort", giveUp));
  });
}

function dialSocket(options: DialOptions, signal: AbortSignal): Promise<Duplex> {
  const { host, port, tls, connectTimeout: timeout } = options;
  return new Promise((resolve, reject) => {
    // Small PDUs must not wait for each other's acknowledgement: Nagle's algorithm is always off.
    const socket = tls ? connectTls(tlsOptions(options)) : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const settle = (error?: LinkError) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      // An error after this one has no one to tell.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error) => settle(connectError(error, options));
    const onAbort = () => {
      const what = `connecting to ${peerOf(options)} was given up`;
      settle(new LinkError("closed", what, { cause: signal.reason }));
    };
    const onTimeout = () => settle(connectTimeout(options, !socket.connecting, timeout));
    const timer = timeout === 0 ? undefined : setTimeout(onTimeout, timeout);
    socket.once(tls ? "secureConnect" : "connect", () => settle());
    socket.on("error", onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function tlsOptions({ host, port, tls }: DialOptions): ConnectionOptions {
  const given = typeof tls === "object" ? tls : {};
  // An IP address may not stand in the server name extension (RFC 6066 section 3).
  return isIP(host) === 0 ? { servername: host, ...given, host, port } : { ...given, host, port };
}
