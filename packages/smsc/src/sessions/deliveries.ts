/** deliver_sm on their way to ESMEs: queued until one can take them, tried again after temporary errors. */
import { type PduOf, SmppError, Status } from "@esme/pdu";
import { isLinkError, isStatusError, isTimeoutError } from "@esme/session";
import type { Delivered } from "../life/receipt.ts";
import { Queue } from "../structures/queue.ts";
import { Quota } from "../structures/quota.ts";
import type { Timers } from "../structures/timers.ts";

/** How an ESME answers what it is delivered. */
export type DeliveryResponse = PduOf<"deliver_sm_resp" | "data_sm_resp">;

/** An ESME that takes deliver_sm. */
export interface Receiver {
  readonly system_id: string;
  deliver(pdu: Delivered): Promise<DeliveryResponse>;
}

/** How deliver_sm are queued and repeated. */
export interface DeliveryOptions {
  /** deliver_sm that may be on their way to one account; one more is refused. */
  readonly limit: number;
  /** Octets that they may take. */
  readonly octets: number;
  /** deliver_sm without an answer per session. */
  readonly window: number;
  /** Milliseconds until a refused or unanswered one is sent again. */
  readonly retryDelay: number;
  /** How often each is sent at most. */
  readonly attempts: number;
}

/** What an ESME answers when it wants the same message again later. */
const temporary: ReadonlySet<number> = new Set([
  Status.ESME_RX_T_APPN,
  Status.ESME_RMSGQFUL,
  Status.ESME_RTHROTTLED,
  Status.ESME_RSYSERR,
]);

/** Why a link that is up cannot carry a PDU: another link may. */
const ofThisPdu: ReadonlySet<string> = new Set(["version", "sequence_number"]);

/** Whether sending it again may help. Not answered, or lost with the link: nobody refused it. */
function isTemporary(error: unknown): boolean {
  if (isStatusError(error)) return temporary.has(error.status);
  return isTimeoutError(error) || (isLinkError(error) && error.code !== "version");
}

/** The session ended before it was sent: that is no attempt. */
function isLeft(error: unknown): boolean {
  return isLinkError(error) && !error.written && !ofThisPdu.has(error.code);
}

interface Delivery {
  pdu: Delivered;
  readonly system_id: Whose;
  /** Octets that it takes. */
  readonly size: number;
  readonly resolve: (response: DeliveryResponse) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** Counts what is queued: the lower one of two is older. */
  turn: number;
}

/** A system_id; undefined is anybody's: of a deliver_sm that does not say which account it is for. */
type Whose = string | undefined;

