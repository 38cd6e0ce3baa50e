/** Outbound messages: from the broker's delivery to submit_sm, and back to exactly one event. */

import { once } from "node:events";
import { OldestFirst } from "@esme/bounded";
import type { EarlyReceipt, PartInfo, SmppCache } from "@esme/caches";
import type { RequestQueue } from "@esme/client";
import {
  ack,
  type Event,
  isMessageError,
  type Message,
  type MessageError,
  nack,
  parseMessage,
  parseTimestamp,
  serialise,
} from "@esme/messages";
import type { PduInputOf } from "@esme/pdu";
import { receiptLease } from "@esme/processors";
import { shortened } from "@esme/settings";
import { type Broker, type Delivery, isRefusal } from "../broker/broker.ts";
import { type Pauses, retry } from "../broker/retry.ts";
import type { ContentOf, Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Middlewares } from "../plug-ins/middlewares.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { ClaimedReceipts, EarlyReceipts } from "./early-receipts.ts";
import { longestId, longestSentence } from "./excerpt.ts";
import type { PartOutcome, PartSender, RefusalDetails, Unsent } from "./part-sender.ts";
import { isUnavailable, reasonOf } from "./reason.ts";

type SubmitSm = PduInputOf<"submit_sm">;

/** What `Outbound` needs from the rest of the worker. */
export interface OutboundDeps {
  readonly transportName: string;
  readonly broker: Broker;
  readonly cache: SmppCache;
  /** Publishes the events of receipts that came before their id was stored. */
  readonly early: Pick<EarlyReceipts, "claimed">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly processor: { handleOutboundMessage(message: Message): Promise<SubmitSm[]> };
  readonly deadLetters: DeadLetters;
  readonly middlewares: Middlewares;
  readonly contentOf: ContentOf;
  readonly sender: PartSender;
  /** How long after its timestamp a message may be sent, in milliseconds; 0 for ever. */
  readonly expiry: number;
  /**
   * The delivery limit of quorum queues: what is one short of it is not tried any more, since the
   * broker would drop it the next time. 0: there is none.
   */
  readonly maxDeliveries: number;
  /** Aborted when nothing is waited for any more, as the worker stops. */
  readonly stopped: AbortSignal;
  /** The queue for all parts of one message. */
  requestQueue(): Pick<RequestQueue, "request">;
  /** A message met its fate. */
  onSettled(): void;
}

/** What became of a message: its event was confirmed, or nothing happened and it may come again. */
type Fate = { readonly kind: "reported" } | Unsent;

/** What became of a publish; it is `unconfirmed` when the worker stops before the broker took it. */
type Publication =
  | { readonly kind: "confirmed" }
  | { readonly kind: "refused" | "unconfirmed"; readonly reason: string };

/** Before what the broker or a store did not take is tried again. */
const retryPauses: Pauses = { initial: 250, max: 5_000 };

/**
 * How long a message may wait here unsent, in milliseconds: half of the time after which RabbitMQ
 * closes a channel with an unacknowledged delivery (consumer_timeout, 30 minutes). Then it goes back
 * to its queue, once.
 */
export const maxHold = 900_000;

/** How long messages are held for a store that is away, in milliseconds. */
const storePatience = 30_000;

/** Fates kept for messages that the broker may deliver again. */
const maxKept = 10_000;

/**
 * Turns deliveries into submit_sm requests and each message into exactly one `ack` or `nack`
 * event. A delivery is acknowledged after the broker has confirmed its event. When the broker is
 * lost in between, it delivers the message again: that copy shares the fate of the first, it is
 * not submitted a second time.
 */
export class Outbound {
  readonly #deps: OutboundDeps;
  readonly #inHand = new Set<Promise<void>>();
  /** By message_id: under way, or finished, but the broker may not have seen the acknowledgement. */
  readonly #fates = new OldestFirst<string, Promise<Fate>>(maxKept);

  #storeAwaySince = Number.POSITIVE_INFINITY;

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  /** Messages whose fate is open. */
  get inHand(): number {
    return this.#inHand.size;
  }

