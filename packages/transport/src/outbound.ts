/** Outbound messages: from the broker's delivery to submit_sm, and back to exactly one event. */
import { setTimeout as delay } from "node:timers/promises";
import type { SmppCache } from "@esme/caches";
import { type Lane, LinkError, StatusError, TimeoutError } from "@esme/client";
import {
  ack,
  type Event,
  type Message,
  MessageError,
  nack,
  parseMessage,
  parseTimestamp,
  serialise,
} from "@esme/messages";
import { type PduInputOf, Status } from "@esme/pdu";
import type { Broker, Delivery } from "./broker.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { Recent } from "./recent.ts";
import type { SetAside } from "./set-aside.ts";
import type { StatusTable } from "./status-table.ts";

type SubmitSm = PduInputOf<"submit_sm">;

/** What `Outbound` needs from the rest of the worker. */
export interface OutboundDeps {
  readonly transportName: string;
  readonly broker: Broker;
  readonly cache: SmppCache;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly processor: { handleOutboundMessage(message: Message): Promise<SubmitSm[]> };
  readonly setAside: SetAside;
  /** What becomes of a part that was written and not answered when the link died. */
  readonly onLinkLoss: "requeue" | "nack";
  /** What the SMSC's own refusals mean. */
  readonly statuses: StatusTable;
  /** Between the tries of a part that is to be tried again, in milliseconds; doubling. */
  readonly retryPauses: { readonly initial: number; readonly max: number };
  /** How long after its timestamp a message may be sent, in milliseconds; 0 for ever. */
  readonly expiry: number;
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
  /** The queue for all parts of one message. */
  lane(): Pick<Lane, "request">;
  /** The SMSC refused with a status after which nothing more is to be sent for a while. */
  onStop(): void;
}

/** What became of a message: its event was confirmed, or nothing happened and it may come again. */
type Fate = { readonly kind: "reported" } | Unsent;

/** It is to come again; `written` when the SMSC may have some of it. */
interface Unsent {
  readonly kind: "unsent";
  readonly reason: string;
  readonly written: boolean;
}

