/** Receipts whose worker has ended: another one finds them in the cache, and each is published once. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OverdueReceipt } from "@esme/caches";
import { RedisSmppCache } from "@esme/caches/redis";
import { createCodec, decode, encode } from "@esme/pdu";
import { type DeliverProcessor, DeliveryReportProcessor } from "@esme/processors";
import { amqpUrl, redisUrl } from "@esme/services";
import { connect } from "amqplib";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { OverdueReceipts } from "../src/flow/overdue-receipts.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { AwayBroker } from "./away-broker.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { WorkerProcess } from "./worker-process.ts";

const receipt = encode({
  command: "deliver_sm",
  sequence_number: 1,
  source_addr: "27820001001",
  destination_addr: "4711",
  esm_class: 0x04,
  short_message: Buffer.from("id:7 submit date:2401020304 done date:2401020305 stat:DELIVRD err:0"),
});
const answered = { command: "deliver_sm_resp", command_status: 0 };
const report = { event_type: "delivery_report", user_message_id: "msg-1" };

/** State that one test shares with its workers, and when what is kept in it is overdue. */
async function state() {
  const prefix = `esme-test-${randomUUID()}`;
  const config = { url: redisUrl ?? "", prefix, overdueTimeout: 0.1 };
  const cache = new RedisSmppCache(config);
  const client = createClient({ url: config.url });
  await client.connect();
  onTestFinished(async () => {
    const left = await client.keys(`${prefix}*`);
    if (left.length > 0) await client.del(left);
    await Promise.all([client.close(), cache.close()]);
  });
  const workers: TransportConfigInput = {
    smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
    smpp_cache_config: config,
    dr_processor_config: { early_receipts: 0.1 },
    host: "127.0.0.1",
    drain_timeout: 1,
    unmatched_receipts: "failed",
  };
  /** Resolves once a receipt may be taken over. */
  const overdue = () =>
    expect.poll(() => client.zCount(`${prefix}:early`, 0, Date.now()), { timeout: 15_000 }).toBe(1);
  const isForgotten = async () => (await client.keys(`${prefix}:ids:7`)).length === 0;
  return { cache, isForgotten, overdue, prefix, workers };
}

/** A worker on that broker, and its SMSC. */
async function worker(config: TransportConfigInput, broker: MemoryBroker | AwayBroker) {
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const log = new RecordingLogger();
  const transport = new SmppTransport({ ...config, port: smsc.port }, { broker, logger: log });
  onTestFinished(() => transport.stop());
  await transport.start();
  return { log, smsc, transport };
}

/** An application with two workers, which find what others left. */
async function twoWorkers(config: TransportConfigInput, broker = new MemoryBroker()) {
  const application = await Application.on(broker);
  await application.listen();
  const both = await Promise.all([worker(config, broker), worker(config, broker)]);
  const stop = () => Promise.all(both.map(({ transport }) => transport.stop()));
  return { application, stop };
}