/**
 * The queues, one for each account, and the receivers that empty them in turn. Queues without a
 * delivery and receivers without room are in no list, so that a delivery costs the same however
 * many accounts and sessions there are.
 */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #timers: Timers;
  /** None of them is empty. */
  readonly #queues = new Map<Whose, Queue<Delivery>>();
  /** Bound receivers and what each has not answered. */
  readonly #receivers = new Map<Receiver, number>();
  /** Those with room in the window, of each account and of all. The one served last is at the end. */
  readonly #free = new Map<Whose, Set<Receiver>>();
  /** All that have neither been taken nor given up: queued, unanswered, or waiting to be repeated. */
  readonly #pending = new Set<Delivery>();
  /** How many of them each account has, and how many octets. */
  readonly #count: Quota;
  readonly #octets: Quota;
  #turns = 0;
  #closed = false;

  constructor(options: DeliveryOptions, timers: Timers) {
    this.#options = options;
    this.#timers = timers;
    this.#count = new Quota(options.limit);
    this.#octets = new Quota(options.octets);
  }

  /** deliver_sm that have neither been taken nor given up. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A receiver bound: it gets what has waited. */
  add(receiver: Receiver): void {
    this.#receivers.set(receiver, 0);
    this.#setFree(receiver);
    this.#fill(receiver);
  }

  /** A receiver is gone. What it has not answered is rejected by its session and comes back. */
  remove(receiver: Receiver): void {
    this.#receivers.delete(receiver);
    this.#setBusy(receiver);
  }

  /** Queues one deliver_sm for an account, or for whoever is bound when `system_id` is undefined. */
  async deliver(pdu: Delivered, system_id: Whose): Promise<DeliveryResponse> {
    const [response] = this.deliverAll([pdu], system_id);
    // One PDU, one promise; it rejects where there is none.
    return response ?? Promise.reject(closed());
  }

  /** Queues all of them, or throws SmppError `queue_full` or `closed` and queues none. */
  deliverAll(pdus: readonly Delivered[], system_id: Whose): Promise<DeliveryResponse>[] {
    if (this.#closed) throw closed();
    this.#reserve(pdus, system_id);
    const responses = pdus.map(
      (pdu) =>
        new Promise<DeliveryResponse>((resolve, reject) => {
          const size = sizeOf(pdu);
          const delivery: Delivery = {
            pdu,
            system_id,
            size,
            resolve,
            reject,
            attempts: 0,
            turn: 0,
          };
          this.#pending.add(delivery);
          this.#queue(delivery);
        }),
    );
    this.#empty(system_id);
    return responses;
  }

  /** Rejects everything that has not been answered. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#pending) reject(closed());
    this.#pending.clear();
    this.#queues.clear();
    this.#receivers.clear();
    this.#free.clear();
  }

  /** Room for all of them; throws SmppError `queue_full`, and takes none, when there is not so much. */
  #reserve(pdus: readonly Delivered[], system_id: Whose): void {
    const octets = pdus.reduce((sum, pdu) => sum + sizeOf(pdu), 0);
    if (!this.#count.take(system_id, pdus.length)) throw full(this.#count, system_id, pdus.length);
    if (this.#octets.take(system_id, octets)) return;
    this.#count.give(system_id, pdus.length);
    throw tooLarge(this.#octets, system_id, octets);
  }

  /** It was taken or given up. */
  #settle(delivery: Delivery): void {
    if (!this.#pending.delete(delivery)) return;
    this.#count.give(delivery.system_id, 1);
    this.#octets.give(delivery.system_id, delivery.size);
  }

  #queue(delivery: Delivery): void {
    delivery.turn = ++this.#turns;
    const { system_id } = delivery;
    const queue = this.#queues.get(system_id) ?? new Queue<Delivery>();
    queue.push(delivery);
    this.#queues.set(system_id, queue);
  }

  /** The next of a queue, which is dropped with its last delivery. */
  #shift(system_id: Whose): Delivery | undefined {
    const queue = this.#queues.get(system_id);
    const delivery = queue?.shift();
    if (queue?.first === undefined) this.#queues.delete(system_id);
    return delivery;
  }

  /** Hands out one queue, as far as there are receivers for it. */
  #empty(system_id: Whose): void {
    while (this.#queues.has(system_id)) {
      const receiver = this.#nextFree(system_id);
      if (receiver === undefined) return;
      this.#send(system_id, receiver);
    }
  }

  /** Gives one receiver what it has room for: what is for its account and what is for anybody. */
  #fill(receiver: Receiver): void {
    const { system_id } = receiver;
    while (this.#free.get(system_id)?.has(receiver)) {
      const own = this.#queues.get(system_id)?.first?.turn ?? Number.POSITIVE_INFINITY;
      const open = this.#queues.get(undefined)?.first?.turn ?? Number.POSITIVE_INFINITY;
      if (own === open) return;
      this.#send(own < open ? system_id : undefined, receiver);
    }
  }

  /** Whoever was served longest ago, of those with room in the window. */
  #nextFree(system_id: Whose): Receiver | undefined {
    for (const receiver of this.#free.get(system_id) ?? []) return receiver;
    return undefined;
  }

  #send(system_id: Whose, receiver: Receiver): void {
    const delivery = this.#shift(system_id);
    if (delivery === undefined) return;
    const unanswered = (this.#receivers.get(receiver) ?? 0) + 1;
    this.#receivers.set(receiver, unanswered);
    this.#setBusy(receiver);
    if (unanswered < this.#options.window) this.#setFree(receiver);
    void this.#exchange(delivery, receiver);
  }

  async #exchange(delivery: Delivery, receiver: Receiver): Promise<void> {
    delivery.attempts++;
    try {
      const response = await receiver.deliver(delivery.pdu);
      this.#settle(delivery);
      delivery.resolve(response);
    } catch (error) {
      if (isLeft(error)) this.remove(receiver);
      this.#failed(delivery, error);
    }
    const unanswered = this.#receivers.get(receiver);
    if (unanswered === undefined) return;
    this.#receivers.set(receiver, unanswered - 1);
    this.#setFree(receiver);
    this.#fill(receiver);
  }

  #failed(delivery: Delivery, error: unknown): void {
    if (this.#closed) return;
    if (isLeft(error)) {
      delivery.attempts--;
      this.#again(delivery);
      return;
    }
    if (delivery.attempts >= this.#options.attempts || !isTemporary(error)) {
      this.#settle(delivery);
      delivery.reject(error);
      return;
    }
    // Real message centres send the same PDU again, sequence_number included. Another session may
    // be using that number.
    if (isStatusError(error)) {
      delivery.pdu = { ...delivery.pdu, sequence_number: error.response.sequence_number };
    } else if (delivery.pdu.sequence_number !== undefined) {
      const { sequence_number: _, ...pdu } = delivery.pdu;
      delivery.pdu = pdu;
    }
    this.#timers.after(this.#options.retryDelay, () => this.#again(delivery));
  }

  #again(delivery: Delivery): void {
    this.#queue(delivery);
    this.#empty(delivery.system_id);
  }

  #setFree(receiver: Receiver): void {
    for (const name of [receiver.system_id, undefined]) {
      const free = this.#free.get(name);
      if (free !== undefined) free.add(receiver);
      else this.#free.set(name, new Set([receiver]));
    }
  }

  #setBusy(receiver: Receiver): void {
    for (const name of [receiver.system_id, undefined]) {
      const free = this.#free.get(name);
      free?.delete(receiver);
      if (free?.size === 0) this.#free.delete(name);
    }
  }
}

