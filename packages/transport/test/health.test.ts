/** `/health`, `/ready` and `/metrics` of a worker that runs. */

import { Client } from "@esme/client";
import { redisUrl } from "@esme/services";
import { onPath } from "@esme/services/find";
import { startRedis } from "@esme/services/redis";
import { Smsc } from "@esme/smsc";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import type { LinkReport } from "../src/link/links.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { healthOf, readinessOf } from "../src/status/health.ts";
import type { Snapshot } from "../src/status/snapshot.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker with HTTP, started, between a simulated SMSC and the embedded broker. */
async function start(config: TransportConfigInput = {}) {
  const smsc = new Smsc({ port: 0, receiptDelay: 0 });
  await smsc.listen();
  closing.push(() => smsc.close());
  const broker = new MemoryBroker();
  const application = await Application.on(broker);
  await application.listen();
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, http_bind: "127.0.0.1:0", ...config },
    { broker, logger: log },
  );
  closing.push(() => transport.stop());
  await transport.start();
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${transport.httpPort}${path}`);
    const type = response.headers.get("content-type");
    return { status: response.status, type, body: await response.text() };
  };
  return { application, broker, get, log, smsc, transport };
}

/** The value of one series on a page of metrics. */
function series(page: string, name: string): number {
  const line = page.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no series ${name} on the page:\n${page}`);
  return Number(line.slice(name.length));
}

describe("GET /health", () => {
  test("has vumi2's shape and more: 200 when all is up, 500 when something is not", async () => {
    const { get, log, smsc } = await start();
    const up = await get("/health");
    expect(up).toMatchObject({ status: 200, type: "application/json" });
    expect(JSON.parse(up.body)).toEqual({
      health: "ok",
      components: {
        amqp: { health: "ok", state: "open" },
        smpp: {
          health: "ok",
          state: "BOUND_TRX",
          waiting: 0,
          paused: [],
          binds: [
            {
              bind: "0",
              host: "127.0.0.1",
              port: smsc.port,
              mode: "transceiver",
              state: "BOUND_TRX",
              last_enquire_link: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
              window: { size: 20, in_flight: 0 },
            },
          ],
        },
      },
    });

    const lost = log.until("warn", "not bound to the SMSC, trying again");
    await smsc.close();
    await lost;
    const down = await get("/health");
    expect(down.status).toBe(500);
    expect(JSON.parse(down.body)).toMatchObject({
      health: "down",
      components: {
        amqp: { health: "ok" },
        smpp: { health: "down", state: "RECONNECTING", paused: ["smpp"] },
      },
    });
  });

  test.runIf(redisUrl)("tells of Redis where a part is kept there", async () => {
    const { get } = await start({
      smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
      smpp_cache_config: { url: redisUrl, prefix: "esme-test-health" },
    });
    const { status, body } = await get("/health");
    expect(status).toBe(200);
    expect(JSON.parse(body).components.redis).toEqual({ health: "ok", parts: { cache: "ok" } });
    expect(series((await get("/metrics")).body, 'esme_store_up{part="cache"}')).toBe(1);
  });

  test.runIf(onPath("redis-server") !== undefined || process.env["CI"] === "true")(
    "optional: redis-server, that goes away: the worker is not well",
    async () => {
      const redis = await startRedis();
      if (redis === undefined) throw new Error("no redis-server on PATH");
      const url = redis.url;
      const { get } = await start({
        sequencer_class: "@esme/sequencers/redis#RedisSequencer",
        sequencer_config: { url },
        smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
        smpp_cache_config: { url },
      });
      expect((await get("/health")).status).toBe(200);
      await redis.stop();
      const { status, body } = await get("/health");
      expect(status).toBe(500);
      expect(JSON.parse(body)).toMatchObject({
        components: {
          smpp: { health: "ok" },
          redis: { health: "down", parts: { cache: "down", sequencer: "down" } },
        },
      });
    },
  );
});

describe("GET /ready", () => {
  test("is 200 while messages can be taken, then 503 and what is missing", async () => {
    const { get, log, smsc } = await start();
    expect(await get("/ready")).toMatchObject({
      status: 200,
      body: '{"ready":true,"missing":[]}\n',
    });
    const lost = log.until("warn", "not bound to the SMSC, trying again");
    await smsc.close();
    await lost;
    const { status, body } = await get("/ready");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      ready: false,
      missing: ["smpp: not bound (0 RECONNECTING)"],
    });
  });
});

