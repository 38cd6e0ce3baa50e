// The message centre of these tests: a simulator on a free port, which ends with its test.
import { Smsc, type SmscOptions } from "@esme/smsc";
import { onTestFinished } from "vitest";

/** Listens on a free port, or the one given; everybody may bind, unless there are accounts. */
export async function smscOf(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await new Smsc({ port: 0, receiptDelay: 0, ...options }).listen();
  onTestFinished(() => smsc.close());
  return smsc;
}
