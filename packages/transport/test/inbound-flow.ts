/** The flow of what an SMSC delivers, without a link: from PDUs to the embedded broker. */
import { InMemorySmppCache } from "@esme/caches";
import {
  type DeliverProcessor,
  DeliveryReportProcessor,
  ShortMessageProcessor,
} from "@esme/processors";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { EarlyReceipts } from "../src/flow/early-receipts.ts";
import { Inbound } from "../src/flow/inbound.ts";
import { SetAside } from "../src/flow/set-aside.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { silentLogger } from "./silent-logger.ts";

/** What a test wants otherwise. */
export interface InboundWishes {
  readonly keepUnmatched?: boolean;
  readonly deliveryReports?: DeliverProcessor;
}

export async function inbound({ keepUnmatched = false, ...wishes }: InboundWishes = {}) {
  const broker = new MemoryBroker();
  await broker.connect();
  const metrics = new Metrics();
  const around = { transportName: "smpp", broker, logger: silentLogger, metrics };
  const cache = new InMemorySmppCache();
  const deliveryReports = wishes.deliveryReports ?? new DeliveryReportProcessor({}, { cache });
  const stop = new AbortController();
  const early: EarlyReceipts = new EarlyReceipts({
    ...around,
    deliveryReports,
    stopped: stop.signal,
    finish: (outcome, pdu) => flow.finish(outcome, pdu),
  });
  const flow = new Inbound({
    ...around,
    deliveryReports,
    shortMessages: new ShortMessageProcessor({}, { cache, transportName: "smpp" }),
    setAside: new SetAside({ ...around, keep: true }),
    early: () => early,
    middlewares: { inbound: undefined, outbound: undefined, event: undefined },
    contentOf: () => ({}),
    keepUnmatched,
    timeout: 10_000,
  });
  const close = async () => {
    stop.abort();
    await early.close();
    await cache.close();
  };
  return { broker, close, flow };
}