describe.runIf(redisUrl)("with Redis, a receipt whose worker has ended", () => {
  /** It was answered, and nobody will recall it. */
  async function abandoned() {
    const world = await state();
    const early = new DeliveryReportProcessor({ early_receipts: 0.1 }, { cache: world.cache });
    const pdu = createCodec().decode(receipt);
    if (pdu.command !== "deliver_sm") throw new Error("no deliver_sm");
    expect(await early.handleDeliverSm(pdu)).toMatchObject({ kind: "kept", canBeTakenOver: true });
    return world;
  }

  test("is published once, when the one that stored its id has ended too", async () => {
    const { cache, overdue, workers } = await abandoned();
    expect(await cache.claimReceipts("7", "msg-1", undefined, 0.1)).toHaveLength(1);
    await overdue();
    const { application, stop } = await twoWorkers(workers);
    expect(await application.events.next()).toMatchObject(report);
    await stop();
    expect([application.events.size, application.failed.size]).toEqual([0, 0]);
    expect(await cache.claimOverdueReceipts(1)).toEqual([]);
  });

  test("is only forgotten when its message has its last state", async () => {
    const { cache, overdue, prefix, workers } = await abandoned();
    await cache.storeSmppMessageId("7", "msg-1");
    await cache.deleteSmppMessageId("7");
    await overdue();
    const { application, stop } = await twoWorkers(workers);
    const name = { key: "7", exact: ["7"], folded: [] };
    const beside = new RedisSmppCache({ url: redisUrl ?? "", prefix });
    onTestFinished(() => beside.close());
    const claimed = async () => (await beside.claimReceipts("7", "msg-2", undefined, 1)).length;
    await expect.poll(async () => (await beside.matchReceipt(name)).kind).toBe("settled");
    await stop();
    expect(await claimed()).toBe(0);
    expect([application.events.size, application.failed.size]).toEqual([0, 0]);
  });

  test("goes to the queue for what failed when nobody knows its id", async () => {
    const { isForgotten, overdue, workers } = await abandoned();
    await overdue();
    const { application, stop } = await twoWorkers(workers);
    expect(await application.failed.next()).toMatchObject({
      reason: "receipt for an unknown message id",
      pdu: { id: "7", stat: "DELIVRD", status: "delivered" },
    });
    await stop();
    expect([application.events.size, application.failed.size]).toEqual([0, 0]);
    expect(await isForgotten()).toBe(true);
  });

  test("is published once, when that one could not publish it and stopped", async () => {
    const { cache, overdue, workers } = await state();
    const broker = new MemoryBroker();
    const away = new AwayBroker(broker);
    await Application.on(broker);
    const { log, smsc, transport } = await worker(workers, away);
    smsc.write(receipt);
    expect(decode(await smsc.received.next())).toMatchObject(answered);
    away.leave();
    await cache.storeSmppMessageId("7", "msg-1");
    await log.until("warn", "early receipt waits, trying again");
    await transport.stop();
    await overdue();
    const { application, stop } = await twoWorkers(workers, broker);
    expect(await application.events.next()).toMatchObject(report);
    await stop();
    expect([application.events.size, application.failed.size]).toEqual([0, 0]);
  });

  test("is published once, when that one stopped before its time was over", async () => {
    const { cache, overdue, workers } = await state();
    const broker = new MemoryBroker();
    await Application.on(broker);
    const slow = { ...workers, dr_processor_config: { early_receipts: 3 } };
    const { log, smsc, transport } = await worker({ ...slow, drain_timeout: 0.1 }, broker);
    smsc.write(receipt);
    expect(decode(await smsc.received.next())).toMatchObject(answered);
    await transport.stop();
    expect(log.messages("info")).toContain("early receipts left to other workers");
    await cache.storeSmppMessageId("7", "msg-1");
    await overdue();
    const { application, stop } = await twoWorkers(workers, broker);
    expect(await application.events.next()).toMatchObject(report);
    await stop();
    expect([application.events.size, application.failed.size]).toEqual([0, 0]);
  });

  test.runIf(amqpUrl)(
    "and RabbitMQ is published once, when that one was ended by kill -9",
    { timeout: 90_000 },
    async () => {
      const { cache, overdue, prefix, workers } = await state();
      const connection = await connect(amqpUrl ?? "");
      const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
      const smsc = await ScriptedSmsc.listen();
      const folder = await mkdtemp(join(tmpdir(), "esme-overdue-"));
      const file = join(folder, "worker.json");
      const { port } = smsc;
      const places = { amqp_url: amqpUrl, transport_name: prefix, port };
      const dr_processor_config = { early_receipts: 5 };
      await writeFile(file, JSON.stringify({ ...workers, ...places, dr_processor_config }));
      const processes: WorkerProcess[] = [];
      onTestFinished(async () => {
        await rm(folder, { recursive: true });
        for (const one of processes) one.kill("SIGKILL");
        await Promise.all(processes.map((one) => one.ended()));
        await smsc.close();
        await broker.close();
        const channel = await connection.createChannel();
        for (const kind of ["outbound", "event", "inbound", "failed"]) {
          await channel.deleteQueue(`${prefix}.${kind}`);
        }
        await connection.close();
      });
      const application = await Application.on(broker, prefix);
      const start = () => {
        const one = new WorkerProcess(["--config", file]);
        processes.push(one);
        return one;
      };
      const keeper = start();
      await keeper.until(/bound to the SMSC/);
      smsc.write(receipt);
      expect(decode(await smsc.received.next())).toMatchObject(answered);
      keeper.kill("SIGKILL");
      await keeper.ended();
      await cache.storeSmppMessageId("7", "msg-1");
      await overdue();
      await application.listen();
      start();
      expect(await application.events.next()).toMatchObject(report);
      expect(await cache.claimOverdueReceipts(1)).toEqual([]);
      expect(application.events.size).toBe(0);
    },
  );
});

