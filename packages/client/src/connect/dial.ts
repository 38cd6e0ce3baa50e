/** Makes a connection: TCP, TLS, or a stream of the user. */
import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { asError, LinkError } from "@esme/session";
import { connectError, peerOf, type Target, timeoutError } from "./connect-error.ts";

/**
 * A stream to use instead of a socket, or a function that makes one for each attempt to connect. After
 * undefined the client connects to `host` and `port`. An error of the function is LinkError
 * `connect_failed`. The client destroys a stream that comes after disconnect().
 */
export type StreamSource = Duplex | (() => StreamOrNone | Promise<StreamOrNone>);

type StreamOrNone = Duplex | undefined;

/** Where and how to connect. */
export interface DialOptions extends Target {
  /** Milliseconds, TLS handshake included. 0: the limit of the system. */
  connectTimeout: number;
  /** Replaces `host`, `port` and `tls` when it gives a stream. */
  stream: StreamSource | undefined;
}

/** Connects. Rejects with LinkError `connect_failed`, `connect_timeout` or `closed` (aborted). */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Duplex> {
  const { stream } = options;
  const given = typeof stream === "function" ? await streamOf(stream, signal) : stream;
  return given ?? dialSocket(options, signal);
}

/** The stream of the user's function; it is destroyed when the signal aborted first. */
function streamOf(
  make: () => StreamOrNone | Promise<StreamOrNone>,
  signal: AbortSignal,
): Promise<StreamOrNone> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(new LinkError("closed", "connecting was aborted", { cause: signal.reason }));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Async, so that an error thrown by `make` is a rejection.
    const makeAsync = async () => make();
    makeAsync()
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
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function dialSocket(options: DialOptions, signal: AbortSignal): Promise<Duplex> {
  const { host, port, tls, connectTimeout: timeout } = options;
  return new Promise((resolve, reject) => {
    // Nagle's algorithm is off: a small PDU must not wait for the acknowledgement of the one before.
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
      // Ignore later errors: without a listener they would be thrown.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error) => settle(connectError(error, options));
    const onAbort = () => {
      const what = `connecting to ${peerOf(options)} was aborted`;
      settle(new LinkError("closed", what, { cause: signal.reason }));
    };
    const onTimeout = () => settle(timeoutError(options, !socket.connecting, timeout));
    const timer = timeout === 0 ? undefined : setTimeout(onTimeout, timeout);
    socket.once(tls ? "secureConnect" : "connect", () => settle());
    socket.on("error", onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function tlsOptions({ host, port, tls }: DialOptions): ConnectionOptions {
  const given = typeof tls === "object" ? tls : {};
  // The server name extension must not have an IP address (RFC 6066 section 3).
  return isIP(host) === 0 ? { servername: host, ...given, host, port } : { ...given, host, port };
}
