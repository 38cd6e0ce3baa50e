/** A quorum queue while the worker takes no more: no consumer, what is in hand stays there, nothing is spent. */
import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { onPath } from "@esme/services/find";
import { startRedis } from "@esme/services/redis";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { concurrency, openQuorum } from "./quorum-world.ts";

const count = 15;
const open = openQuorum.bind(undefined, amqpUrl ?? "");

/** Something begins, in a worker that has sent a message, and ends. */
async function outage(
  world: Awaited<ReturnType<typeof open>>,
  reason: string,
  begin: () => unknown,
  end: () => unknown,
) {
  const { consumers, events, givenBack, log, paused, send, transport, waiting } = world;
  await transport.start();
  await send(1);
  await events(1);
  await begin();
  const ids = await send(count);
  await expect.poll(consumers).toBe(0);
  expect(await paused()).toEqual([reason]);
  const inHand = givenBack.length - 1;
  expect(inHand).toBeLessThanOrEqual(2 * concurrency);
  await expect.poll(waiting).toBe(count - inHand);
  ids.push(...(await send(1)));
  await expect.poll(waiting).toBe(count - inHand + 1);
  await end();
  const told = await events(count + 1);
  expect(told.map(({ event_type }) => event_type)).toEqual(told.map(() => "ack"));
  expect(told.map(({ user_message_id }) => user_message_id).sort()).toEqual(ids.sort());
  // Each came here once. What RabbitMQ was about to deliver as the consumer ended it took back itself,
  // and counted.
  expect(givenBack).toHaveLength(count + 2);
  expect(Math.max(...givenBack)).toBeLessThanOrEqual(1);
  expect(log.messages("warn")).not.toContain("not sent, back on the queue");
  expect(await paused()).toEqual([]);
  await expect.poll(consumers).toBe(1);
  const begun = [...log.messages("warn"), ...log.messages("error")];
  const lines = (all: string[], start: string) => all.filter((line) => line.startsWith(start));
  expect(lines(begun, "no more messages are taken: ")).toHaveLength(1);
  expect(lines(log.messages("info"), "no longer: ")).toHaveLength(1);
}

describe.runIf(amqpUrl)("messages wait on their queue and are sent then, while", () => {
  test.each([
    ["stop", 0x401],
    ["throttled", 0x58],
  ])("the SMSC refuses everything: %s", async (reason, status) => {
    const world = await open();
    const answer = (next: number) => () => {
      world.says.status = next;
    };
    await outage(world, reason, answer(status), answer(0));
  });

  test("the link is away", async () => {
    const world = await open();
    const { proxy } = world;
    const cut = (): void => {
      proxy.refuse();
      proxy.cut();
    };
    await outage(world, "smpp", cut, () => proxy.relay());
  });

  test.runIf(onPath("redis-server") !== undefined || process.env["CI"] === "true")(
    "optional: redis-server, that is away",
    async () => {
      const redis = await startRedis();
      if (redis === undefined) throw new Error("no redis-server on PATH");
      onTestFinished(() => redis.stop());
      const { port, href: url } = new URL(redis.url);
      const world = await open({
        sequencer_class: "@esme/sequencers/redis#RedisSequencer",
        // A block for each number: nothing is left over for when Redis is away.
        sequencer_config: { url, answerTimeout: 0.2, blockSize: 1, key: randomUUID() },
      });
      await outage(
        world,
        "store",
        () => redis.stop(),
        async () => {
          const again = await startRedis({ port: Number(port) });
          onTestFinished(() => again?.stop());
        },
      );
    },
  );
});

describe.runIf(amqpUrl)("a message on a quorum queue", () => {
  test("goes back once at the stop, and counts one", async () => {
    const { log, outbound, says, send, transport, waiting } = await open();
    says.status = 0x401;
    await send(concurrency);
    await transport.start();
    await log.until("error", "no more messages are taken: the SMSC refuses all messages");
    await transport.stop();
    await expect.poll(waiting).toBe(concurrency);
    const connection = await connect(amqpUrl ?? "");
    onTestFinished(() => connection.close());
    const channel = await connection.createChannel();
    for (let number = 0; number < concurrency; number += 1) {
      const message = await channel.get(outbound);
      if (message === false) throw new Error("no message");
      expect(message.properties.headers?.["x-delivery-count"] ?? 0).toBeLessThanOrEqual(1);
    }
  });

  test("whose workers die again and again has one nack, and is dead-lettered", async () => {
    const { application, events, givenBack, outbound, send, transport, waiting } = await open();
    const [id] = await send(1);
    for (let deaths = 1; deaths <= 10; deaths += 1) {
      await expect.poll(waiting).toBe(1);
      const connection = await connect(amqpUrl ?? "");
      const channel = await connection.createChannel();
      await new Promise((resolve) => channel.consume(outbound, resolve));
      await connection.close();
    }
    await transport.start();
    const reason = "given back 10 times, expected less than 10 (max_deliveries)";
    expect(await events(1)).toMatchObject([
      { event_type: "nack", user_message_id: id, nack_reason: reason },
    ]);
    expect(await application.failed.next()).toMatchObject({
      reason,
      body: expect.stringContaining(id ?? ""),
    });
    await expect.poll(waiting).toBe(0);
    expect([givenBack, application.events.size, application.failed.size]).toEqual([[10], 0, 0]);
  });
});
