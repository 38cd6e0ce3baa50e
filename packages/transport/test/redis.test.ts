/** The worker with its state in a Redis that goes away and comes back. */
import { randomUUID } from "node:crypto";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { expect, onTestFinished, test } from "vitest";
import { start } from "./world.ts";

async function withRedis() {
  const proxy = await TcpProxy.to(redisUrl ?? "");
  onTestFinished(() => proxy.close());
  const state = { url: proxy.url, answerTimeout: 0.2 };
  const world = await start({
    config: {
      sequencer_class: "@esme/sequencers/redis#RedisSequencer",
      // A block for each number: nothing is left over for when Redis is away.
      sequencer_config: { ...state, key: `esme-test-${randomUUID()}`, blockSize: 1 },
      smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
      smpp_cache_config: { ...state, prefix: `esme-test-${randomUUID()}` },
      submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
      throttle: { initial_pause: 0.05, max_pause: 0.1 },
    },
  });
  return { ...world, proxy };
}

const away = (proxy: TcpProxy) => {
  proxy.refuse();
  proxy.cut();
};

test("a message that cannot be numbered waits for Redis, and gets no nack", async () => {
  const { application, proxy, log, smsc } = await withRedis();
  away(proxy);
  const id = await application.send("hello");
  await log.until("error", "no more messages are taken: a store is out of reach");
  expect(smsc.sessions[0]?.session.state).toBe("BOUND_TRX");
  proxy.relay();
  // The receipt may overtake the ack: each is put on the queue by itself.
  const events = [await application.events.next(), await application.events.next()];
  expect(events.map(({ event_type }) => event_type).sort()).toEqual(["ack", "delivery_report"]);
  expect(events.map(({ user_message_id }) => user_message_id)).toEqual([id, id]);
});

test("an id that cannot be stored is held until it can, so that its receipt matches", async () => {
  const { application, proxy, log, smsc } = await withRedis();
  // Redis goes away while the SMSC makes up its mind.
  smsc.behave({ fault: "delay", ms: 50 });
  smsc.once("submit", () => away(proxy));
  const id = await application.send("hello");
  await log.until("error", "no more messages are taken: a store is out of reach");
  proxy.relay();
  const events = [await application.events.next(), await application.events.next()];
  expect(events.map((event) => event.event_type).sort()).toEqual(["ack", "delivery_report"]);
  expect(events.map((event) => event.user_message_id)).toEqual([id, id]);
});

test("a deliver_sm whose part cannot be stored is asked for again", async () => {
  const { application, proxy, smsc } = await withRedis();
  away(proxy);
  const delivered = smsc.deliver({ from: "1", to: "2", text: "in two parts", parts: 2 });
  const refused = new Promise((resolve) =>
    smsc.on("pdu", ({ pdu }) => {
      if (pdu?.command === "deliver_sm_resp" && pdu.command_status === 0x64) resolve(undefined);
    }),
  );
  await refused;
  proxy.relay();
  await delivered;
  expect(await application.inbound.next()).toMatchObject({ content: "in two parts" });
});
