/** deliver_sm on their way to ESMEs: queued until one can take them, tried again after temporary errors. */
import { type PduOf, SmppError, Status } from "@esme/pdu";
import { LinkError, StatusError, TimeoutError } from "@esme/session";
import type { Delivered } from "./receipt.ts";
import type { Timers } from "./timers.ts";

/** How an ESME answers what it is delivered. */
export type DeliveryResponse = PduOf<"deliver_sm_resp" | "data_sm_resp">;

/** An ESME that takes deliver_sm. */
export interface Receiver {
  readonly system_id: string;
  deliver(pdu: Delivered): Promise<DeliveryResponse>;
}

/** How deliver_sm are queued and repeated. */
export interface DeliveryOptions {
  /** deliver_sm that may be on their way, all accounts together; one more is refused. */
  readonly limit: number;
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

/** Whether sending it again may help. Not answered, or lost with the link: nobody refused it. */
function isTemporary(error: unknown): boolean {
  if (error instanceof StatusError) return temporary.has(error.status);
  return error instanceof TimeoutError || error instanceof LinkError;
}

interface Delivery {
  pdu: Delivered;
  readonly system_id: string;
  readonly resolve: (response: DeliveryResponse) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

/** Anybody's: for a deliver_sm that does not say which account it is for. */
const anyone = "";

/** The queues, one for each account, and the receivers that empty them in turn. */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #timers: Timers;
  /** By system_id. */
  readonly #queues = new Map<string, Queue<Delivery>>();
  /** Bound receivers and what each has not answered. The one served last is at the end. */
  readonly #receivers = new Map<Receiver, number>();
  /** All that have neither been taken nor given up: queued, unanswered, or waiting to be repeated. */
  readonly #pending = new Set<Delivery>();
  #closed = false;

  constructor(options: DeliveryOptions, timers: Timers) {
    this.#options = options;
    this.#timers = timers;
  }

  /** deliver_sm that have neither been taken nor given up. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A receiver bound: it gets what has waited. */
  add(receiver: Receiver): void {
    this.#receivers.set(receiver, 0);
    this.#flow();
  }

  /** A receiver is gone. What it has not answered is rejected by its session and comes back. */
  remove(receiver: Receiver): void {
    this.#receivers.delete(receiver);
  }

  /** Queues one deliver_sm for an account, or for whoever is bound when `system_id` is undefined. */
  deliver(pdu: Delivered, system_id = anyone): Promise<DeliveryResponse> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#pending.size >= this.#options.limit) {
      const what = `${this.#pending.size} deliver_sm wait already (queueLimit): bind a receiver, or raise it`;
      return Promise.reject(new SmppError("queue_full", what));
    }
    return new Promise((resolve, reject) => {
      const delivery: Delivery = { pdu, system_id, resolve, reject, attempts: 0 };
      this.#pending.add(delivery);
      this.#queue(delivery);
      this.#flow();
    });
  }

  /** Rejects everything that has not been answered. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#pending) reject(closed());
    this.#pending.clear();
    this.#queues.clear();
    this.#receivers.clear();
  }

  #queue(delivery: Delivery): void {
    const queue = this.#queues.get(delivery.system_id) ?? new Queue();
    queue.push(delivery);
    this.#queues.set(delivery.system_id, queue);
  }

  /** Hands out whatever a receiver can take now. */
  #flow(): void {
    for (const [system_id, queue] of this.#queues) {
      while (queue.size > 0) {
        const receiver = this.#receiverFor(system_id);
        if (receiver === undefined) break;
        const delivery = queue.shift();
        if (delivery !== undefined) void this.#send(delivery, receiver);
      }
    }
  }

  /** Whoever was served longest ago, of those with room in the window. */
  #receiverFor(system_id: string): Receiver | undefined {
    for (const [receiver, unanswered] of this.#receivers) {
      if (unanswered >= this.#options.window) continue;
      if (system_id !== anyone && receiver.system_id !== system_id) continue;
      this.#receivers.delete(receiver);
      this.#receivers.set(receiver, unanswered + 1);
      return receiver;
    }
    return undefined;
  }

  async #send(delivery: Delivery, receiver: Receiver): Promise<void> {
    delivery.attempts++;
    try {
      const response = await receiver.deliver(delivery.pdu);
      this.#pending.delete(delivery);
      delivery.resolve(response);
    } catch (error) {
      this.#failed(delivery, error);
    }
    const unanswered = this.#receivers.get(receiver);
    if (unanswered !== undefined) this.#receivers.set(receiver, unanswered - 1);
    this.#flow();
  }

  #failed(delivery: Delivery, error: unknown): void {
    if (this.#closed) return;
    if (delivery.attempts >= this.#options.attempts || !isTemporary(error)) {
      this.#pending.delete(delivery);
      delivery.reject(error);
      return;
    }
    // Real message centres send the same PDU again, sequence_number included.
    if (error instanceof StatusError) {
      delivery.pdu = { ...delivery.pdu, sequence_number: error.response.sequence_number };
    }
    this.#timers.after(this.#options.retryDelay, () => {
      this.#queue(delivery);
      this.#flow();
    });
  }
}

function closed(): SmppError {
  return new SmppError("closed", "the message centre was closed before this was delivered");
}

/** First in, first out, in constant time: shifting a long array moves all of it. */
class Queue<T> {
  #items: T[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#first];
    this.#first++;
    if (this.#first > 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
