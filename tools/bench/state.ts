/** State and policy: sequence numbers from Redis, memory of the cache, rates of the processors. */
import { randomBytes, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { InMemorySmppCache } from "@esme/caches";
import { newMessage } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import {
  type DeliverProcessor,
  type DeliverSm,
  DeliveryReportProcessor,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "@esme/processors";
import { InMemorySequencer, type Sequencer } from "@esme/sequencers";
import { RedisSequencer } from "@esme/sequencers/redis";
import { findService, missingLine } from "@esme/services/find";
import { redis } from "@esme/services/redis";
import { splitShortMessage } from "@esme/sm-split";
import { createClient } from "redis";

let failed = false;

function verdict(ok: boolean): string {
  failed ||= !ok;
  return ok ? "ok" : "MISSED";
}

const row = (...cells: string[]) => console.log(`| ${cells.join(" | ")} |`);
const perSecond = (rate: number) => Math.round(rate).toLocaleString("en");

/** What is measured: a name, how often a round does it, and what is done. */
type Contender = [name: string, count: number, run: () => unknown];

/** How often a second each is done, the best of ten rounds; they take turns and share the noise. */
async function ratesOf(contenders: readonly Contender[]): Promise<number[]> {
  const best = contenders.map(() => 0);
  for (let round = 0; round < 10; round++) {
    for (const [i, [, count, run]] of contenders.entries()) {
      const start = process.hrtime.bigint();
      for (let n = 0; n < count; n++) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      const rate = (count * 1e9) / Number(process.hrtime.bigint() - start);
      best[i] = Math.max(best[i] ?? 0, rate);
    }
  }
  return best;
}

async function sequencers(url: string): Promise<void> {
  const client = await createClient({ url }).connect();
  const keys = Array.from({ length: 3 }, () => `esme-bench:${randomUUID()}`);
  const [counter = "", one = "", other = ""] = keys;
  const shared: Sequencer = new RedisSequencer({ client, key: one });
  const larger: Sequencer = new RedisSequencer({ client, key: other, blockSize: 1000 });
  const memory = new InMemorySequencer();
  const contenders: Contender[] = [
    ["INCR for each number", 1000, () => client.incr(counter)],
    ["RedisSequencer, blockSize 100 (default)", 100_000, () => shared.next()],
    ["RedisSequencer, blockSize 1000", 1_000_000, () => larger.next()],
    ["InMemorySequencer", 1_000_000, () => memory.next()],
  ];
  const rates = await ratesOf(contenders);
  row("numbers, one caller", "a second", "times INCR", "demanded");
  row("---", "---", "---", "---");
  for (const [i, [name]] of contenders.entries()) {
    const rate = rates[i] ?? 0;
    const ratio = rate / (rates[0] ?? 0);
    const demanded = i === 1 ? `at least 50: ${verdict(ratio >= 50)}` : "";
    row(name, perSecond(rate), ratio.toFixed(0), demanded);
  }
  await client.del(keys);
  await client.close();
}

async function memory(): Promise<void> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("run with --expose-gc, as the script does");
  const cache = new InMemorySmppCache();
  collect();
  const before = process.memoryUsage().heapUsed;
  const start = process.hrtime.bigint();
  for (let i = 0; i < 1_000_000; i++) {
    const info = { part: 1, total: 2 };
    await cache.storeSmppMessageId(
      i.toString(16).padStart(10, "0"),
      randomBytes(16).toString("hex"),
      info,
    );
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  collect();
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  row("InMemorySmppCache", "MB", "ids stored a second", "demanded");
  row("---", "---", "---", "---");
  const demanded = `under 300: ${verdict(megabytes < 300)}`;
  row("1,000,000 ids", megabytes.toFixed(0), perSecond(1_000_000 / seconds), demanded);
  await cache.close();
}

function deliver(fields: Omit<PduInputOf<"deliver_sm">, "command">): DeliverSm {
  const addresses = { source_addr: "27820001001", destination_addr: "123456" };
  const pdu = decode(encode({ ...addresses, ...fields, command: "deliver_sm" }));
  if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command} where a deliver_sm belongs`);
  return pdu;
}

/** The PDUs with ever new numbers, published: each that completes something must give `kind`. */
function handling(processor: DeliverProcessor, pdus: readonly DeliverSm[], kind: string) {
  let sequence_number = 1;
  return async () => {
    let last = "";
    for (const pdu of pdus) {
      sequence_number += 1;
      const outcome = await processor.handleDeliverSm({ ...pdu, sequence_number });
      if (outcome.kind === "message" || outcome.kind === "event") await outcome.settle?.(true);
      last = outcome.kind;
    }
    if (last !== kind) throw new Error(`${last} where ${kind} belongs`);
  };
}

async function processors(): Promise<void> {
  const text = "The quick brown fox jumps over 13 lazy dogs, and over the fence. ";
  const message = (content: string) =>
    newMessage({ to_addr: "27820001001", from_addr: "123456", content });
  const [short, long] = [message(text.repeat(2)), message(text.repeat(7))];
  const submit = new SubmitShortMessageProcessor({ multipart_handling: "multipart_udh" });
  const cache = new InMemorySmppCache();
  const texts = new ShortMessageProcessor({}, { cache });
  const reports = new DeliveryReportProcessor({}, { cache });
  const parts = splitShortMessage(text.repeat(7), 0, { method: "udh", reference: 1 }).parts.map(
    (short_message) => deliver({ esm_class: 0x40, short_message }),
  );
  const receipt = deliver({
    esm_class: 4,
    short_message: new TextEncoder().encode(
      "id:smsc-1 sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD err:000 text:hello",
    ),
  });
  const report = handling(reports, [receipt], "event");
  const one = deliver({ short_message: new TextEncoder().encode(text.repeat(2)) });

  row("processors, memory only", "a second");
  row("---", "---");
  const contenders: Contender[] = [
    ["text of 130 characters: to submit_sm", 10_000, () => submit.handleOutboundMessage(short)],
    ["text of 455 characters: to 3 submit_sm", 5000, () => submit.handleOutboundMessage(long)],
    ["deliver_sm of 130 characters: to a message", 10_000, handling(texts, [one], "message")],
    ["3 deliver_sm with a header: to a message", 5000, handling(texts, parts, "message")],
    [
      "receipt in the body: to an event",
      10_000,
      async () => {
        await cache.storeSmppMessageId("smsc-1", "msg-1");
        await report();
      },
    ],
  ];
  const rates = await ratesOf(contenders);
  for (const [i, [name]] of contenders.entries()) row(name, perSecond(rates[i] ?? 0));
}

console.log(`Node ${process.versions.node}, ${availableParallelism()} cores\n`);
const service = await findService(redis);
if (service === undefined) throw new Error(missingLine(redis));
try {
  await sequencers(service.url);
} finally {
  await service.stop();
}
console.log();
await memory();
console.log();
await processors();
if (failed) throw new Error("a promise was missed");
