// A session with a scripted peer on the other end of an in-memory connection.
import { onTestFinished } from "vitest";
import { Session, type SessionOptions } from "../src/index.ts";
import { duplexPair, ScriptedPeer } from "./scripted-peer.ts";

/** Connected, not bound. Closed when the test is over. */
export function connect(options: Partial<SessionOptions> = {}): [Session, ScriptedPeer] {
  const [ours, theirs] = duplexPair();
  const session = new Session(ours, { role: "esme", ...options });
  onTestFinished(() => session.close());
  return [session, new ScriptedPeer(theirs)];
}

/** An ESME bound as transceiver. */
export async function bound(
  options: Partial<SessionOptions> = {},
): Promise<[Session, ScriptedPeer]> {
  const [session, peer] = connect(options);
  const binding = session.request({ command: "bind_transceiver", system_id: "a", password: "b" });
  const { sequence_number } = await peer.expect("bind_transceiver");
  peer.send({ command: "bind_transceiver_resp", sequence_number, system_id: "smsc" });
  await binding;
  return [session, peer];
}

/** An SMSC with an ESME bound to it as transceiver. */
export async function serving(
  options: Partial<SessionOptions> = {},
): Promise<[Session, ScriptedPeer]> {
  const [session, peer] = connect({ role: "smsc", ...options });
  peer.send({ command: "bind_transceiver", sequence_number: 1 });
  await peer.expect("bind_transceiver_resp");
  return [session, peer];
}

/** Resolves with the arguments of the next such event. */
export function once<A extends unknown[]>(
  emitter: { once(event: string, listener: (...args: A) => void): unknown },
  event: string,
): Promise<A> {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

/** Lets everything that is under way in memory arrive. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}
