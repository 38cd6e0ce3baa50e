/** Workers are killed while they send, over and over, and everything is counted. */
import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { Application } from "./application.ts";
import { Traffic } from "./traffic.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A longer run: ESME_CHAOS_KILLS=200 npx vitest run --project transport chaos-kill. */
const kills = Number(process.env["ESME_CHAOS_KILLS"] ?? 4);
const messages = kills * 500;
const concurrency = 20;

const kinds = ["outbound", "event", "inbound", "failed"] as const;

/** How the queues come to be. */
const setups = [
  ["classic queues of the application", { "x-queue-type": "classic" }],
  ["quorum queues with a delivery limit", { "x-queue-type": "quorum", "x-delivery-limit": 20 }],
  ["queues that no application has made", undefined],
] as const;

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test.each(setups)(
    "kill -9 in a loop, on %s: every message has its event, and what was sent twice is marked",
    {
      timeout: 60_000 + kills * 5_000,
    },
    async (_, queueArguments) => {
      const name = `esme-test-${randomUUID()}`;
      const connection = await connect(amqpUrl ?? "");
      const channel = await connection.createChannel();
      onTestFinished(async () => {
        for (const kind of kinds) await channel.deleteQueue(`${name}.${kind}`);
        await connection.close();
      });
      // It makes no queue by itself, neither before the workers nor instead of them.
      const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? ""), declareQueues: false });
      await broker.connect();
      const application = Application.without(broker, name);
      const traffic = new Traffic(application);
      if (queueArguments) {
        for (const kind of kinds) {
          const options = { durable: true, arguments: queueArguments };
          await channel.assertQueue(`${name}.${kind}`, options);
          await broker.declareQueue(`${name}.${kind}`);
        }
        await application.listen();
      }
      const { port } = await traffic.serve({ port: 0 });
      const words = ["--transport-name", name, "--host", "127.0.0.1", "--port", String(port)];
      const flags = ["--worker-concurrency", String(concurrency), "--reconnect-max-delay", "1"];
      const start = () => new WorkerProcess([...words, ...flags], { AMQP_URL: amqpUrl });
      const workers = [start(), start()];
      onTestFinished(async () => {
        for (const worker of workers) worker.kill("SIGKILL");
        await Promise.all(workers.map((worker) => worker.ended()));
        await broker.close();
        await traffic.close();
      });
      for (const kind of kinds) await made(connection, `${name}.${kind}`);

      await traffic.send(messages);
      for (let kill = 1; kill <= kills; kill++) {
        if (kill === 1 && !queueArguments) {
          // Its first look at the events: thousands wait for it.
          await published(channel, `${name}.event`, messages / (kills + 1));
          await application.listen();
        }
        await traffic.until(() => traffic.settled >= (messages * kill) / (kills + 1));
        // In turn: while one starts again the other one works.
        const victim = workers.shift();
        victim?.kill("SIGKILL");
        await victim?.ended();
        workers.push(start());
      }
      await traffic.finish();
      expect(traffic.faults()).toEqual([]);
      // Only what was in hand when its worker died.
      expect(traffic.duplicates).toBeLessThanOrEqual(kills * concurrency);
      expect(application.failed.size).toBe(0);
    },
  );
});

/** Resolves once somebody has made the queue, and bound it a moment later. */
async function made(connection: ChannelModel, queue: string): Promise<void> {
  for (;;) {
    const channel = await connection.createChannel();
    channel.on("error", () => {});
    const isThere = await channel.checkQueue(queue).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    // Binding is the worker's next request; doing it twice is doing it once.
    await channel.bindQueue(queue, "vumi", queue);
    return channel.close();
  }
}

/** Resolves once so many messages wait on the queue. */
async function published(channel: Channel, queue: string, count: number): Promise<void> {
  while ((await channel.checkQueue(queue)).messageCount < count);
}