describe("a worker looks for such receipts", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const one: OverdueReceipt = { key: "7", token: "t", receipt: "", match: { kind: "unknown" } };

  /** What the cache gives in turn, then nothing; and how often it was asked. */
  function looking(...answers: readonly (number | Error)[]) {
    let asked = 0;
    const given: OverdueReceipt[] = [];
    const [stop, logger] = [new AbortController(), new RecordingLogger()];
    const world = { broker: { connected: true }, isPublished: true, logger, stop };
    const deliveryReports: DeliverProcessor = {
      handleDeliverSm: async () => ({ kind: "not_handled" }),
      handleOverdueReceipt: async () => ({ kind: "settled" }),
    };
    const claimOverdueReceipts = async () => {
      const answer = answers[asked] ?? 0;
      asked += 1;
      if (answer instanceof Error) throw answer;
      return Array.from({ length: answer }, () => one);
    };
    const early = {
      overdue: async (receipt: OverdueReceipt) => {
        given.push(receipt);
        return world.isPublished;
      },
    };
    const cache = { claimOverdueReceipts } as never;
    const { broker } = world;
    const around = { broker, early, logger, stopped: stop.signal };
    const overdue = new OverdueReceipts({ ...around, cache, deliveryReports });
    const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    return { ...around, deliveryReports, given, overdue, pass, stop, world, asked: () => asked };
  }

  test("when it starts, every ten seconds, and at once after it found some", async () => {
    const { asked, given, overdue, pass, stop } = looking(0, 100, 30);
    overdue.start();
    overdue.start();
    await pass(9_999);
    expect(asked()).toBe(1);
    await pass(1);
    expect([asked(), given.length]).toEqual([4, 130]);
    await pass(10_000);
    expect(asked()).toBe(5);
    stop.abort();
    await overdue.closed();
    await pass(60_000);
    expect([asked(), vi.getTimerCount()]).toEqual([5, 0]);
  });

  test("again after ten seconds when they could not be published", async () => {
    const { asked, overdue, pass, world } = looking(5, 5, 5);
    world.isPublished = false;
    overdue.start();
    await pass(10_000);
    expect(asked()).toBe(2);
  });

  test.each([{ connected: false }, { connected: true, blocked: "low on disk" }])(
    "not while nothing can be published: %j",
    async (state) => {
      const { asked, broker, overdue, pass } = looking();
      Object.assign(broker, state);
      overdue.start();
      await pass(60_000);
      expect(asked()).toBe(0);
      Object.assign(broker, { connected: true, blocked: undefined });
      await pass(10_000);
      expect(asked()).toBe(1);
    },
  );

  test("again when the cache is out of reach, and says so", async () => {
    const { given, logger, overdue, pass } = looking(new Error("Redis is away"), 1);
    overdue.start();
    await pass(10_000);
    expect(given).toHaveLength(1);
    expect(logger.messages("warn")).toEqual([
      "receipts of ended workers not looked for, trying again",
    ]);
  });

  test.each([
    ["a cache that hands none over", { cache: {} as never }],
    [
      "a processor that takes none over",
      { deliveryReports: { handleDeliverSm: async () => ({ kind: "not_handled" }) } as never },
    ],
  ])("not with %s", async (_, without) => {
    const { broker, deliveryReports, early, logger, stopped } = looking();
    const cache = { claimOverdueReceipts: () => Promise.reject(new Error("asked")) } as never;
    const around = { broker, cache, deliveryReports, early, logger, stopped };
    const overdue = new OverdueReceipts({ ...around, ...without });
    overdue.start();
    await overdue.closed();
    expect(logger.messages("warn")).toEqual([]);
  });
});
