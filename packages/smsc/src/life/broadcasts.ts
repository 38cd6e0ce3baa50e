/** Cell broadcasts (SMPP 5.0, 4.4 to 4.6): accepted, sent until they expire, queried, cancelled. */
import { OldestFirst } from "@esme/bounded";
import { formatTime, MessageState, type PduOf, Status } from "@esme/pdu";
import type { Answer } from "@esme/session";
import { Groups, keyOf } from "../structures/groups.ts";
import type { Slices } from "../structures/slices.ts";
import { lifetimeOf } from "./lifetime.ts";

/** An accepted broadcast. */
export interface BroadcastReport {
  readonly system_id: string;
  readonly message_id: string;
  readonly from: string;
  /** One for each broadcast_area_identifier, its octets in hexadecimal digits. */
  readonly areas: readonly string[];
  readonly octets: Uint8Array;
  readonly data_coding: number;
}

/** What broadcasts need from outside. */
export interface BroadcastOptions {
  readonly messageId: () => string;
  /** Milliseconds until a broadcast without a validity_period is over. */
  readonly validity: number;
  /** Broadcasts that are kept, and octets of their areas; with more, the oldest are dropped. */
  readonly limit: number;
  readonly octets: number;
  /** Where work is done that may be too much for one turn of the event loop. */
  readonly slices: Slices;
  readonly onBroadcast: (report: BroadcastReport) => void;
}

interface Broadcast {
  readonly message_id: string;
  readonly system_id: string;
  readonly source_addr: string;
  readonly service_type: string;
  readonly reference: number | undefined;
  readonly areas: readonly Uint8Array[];
  /** Of all areas. */
  readonly octets: number;
  readonly due: number;
  readonly expires: number;
  cancelled: Date | undefined;
}

/** The broadcasts of one message centre. */
export class Broadcasts {
  readonly #options: BroadcastOptions;
  readonly #broadcasts = new OldestFirst<string, Broadcast>();
  readonly #byReference = new Groups<Broadcast>();
  /** Broadcasts that may still run, by the fields with which cancel_broadcast_sm selects them. */
  readonly #running = new Groups<Broadcast>();
  #octets = 0;

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  /** Answers broadcast_sm. One with the message_id of an earlier broadcast replaces it. */
  submit(pdu: PduOf<"broadcast_sm">, system_id: string): Answer<"broadcast_sm"> {
    const areas = pdu.broadcast_area_identifier ?? [];
    if (areas.length === 0) return Status.ESME_RINVNUMBCAST_AREAS;
    const lifetime = lifetimeOf(pdu, Date.now(), this.#options.validity);
    if (typeof lifetime === "number") return lifetime;
    const replaced = this.#find(pdu, system_id);
    if (pdu.message_id !== "" && replaced === undefined) return Status.ESME_RBCASTFAIL;
    const message_id = replaced?.message_id ?? this.#options.messageId();
    this.#keep({
      message_id,
      system_id,
      source_addr: pdu.source_addr,
      service_type: pdu.service_type,
      reference: pdu.user_message_reference,
      areas: areas.map((area) => area.slice()),
      octets: areas.reduce((sum, { length }) => sum + length, 0),
      ...lifetime,
      cancelled: undefined,
    });
    this.#options.onBroadcast({
      system_id,
      message_id,
      from: pdu.source_addr,
      areas: areas.map((area) => Buffer.from(area).toString("hex")),
      octets: (pdu.message_payload ?? new Uint8Array()).slice(),
      data_coding: pdu.data_coding,
    });
    return { message_id };
  }

  /** Answers query_broadcast_sm: every area counts as reached once the broadcast has begun. */
  query(pdu: PduOf<"query_broadcast_sm">, system_id: string): Answer<"query_broadcast_sm"> {
    const broadcast = this.#find(pdu, system_id);
    if (broadcast === undefined) return Status.ESME_RBCASTQUERYFAIL;
    const { message_id, areas, cancelled, expires } = broadcast;
    const message_state = stateOf(broadcast, Date.now());
    const reached = message_state === MessageState.SCHEDULED ? 0 : 100;
    return {
      message_id,
      message_state,
      broadcast_area_identifier: [...areas],
      broadcast_area_success: areas.map(() => reached),
      ...(message_state !== MessageState.SCHEDULED &&
        message_state !== MessageState.ENROUTE && {
          broadcast_end_time: formatTime(cancelled ?? new Date(expires)),
        }),
    };
  }

  /** Answers cancel_broadcast_sm: by message_id, or all of a source and service_type. */
  cancel(pdu: PduOf<"cancel_broadcast_sm">, system_id: string): number | Promise<number> {
    const isNamed = pdu.message_id !== "" || pdu.user_message_reference !== undefined;
    const found = this.#find(pdu, system_id);
    const named = isNamed
      ? found === undefined
        ? []
        : [found]
      : this.#running.take(keyOf(system_id, pdu.service_type, pdu.source_addr));
    const now = Date.now();
    let cancelled = 0;
    const rest = this.#options.slices.run(named, (broadcast) => {
      if (isOver(broadcast, now)) return;
      broadcast.cancelled = new Date(now);
      cancelled++;
    });
    const status = () => (cancelled > 0 ? Status.ESME_ROK : Status.ESME_RBCASTCANCELFAIL);
    return rest === undefined ? status() : rest.then(status);
  }

  #keep(broadcast: Broadcast): void {
    const { message_id, system_id, service_type, source_addr, octets } = broadcast;
    const replaced = this.#broadcasts.get(message_id);
    if (replaced !== undefined) this.#forget(replaced);
    this.#broadcasts.set(message_id, broadcast);
    this.#running.add(keyOf(system_id, service_type, source_addr), broadcast);
    this.#byReference.add(referenceKey(system_id, broadcast.reference), broadcast);
    this.#octets += octets;
    const { limit, octets: mostOctets } = this.#options;
    while (this.#broadcasts.size > limit || this.#octets > mostOctets) {
      const oldest = this.#broadcasts.oldest();
      if (oldest === undefined) return;
      this.#forget(oldest[1]);
    }
  }

  #forget(broadcast: Broadcast): void {
    const { message_id, system_id, service_type, source_addr, octets } = broadcast;
    this.#broadcasts.delete(message_id);
    this.#running.delete(keyOf(system_id, service_type, source_addr), broadcast);
    this.#byReference.delete(referenceKey(system_id, broadcast.reference), broadcast);
    this.#octets -= octets;
  }

  /** By message_id; without one, the oldest with this user_message_reference. */
  #find(
    pdu: PduOf<"broadcast_sm" | "query_broadcast_sm" | "cancel_broadcast_sm">,
    system_id: string,
  ): Broadcast | undefined {
    const { message_id, user_message_reference: reference } = pdu;
    if (message_id !== "") {
      const found = this.#broadcasts.get(message_id);
      return found?.system_id === system_id ? found : undefined;
    }
    if (reference === undefined || pdu.command === "broadcast_sm") return undefined;
    for (const oldest of this.#byReference.of(referenceKey(system_id, reference))) return oldest;
    return undefined;
  }
}

function referenceKey(system_id: string, reference: number | undefined): string {
  return keyOf(system_id, String(reference));
}

function stateOf(broadcast: Broadcast, now: number): number {
  if (broadcast.cancelled !== undefined) return MessageState.DELETED;
  if (now >= broadcast.expires) return MessageState.DELIVERED;
  return now < broadcast.due ? MessageState.SCHEDULED : MessageState.ENROUTE;
}

function isOver(broadcast: Broadcast, now: number): boolean {
  return broadcast.cancelled !== undefined || now >= broadcast.expires;
}
