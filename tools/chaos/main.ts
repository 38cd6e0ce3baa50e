/**
 * `npm run chaos -- [options]`: workers, links, broker nodes and Redis fail at random under load, and
 * every message is counted. Prints a table and one line of JSON. The exit code is 1 when anything was
 * lost, and 2 when the run could not be made.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { randomFrom } from "@esme/fuzz/random";
import { Application } from "./application.ts";
import { Count } from "./count.ts";
import { startMessageCentre } from "./message-centre.ts";
import { usage, type Wishes, wishesOf } from "./options.ts";
import { reportOf, tableOf } from "./report.ts";
import { Store, startBroker } from "./servers.ts";
import { Strikes } from "./strikes.ts";
import { Worker } from "./workers.ts";

/** Messages without an event, and texts without an answer, at most. */
const ahead = { messages: 400, texts: 40 };

/** After so long without any progress what is missing counts as lost, in milliseconds. */
const patience = 120_000;

const wishes = read(process.argv.slice(2));
const { seed, workers: size, queueType, broker: brokerKind, pause } = wishes;
const transportName = `chaos-${process.pid}`;
const folder = await mkdtemp(join(tmpdir(), "esme-chaos-"));
const begun = performance.now();
const end = begun + wishes.hours * 3_600_000;
console.error(`seed ${seed}; what the workers log is in ${folder}`);

const count = new Count();
const [broker, store, centre] = await Promise.all([
  startBroker(brokerKind),
  Store.start(),
  startMessageCentre(count),
]);
const application = new Application({ urls: broker.urls, transportName, queueType, count });
await application.connect();
/** What makes the run worthless, in words. */
const failures: string[] = [];
const workers = Array.from({ length: size }, (_, index) => startWorker(index));
const outbound = `${transportName}.outbound`;
const world = { workers, centre, broker, store, random: randomFrom(seed, 0), outbound };
const strikes = new Strikes(world, pause * 1_000, failures);
const progress = setInterval(() => console.error(JSON.stringify(count.progress)), 10_000);
const over = new AbortController();
const texts = write(over.signal);

/** Ctrl-C ends the sending; what is under way is still counted. */
let isInterrupted = false;
process.once("SIGINT", () => {
  isInterrupted = true;
});
await bound();
strikes.begin();
await publish();
over.abort();
await strikes.end();
// Without workers nobody would take the texts that wait.
if (failures.length > 0) await centre.close();
await texts;
const isComplete = await completed();
clearInterval(progress);
const waiting = await application.waiting();
const minutes = (performance.now() - begun) / 60_000;
const report = reportOf({ wishes, count, faults: strikes.counts, failures, minutes, waiting });
console.error(tableOf(report));
console.log(JSON.stringify(report));

await Promise.all(workers.map((worker) => worker.close()));
await application.close();
await Promise.all([centre.close(), broker.stop(), store.stop()]);
const isRight = isComplete && report.isRight;
if (isRight) await rm(folder, { recursive: true, force: true });
process.exit(isRight ? 0 : failures.length > 0 ? 2 : 1);

function read(args: readonly string[]): Wishes {
  try {
    return wishesOf(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

function startWorker(index: number): Worker {
  const redis = { url: store.url };
  const configuration = {
    transport_name: transportName,
    amqp_url: broker.urls[index % broker.urls.length],
    host: "127.0.0.1",
    port: centre.port,
    worker_concurrency: 20,
    smpp_enquire_link_interval: 1,
    smpp_enquire_link_timeout: 1,
    smpp_response_timeout: 5,
    reconnect: { initial_delay: 0.1, max_delay: 1 },
    submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
    sequencer_class: "@esme/sequencers/redis#RedisSequencer",
    sequencer_config: redis,
    smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
    smpp_cache_config: redis,
  };
  const onEnd = (sentence: string): void => void failures.push(sentence);
  return new Worker({ folder, name: `worker-${index + 1}`, configuration, onEnd });
}

/** Resolves once each worker has a session, or one of them has ended. */
async function bound(): Promise<void> {
  while (centre.sessions.length < size && failures.length === 0) await passed(50);
}

/** Publishes until the number or the time is reached; never further ahead than `ahead`. */
async function publish(): Promise<void> {
  const isEnough = (): boolean =>
    isInterrupted ||
    failures.length > 0 ||
    (wishes.hours > 0 ? performance.now() >= end : count.progress.published >= wishes.messages);
  const open = new Set<Promise<void>>();
  while (!isEnough()) {
    if (count.open >= ahead.messages) {
      await passed(5);
      continue;
    }
    const one = application.publish().finally(() => open.delete(one));
    open.add(one);
    if (open.size >= 50) await Promise.race(open);
  }
  await Promise.all(open);
}

/** Phones write until the run is over. */
async function write(signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<void>>();
  while (!signal.aborted) {
    const one = centre.write().finally(() => open.delete(one));
    open.add(one);
    if (open.size >= ahead.texts) await Promise.race(open);
    await passed(10);
  }
  await Promise.all(open);
}

/** Waits for all that must come; false when nothing has come for too long. */
async function completed(): Promise<boolean> {
  let [last, since] = ["", performance.now()];
  while (!count.isComplete && failures.length === 0) {
    const now = JSON.stringify(count.progress);
    if (now !== last) [last, since] = [now, performance.now()];
    else if (performance.now() - since > patience) return false;
    await passed(500);
  }
  return true;
}
