/** All that takes part in a run: servers, the SMSC, the application, the workers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { Application } from "./application.ts";
import { Count } from "./count.ts";
import { Deliveries } from "./deliveries.ts";
import { MessageCentre } from "./message-centre.ts";
import type { Wishes } from "./options.ts";
import { type Relay, startRelays } from "./relays.ts";
import { type Broker, type Store, startBroker, startStore } from "./servers.ts";
import { Worker } from "./workers.ts";

/** How long the last publishes are waited for, in milliseconds. */
const confirmTimeout = 30_000;

/** How a scenario wants it otherwise. */
export interface RunOptions {
  /** Lines of `rabbitmq.conf`. */
  readonly settings?: readonly string[];
  /** Called once the queues are there; gives back keys of the workers' configuration. */
  readonly prepare?: (run: Prepared) => Promise<Readonly<Record<string, unknown>>>;
}

/** What there is before the workers. */
export type Prepared = Pick<Run, "broker" | "centre" | "outbound">;

/** A run under way. */
export interface Run {
  readonly wishes: Wishes;
  readonly count: Count;
  readonly deliveries: Deliveries;
  readonly broker: Broker;
  readonly store: Store;
  readonly centre: MessageCentre;
  readonly application: Application;
  /** The queue that the workers consume. */
  readonly outbound: string;
  readonly relays: readonly Relay[];
  readonly workers: readonly Worker[];
  /** What makes the run worthless, in words. */
  readonly failures: string[];
  /** Whether no more is to be sent: a failure, or Ctrl-C. */
  readonly isOver: boolean;
  /** Minutes since the run was asked for. */
  readonly minutes: number;
  /** Publishes until there are enough, never further ahead than `ahead`. */
  publish(isEnough: () => boolean): Promise<void>;
  /** Ends everything; with `keepLogs` what the workers logged stays. */
  close(keepLogs: boolean): Promise<void>;
}

/** Resolves once each worker has a session, or one of them has ended. */
export async function startRun(wishes: Wishes, options: RunOptions = {}): Promise<Run> {
  const begun = performance.now();
  const transportName = `chaos-${process.pid}`;
  const folder = await mkdtemp(join(tmpdir(), "esme-chaos-"));
  console.error(`seed ${wishes.seed}; what the workers log is in ${folder}`);
  const { broker: brokerKind, store: storeKind, queueType } = wishes;
  const count = new Count();
  const deliveries = new Deliveries();
  const [broker, store, centre] = await Promise.all([
    startBroker(brokerKind, options.settings),
    startStore(storeKind),
    MessageCentre.start(count),
  ]);
  const application = new Application({ urls: broker.urls, transportName, queueType, count });
  await application.connect();
  const outbound = `${transportName}.outbound`;
  const configuration = await options.prepare?.({ broker, centre, outbound });
  const failures: string[] = [];
  const relays: Relay[] = [];
  const workers: Worker[] = [];
  for (let index = 0; index < wishes.workers; index++) {
    const own = await startRelays(broker.urls, deliveries);
    relays.push(...own);
    workers.push(
      new Worker({
        folder,
        name: `worker-${index + 1}`,
        configuration: {
          transport_name: transportName,
          amqp_urls: own.map(({ url }) => url),
          queue_type: queueType,
          amqp_heartbeat: 2,
          host: "127.0.0.1",
          port: centre.port,
          worker_concurrency: wishes.concurrency,
          smpp_enquire_link_interval: 1,
          smpp_enquire_link_timeout: 1,
          smpp_response_timeout: 5,
          reconnect: { initial_delay: 0.1, max_delay: 1 },
          submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
          dr_processor_config: { receipt_details: true },
          sequencer_class: "@esme/sequencers/redis#RedisSequencer",
          sequencer_config: store.configuration,
          smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
          smpp_cache_config: store.configuration,
          ...(wishes.ledger !== "none" && {
            ledger: { unknown: wishes.ledger },
            ledger_redis_config: store.configuration,
          }),
          ...configuration,
        },
        onEnd: (sentence) => void failures.push(sentence),
      }),
    );
  }
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      isInterrupted = true;
    });
  }
  while (centre.sessions.length < wishes.workers && failures.length === 0) await passed(50);
  const run: Run = {
    wishes,
    count,
    deliveries,
    broker,
    store,
    centre,
    application,
    outbound,
    relays,
    workers,
    failures,
    get isOver() {
      return isInterrupted || failures.length > 0;
    },
    get minutes() {
      return (performance.now() - begun) / 60_000;
    },
    publish: (isEnough) => publish(run, isEnough),
    async close(keepLogs) {
      await Promise.all(workers.map((worker) => worker.close()));
      await application.close();
      await Promise.all(relays.map((relay) => relay.close()));
      await Promise.all([centre.close(), broker.stop(), store.stop()]);
      if (!keepLogs) await rm(folder, { recursive: true, force: true });
    },
  };
  return run;
}

async function publish(run: Run, isEnough: () => boolean): Promise<void> {
  const { application, count, wishes } = run;
  /** Publishes that the broker has not confirmed. */
  const open = new Set<Promise<void>>();
  while (!run.isOver && !isEnough()) {
    if (count.open + open.size >= wishes.ahead) {
      await passed(5);
      continue;
    }
    const one = application.publish().finally(() => open.delete(one));
    open.add(one);
  }
  // What the broker never confirms need not come.
  await Promise.race([Promise.all(open), passed(confirmTimeout)]);
}
