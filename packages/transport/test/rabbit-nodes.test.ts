/** Several nodes of one broker: which is tried, when it is left, and what is sent to it. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { RabbitBroker, type RabbitBrokerOptions } from "../src/broker/rabbit-broker.ts";
import { RabbitNodes } from "../src/broker/rabbit-nodes.ts";
import { Secret } from "../src/config/values/secret.ts";
import { Inbox } from "./inbox.ts";

describe("which node is tried next", () => {
  const pauses = { initialDelay: 100, maxDelay: 1_000 };
  const nodesOf = (count: number) =>
    new RabbitNodes(
      Array.from({ length: count }, (_, index) => new Secret(`amqp://n${index}`)),
      pauses,
    );
  /** The pause without what chance adds or takes: 0 stands for none. */
  const rounded = (pause: number) =>
    [100, 200, 400, 833].find((one) => isNear(one, pause)) ?? pause;
  const isNear = (one: number, pause: number) => pause >= one * 0.79 && pause <= one * 1.21;

  test.each([
    [1, [100, 200, 400, 833, 833]],
    [2, [0, 100, 0, 200, 0, 400]],
    [3, [0, 0, 100, 0, 0, 200]],
  ])("of %i: the next one at once, and a pause after each round", (count, expected) => {
    const nodes = nodesOf(count);
    const hosts = new Set<string>();
    const pausesSeen = expected.map(() => {
      hosts.add(nodes.current.address.host);
      return rounded(nodes.failed(0));
    });
    expect(pausesSeen).toEqual(expected);
    expect(hosts.size).toBe(count);
  });

  test("a connection that lasted begins a new round, a short one does not", () => {
    const nodes = nodesOf(2);
    expect([nodes.failed(0), nodes.failed(0)].map(rounded)).toEqual([0, 100]);
    expect([nodes.failed(4_999), nodes.failed(0)].map(rounded)).toEqual([0, 200]);
    expect([nodes.failed(5_000), nodes.failed(0)].map(rounded)).toEqual([0, 100]);
  });

  test("many workers begin with different ones", () => {
    const hosts = Array.from({ length: 100 }, () => nodesOf(3).current.address.host);
    expect(new Set(hosts)).toEqual(new Set(["n0", "n1", "n2"]));
  });

  test("none is an error", () => {
    expect(() => new RabbitNodes([], pauses)).toThrow("expected at least one, got none");
  });
});

/** Listens until the test ends; connections are its own affair. */
async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

