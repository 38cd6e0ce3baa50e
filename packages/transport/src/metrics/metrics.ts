/** What the worker counts, message by message. */
import { Histogram } from "@esme/client";
import type { Event } from "@esme/messages";
import { Status, statusName } from "@esme/pdu";
import { type CountedName, type MetricRow, metricTable } from "./metric-table.ts";

const statusNames: ReadonlySet<string> = new Set(Object.keys(Status));

/**
 * One method for each thing that happens. Plain numbers in maps, since several of them run for
 * every message; Prometheus' own classes would cost a microsecond and more.
 */
export class Metrics {
  readonly #counts: ReadonlyMap<string, Map<string, number>> = new Map(
    Object.entries<MetricRow>(metricTable).flatMap(([name, { counts }]) =>
      counts === undefined ? [] : [[name, new Map(counts.map((value) => [value, 0]))]],
    ),
  );
  readonly #outbound = new Histogram();
  readonly #accountRate = new Histogram();

  /** An outbound message was taken from the broker. */
  taken(redelivered: boolean): void {
    this.#add("esme_outbound_messages_total", String(redelivered));
  }

  /** An outbound message was acknowledged, so long after it was taken. */
  settled(milliseconds: number): void {
    this.#outbound.add(milliseconds);
  }

  /** An outbound message went back on its queue. */
  requeued(): void {
    this.#add("esme_outbound_requeued_total");
  }

  /** An outbound message waited longer than `submit_expiry`. */
  expired(): void {
    this.#add("esme_outbound_expired_total");
  }

  /** A message's parts were handed to the link. */
  submitted(parts: number): void {
    this.#add("esme_outbound_parts_total", "", parts);
  }

  /** The account's shared rate gave leave to a part, after so long. */
  paced(milliseconds: number): void {
    this.#accountRate.add(milliseconds);
  }

  /** A part is sent again, since the link died before its answer. */
  resent(): void {
    this.#add("esme_outbound_resent_parts_total");
  }

  /** Nobody knows whether a part was sent: see `ledger.unknown`. */
  fateUnknown(): void {
    this.#add("esme_outbound_fate_unknown_total");
  }

  /** The final answer to a part: its `command_status`, 0 for accepted. */
  answered(status: number): void {
    const name = statusName(status);
    this.#add("esme_submit_responses_total", statusNames.has(name) ? name : "vendor");
  }

  /** The broker confirmed an event. */
  eventPublished(eventType: Event["event_type"]): void {
    this.#add("esme_events_total", eventType);
  }

  /** The broker confirmed an inbound message. */
  inboundPublished(): void {
    this.#add("esme_inbound_messages_total");
  }

  /** A deliver_sm was answered with a temporary error. */
  inboundRefused(): void {
    this.#add("esme_inbound_refused_total");
  }

  /** A deliver_sm came once more. */
  inboundRepeated(): void {
    this.#add("esme_inbound_repeated_total");
  }

  /**
   * A receipt was matched with its message, at once, or late, after it waited for its id; or it
   * came after the last state was published; or nobody knows its id.
   */
  receipt(outcome: "matched" | "late" | "repeated" | "unmatched"): void {
    this.#add("esme_receipts_total", outcome);
  }

  /** An inbound message was given up, since a part never came. */
  multipartIncomplete(reason: "expired" | "evicted" | "replaced"): void {
    this.#add("esme_multipart_incomplete_total", reason);
  }

  /** Something went to `<transport_name>.failed`. */
  deadLetter(kind: "message" | "pdu"): void {
    this.#add("esme_dead_letters_total", kind);
  }

  /** `<transport_name>.failed` did not take something either. */
  deadLetterDropped(kind: "message" | "pdu"): void {
    this.#add("esme_dead_letters_dropped_total", kind);
  }

  /** The broker will never take an event or a message: it is too large. */
  brokerRefused(): void {
    this.#add("esme_broker_refused_total");
  }

  /** The broker did not confirm a publish. */
  unconfirmed(): void {
    this.#add("esme_broker_unconfirmed_total");
  }

  /** What became of a message of `POST /messages`. */
  posted(outcome: "accepted" | "repeated" | "invalid" | "refused"): void {
    this.#add("esme_gateway_messages_total", outcome);
  }

  /** An event or inbound message that no stream had been sent made room for another. */
  dropped(): void {
    this.#add("esme_gateway_dropped_total");
  }

  /** The count of each label value; the value is empty where there is no label. */
  counts(name: CountedName): ReadonlyMap<string, number> {
    return this.#counts.get(name) ?? new Map();
  }

  /** From the taking of outbound messages to their acknowledgement. */
  get outbound(): Histogram {
    return this.#outbound;
  }

  /** What parts waited for the account's shared rate. */
  get accountRate(): Histogram {
    return this.#accountRate;
  }

  #add(name: CountedName, value = "", by = 1): void {
    const values = this.#counts.get(name);
    values?.set(value, (values.get(value) ?? 0) + by);
  }
}