/** What the SMSC said to one part. */
type PartOutcome =
  | { readonly kind: "accepted"; readonly smppId: string; readonly resent: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | Unsent;

/** Where and until when the parts of one message go. */
interface Errand {
  readonly lane: Pick<Lane, "request">;
  /** On the clock of `Date.now()`; Infinity without. */
  readonly deadline: number;
}

/** A part that was written and never answered is sent this often in all, then it is refused. */
const maxTries = 3;

/** How long an event that was not confirmed waits before it is published again, in ms. */
const publishRetryDelay = 250;

/** Fates kept at least for messages that the broker may deliver again. */
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
  readonly #fates = new Recent<string, Promise<Fate>>(maxKept);

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  /** Messages whose fate is open. */
  get inHand(): number {
    return this.#inHand.size;
  }

  /** Takes a delivery; what happens to it is told by events and in the log, never by a rejection. */
  handle(delivery: Delivery): void {
    const { logger, metrics } = this.#deps;
    const since = performance.now();
    metrics.taken(delivery.redelivered);
    const work = this.#process(delivery).catch((error: unknown) => {
      logger.error({ err: error }, "outbound message failed, back on the queue");
      metrics.requeued();
      delivery.requeue();
    });
    this.#inHand.add(work);
    void work.finally(() => {
      this.#inHand.delete(work);
      metrics.settled(performance.now() - since);
    });
  }

  /** Resolves when every delivery taken before the call has met its fate. */
  async settled(): Promise<void> {
    await Promise.all(this.#inHand);
  }

  async #process(delivery: Delivery): Promise<void> {
    const message = parsed(delivery.body);
    if (!(message instanceof MessageError)) {
      return this.#settle(delivery, message.message_id, (again) => this.#send(message, again));
    }
    const { message_id, message: reason } = message;
    if (message_id !== undefined) {
      return this.#settle(delivery, message_id, () => this.#refuse(message_id, reason));
    }
    await this.#deps.setAside.message(delivery.body, reason);
    delivery.ack();
  }

  /** `begin` is told whether the SMSC may have the message already. */
  async #settle(
    delivery: Delivery,
    message_id: string,
    begin: (again: boolean) => Promise<Fate>,
  ): Promise<void> {
    const earlier = delivery.redelivered ? this.#fates.get(message_id) : undefined;
    // One that this worker never had may have been sent by another, which then died.
    const underWay = earlier ? this.#sameFate(earlier, begin) : begin(delivery.redelivered);
    this.#fates.set(message_id, underWay);
    const fate = await underWay;
    if (fate.kind === "unsent") {
      this.#deps.logger.warn({ message_id, reason: fate.reason }, "not sent, back on the queue");
      this.#deps.metrics.requeued();
      delivery.requeue();
    } else {
      delivery.ack();
    }
  }

  async #sameFate(earlier: Promise<Fate>, begin: (again: boolean) => Promise<Fate>): Promise<Fate> {
    const fate = await earlier;
    return fate.kind === "unsent" ? begin(fate.written) : fate;
  }

  async #send(message: Message, again: boolean): Promise<Fate> {
    const { message_id } = message;
    const { expiry, lane, metrics } = this.#deps;
    const deadline =
      expiry === 0
        ? Number.POSITIVE_INFINITY
        : parseTimestamp(message.timestamp).getTime() + expiry;
    if (Date.now() >= deadline) {
      metrics.expired();
      return this.#refuse(message_id, this.#expired());
    }
    let pdus: SubmitSm[];
    try {
      pdus = await this.#deps.processor.handleOutboundMessage(message);
    } catch (error) {
      return this.#refuse(message_id, reasonOf(error));
    }
    this.#deps.logger.debug({ message_id, parts: pdus.length }, "submitting");
    metrics.submitted(pdus.length);
    // All at once: the client's window keeps their order.
    const errand = { lane: lane(), deadline };
    const outcomes = await Promise.all(pdus.map((pdu) => this.#submit(pdu, errand)));
    return this.#sum(message_id, outcomes, again);
  }

  #expired(): string {
    return `expired: not sent within ${this.#deps.expiry / 1_000} s (submit_expiry)`;
  }

  #refuse(message_id: string, reason: string): Promise<Fate> {
    this.#deps.logger.warn({ message_id, reason }, "outbound message refused");
    return this.#report(nack(message_id, reason));
  }

  async #sum(message_id: string, outcomes: readonly PartOutcome[], again: boolean): Promise<Fate> {
    const accepted = outcomes.flatMap((outcome, index) =>
      outcome.kind === "accepted" ? [{ ...outcome, part: index + 1 }] : [],
    );
    await this.#remember(message_id, accepted, outcomes.length);
    for (const outcome of outcomes) {
      if (outcome.kind === "refused") return this.#refuse(message_id, outcome.reason);
    }
    for (const outcome of outcomes) {
      if (outcome.kind === "unsent") {
        return { ...outcome, written: again || outcome.written || accepted.length > 0 };
      }
    }
    const maybeDuplicate = again || accepted.some(({ resent }) => resent);
    const transport_metadata = maybeDuplicate ? { smpp: { maybe_duplicate: true } } : {};
    return this.#report(ack(message_id, { transport_metadata }));
  }

  /** For the receipts. Without them the message is sent all the same: a store's failure is logged. */
  async #remember(
    message_id: string,
    accepted: readonly { smppId: string; part: number }[],
    total: number,
  ): Promise<void> {
    const { cache, logger } = this.#deps;
    const named = accepted.filter(({ smppId }) => smppId !== "");
    try {
      await Promise.all(
        named.map(({ smppId, part }) =>
          cache.storeSmppMessageId(smppId, message_id, { part, total }),
        ),
      );
    } catch (error) {
      logger.error(
        { err: error, message_id },
        "message id not stored, its receipts will not match",
      );
    }
  }

  async #submit(pdu: SubmitSm, { lane, deadline }: Errand): Promise<PartOutcome> {
    let lost = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        const { message_id } = await lane.request(pdu, waiting(deadline));
        this.#deps.metrics.answered(Status.ESME_ROK);
        return { kind: "accepted", smppId: message_id, resent: lost > 0 };
      } catch (error) {
        const outcome = this.#outcomeOf(error, lost, deadline);
        if (outcome !== "lost" && outcome !== "later") return outcome;
        if (outcome === "lost") {
          lost += 1;
          this.#deps.metrics.resent();
        } else await this.#pause(tries);
      }
    }
  }

  /** What a failed try means; `lost`: with its link, `later`: the SMSC wants it again. */
  #outcomeOf(error: unknown, lost: number, deadline: number): PartOutcome | "lost" | "later" {
    const { metrics, onLinkLoss, statuses, stopped, onStop } = this.#deps;
    if (error instanceof StatusError) {
      metrics.answered(error.status);
      const reason = statuses.reason(error.status);
      switch (statuses.reactionTo(error.status)) {
        case "stop":
          onStop();
          return { kind: "unsent", reason, written: lost > 0 };
        case "retry":
          if (stopped.aborted) return { kind: "unsent", reason, written: lost > 0 };
          return Date.now() < deadline ? "later" : { kind: "refused", reason };
        default:
          return { kind: "refused", reason };
      }
    }
    if (error instanceof TimeoutError && error.code === "wait_timeout") {
      metrics.expired();
      return { kind: "refused", reason: this.#expired() };
    }
    if (!(error instanceof LinkError)) return { kind: "refused", reason: reasonOf(error) };
    const written = error.written || lost > 0;
    if (!error.written || error.code === "closed") {
      return { kind: "unsent", reason: error.message, written };
    }
    const times = lost + 1;
    if (onLinkLoss !== "nack" && times < maxTries) return "lost";
    const often = times === 1 ? "once" : `${times} times`;
    return { kind: "refused", reason: `${error.message} (sent ${often})` };
  }

  async #pause(tries: number): Promise<void> {
    const { retryPauses, stopped } = this.#deps;
    const pause = Math.min(retryPauses.initial * 2 ** (tries - 1), retryPauses.max);
    await delay(pause, undefined, { signal: stopped }).catch(() => {});
  }

  /** Publishes until the broker confirms, or until the worker stops. */
  async #report(event: Event): Promise<Fate> {
    const { broker, logger, metrics, stopped, transportName } = this.#deps;
    const { user_message_id: message_id, event_type } = event;
    const body = Buffer.from(serialise(event));
    for (;;) {
      try {
        await broker.publish(`${transportName}.event`, body);
        metrics.eventPublished(event_type);
        logger.debug({ message_id, event_type }, "event published");
        return { kind: "reported" };
      } catch (error) {
        metrics.unconfirmed();
        const reason = `the broker did not confirm the ${event_type} event: ${reasonOf(error)}`;
        if (stopped.aborted) return { kind: "unsent", reason, written: true };
        logger.warn({ message_id, reason }, "event not confirmed, publishing it again");
      }
      await delay(publishRetryDelay, undefined, { signal: stopped }).catch(() => {});
    }
  }
}

/** How long a part may wait for its turn. */
function waiting(deadline: number): { readonly waitTimeout: number } | undefined {
  if (deadline === Number.POSITIVE_INFINITY) return undefined;
  return { waitTimeout: Math.max(1, deadline - Date.now()) };
}

function parsed(body: Uint8Array): Message | MessageError {
  try {
    return parseMessage(body);
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