  /** Takes a delivery; what happens to it is told by events and in the log, never by a rejection. */
  handle(delivery: Delivery): void {
    const { metrics, onSettled } = this.#deps;
    const since = performance.now();
    metrics.taken(delivery.redelivered);
    const work = this.#process(delivery).catch((error: unknown) => this.#keep(delivery, error));
    this.#inHand.add(work);
    void work.finally(() => {
      this.#inHand.delete(work);
      metrics.settled(performance.now() - since);
      onSettled();
    });
  }

  /** Resolves when every delivery taken before the call has met its fate. */
  async settled(): Promise<void> {
    await Promise.all(this.#inHand);
  }

  async #process(delivery: Delivery): Promise<void> {
    const message = parsed(delivery.body);
    const { message_id } = message;
    if (message_id === undefined) {
      const fate = await this.#toDeadLetters(delivery.body, reasonOf(message));
      return this.#settle(delivery, fate);
    }
    const holdUntil = Date.now() + maxHold;
    const reason = this.#limitOf(delivery);
    const begin = async (again: boolean): Promise<Fate> => {
      try {
        if (reason !== undefined) return await this.#giveUp(message_id, delivery.body, reason);
        if (isMessageError(message)) return await this.#refuse(message_id, reasonOf(message));
        return await this.#send(message, again, holdUntil);
      } catch (err) {
        // A fault of ours: it would come again with the same message.
        this.#deps.logger.error({ err, message_id }, "outbound message failed");
        return this.#giveUp(message_id, delivery.body, `internal error: ${reasonOf(err)}`);
      }
    };
    const earlier = delivery.redelivered ? this.#fates.get(message_id) : undefined;
    // One that this worker never had may have been sent by another, which then died.
    const underWay = earlier ? this.#sameFate(earlier, begin) : begin(delivery.redelivered);
    this.#fates.set(message_id, underWay);
    return this.#settle(delivery, await underWay, message_id);
  }

