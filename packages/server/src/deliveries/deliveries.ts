/** Messages on their way to ESMEs: queued until one can take them, sent again after temporary errors. */
import { setMaxListeners } from "node:events";
import { type Queued, TurnQueue } from "@esme/bounded";
import { type NoVendorTlvs, type PduInputOf, SmppError, Status, type VendorTlvs } from "@esme/pdu";
import {
  AbortError,
  isLinkError,
  isStatusError,
  isTimeoutError,
  type ResponseOf,
} from "@esme/session";

/** What is delivered. */
export type Deliverable<T extends VendorTlvs = NoVendorTlvs> =
  | PduInputOf<"deliver_sm", T>
  | PduInputOf<"data_sm", T>;

/** How an ESME answers what it is delivered. */
export type DeliveryResponse<T extends VendorTlvs = NoVendorTlvs> = ResponseOf<
  "deliver_sm" | "data_sm",
  T
>;

/** An ESME that takes messages. */
export interface Receiver {
  readonly system_id: string;
  deliver(pdu: Deliverable, signal: AbortSignal | undefined): Promise<DeliveryResponse>;
}

/** How messages are queued and repeated. */
export interface DeliveryOptions {
  /** Messages that may be on their way to one account, and their octets. */
  readonly queueLimit: number;
  readonly queueOctets: number;
  /** Messages on their way to all accounts together, and their octets. */
  readonly totalQueueLimit: number;
  readonly totalQueueOctets: number;
  /** Messages without an answer per session. */
  readonly window: number;
  /** Milliseconds until a refused or unanswered message is sent again. */
  readonly retryDelay: number;
  /** How often each is sent at most. */
  readonly attempts: number;
}

/** What waits for one account, answers and repetitions included. */
export interface QueueView {
  /** Undefined: messages for whoever is bound. */
  readonly system_id: string | undefined;
  readonly messages: number;
  readonly octets: number;
}

/** What an ESME answers when it wants the same message again later. */
const temporary: ReadonlySet<number> = new Set([
  Status.ESME_RX_T_APPN,
  Status.ESME_RMSGQFUL,
  Status.ESME_RTHROTTLED,
  Status.ESME_RSYSERR,
]);

/** Why a link that is up does not carry a PDU: another link may, or the same one later. */
const ofLiveLinks: ReadonlySet<string> = new Set(["version", "sequence_number", "queue_full"]);

/** Whether sending it again may help. Not answered, or lost with the link: nobody refused it. */
function isTemporary(error: unknown): boolean {
  if (isStatusError(error)) return temporary.has(error.status);
  return isTimeoutError(error) || (isLinkError(error) && error.code !== "version");
}

/** The session ended before it was sent: that is no attempt. */
function isUnsent(error: unknown): boolean {
  return isLinkError(error) && !error.written && !ofLiveLinks.has(error.code);
}

/** A system_id; undefined is anybody's: of a message that does not say which account it is for. */
type Owner = string | undefined;

interface Delivery extends Queued<Delivery> {
  pdu: Deliverable;
  readonly owner: Owner;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (response: DeliveryResponse) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the signal. */
  unwatch: (() => void) | undefined;
  turn: number;
  attempts: number;
  state: "queued" | "sent" | "paused" | "settled";
}

/** What an account has on its way; dropped with its last message. */
interface Share {
  readonly queue: TurnQueue<Delivery>;
  messages: number;
  octets: number;
}

