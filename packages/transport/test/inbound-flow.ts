/** The flow of what an SMSC delivers, without a link: from PDUs to the embedded broker. */
import { InMemorySmppCache } from "@esme/caches";
import {
  type DeliverProcessor,
  DeliveryReportProcessor,
  ShortMessageProcessor,
} from "@esme/processors";
import { MemoryBroker, type MemoryBrokerOptions } from "../src/broker/memory-broker.ts";
import { DeadLetters } from "../src/flow/dead-letters.ts";
import { EarlyReceipts } from "../src/flow/early-receipts.ts";
import { Inbound } from "../src/flow/inbound.ts";
import { Publisher } from "../src/flow/publisher.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import type { Middlewares } from "../src/plug-ins/middlewares.ts";
import { RecordingLogger } from "./recording-logger.ts";

/** What a test wants otherwise. */
export interface InboundWishes {
  readonly keepUnmatched?: boolean;
  readonly deliveryReports?: DeliverProcessor;
  readonly shortMessages?: DeliverProcessor;
  readonly middlewares?: Partial<Middlewares>;
  readonly broker?: MemoryBrokerOptions;
  /** In milliseconds. */
  readonly timeout?: number;
}

export async function inbound({ keepUnmatched = false, ...wishes }: InboundWishes = {}) {
  const broker = new MemoryBroker(wishes.broker);
  await broker.connect();
  const metrics = new Metrics();
  const log = new RecordingLogger();
  const around = { transportName: "smpp", broker, logger: log, metrics };
  const cache = new InMemorySmppCache();
  const deliveryReports = wishes.deliveryReports ?? new DeliveryReportProcessor({}, { cache });
  const stop = new AbortController();
  const early: EarlyReceipts = new EarlyReceipts({
    ...around,
    deliveryReports,
    stopped: stop.signal,
    finish: (outcome, pdu) => flow.finish(outcome, pdu),
  });
  const deadLetters = new DeadLetters({ ...around, keep: true });
  const middlewares = {
    inbound: undefined,
    outbound: undefined,
    event: undefined,
    ...wishes.middlewares,
  };
  const flow = new Inbound({
    ...around,
    publisher: new Publisher({ ...around, deadLetters, middlewares, stopped: stop.signal }),
    deliveryReports,
    shortMessages:
      wishes.shortMessages ?? new ShortMessageProcessor({}, { cache, transportName: "smpp" }),
    deadLetters,
    early: () => early,
    middlewares,
    contentOf: () => ({}),
    keepUnmatched,
    timeout: wishes.timeout ?? 10_000,
  });
  const close = async () => {
    stop.abort();
    await early.close();
    await cache.close();
  };
  return { broker, close, early, flow, log, metrics };
}
