/** Every metric of the worker: its type, its labels, what it tells, and what to be woken by. */

/** What there is to know about a metric. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /**
   * Of a counter that the worker's own code moves: the values of its label, or one empty value without
   * a label. A series that is there from the start has a rate from its first event on.
   */
  readonly counts?: readonly string[];
  readonly help: string;
  readonly alert?: MetricAlert;
}

/** What is worth a look, or somebody's night. */
export interface MetricAlert {
  readonly name: string;
  /** The condition, in PromQL. */
  readonly expr: string;
  /** How long it must hold; absent: not at all. */
  readonly for?: string;
}

/** The metrics in the order of the page; the README has the same table. */
export const metricTable = {
  esme_smpp_link_state: {
    type: "gauge",
    labels: ["bind", "state"],
    help: "1 for the state that the link is in",
    alert: {
      name: "SmppNotBound",
      expr: 'sum by (instance) (esme_smpp_link_state{state=~"BOUND.*"}) == 0',
      for: "2m",
    },
  },
  esme_smpp_connects_total: {
    type: "counter",
    labels: ["bind"],
    help: "Connections made to the SMSC",
    alert: { name: "SmppLinkFlaps", expr: "increase(esme_smpp_connects_total[15m]) > 5" },
  },
  esme_smpp_window: {
    type: "gauge",
    labels: ["bind"],
    help: "Requests that may be unanswered at a time",
  },
  esme_smpp_window_in_flight: {
    type: "gauge",
    labels: ["bind"],
    help: "Requests that are unanswered now",
  },
  esme_smpp_waiting: {
    type: "gauge",
    labels: [],
    help: "Requests that wait for the window, the rate or the link",
  },
  esme_smpp_rate_limit: {
    type: "gauge",
    labels: [],
    help: "Parts per second allowed now, by mt_tps or by a throttling SMSC; +Inf without a limit",
  },
  esme_smpp_wait_seconds: {
    type: "histogram",
    labels: ["bind"],
    help: "From the making of a request to its writing: window, rate, throttling",
    alert: {
      name: "SmppQueueSlow",
      expr: "histogram_quantile(0.95, rate(esme_smpp_wait_seconds_bucket[5m])) > 30",
    },
  },
  esme_account_rate_wait_seconds: {
    type: "histogram",
    labels: [],
    help: "Before that, with mt_tps_redis_url: until the rate of the whole account gave leave",
  },
  esme_smpp_response_seconds: {
    type: "histogram",
    labels: ["bind"],
    help: "From the writing of a request to its response",
    alert: {
      name: "SmscSlow",
      expr: "histogram_quantile(0.95, rate(esme_smpp_response_seconds_bucket[5m])) > 2",
    },
  },
  esme_smpp_pdus_sent_total: {
    type: "counter",
    labels: ["bind", "command"],
    help: "PDUs written",
  },
  esme_smpp_pdus_received_total: {
    type: "counter",
    labels: ["bind", "command"],
    help: "PDUs received",
  },
  esme_smpp_timeouts_total: {
    type: "counter",
    labels: ["bind"],
    help: "Requests that were not answered in time",
    alert: { name: "SmscSilent", expr: "increase(esme_smpp_timeouts_total[5m]) > 0" },
  },
  esme_smpp_throttled_total: {
    type: "counter",
    labels: ["bind"],
    help: "Answers by which the SMSC asked to slow down",
    alert: { name: "SmscThrottles", expr: "rate(esme_smpp_throttled_total[15m]) > 1" },
  },
  esme_smpp_stray_responses_total: {
    type: "counter",
    labels: ["bind"],
    help: "Responses that no request waited for: late, repeated, never asked for",
  },
  esme_smpp_malformed_pdus_total: {
    type: "counter",
    labels: ["bind"],
    help: "PDUs that could not be decoded",
    alert: { name: "SmscMalformedPdus", expr: "increase(esme_smpp_malformed_pdus_total[1h]) > 0" },
  },
  esme_smpp_tolerated_pdus_total: {
    type: "counter",
    labels: ["bind"],
    help: "PDUs that broke a rule and were taken all the same",
  },
  esme_outbound_messages_total: {
    type: "counter",
    labels: ["redelivered"],
    counts: ["false", "true"],
    help: "Messages taken from the broker",
  },
  esme_outbound_in_hand: {
    type: "gauge",
    labels: [],
    help: "Messages taken from the broker whose fate is open",
  },
  esme_outbound_paused: {
    type: "gauge",
    labels: ["reason"],
    help: "1 while no more messages are taken from the broker for this reason: smpp, stop, throttled, store, rate",
    alert: {
      name: "OutboundPaused",
      expr: 'max by (instance, reason) (esme_outbound_paused{reason!="smpp"}) == 1',
      for: "5m",
    },
  },
  esme_outbound_seconds: {
    type: "histogram",
    labels: [],
    help: "From the taking of a message to its acknowledgement",
  },
  esme_outbound_requeued_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Messages put back on the queue unsent",
  },
  esme_outbound_expired_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Messages refused since they waited longer than submit_expiry",
    alert: { name: "MessagesExpire", expr: "increase(esme_outbound_expired_total[5m]) > 0" },
  },
  esme_outbound_parts_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Parts handed to the link",
  },
  esme_outbound_resent_parts_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Parts sent again since the link died before their answer: possible duplicates",
  },
  esme_outbound_fate_unknown_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Parts that a worker which is gone may have sent: `ledger.unknown` says what becomes of them",
  },
  esme_submit_responses_total: {
    type: "counter",
    labels: ["command_status"],
    counts: ["ESME_ROK"],
    help: "Final answers to parts; a status that no version of SMPP names counts as vendor",
    alert: {
      name: "MessagesRefused",
      expr: 'sum(rate(esme_submit_responses_total{command_status!="ESME_ROK"}[5m])) / sum(rate(esme_submit_responses_total[5m])) > 0.1',
    },
  },
  esme_events_total: {
    type: "counter",
    labels: ["event_type"],
    counts: ["ack", "nack", "delivery_report"],
    help: "Events that the broker confirmed",
  },
  esme_inbound_messages_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Inbound messages that the broker confirmed",
  },
  esme_inbound_refused_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "deliver_sm answered with a temporary error: the broker or the cache was out of reach",
    alert: { name: "InboundRefused", expr: "increase(esme_inbound_refused_total[5m]) > 0" },
  },
  esme_inbound_repeated_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "deliver_sm that came once more and had been published",
  },
  esme_receipts_total: {
    type: "counter",
    labels: ["outcome"],
    counts: ["matched", "late", "repeated", "unmatched"],
    help: "Receipts: matched, late (matched after they waited for their id), repeated (after the last state), unmatched",
    alert: {
      name: "ReceiptsUnmatched",
      expr: 'sum(rate(esme_receipts_total{outcome="unmatched"}[15m])) / sum(rate(esme_receipts_total[15m])) > 0.05',
    },
  },
  esme_multipart_incomplete_total: {
    type: "counter",
    labels: ["reason"],
    counts: ["expired", "evicted", "replaced"],
    help: "Inbound messages given up since a part never came",
    alert: { name: "PartsMissing", expr: "increase(esme_multipart_incomplete_total[1h]) > 0" },
  },
  esme_dead_letters_total: {
    type: "counter",
    labels: ["kind"],
    counts: ["message", "pdu"],
    help: "What could not be handled and was put on <transport_name>.failed",
    alert: { name: "DeadLetters", expr: "increase(esme_dead_letters_total[5m]) > 0" },
  },
  esme_dead_letters_dropped_total: {
    type: "counter",
    labels: ["kind"],
    counts: ["message", "pdu"],
    help: "What <transport_name>.failed did not take either: only the log tells of it",
    alert: {
      name: "DeadLettersDropped",
      expr: "increase(esme_dead_letters_dropped_total[5m]) > 0",
    },
  },
  esme_broker_connected: {
    type: "gauge",
    labels: [],
    help: "1 while the broker is connected",
    alert: { name: "BrokerAway", expr: "esme_broker_connected == 0", for: "1m" },
  },
  esme_broker_node: {
    type: "gauge",
    labels: ["node"],
    help: "1 for the RabbitMQ node that the worker is connected to, 0 for the others of amqp_urls",
  },
  esme_broker_blocked: {
    type: "gauge",
    labels: [],
    help: "1 while the broker is connected and takes no messages: it is short of memory or disk",
    alert: { name: "BrokerBlocked", expr: "esme_broker_blocked == 1", for: "1m" },
  },
  esme_broker_unconfirmed_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Publishes that the broker did not confirm; they are repeated",
  },
  esme_broker_refused_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Events and messages too large for the broker; their beginning is on <transport_name>.failed",
    alert: { name: "BrokerRefuses", expr: "increase(esme_broker_refused_total[5m]) > 0" },
  },
  esme_store_up: {
    type: "gauge",
    labels: ["part"],
    help: "1 when this part's Redis answers; absent for parts in memory",
    alert: { name: "StoreAway", expr: "esme_store_up == 0", for: "1m" },
  },
  esme_gateway_messages_total: {
    type: "counter",
    labels: ["outcome"],
    counts: ["accepted", "repeated", "invalid", "refused"],
    help: "Messages of POST /messages: accepted, repeated, invalid, refused",
  },
  esme_gateway_streams: {
    type: "gauge",
    labels: [],
    help: "Open GET /stream requests",
  },
  esme_gateway_kept: {
    type: "gauge",
    labels: [],
    help: "Events and inbound messages kept for GET /stream",
  },
  esme_gateway_dropped_total: {
    type: "counter",
    labels: [],
    counts: [""],
    help: "Kept entries that no stream had been sent when their room was needed",
    alert: { name: "StreamUnread", expr: "increase(esme_gateway_dropped_total[5m]) > 0" },
  },
  process_cpu_seconds_total: {
    type: "counter",
    labels: [],
    help: "CPU time of the process, in user and system mode",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Memory of the process",
  },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the process began, since 1970",
  },
} as const satisfies Record<string, MetricRow>;

/** The name of a metric. */
export type MetricName = keyof typeof metricTable;

/** The label names of a metric. */
export type LabelOf<Name extends MetricName> = (typeof metricTable)[Name]["labels"][number];

/** The name of a counter that the worker's own code moves. */
export type CountedName = {
  [Name in MetricName]: (typeof metricTable)[Name] extends { counts: unknown } ? Name : never;
}[MetricName];

/** Whether a metric is counted here. */
export function isCounted(name: MetricName): name is CountedName {
  return "counts" in metricTable[name];
}
