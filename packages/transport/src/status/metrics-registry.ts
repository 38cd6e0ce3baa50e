/** From counts and states to what Prometheus reads. */
import type { Durations } from "@esme/client";
import { AggregatorRegistry, type Registry } from "prom-client";
import { allPauseReasons } from "../flow/intake.ts";
import type { LinkReport } from "../link/links.ts";
import {
  type CountedName,
  isCounted,
  type LabelOf,
  type MetricName,
  type MetricRow,
  metricTable,
} from "../metrics/metric-table.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Snapshot } from "./snapshot.ts";

/** A metric with its samples, in the form that `prom-client` exports and imports. */
interface MetricFamily {
  readonly name: MetricName;
  readonly help: string;
  readonly type: MetricRow["type"];
  readonly aggregator: "first";
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly metricName?: string;
  }[];
}

type Value<Name extends MetricName> = (typeof metricTable)[Name]["type"] extends "histogram"
  ? Durations
  : number;

type Sample<Name extends MetricName> = readonly [
  value: Value<Name>,
  labels?: Readonly<Record<LabelOf<Name>, string>>,
];

/** How each metric is read that is not counted by the worker's own code. */
type Readings = {
  readonly [Name in Exclude<MetricName, CountedName>]: (
    snapshot: Snapshot,
    metrics: Metrics,
  ) => readonly Sample<Name>[];
};

const readings: Readings = {
  esme_smpp_link_state: ({ links }) =>
    links.flatMap((link, index) =>
      linkStates.map(
        (state) => [Number(state === link.state), { bind: String(index), state }] as const,
      ),
    ),
  esme_smpp_connects_total: perBind(({ connects }) => connects),
  esme_smpp_window: perBind(({ window }) => window),
  esme_smpp_window_in_flight: perBind(({ inFlight }) => inFlight),
  esme_smpp_waiting: ({ queue }) => [[queue.waiting]],
  esme_smpp_rate_limit: ({ queue }) => [[queue.rate]],
  esme_smpp_wait_seconds: perBind(({ wait }) => wait),
  esme_account_rate_wait_seconds: (_, { accountRate }) => [[accountRate.counts()]],
  esme_smpp_response_seconds: perBind(({ latency }) => latency),
  esme_smpp_pdus_sent_total: perCommand(({ sent }) => sent),
  esme_smpp_pdus_received_total: perCommand(({ received }) => received),
  esme_smpp_timeouts_total: perBind(({ timeouts }) => timeouts),
  esme_smpp_throttled_total: perBind(({ throttled }) => throttled),
  esme_smpp_stray_responses_total: perBind(({ stray }) => stray),
  esme_smpp_malformed_pdus_total: perBind(({ malformed }) => malformed),
  esme_smpp_tolerated_pdus_total: perBind(({ tolerated }) => tolerated),
  esme_outbound_in_hand: ({ inHand }) => [[inHand]],
  esme_outbound_paused: ({ paused }) =>
    allPauseReasons.map((reason) => [Number(paused.includes(reason)), { reason }] as const),
  esme_outbound_seconds: (_, { outbound }) => [[outbound.counts()]],
  esme_broker_connected: ({ brokerConnected }) => [[Number(brokerConnected)]],
  esme_broker_node: ({ brokerNode, brokerNodes }) =>
    brokerNodes.map((node) => [Number(node === brokerNode), { node }] as const),
  esme_broker_blocked: ({ brokerBlocked }) => [[Number(brokerBlocked !== undefined)]],
  esme_store_up: ({ stores }) =>
    stores.map(({ part, answers }) => [Number(answers), { part }] as const),
  esme_gateway_streams: ({ gateway }) => [[gateway?.streams ?? 0]],
  esme_gateway_kept: ({ gateway }) => [[gateway?.kept ?? 0]],
  process_cpu_seconds_total: () => {
    const { user, system } = process.cpuUsage();
    return [[(user + system) / 1e6]];
  },
  process_resident_memory_bytes: () => [[process.memoryUsage.rss()]],
  process_start_time_seconds: () => [[performance.timeOrigin / 1_000]],
};

/** Every state that a link can be in (SMPP 3.4 section 2.2, and the client's own two). */
const linkStates = [
  "CLOSED",
  "CONNECTING",
  "OPEN",
  "BOUND_TX",
  "BOUND_RX",
  "BOUND_TRX",
  "UNBOUND",
  "RECONNECTING",
] as const satisfies readonly LinkReport["state"][];

function perBind<T extends number | Durations>(read: (link: LinkReport) => T) {
  return ({ links }: Snapshot) =>
    links.map((link, index) => [read(link), { bind: String(index) }] as const);
}

function perCommand(read: (link: LinkReport) => Readonly<Record<string, number>>) {
  return ({ links }: Snapshot) =>
    links.flatMap((link, index) =>
      Object.entries(read(link)).map(
        ([command, count]) => [count, { bind: String(index), command }] as const,
      ),
    );
}

/** Every metric as it is at this moment, to print. */
export function registryOf(metrics: Metrics, snapshot: Snapshot): Registry {
  const families = metricNames.map((name): MetricFamily => {
    const { help, type }: MetricRow = metricTable[name];
    return { name, help, type, aggregator: "first", values: valuesOf(name, metrics, snapshot) };
  });
  return AggregatorRegistry.aggregate([families]);
}

// Of an object literal, Object.keys gives the keys that its type has.
const metricNames = Object.keys(metricTable) as MetricName[];

function valuesOf(name: MetricName, metrics: Metrics, snapshot: Snapshot): MetricFamily["values"] {
  if (isCounted(name)) {
    const [label] = metricTable[name].labels;
    return [...metrics.counts(name)].map(([labelValue, value]) => ({
      value,
      labels: label === undefined ? {} : { [label]: labelValue },
    }));
  }
  const samples = readings[name](snapshot, metrics);
  return samples.flatMap(([value, labels = {}]) =>
    typeof value === "number" ? [{ value, labels }] : bucketsOf(name, value, labels),
  );
}

/** Prometheus counts in seconds, and each bucket holds all below it. */
function bucketsOf(
  name: string,
  { buckets, sum, count }: Durations,
  labels: Readonly<Record<string, string>>,
): MetricFamily["values"] {
  let below = 0;
  const cumulative = buckets.map((bucket) => {
    below += bucket.count;
    const le = bucket.le === Number.POSITIVE_INFINITY ? "+Inf" : String(bucket.le / 1_000);
    return { metricName: `${name}_bucket`, value: below, labels: { ...labels, le } };
  });
  return [
    ...cumulative,
    { metricName: `${name}_sum`, value: sum / 1_000, labels },
    { metricName: `${name}_count`, value: count, labels },
  ];
}
