/** An outage that is longer than the hold, and than RabbitMQ waits for an acknowledgement: one return, no closed channel. */
import { onPath } from "@esme/services/find";
import { type OwnRabbitmq, startRabbitmq } from "@esme/services/rabbitmq";
import { afterAll, beforeAll, expect, test } from "vitest";
import { concurrency, openQuorum } from "./quorum-world.ts";

const hasRabbitmq = onPath("rabbitmq-server") !== undefined;
const timeout = 120_000;
/** Milliseconds; RabbitMQ looks for deliveries that are too old once a minute, here once a second. */
const consumerTimeout = 15_000;
const tick = "application:set_env(rabbit, channel_tick_interval, 1000).";

let rabbitmq: OwnRabbitmq | undefined;

beforeAll(async () => {
  if (!hasRabbitmq) return;
  rabbitmq = await startRabbitmq({ settings: [`consumer_timeout = ${consumerTimeout}`] });
  await rabbitmq?.control("eval", tick);
}, timeout);

afterAll(() => rabbitmq?.stop(), timeout);

/** An outage that begins before the worker does, and outlasts hold and consumer_timeout. */
async function outage(reason: string, status: number) {
  const { consumers, events, givenBack, log, paused, says, send, transport, waiting } =
    await openQuorum(rabbitmq?.url ?? "", { hold_timeout: 1 });
  says.status = status;
  const ids = await send(2 * concurrency);
  await transport.start();
  await expect.poll(paused).toEqual([reason]);
  // All of them wait on the queue, and nobody takes them.
  await expect.poll(waiting).toBe(ids.length);
  expect(consumers()).toBe(0);
  const taken = givenBack.length;
  const over = Date.now() + consumerTimeout + 5_000;
  await expect.poll(() => Date.now(), { timeout, interval: 1_000 }).toBeGreaterThan(over);
  expect([givenBack.length, await paused()]).toEqual([taken, [reason]]);
  says.status = 0;
  // The rest of 30 s is over.
  await expect.poll(() => givenBack.length, { timeout }).toBeGreaterThan(taken);
  const told = await events(ids.length);
  expect(told.map(({ event_type }) => event_type)).toEqual(told.map(() => "ack"));
  expect(told.map(({ user_message_id }) => user_message_id).sort()).toEqual(ids.sort());
  expect(Math.max(...givenBack)).toBeLessThanOrEqual(1);
  expect(await paused()).toEqual([]);
  expect(log.messages("error")).not.toContain("broker not connected, trying again");
}

test.runIf(hasRabbitmq)(
  "messages that waited longer than their hold go back once, rest, and are sent",
  { timeout },
  () => Promise.all([outage("stop", 0x401), outage("throttled", 0x58)]),
);
