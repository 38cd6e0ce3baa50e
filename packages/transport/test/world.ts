/** A worker between the embedded broker and a simulated SMSC, for tests. */
import { Smsc, type SmscOptions } from "@esme/smsc";
import { onTestFinished } from "vitest";
import type { Broker } from "../src/broker/broker.ts";
import { MemoryBroker, type MemoryBrokerOptions } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

/** What a test has in hand. */
export interface World {
  readonly application: Application;
  readonly broker: MemoryBroker;
  readonly smsc: Smsc;
  readonly transport: SmppTransport;
  readonly log: RecordingLogger;
}

/** What a test wants otherwise. */
export interface Wishes {
  readonly config?: TransportConfigInput;
  readonly smsc?: SmscOptions;
  readonly broker?: MemoryBrokerOptions;
  /** Where the worker works instead of the embedded broker of this world. */
  readonly on?: Broker;
}

/** A worker between the embedded broker and a simulated SMSC, not yet started. */
export async function prepare(wishes: Wishes = {}): Promise<World> {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...wishes.smsc });
  await smsc.listen();
  onTestFinished(() => smsc.close());
  const broker = new MemoryBroker(wishes.broker);
  const application = await Application.on(broker);
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, ...wishes.config },
    { broker: wishes.on ?? broker, logger: log },
  );
  onTestFinished(() => transport.stop());
  return { application, broker, smsc, transport, log };
}

/** The same, started, with an application that listens. */
export async function start(wishes: Wishes = {}): Promise<World> {
  const world = await prepare(wishes);
  await world.application.listen();
  await world.transport.start();
  return world;
}