  /** The only place where a delivery ends: acknowledged, or back on its queue. */
  #settle(delivery: Delivery, fate: Fate, message_id?: string): void {
    if (fate.kind === "reported") return void delivery.ack();
    this.#deps.logger.warn({ message_id, reason: fate.reason }, "not sent, back on the queue");
    this.#deps.metrics.requeued();
    delivery.requeue();
  }

  /** Not even its end could be told: it waits for the stop, since nothing goes back at once. */
  async #keep(delivery: Delivery, err: unknown): Promise<void> {
    const { logger, stopped } = this.#deps;
    logger.error({ err }, "outbound message failed, held until the worker stops");
    if (!stopped.aborted) await once(stopped, "abort");
    this.#settle(delivery, { kind: "unsent", reason: reasonOf(err), written: true });
  }

  /** Why a message is not tried any more. */
  #limitOf({ givenBack }: Delivery): string | undefined {
    const { maxDeliveries } = this.#deps;
    if (maxDeliveries === 0 || givenBack < maxDeliveries - 1) return undefined;
    return `given back ${givenBack} times; the queue's delivery limit is ${maxDeliveries} (max_deliveries)`;
  }

  /** It is on `.failed` for the operator, and the application has its one event. */
  async #giveUp(message_id: string, body: Uint8Array, reason: string): Promise<Fate> {
    const fate = await this.#toDeadLetters(body, reason);
    return fate.kind === "reported" ? this.#refuse(message_id, reason) : fate;
  }

  #toDeadLetters(body: Uint8Array, reason: string): Promise<Fate> {
    return this.#kept(() => this.#deps.deadLetters.message(body, reason));
  }

  /** Publishes to `.failed`. */
  async #kept(publish: () => Promise<void>): Promise<Fate> {
    const publication = await this.#published("what is set aside", publish);
    if (publication.kind === "confirmed") return { kind: "reported" };
    return { kind: "unsent", reason: publication.reason, written: true };
  }

  async #sameFate(earlier: Promise<Fate>, begin: (again: boolean) => Promise<Fate>): Promise<Fate> {
    const fate = await earlier;
    return fate.kind === "unsent" ? begin(fate.written) : fate;
  }

  async #send(message: Message, again: boolean, holdUntil: number): Promise<Fate> {
    const { message_id } = message;
    const { contentOf, expiry, requestQueue, logger, metrics, sender } = this.#deps;
    const deadline =
      expiry === 0
        ? Number.POSITIVE_INFINITY
        : parseTimestamp(message.timestamp).getTime() + expiry;
    if (Date.now() >= deadline) {
      metrics.expired();
      return this.#refuse(message_id, sender.expired);
    }
    let pdus: SubmitSm[];
    try {
      pdus = await this.#pdusOf(message, Math.min(deadline, holdUntil));
    } catch (error) {
      if (!isUnavailable(error) || Date.now() >= deadline) {
        return this.#refuse(message_id, reasonOf(error));
      }
      return { kind: "unsent", reason: reasonOf(error), written: again };
    }
    logger.debug({ message_id, parts: pdus.length, ...contentOf(message) }, "submitting");
    metrics.submitted(pdus.length);
    // All at once: the client's window keeps their order.
    const sendOptions = { requestQueue: requestQueue(), deadline, holdUntil };
    const claimed: ClaimedReceipts[] = [];
    const outcomes = await Promise.all(
      pdus.map(async (pdu, index) => {
        const outcome = await sender.send(pdu, sendOptions);
        if (outcome.kind !== "accepted" || outcome.smppId === "") return outcome;
        // At once: the receipt of this part may come while other parts are throttled.
        const info = { part: index + 1, total: pdus.length };
        const since = performance.now();
        const { smppId } = outcome;
        const receipts = await this.#remember(message_id, smppId, info);
        if (receipts.length === 0) return outcome;
        const waited = { smppId, message: { messageId: message_id, info }, receipts, since };
        // The other parts may take longer than the lease.
        if (pdus.length > 1) await this.#deps.early.claimed([waited]);
        else claimed.push(waited);
        return outcome;
      }),
    );
    const fate = await this.#sum(message_id, outcomes, again);
    // Behind the ack, and before the delivery is acknowledged: a crash in between loses no report, since
    // the message comes again.
    if (claimed.length > 0) await this.#deps.early.claimed(claimed);
    return fate;
  }

  /** Waits for what a middleware or the processor needs and does not find: a shared store. */
  async #pdusOf(message: Message, until: number): Promise<SubmitSm[]> {
    const { logger, middlewares, processor, stopped } = this.#deps;
    const work = async (): Promise<SubmitSm[]> => {
      const through = middlewares.outbound ? await middlewares.outbound(message) : message;
      return processor.handleOutboundMessage(through);
    };
    return retry(work, {
      pauses: retryPauses,
      stopped,
      again: (err) => {
        if (!isUnavailable(err) || Date.now() >= until) return false;
        const { message_id } = message;
        logger.warn({ err, message_id }, "what a message needs is out of reach, trying again");
        return true;
      },
    });
  }

  #refuse(message_id: string, reason: string, details: RefusalDetails = {}): Promise<Fate> {
    const told = { message_id, reason: withDetails(reason, details) };
    this.#deps.logger.warn(told, "outbound message refused");
    return this.#report(nack(message_id, reason, { transport_metadata: { ...details } }));
  }

  async #sum(message_id: string, outcomes: readonly PartOutcome[], again: boolean): Promise<Fate> {
    for (const outcome of outcomes) {
      if (outcome.kind !== "refused") continue;
      return this.#refuse(message_id, outcome.reason, outcome.details);
    }
    const accepted = outcomes.some(({ kind }) => kind === "accepted");
    for (const outcome of outcomes) {
      if (outcome.kind === "unsent") {
        return { ...outcome, written: again || outcome.written || accepted };
      }
    }
    const resent = outcomes.some((outcome) => outcome.kind === "accepted" && outcome.resent);
    const transport_metadata = again || resent ? { smpp: { maybe_duplicate: true } } : {};
    return this.#report(ack(message_id, { transport_metadata }));
  }

  /**
   * For the receipts: held until the store has it, while the store is away for a short time. When
   * that takes long, sending matters more, and a failure is only logged. Resolves with the receipts that
   * came before.
   */
  async #remember(message_id: string, smppId: string, info: PartInfo): Promise<EarlyReceipt[]> {
    const { cache, logger, stopped } = this.#deps;
    if (smppId.length > longestId) {
      const fields = { message_id, smpp_id: shortened(smppId, longestId) };
      logger.error(fields, "message id of the SMSC too long, its receipts will not match");
      return [];
    }
    const work = async (): Promise<EarlyReceipt[]> => {
      if (cache.claimReceipts !== undefined) {
        return cache.claimReceipts(smppId, message_id, info, receiptLease);
      }
      await cache.storeSmppMessageId(smppId, message_id, info);
      return [];
    };
    const again = (err: unknown): boolean => {
      // What a store takes from nobody: it is not away.
      if (err instanceof RangeError) return false;
      const now = performance.now();
      this.#storeAwaySince = Math.min(this.#storeAwaySince, now);
      if (now - this.#storeAwaySince >= storePatience) return false;
      logger.warn({ err, message_id }, "message id not stored, trying again");
      return true;
    };
    try {
      const claimed = await retry(work, { pauses: retryPauses, stopped, again });
      this.#storeAwaySince = Number.POSITIVE_INFINITY;
      return claimed;
    } catch (err) {
      logger.error({ err, message_id }, "message id not stored, its receipts will not match");
      return [];
    }
  }

  async #report(event: Event): Promise<Fate> {
    const { broker, logger, metrics, middlewares, deadLetters, transportName } = this.#deps;
    const { user_message_id: message_id, event_type } = event;
    const body = Buffer.from(serialise(middlewares.event ? await middlewares.event(event) : event));
    const publication = await this.#published(`the ${event_type} event of ${message_id}`, () =>
      broker.publish(`${transportName}.event`, body),
    );
    switch (publication.kind) {
      case "confirmed":
        metrics.eventPublished(event_type);
        logger.debug({ message_id, event_type }, "event published");
        return { kind: "reported" };
      case "refused":
        metrics.brokerRefused();
        return this.#kept(() => deadLetters.refused(body, publication.reason));
      case "unconfirmed":
        return { kind: "unsent", reason: publication.reason, written: true };
    }
  }

  /** Publishes until the broker confirms or refuses, or until the worker stops. */
  async #published(what: string, publish: () => Promise<void>): Promise<Publication> {
    const { logger, metrics, stopped } = this.#deps;
    const again = (error: unknown): boolean => {
      if (isRefusal(error)) return false;
      metrics.unconfirmed();
      const reason = `the broker did not confirm ${what}: ${reasonOf(error)}`;
      logger.warn({ reason }, "not confirmed by the broker, publishing it again");
      return true;
    };
    try {
      await retry(publish, { pauses: retryPauses, stopped, again });
      return { kind: "confirmed" };
    } catch (error) {
      const reason = `the broker did not take ${what}: ${reasonOf(error)}`;
      if (isRefusal(error)) return { kind: "refused", reason };
      metrics.unconfirmed();
      return { kind: "unconfirmed", reason };
    }
  }
}

function parsed(body: Uint8Array): Message | MessageError {
  try {
    return parseMessage(body);
  } catch (error) {
    if (isMessageError(error)) return error;
    throw error;
  }
}

/** TLVs by which an SMSC says more than its status does (SMPP 3.4 sections 5.3.2.11, 5.3.2.31). */
const toldTlvs = ["additional_status_info_text", "network_error_code"] as const;

/** One text, so that the log takes numbers out of all of it. */
function withDetails(reason: string, { smpp_tlvs = {} }: RefusalDetails): string {
  const more = toldTlvs.flatMap((name) => {
    const value = Object.getOwnPropertyDescriptor(smpp_tlvs, name)?.value;
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  return shortened([reason, ...more].join("; "), longestSentence);
}
