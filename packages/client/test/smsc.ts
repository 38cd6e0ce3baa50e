// The message centre of these tests: a simulator on a free port, which ends with its test.
import { createServer } from "node:net";
import { Smsc, type SmscOptions } from "@esme/smsc";
import { onTestFinished } from "vitest";

/** Listens on a free port, or the one given; everybody may bind, unless there are accounts. */
export async function smscOf(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await new Smsc({ port: 0, receiptDelay: 0, ...options }).listen();
  onTestFinished(() => smsc.close());
  return smsc;
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