function closed(): SmppError {
  return new SmppError("closed", "the message centre was closed before this was delivered");
}

/** What a queued deliver_sm takes besides its text, about. */
const overhead = 512;

function sizeOf(pdu: Delivered): number {
  const { message_payload } = pdu;
  const short_message = "short_message" in pdu ? pdu.short_message : undefined;
  return overhead + (message_payload?.length ?? 0) + (short_message?.length ?? 0);
}

function full(count: Quota, system_id: Whose, more: number): SmppError {
  const what = `${waiting(count, system_id)} deliver_sm wait for ${nameOf(system_id)}, ${more} more are too many`;
  return new SmppError(
    "queue_full",
    `${what} (queueLimit ${count.limit}): bind a receiver, or raise it`,
  );
}

function tooLarge(octets: Quota, system_id: Whose, more: number): SmppError {
  const what = `${waiting(octets, system_id)} octets of deliver_sm wait for ${nameOf(system_id)}, ${more} more are too many`;
  return new SmppError(
    "queue_full",
    `${what} (queueOctets ${octets.limit}): bind a receiver, or raise it`,
  );
}

/** Of the account, and of all when it is they who take the room. */
function waiting(quota: Quota, system_id: Whose): string {
  const [own, all] = [quota.of(system_id), quota.total];
  return own === all ? String(own) : `${own} (${all} for all accounts)`;
}

function nameOf(system_id: Whose): string {
  return system_id === undefined ? "any receiver" : JSON.stringify(system_id);
}
