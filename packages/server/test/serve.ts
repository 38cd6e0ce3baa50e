// A server on a free port and ESMEs that bind to it; all of them end with their test.
import { once as connection } from "node:events";
import { connect } from "node:net";
import { Session, type SessionOptions } from "@esme/session";
import { onTestFinished } from "vitest";
import { type BindMode, SmppServer, type SmppServerOptions } from "../src/index.ts";

/** Listens on a free port; everybody may bind, unless there are accounts or onBind. */
export async function serverOf(options: Partial<SmppServerOptions> = {}): Promise<SmppServer> {
  const { accounts, onBind } = options;
  const all = accounts === undefined && onBind === undefined ? { onBind: () => true } : {};
  const server = await new SmppServer({ port: 0, ...all, ...options }).listen();
  onTestFinished(() => server.close());
  return server;
}

/** Connected, not bound; with an option of the session's own. */
export async function connected(
  { port }: { readonly port: number },
  options: Partial<SessionOptions> = {},
): Promise<Session> {
  const socket = connect({ host: "127.0.0.1", port });
  await connection(socket, "connect");
  const esme = new Session(socket, { role: "esme", ...options });
  onTestFinished(() => esme.close());
  return esme;
}

/** Bound as transceiver, where nothing else is said. */
export async function bound(
  server: { readonly port: number },
  {
    mode = "transceiver",
    system_id = "esme",
    password = "secret",
    ...options
  }: Partial<SessionOptions> & { mode?: BindMode; system_id?: string; password?: string } = {},
): Promise<Session> {
  const esme = await connected(server, options);
  await esme.request({ command: `bind_${mode}`, system_id, password });
  return esme;
}

/** Resolves with the arguments of the next such event. */
export function once<A extends unknown[]>(
  emitter: { once(event: string, listener: (...args: A) => void): unknown },
  event: string,
): Promise<A> {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

/** A promise that the test settles. */
export function deferred<T>() {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value: T) => settle(value) };
}

export const text = (words: string) => ({ short_message: Buffer.from(words) });