describe.runIf(amqpUrl)("a broker of several nodes", () => {
  const url = amqpUrl ?? "amqp://none";

  /** Nodes are relays to the one RabbitMQ that there is. */
  async function open(proxies: readonly { readonly url: string }[], more?: object) {
    const id = randomUUID();
    const [exchange, queue] = [`esme-test-${id}`, `esme-test-${id}.outbound`];
    const connection = await connect(url);
    const channel = await connection.createChannel();
    onTestFinished(async () => {
      await channel.deleteQueue(queue);
      await channel.deleteExchange(exchange);
      await connection.close();
    });
    const options: RabbitBrokerOptions = {
      url: proxies.map((proxy) => new Secret(proxy.url)),
      exchange,
      // Nobody waits for it: a pause would be seen.
      initialDelay: 60_000,
      maxDelay: 60_000,
      ...more,
    };
    const broker = new RabbitBroker(options);
    onTestFinished(() => broker.close());
    return { broker, channel, queue };
  }

  async function proxy(): Promise<TcpProxy> {
    const relay = await TcpProxy.to(url);
    onTestFinished(() => relay.close());
    return relay;
  }

  const hostOf = (text: string): string => new URL(text).host;

  test("goes on with another node at once when its own goes away", async () => {
    const relays = [await proxy(), await proxy()];
    const { broker, queue } = await open(relays);
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    const own = relays.find(({ url }) => hostOf(url) === broker.node);
    const other = relays.find(({ url }) => hostOf(url) !== broker.node);
    const pause = new Promise<number>((resolve) =>
      broker.on("disconnected", (_, ms) => resolve(ms)),
    );
    own?.refuse();
    own?.cut();
    expect(await pause).toBe(0);
    await broker.publish(queue, Buffer.from("1"));
    expect(Buffer.from((await inbox.next()).body).toString()).toBe("1");
    expect(broker.node).toBe(hostOf(other?.url ?? ""));
    expect(broker.nodes).toEqual(relays.map(({ url }) => hostOf(url)));
  });

  test("does not wait for a node that answers nothing", async () => {
    const port = await listening(createServer((socket) => void socket.resume()));
    const silent = { url: `amqp://127.0.0.1:${port}` };
    const { broker } = await open([silent, await proxy()], { connectTimeout: 200 });
    await broker.connect();
    expect(broker.node).not.toBe(`127.0.0.1:${port}`);
  });

  test("leaves a node that is silent for two heartbeats", async () => {
    const relays = [await proxy(), await proxy()];
    const { broker, queue } = await open(relays, { heartbeat: 1 });
    await broker.connect();
    await broker.declareQueue(queue);
    const own = relays.find(({ url }) => hostOf(url) === broker.node);
    const again = once(broker, "connected");
    const since = performance.now();
    own?.hold();
    const published = broker.publish(queue, Buffer.from("1"));
    await again;
    const waited = performance.now() - since;
    expect(waited).toBeGreaterThan(1_000);
    // Two heartbeats, and the next connection.
    expect(waited).toBeLessThan(2_700);
    await published;
    expect(broker.node).not.toBe(hostOf(own?.url ?? ""));
  });

  test("publishes what was lost with a node again, in order, before what came later", async () => {
    const relays = [await proxy(), await proxy()];
    const { broker, channel, queue } = await open(relays, { initialDelay: 20 });
    await broker.connect();
    await broker.declareQueue(queue);
    const all = Array.from({ length: 300 }, (_, number) => String(number));
    const publishing: Promise<void>[] = [];
    for (const [index, number] of all.entries()) {
      publishing.push(broker.publish(queue, Buffer.from(number)));
      if (index % 50 === 49) {
        await publishing[index - 25];
        for (const relay of relays) relay.cut();
      }
    }
    await Promise.all(publishing);
    const seen = new Set<string>();
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) break;
      seen.add(message.content.toString());
    }
    expect([...seen]).toEqual(all);
  });

  test("publishes again what the broker refused while its queue was full", async () => {
    const queueArguments = { "x-max-length": 1, "x-overflow": "reject-publish" };
    const { broker, channel, queue } = await open([await proxy()], { queueArguments });
    const problems = new Inbox<Error>();
    broker.on("problem", problems.put);
    await broker.connect();
    await broker.declareQueue(queue);
    await broker.publish(queue, Buffer.from("1"));
    const more = ["2", "3", "4"].map((number) => broker.publish(queue, Buffer.from(number)));
    expect((await problems.next()).message).toBe(
      `the broker refused a message to ${queue}: its queue is full (x-overflow: reject-publish), or has no leader for the moment`,
    );
    const taken: string[] = [];
    await channel.consume(queue, (message) => {
      if (message === null) return;
      taken.push(message.content.toString());
      channel.ack(message);
    });
    await Promise.all(more);
    await expect.poll(() => taken).toEqual(["1", "2", "3", "4"]);
  });

  test("tells a publish into a queue that stays full", async () => {
    const queueArguments = { "x-max-length": 0, "x-overflow": "reject-publish" };
    const { broker, queue } = await open([await proxy()], { queueArguments });
    await broker.connect();
    await broker.declareQueue(queue);
    await expect(broker.publish(queue, Buffer.from("1"))).rejects.toMatchObject({
      code: "unconfirmed",
      message: expect.stringContaining("its queue is full"),
    });
  });

  test("makes quorum queues where it is told to", async () => {
    const more = { queueType: "quorum", queueArguments: { "x-max-length": 100 } };
    const { broker, channel, queue } = await open([await proxy()], more);
    await broker.connect();
    await broker.declareQueue(queue);
    const made = { "x-queue-type": "quorum", "x-max-length": 100 };
    // Anything else would be refused, and close the channel.
    await channel.assertQueue(queue, { durable: true, arguments: made });
  });

  test("says in one sentence what RabbitMQ does not make, and which key asks for it", async () => {
    const more = { queueType: "quorum", queueArguments: { "x-max-priority": 9 } };
    const { broker, queue } = await open([await proxy()], more);
    await broker.connect();
    await expect(broker.declareQueue(queue)).rejects.toMatchObject({
      code: "queue_refused",
      message: expect.stringMatching(
        `^queue ${queue}: RabbitMQ does not make it so: check queue_type and queue_arguments \\(RabbitMQ: .*x-max-priority.*\\)$`,
      ),
    });
  });

  test("tells that a queue is somebody else's alone, and stays connected", async () => {
    const { broker, channel, queue } = await open([await proxy()], { initialDelay: 20 });
    await channel.assertQueue(queue, { exclusive: true });
    const lost = new Inbox<Error>();
    broker.on("disconnected", lost.put);
    const problem = new Promise<Error>((resolve) => broker.on("problem", resolve));
    await broker.connect();
    const consumer = await broker.consume(queue, 1, () => {});
    expect((await problem).message).toMatch(
      `queue ${queue}: it is exclusive to another connection: end that, or use another transport_name`,
    );
    await consumer.cancel();
    expect(lost.size).toBe(0);
  });

  test("shows its certificate to nodes that ask for one", async () => {
    const data = (name: string) => readFileSync(new URL(`./data/tls/${name}`, import.meta.url));
    const [cert, key] = [data("cert.pem"), data("key.pem")];
    const { hostname: host, port } = new URL(url);
    const server = createTlsServer(
      { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
      (near) => {
        const far = createConnection({ host, port: Number(port) });
        near.pipe(far).pipe(near);
        for (const socket of [near, far]) socket.on("error", () => {});
      },
    );
    const node = new URL(url.replace("amqp:", "amqps:"));
    node.port = String(await listening(server));
    const { broker, queue } = await open([{ url: node.href }], { tls: { ca: cert, cert, key } });
    await broker.connect();
    await broker.publish(queue, Buffer.from("1"));
    expect(broker.node).toBe(node.host);
    await broker.close();
  });
});
