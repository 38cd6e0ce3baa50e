/** The recorded conversations of vumi2's transport, replayed on both wires. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { amqpUrl } from "@esme/services";
import { connect } from "amqplib";
import { afterEach, describe, expect, test } from "vitest";
import type { Broker, Delivery } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Inbox } from "./inbox.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { silentLogger } from "./silent-logger.ts";

interface Step {
  readonly at: "broker" | "smsc";
  readonly dir: "to-worker" | "from-worker";
  readonly command?: string;
  readonly hex?: string;
  readonly method?: string;
  readonly args?: { readonly routingKey?: string };
  readonly body?: Readonly<Record<string, unknown>>;
  readonly body_text?: string;
  readonly varies?: readonly string[];
}

interface Conversation {
  readonly name: string;
  readonly description: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

const folder = new URL("./data/vumi/", import.meta.url);
const conversations = readdirSync(folder)
  .map((file): Conversation => JSON.parse(readFileSync(new URL(file, folder), "utf8")))
  .filter(({ steps }) => steps !== undefined);

const brokers: readonly (readonly [string, boolean, () => Broker])[] = [
  ["the embedded broker", true, () => new MemoryBroker()],
  ["RabbitMQ", amqpUrl !== undefined, () => new RabbitBroker({ url: new Secret(amqpUrl ?? "") })],
];

describe.each(brokers)("on %s", (_name, available, makeBroker) => {
  const worlds: World[] = [];

  afterEach(async () => {
    await Promise.all(worlds.splice(0).map((world) => world.close()));
  });

  test.runIf(available).each(conversations)("$name: $description", async (conversation) => {
    const world = await World.start(conversation, makeBroker());
    worlds.push(world);
    for (const step of conversation.steps) await world.play(step);
    await world.expectNothingMore();
  });
});

/** A worker between a broker and an SMSC that both follow a recording. */
class World {
  readonly #name: string;
  readonly #broker: Broker;
  readonly #smsc: ScriptedSmsc;
  readonly #transport: SmppTransport;
  readonly #published = { inbound: new Inbox<Delivery>(), event: new Inbox<Delivery>() };
  readonly #unanswered: Uint8Array[] = [];

  private constructor(conversation: Conversation, broker: Broker, smsc: ScriptedSmsc) {
    this.#name = `esme-test-${randomUUID()}`;
    this.#broker = broker;
    this.#smsc = smsc;
    this.#transport = new SmppTransport(
      { ...conversation.config, transport_name: this.#name, host: "127.0.0.1", port: smsc.port },
      { broker, logger: silentLogger },
    );
  }

  static async start(conversation: Conversation, broker: Broker): Promise<World> {
    const world = new World(conversation, broker, await ScriptedSmsc.listen());
    await broker.connect();
    for (const queue of ["inbound", "event"] as const) {
      await broker.consume(world.#queue(queue), 100, world.#published[queue].put);
    }
    await world.#transport.start();
    return world;
  }

  async play(step: Step): Promise<void> {
    if (step.at === "smsc") return this.#playSmsc(step);
    if (step.dir === "to-worker") {
      const text = this.#own(step.body_text ?? "");
      return this.#broker.publish(this.#queue("outbound"), Buffer.from(text));
    }
    if (step.method !== "basic.publish") return;
    const queue = step.args?.routingKey === "smpp.event" ? "event" : "inbound";
    const delivery = await this.#published[queue].next();
    delivery.ack();
    const body: unknown = JSON.parse(Buffer.from(delivery.body).toString());
    const expected = { ...JSON.parse(this.#own(JSON.stringify(step.body))) };
    for (const key of step.varies ?? []) expected[key] = expect.any(String);
    expect(body).toEqual(expected);
  }

  async #playSmsc({ dir, command, hex = "" }: Step): Promise<void> {
    const octets = Buffer.from(hex, "hex");
    if (dir === "from-worker") {
      const bindOrCheck = command === "bind_transceiver" || command === "enquire_link";
      const { housekeeping, received } = this.#smsc;
      const frame = await (bindOrCheck ? housekeeping : received).next();
      if (command === "submit_sm") this.#unanswered.push(frame);
      expect(comparable(frame)).toBe(comparable(onPurpose(octets)));
      return;
    }
    // The recorded answers to binds and checks are given by the SMSC itself.
    if (command === "bind_transceiver_resp" || command === "enquire_link_resp") return;
    if (command === "submit_sm_resp") {
      const request = this.#unanswered.shift();
      if (!request) throw new Error("an answer without a request");
      octets.set(request.subarray(12, 16), 12);
    }
    this.#smsc.write(octets);
  }

  /** The outbound queue is empty, all is acknowledged, and nothing else was published or sent. */
  async expectNothingMore(): Promise<void> {
    await this.#transport.stop();
    expect(this.#smsc.received.size).toBe(0);
    const left = new Inbox<Delivery>();
    await this.#broker.consume(this.#queue("outbound"), 1, left.put);
    for (const [queue, inbox] of [
      ["outbound", left],
      ["inbound", this.#published.inbound],
      ["event", this.#published.event],
    ] as const) {
      await this.#broker.publish(this.#queue(queue), Buffer.from("the end"));
      expect(Buffer.from((await inbox.next()).body).toString()).toBe("the end");
    }
  }

  async close(): Promise<void> {
    await this.#transport.stop();
    await this.#smsc.close();
    await this.#broker.close();
    if (!(this.#broker instanceof RabbitBroker)) return;
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    for (const queue of ["outbound", "inbound", "event", "failed"]) {
      await channel.deleteQueue(this.#queue(queue));
    }
    await connection.close();
  }

  #queue(name: string): string {
    return `${this.#name}.${name}`;
  }

  /** A recorded body under this test's own transport_name. */
  #own(text: string): string {
    return text.replace(/("transport_name": ?)"smpp"/, `$1"${this.#name}"`);
  }
}

/** Where this worker differs from the recorded one on purpose. */
function onPurpose(octets: Buffer): Buffer {
  // interface_version 34 went out as 0x22, which means "3.3 or earlier" (SMPP 3.4, 5.2.4).
  const recorded = "password\0\0\x22\0\0\0";
  const at = octets.indexOf(recorded, "latin1");
  if (at >= 0) octets.write("password\0\0\x34\0\0\0", at, "latin1");
  return octets;
}

/** Hex without what is new each time: sequence_number and sar_msg_ref_num. */
function comparable(octets: Uint8Array): string {
  const hex = Buffer.from(octets).toString("hex");
  return `${hex.slice(0, 24)}${hex.slice(32)}`.replace(
    /020c0002[\da-f]{4}(?=020e0001)/,
    "020c0002....",
  );
}
