// A message centre in a few lines: sessions in the role of an SMSC on a port of the loopback.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Callbacks, Session, type SessionOptions } from "@esme/session";
import { onTestFinished } from "vitest";

/** What listens, and who came. */
export interface Listening {
  port: number;
  /** All sessions so far, the latest last. */
  sessions: Session[];
  /** Resolves with the next session that somebody opens. */
  next(): Promise<Session>;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Listens on a free port, or the one given; stops when the test is over. */
export async function listen(
  callbacks: Callbacks | ((session: Session) => Callbacks) = {},
  options: { port?: number; tls?: TlsOptions; session?: Partial<SessionOptions> } = {},
): Promise<Listening> {
  const sessions: Session[] = [];
  const waiting: ((session: Session) => void)[] = [];
  const onSocket = (socket: Socket) => {
    const session = new Session(socket, { role: "smsc", ...options.session });
    session.setCallbacks(typeof callbacks === "function" ? callbacks(session) : callbacks);
    sessions.push(session);
    waiting.shift()?.(session);
  };
  const server: Server =
    options.tls === undefined ? createServer(onSocket) : createTlsServer(options.tls, onSocket);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const close = async () => {
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    await Promise.all(sessions.map((session) => session.close()));
    await stopped;
  };
  onTestFinished(close);
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    port: address.port,
    sessions,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close,
  };
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** Resolves with the arguments of the next such event. */
export function once<A extends unknown[]>(
  emitter: { once(event: string, listener: (...args: A) => void): unknown },
  event: string,
): Promise<A> {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}