describe("GET /metrics", () => {
  test("shows what has happened to messages in both directions", async () => {
    const { application, get, smsc } = await start({
      submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
    });
    await application.send("€".repeat(100));
    const types = [];
    // The receipt of the first part may be read before the answer to the second.
    for (const _ of ["ack", "first part", "second part"]) {
      types.push((await application.events.next())["event_type"]);
    }
    expect(types.sort()).toEqual(["ack", "delivery_report", "delivery_report"]);
    await application.send("no such subscriber", { to_addr: "27820999911" });
    expect(await application.events.next()).toMatchObject({ event_type: "nack" });
    await application.publish("no JSON");
    await application.failed.next();
    await smsc.deliver({ from: "1", to: "2", text: "hello" });
    await application.inbound.next();

    const { status, type, body } = await get("/metrics");
    expect(status).toBe(200);
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    const expected: [string, number][] = [
      ['esme_smpp_link_state{bind="0",state="BOUND_TRX"}', 1],
      ['esme_smpp_connects_total{bind="0"}', 1],
      ['esme_smpp_window{bind="0"}', 20],
      ['esme_outbound_messages_total{redelivered="false"}', 3],
      ["esme_outbound_parts_total", 3],
      ['esme_submit_responses_total{command_status="ESME_ROK"}', 2],
      ['esme_submit_responses_total{command_status="ESME_RINVDSTADR"}', 1],
      ['esme_smpp_pdus_sent_total{bind="0",command="submit_sm"}', 3],
      ['esme_smpp_wait_seconds_count{bind="0"}', 3],
      ['esme_events_total{event_type="ack"}', 1],
      ['esme_events_total{event_type="nack"}', 1],
      ['esme_events_total{event_type="delivery_report"}', 2],
      ["esme_inbound_messages_total", 1],
      ['esme_dead_letters_total{kind="message"}', 1],
      ["esme_outbound_seconds_count", 3],
      ["esme_broker_connected", 1],
    ];
    for (const [name, value] of expected) expect([name, series(body, name)]).toEqual([name, value]);
    const receipts = ["matched", "late"].map((outcome) =>
      series(body, `esme_receipts_total{outcome="${outcome}"}`),
    );
    expect(receipts[0]).toBeGreaterThanOrEqual(0);
    expect((receipts[0] ?? 0) + (receipts[1] ?? 0)).toBe(2);
    expect(series(body, 'esme_smpp_response_seconds_count{bind="0"}')).toBeGreaterThanOrEqual(4);
  });
});

describe("a worker with several binds", () => {
  const link = (mode: LinkReport["mode"], state: LinkReport["state"]): LinkReport => ({
    ...new Client().stats(),
    host: "smsc",
    port: 2775,
    mode,
    state,
  });
  const snapshot = (links: LinkReport[]): Snapshot => ({
    links,
    queue: { waiting: 0, rate: Number.POSITIVE_INFINITY },
    brokerConnected: true,
    brokerBlocked: undefined,
    brokerNode: undefined,
    brokerNodes: [],
    stores: [],
    inHand: 0,
    paused: [],
    stopping: false,
  });

  test.each([
    [
      "two transceivers, one of them away",
      [link("transceiver", "BOUND_TRX"), link("transceiver", "RECONNECTING")],
      "ok",
      "BOUND_TRX",
    ],
    [
      "a transmitter whose receiver is away",
      [link("transmitter", "BOUND_TX"), link("receiver", "RECONNECTING")],
      "down",
      "BOUND_TX",
    ],
    [
      "a transmitter and a receiver",
      [link("transmitter", "BOUND_TX"), link("receiver", "BOUND_RX")],
      "ok",
      "BOUND_TX",
    ],
    ["a receiver alone", [link("receiver", "BOUND_RX")], "ok", "BOUND_RX"],
    ["nobody yet", [], "down", "CLOSED"],
  ] as const)("%s", (_, links, health, state) => {
    const { smpp } = healthOf(snapshot([...links])).components;
    expect(smpp).toMatchObject({ health, state });
    expect(readinessOf(snapshot([...links])).ready).toBe(health === "ok");
  });

  test("is down and not ready without its broker", () => {
    const away = { ...snapshot([link("transceiver", "BOUND_TRX")]), brokerConnected: false };
    expect(healthOf(away)).toMatchObject({
      health: "down",
      components: { amqp: { health: "down", state: "connecting" }, smpp: { health: "ok" } },
    });
    expect(readinessOf(away)).toEqual({ ready: false, missing: ["amqp: not connected"] });
  });

  test("is down and not ready while its broker takes no messages", () => {
    const bound = snapshot([link("transceiver", "BOUND_TRX")]);
    const blocked = { ...bound, brokerBlocked: "low on memory" };
    expect(healthOf(blocked)).toMatchObject({
      health: "down",
      components: { amqp: { health: "down", state: "blocked", reason: "low on memory" } },
    });
    expect(readinessOf(blocked)).toEqual({
      ready: false,
      missing: ["amqp: blocked by the broker (low on memory)"],
    });
  });

  test("is not ready when a stop has begun", () => {
    const stopping = { ...snapshot([link("transceiver", "BOUND_TRX")]), stopping: true };
    expect(readinessOf(stopping)).toEqual({ ready: false, missing: ["the worker is stopping"] });
  });
});
