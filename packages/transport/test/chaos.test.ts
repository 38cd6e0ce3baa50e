/** RabbitMQ, Redis and the SMSC go away and come back under load, and everything is counted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, onPath, type RunningService } from "@esme/services/find";
import { type OwnRabbitmq, startRabbitmq } from "@esme/services/rabbitmq";
import { startRedis } from "@esme/services/redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { silentLogger } from "./silent-logger.ts";
import { Traffic } from "./traffic.ts";

const hasServers = onPath("rabbitmq-server") !== undefined && onPath("redis-server") !== undefined;

/** Starting RabbitMQ takes seconds of both cores. */
const timeout = 60_000;

/** A Redis that has on disk what it confirmed, and can be ended and started again. */
class Store {
  readonly #folder: string;
  readonly #port: number;
  #service: RunningService | undefined;

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const words = ["--appendonly", "yes", "--appendfsync", "always", "--dir", this.#folder];
    this.#service = await startRedis({ port: this.#port, arguments: words });
  }

  /** As `kill -9` would. */
  async kill(): Promise<void> {
    await this.#service?.stop();
  }
}

let rabbitmq: OwnRabbitmq | undefined;
let folder = "";

beforeAll(async () => {
  if (!hasServers) return;
  rabbitmq = await startRabbitmq();
  folder = await mkdtemp(join(tmpdir(), "esme-chaos-"));
}, timeout);

afterAll(async () => {
  await rabbitmq?.stop();
  if (folder !== "") await rm(folder, { recursive: true, force: true });
}, timeout);

/** What Node.js has to say about leaks. */
const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);
process.on("warning", onWarning);
afterAll(() => void process.off("warning", onWarning));

let worlds = 0;

async function prepare() {
  if (!rabbitmq) throw new Error("no RabbitMQ: install rabbitmq-server");
  worlds += 1;
  const name = `chaos-${worlds}`;
  const store = new Store(await mkdtemp(join(folder, "redis-")), await freePort());
  await store.start();
  onTestFinished(() => store.kill());
  const broker = new RabbitBroker({ url: new Secret(rabbitmq.url), maxDelay: 500 });
  const application = await Application.on(broker, name);
  const traffic = new Traffic(application);
  await application.listen();
  let smsc = await traffic.serve({ port: 0 });
  const { port } = smsc;
  const transport = new SmppTransport(
    {
      transport_name: name,
      amqp_url: rabbitmq.url,
      host: "127.0.0.1",
      port,
      smpp_enquire_link_interval: 1,
      smpp_enquire_link_timeout: 0.5,
      reconnect: { initial_delay: 0.05, max_delay: 0.5 },
      sequencer_class: "@esme/sequencers/redis#RedisSequencer",
      sequencer_config: { url: store.url },
      smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
      smpp_cache_config: { url: store.url },
    },
    { logger: silentLogger },
  );
  onTestFinished(async () => {
    await transport.stop();
    await broker.close();
    await traffic.close();
  });
  await transport.start();
  return {
    rabbitmq,
    store,
    traffic,
    application,
    silence: () => smsc.behave({ fault: "silence", times: 1 }),
    closeSmsc: () => traffic.close(),
    openSmsc: async () => {
      smsc = await traffic.serve({ port, messageId: ids(`r${worlds}`) });
    },
  };
}

/** A message centre that starts again must not name its messages as before. */
function ids(prefix: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}

describe.runIf(hasServers)("with servers of its own", { timeout }, () => {
  test("one after the other: nothing is lost, and what was sent twice is marked", async () => {
    const { closeSmsc, openSmsc, rabbitmq, silence, store, traffic, application } = await prepare();
    traffic.begin();
    await traffic.flows(300, 100);

    await store.kill();
    await store.start();
    await traffic.flows(200, 50);

    await closeSmsc();
    await openSmsc();
    await traffic.flows(200, 50);

    // Until the count has seen some sent twice: as a rule the first silence is enough.
    for (let tries = 0; tries === 0 || (tries < 5 && traffic.duplicates === 0); tries++) {
      silence();
      await traffic.flows(300, 50);
    }

    await rabbitmq.kill();
    await rabbitmq.restart();
    await traffic.flows(300, 100);

    await traffic.finish();
    expect(traffic.faults()).toEqual([]);
    expect(traffic.duplicates).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
    expect(application.failed.size).toBe(0);
  });

  test("all at once: nothing is lost, and what was sent twice is marked", async () => {
    const { closeSmsc, openSmsc, rabbitmq, store, traffic, application } = await prepare();
    traffic.begin();
    await traffic.flows(300, 100);
    await Promise.all([rabbitmq.kill(), store.kill(), closeSmsc()]);
    await Promise.all([rabbitmq.restart(), store.start(), openSmsc()]);
    await traffic.flows(300, 100);
    await traffic.finish();
    expect(traffic.faults()).toEqual([]);
    expect(warnings).toEqual([]);
    expect(application.failed.size).toBe(0);
  });
});