/**
 * The queues, one for each account, and the receivers that empty them in turn. Accounts without a
 * message and receivers without room are in no list, so that a delivery costs the same however many
 * accounts and sessions there are.
 */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #shares = new Map<Owner, Share>();
  /** Bound receivers and what each has not answered. */
  readonly #receivers = new Map<Receiver, number>();
  /** Those with room in the window, of each account and of all. The one served last is at the end. */
  readonly #free = new Map<Owner, Set<Receiver>>();
  /** All that have neither been taken nor given up. */
  readonly #pending = new Set<Delivery>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #octets = 0;
  #turns = 0;
  #closed: SmppError | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Messages that have neither been taken nor given up, and their octets. */
  get pending(): { readonly messages: number; readonly octets: number } {
    return { messages: this.#pending.size, octets: this.#octets };
  }

  /** What waits for each account that something waits for. */
  queues(): QueueView[] {
    return [...this.#shares].map(([system_id, { messages, octets }]) => ({
      system_id,
      messages,
      octets,
    }));
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

  /**
   * Queues all of them for an account, or for whoever is bound when `owner` is undefined. Throws
   * SmppError `queue_full` or `closed`, or AbortError, and queues none.
   */
  deliver(
    owner: Owner,
    pdus: readonly Deliverable[],
    signal?: AbortSignal | undefined,
  ): Promise<DeliveryResponse>[] {
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted) throw new AbortError("the message", false, signal.reason);
    const sizes = pdus.map((pdu) => overhead + sizeOf(pdu));
    this.#reserve(owner, sizes);
    const responses = pdus.map(
      (pdu, index) =>
        new Promise<DeliveryResponse>((resolve, reject) => {
          const delivery: Delivery = {
            pdu,
            owner,
            size: sizes[index] ?? 0,
            signal,
            resolve,
            reject,
            unwatch: undefined,
            turn: ++this.#turns,
            attempts: 0,
            state: "queued",
          };
          this.#pending.add(delivery);
          this.#share(owner).queue.insert(delivery);
          if (signal !== undefined) this.#watch(delivery, signal);
        }),
    );
    this.#empty(owner);
    return responses;
  }

  /** Rejects everything that has not been answered, for good. */
  close(): void {
    const reason = new SmppError("closed", "the server was closed before this was delivered");
    this.#closed = reason;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const delivery of this.#pending) {
      delivery.state = "settled";
      delivery.unwatch?.();
      delivery.reject(reason);
    }
    for (const list of [this.#timers, this.#pending, this.#shares, this.#receivers, this.#free]) {
      list.clear();
    }
  }

  #share(owner: Owner): Share {
    const known = this.#shares.get(owner);
    if (known !== undefined) return known;
    const share: Share = { queue: new TurnQueue(), messages: 0, octets: 0 };
    this.#shares.set(owner, share);
    return share;
  }

  /** Room for all of them, or SmppError `queue_full` and no room taken. */
  #reserve(owner: Owner, sizes: readonly number[]): void {
    const { queueLimit, queueOctets, totalQueueLimit, totalQueueOctets } = this.#options;
    const more = sizes.reduce((sum, size) => sum + size, 0);
    const { messages = 0, octets = 0 } = this.#shares.get(owner) ?? {};
    const whose = owner === undefined ? "any receiver" : JSON.stringify(owner);
    if (messages + sizes.length > queueLimit) {
      throw full(`${messages} messages wait for ${whose}`, sizes.length, { queueLimit });
    }
    if (octets + more > queueOctets) {
      throw full(`${octets} octets of messages wait for ${whose}`, more, { queueOctets });
    }
    if (this.#pending.size + sizes.length > totalQueueLimit) {
      const what = `${this.#pending.size} messages wait for all accounts`;
      throw full(what, sizes.length, { totalQueueLimit });
    }
    if (this.#octets + more > totalQueueOctets) {
      throw full(`${this.#octets} octets wait for all accounts`, more, { totalQueueOctets });
    }
    if (sizes.length === 0) return;
    const share = this.#share(owner);
    share.messages += sizes.length;
    share.octets += more;
    this.#octets += more;
  }

  /** It was taken or given up. False: it was before. */
  #settle(delivery: Delivery): boolean {
    if (!this.#pending.delete(delivery)) return false;
    const { owner, size } = delivery;
    const share = this.#share(owner);
    if (delivery.state === "queued") share.queue.remove(delivery);
    delivery.state = "settled";
    delivery.unwatch?.();
    share.messages--;
    share.octets -= size;
    this.#octets -= size;
    if (share.messages === 0) this.#shares.delete(owner);
    return true;
  }

  /** A message with its session is left to that: it knows whether it was written. */
  #watch(delivery: Delivery, signal: AbortSignal): void {
    // One signal may be that of very many messages: each stops listening with its end.
    setMaxListeners(0, signal);
    const onAbort = () => {
      if (delivery.state === "sent" || !this.#settle(delivery)) return;
      delivery.reject(new AbortError(delivery.pdu.command, false, signal.reason));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    delivery.unwatch = () => signal.removeEventListener("abort", onAbort);
  }

  /** Hands out one queue, as far as there are receivers for it. */
  #empty(owner: Owner): void {
    for (;;) {
      const delivery = this.#shares.get(owner)?.queue.first;
      if (delivery === undefined) return;
      const receiver = this.#nextFree(owner);
      if (receiver === undefined) return;
      this.#send(delivery, receiver);
    }
  }

  /** Gives one receiver what it has room for: the oldest of what is for its account or for anybody. */
  #fill(receiver: Receiver): void {
    const { system_id } = receiver;
    while (this.#free.get(system_id)?.has(receiver)) {
      const own = this.#shares.get(system_id)?.queue.first;
      const open = this.#shares.get(undefined)?.queue.first;
      const oldest = own === undefined || (open !== undefined && open.turn < own.turn) ? open : own;
      if (oldest === undefined) return;
      this.#send(oldest, receiver);
    }
  }

  /** Whoever was served longest ago, of those with room in the window. */
  #nextFree(owner: Owner): Receiver | undefined {
    for (const receiver of this.#free.get(owner) ?? []) return receiver;
    return undefined;
  }

  #send(delivery: Delivery, receiver: Receiver): void {
    this.#share(delivery.owner).queue.remove(delivery);
    delivery.state = "sent";
    const unanswered = (this.#receivers.get(receiver) ?? 0) + 1;
    this.#receivers.set(receiver, unanswered);
    this.#setBusy(receiver);
    if (unanswered < this.#options.window) this.#setFree(receiver);
    void this.#exchange(delivery, receiver);
  }

  async #exchange(delivery: Delivery, receiver: Receiver): Promise<void> {
    delivery.attempts++;
    try {
      const response = await receiver.deliver(delivery.pdu, delivery.signal);
      if (this.#settle(delivery)) delivery.resolve(response);
    } catch (error) {
      if (isUnsent(error)) this.remove(receiver);
      this.#failed(delivery, error);
    }
    const unanswered = this.#receivers.get(receiver);
    if (unanswered === undefined) return;
    this.#receivers.set(receiver, unanswered - 1);
    this.#setFree(receiver);
    this.#fill(receiver);
  }

  #failed(delivery: Delivery, error: unknown): void {
    if (delivery.state === "settled") return;
    if (isUnsent(error)) {
      // Its turn stays: it goes before everything younger.
      delivery.attempts--;
      this.#again(delivery);
      return;
    }
    if (delivery.attempts >= this.#options.attempts || !isTemporary(error)) {
      if (this.#settle(delivery)) delivery.reject(error);
      return;
    }
    // Real message centres send the same PDU again, sequence_number included. Another session may
    // be using that number.
    const { sequence_number: _, ...pdu } = delivery.pdu;
    delivery.pdu = isStatusError(error)
      ? { ...pdu, sequence_number: error.response.sequence_number }
      : pdu;
    delivery.state = "paused";
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (delivery.state !== "paused") return;
      delivery.turn = ++this.#turns;
      this.#again(delivery);
    }, this.#options.retryDelay);
    timer.unref();
    this.#timers.add(timer);
  }

  #again(delivery: Delivery): void {
    delivery.state = "queued";
    this.#share(delivery.owner).queue.insert(delivery);
    this.#empty(delivery.owner);
  }

  #setFree(receiver: Receiver): void {
    for (const owner of [receiver.system_id, undefined]) {
      const free = this.#free.get(owner);
      if (free !== undefined) free.add(receiver);
      else this.#free.set(owner, new Set([receiver]));
    }
  }

  #setBusy(receiver: Receiver): void {
    for (const owner of [receiver.system_id, undefined]) {
      const free = this.#free.get(owner);
      free?.delete(receiver);
      if (free?.size === 0) this.#free.delete(owner);
    }
  }
}

/** What a queued message takes besides the values of its fields, about. */
const overhead = 512;

/** Octets of the values in a PDU, about. */
function sizeOf(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return 8;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + sizeOf(part), 0);
}

function full(what: string, more: number, limit: Readonly<Record<string, number>>): SmppError {
  const [[name, value] = []] = Object.entries(limit);
  const sentence = `${what}, ${more} more are too many (${name} ${value}): bind a receiver, or raise it`;
  return new SmppError("queue_full", sentence);
}
