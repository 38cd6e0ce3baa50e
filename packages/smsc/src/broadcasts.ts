/** Cell broadcasts (SMPP 5.0, 4.4 to 4.6): taken, sent for their time, queried, cancelled. */
import { formatTime, MessageState, type PduOf, Status } from "@esme/pdu";
import type { Answer } from "@esme/session";
import { lifetimeOf } from "./lifetime.ts";

/** A broadcast that was taken. */
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
  /** Milliseconds until a broadcast is over that says nothing else. */
  readonly validity: number;
  /** Broadcasts that are remembered; the oldest is forgotten for one more. */
  readonly limit: number;
  readonly onBroadcast: (report: BroadcastReport) => void;
}

interface Broadcast {
  readonly message_id: string;
  readonly system_id: string;
  readonly source_addr: string;
  readonly service_type: string;
  readonly reference: number | undefined;
  readonly areas: readonly Uint8Array[];
  readonly due: number;
  readonly expires: number;
  cancelled: Date | undefined;
}

/** The broadcasts of one message centre. */
export class Broadcasts {
  readonly #options: BroadcastOptions;
  readonly #broadcasts = new Map<string, Broadcast>();

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  /** Answers broadcast_sm. With the message_id of an earlier one it takes that one's place. */
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

  /** Answers query_broadcast_sm: every area is reached as soon as it is time. */
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
  cancel(pdu: PduOf<"cancel_broadcast_sm">, system_id: string): number {
    const named =
      pdu.message_id !== "" || pdu.user_message_reference !== undefined
        ? [this.#find(pdu, system_id)]
        : [...this.#broadcasts.values()].filter(
            ({ system_id: owner, service_type, source_addr }) =>
              owner === system_id &&
              service_type === pdu.service_type &&
              source_addr === pdu.source_addr,
          );
    const now = Date.now();
    let cancelled = 0;
    for (const broadcast of named) {
      if (broadcast === undefined || isOver(broadcast, now)) continue;
      broadcast.cancelled = new Date(now);
      cancelled++;
    }
    return cancelled > 0 ? Status.ESME_ROK : Status.ESME_RBCASTCANCELFAIL;
  }

  #keep(broadcast: Broadcast): void {
    const [oldest] = this.#broadcasts.keys();
    if (this.#broadcasts.size >= this.#options.limit && oldest !== undefined) {
      this.#broadcasts.delete(oldest);
    }
    this.#broadcasts.set(broadcast.message_id, broadcast);
  }

  /** By message_id; without one, by user_message_reference. */
  #find(
    pdu: PduOf<"broadcast_sm" | "query_broadcast_sm" | "cancel_broadcast_sm">,
    system_id: string,
  ): Broadcast | undefined {
    const { message_id, user_message_reference: reference } = pdu;
    const isMeant = (each: Broadcast) => message_id === "" && each.reference === reference;
    const found =
      this.#broadcasts.get(message_id) ??
      (reference === undefined || pdu.command === "broadcast_sm"
        ? undefined
        : [...this.#broadcasts.values()].find(isMeant));
    return found?.system_id === system_id ? found : undefined;
  }
}

function stateOf(broadcast: Broadcast, now: number): number {
  if (broadcast.cancelled !== undefined) return MessageState.DELETED;
  if (now >= broadcast.expires) return MessageState.DELIVERED;
  return now < broadcast.due ? MessageState.SCHEDULED : MessageState.ENROUTE;
}

function isOver(broadcast: Broadcast, now: number): boolean {
  return broadcast.cancelled !== undefined || now >= broadcast.expires;
}
