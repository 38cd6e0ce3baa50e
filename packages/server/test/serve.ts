// A server on a free port and ESMEs that bind to it; all of them end with their test.
import { Client, type ClientOptions } from "@esme/client";
import { onTestFinished } from "vitest";
import { SmppServer, type SmppServerOptions } from "../src/index.ts";

/** Listens on a free port; everybody may bind, unless there are accounts or onBind. */
export async function serverOf(options: Partial<SmppServerOptions> = {}): Promise<SmppServer> {
  const { accounts, onBind } = options;
  const all = accounts === undefined && onBind === undefined ? { onBind: () => true } : {};
  const server = await new SmppServer({ port: 0, ...all, ...options }).listen();
  onTestFinished(() => server.close());
  return server;
}

/** Connected, not bound. */
export async function connected(
  server: { readonly port: number },
  options: Partial<ClientOptions> = {},
): Promise<Client> {
  const client = new Client({
    host: "127.0.0.1",
    port: server.port,
    ...options,
  });
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** Bound as transceiver, unless told otherwise. */
export function bound(
  server: { readonly port: number },
  {
    mode = "transceiver",
    system_id = "esme",
    password = "secret",
    ...options
  }: Partial<ClientOptions> & {
    mode?: "transmitter" | "receiver" | "transceiver";
    system_id?: string;
    password?: string;
  } = {},
): Promise<Client> {
  return connected(server, { ...options, bind: { mode, system_id, password } });
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
