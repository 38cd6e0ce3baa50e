/** Outbound messages: from the broker's delivery to submit_sm, and back to exactly one event. */
import type { SmppCache } from "@esme/caches";
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
} from "@esme/messages";
import type { PduInputOf } from "@esme/pdu";
import { shortened } from "@esme/settings";
import type { Delivery } from "../broker/broker.ts";
import { isUnavailable, pause, usualPauses } from "../broker/retry.ts";
import type { ContentOf, Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Middlewares } from "../plug-ins/middlewares.ts";
import type { ClaimedReceipts, EarlyReceipts } from "./early-receipts.ts";
import { longestSentence, reasonOf } from "./excerpt.ts";
import { type Fate, Fates } from "./fates.ts";
import type { HeldMessage, Intake } from "./intake.ts";
import type { MessageRecord, OutboundLedger, Told } from "./outbound-ledger.ts";
import type { PartOutcome, PartSender, Refused, Unsent } from "./part-sender.ts";
import type { Publication, Publisher } from "./publisher.ts";
import { SmppIds } from "./smpp-ids.ts";

type SubmitSm = PduInputOf<"submit_sm">;

/** What `Outbound` needs from the rest of the worker. */
export interface OutboundDeps {
  readonly cache: SmppCache;
  /** Publishes the events of receipts that came before their id was stored. */
  readonly early: Pick<EarlyReceipts, "claimed">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly processor: { handleOutboundMessage(message: Message): Promise<SubmitSm[]> };
  readonly publisher: Publisher;
  readonly middlewares: Pick<Middlewares, "outbound">;
  readonly contentOf: ContentOf;
  readonly sender: PartSender;
  /** What the SMSC may have of each message; absent without a ledger. */
  readonly ledger?: OutboundLedger | undefined;
  readonly intake: Pick<Intake, "begin" | "end" | "giveBack" | "wait">;
  /** How long after its timestamp a message may be sent, in milliseconds; 0 for ever. */
  readonly expiry: number;
  /**
   * A message that was given back so often is not tried any more: at its queue's delivery limit the
   * broker would drop it. 0: there is no end.
   */
  readonly maxDeliveries: number;
  /** How long a message may wait here unsent before it goes back to its queue, in milliseconds. */
  readonly holdTimeout: number;
  /** Aborted when nothing is waited for any more, as the worker stops. */
  readonly stopped: AbortSignal;
  /** Aborted when what is in hand is waited for no longer, some time after that. */
  readonly drained: AbortSignal;
  /** The queue for all parts of one message. */
  requestQueue(): Pick<RequestQueue, "request">;
  /** Resolves once the broker has answered what it was asked: what is given back then stays there. */
  consumerSettled(): Promise<void>;
  /** A message met its fate. */
  onSettled(): void;
}

/** What is to be reported of a message. */
type Verdict =
  | {
      readonly kind: "accepted";
      /** Some part was sent more than once, or the whole message was. */
      readonly maybeDuplicate: boolean;
      /** Receipts that came before the id of the only part: their reports follow the ack. */
      readonly claimed: readonly ClaimedReceipts[];
      /** Its event, where the ledger has it already. */
      readonly event?: Event | undefined;
    }
  /** It met its end before: what was told then is told once more. */
  | { readonly kind: "ended"; readonly told: Told }
  | Refused
  /** Refused, and the message is on `.failed` for the operator. */
  | { readonly kind: "given_up"; readonly reason: string }
  | Unsent;

/** A delivery that names its message. */
interface Arrived {
  readonly message_id: string;
  readonly message: Message | MessageError;
  readonly delivery: Delivery;
  /** What the ledger knows of it; undefined without one. */
  readonly record: MessageRecord | undefined;
  readonly holdUntil: number;
  readonly priority: boolean;
  /** Whether it may have been sent, as far as one can know without a ledger. */
  readonly again: boolean;
}

/** A message on its way through the steps. */
interface Taken extends HeldMessage {
  readonly message: Message;
  /** Whether the SMSC may have it already, as far as one can know without a ledger. */
  readonly again: boolean;
  readonly record: MessageRecord | undefined;
  readonly priority: boolean;
  /** When it expires, on the clock of `Date.now()`; Infinity for never. */
  readonly deadline: number;
}

/**
 * Turns deliveries into submit_sm requests and each message into exactly one `ack` or `nack` event,
 * in four steps: read, make the PDUs, send the parts, report. A delivery is acknowledged after the
 * broker has confirmed the event.
 */
export class Outbound {
  readonly #deps: OutboundDeps;
  readonly #ids: SmppIds;
  /** Those with priority are counted on their own, too: they have a consumer of their own. */
  readonly #inHand = new Set<Promise<void>>();
  readonly #urgent = new Set<Promise<void>>();
  readonly #fates = new Fates();

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
    this.#ids = new SmppIds({ ...deps, stopped: deps.drained });
  }

  /** Messages whose fate is open. */
  get inHand(): number {
    return this.#inHand.size;
  }

  /** Those of one of the two queues. */
  inHandOf(priority: boolean): number {
    return priority ? this.#urgent.size : this.#inHand.size - this.#urgent.size;
  }

  /**
   * Takes a delivery; what happens to it is told by events and in the log, never by a rejection. With
   * `priority` its parts go before all that wait without.
   */
  handle(delivery: Delivery, priority = false): void {
    const { metrics, onSettled } = this.#deps;
    const since = performance.now();
    metrics.taken(delivery.redelivered);
    const holdUntil = Date.now() + this.#deps.holdTimeout;
    const work = this.#process(delivery, holdUntil, priority).catch((error: unknown) =>
      this.#keep(delivery, holdUntil, error),
    );
    this.#inHand.add(work);
    if (priority) this.#urgent.add(work);
    void work.finally(() => {
      this.#inHand.delete(work);
      this.#urgent.delete(work);
      metrics.settled(performance.now() - since);
      onSettled();
    });
  }

  /** Resolves when every delivery taken before the call has met its fate. */
  async settled(): Promise<void> {
    await Promise.all(this.#inHand);
  }

  /** From a delivery to its end: acknowledged, or back on its queue. */
  async #process(delivery: Delivery, holdUntil: number, priority: boolean): Promise<void> {
    const message = this.#messageOf(delivery);
    const { message_id } = message;
    if (message_id === undefined) {
      // No event can name it.
      const fate = await this.#toDeadLetters(delivery.body, reasonOf(message));
      return this.#settle(delivery, fate);
    }
    const begin = async (again: boolean, failure?: unknown): Promise<Fate> => {
      const record = this.#deps.ledger?.open(message_id, priority);
      const fate = await this.#fateOf(
        { message_id, message, delivery, record, holdUntil, priority, again },
        failure,
      );
      if (fate.kind === "unsent") await record?.release();
      return fate;
    };
    // With a ledger nobody else has sent it.
    const mark = this.#deps.ledger ? undefined : () => this.#publish(acked(message_id, true));
    const fate = await this.#fates.of(message_id, delivery, { begin, mark });
    await this.#settle(delivery, fate, message_id);
  }

  async #fateOf(arrived: Arrived, failure: unknown): Promise<Fate> {
    try {
      // It may have been sent: what is missing is its end.
      if (failure !== undefined) throw failure;
      const verdict = await this.#verdictOn(arrived);
      return await this.#report(arrived, verdict);
    } catch (err) {
      // A fault of ours: it would come again with the same message.
      this.#deps.logger.error({ err, message_id: arrived.message_id }, "outbound message failed");
      const reason = `internal error: ${reasonOf(err)}`;
      return this.#report(arrived, { kind: "given_up", reason });
    }
  }

  /** Middlewares may change what they get: theirs is a copy. */
  #messageOf(delivery: Delivery): Message | MessageError {
    const { outbound } = this.#deps.middlewares;
    return (outbound === undefined ? delivery.message : undefined) ?? read(delivery.body);
  }

  async #verdictOn(arrived: Arrived): Promise<Verdict> {
    const verdict = await this.#sent(arrived);
    const isRefused = verdict.kind === "refused" || verdict.kind === "given_up";
    return (isRefused && (await this.#earlier(arrived))) || verdict;
  }

  /**
   * What became of a message before, that is refused now and was not begun; undefined: nothing. It may
   * have been sent, and expired since then.
   */
  async #earlier({ record, holdUntil }: Arrived): Promise<Verdict | undefined> {
    const { intake, stopped } = this.#deps;
    if (record === undefined || record.isHeld) return undefined;
    for (let tries = 1; ; tries += 1) {
      const told = await record.claim();
      if (told !== "busy") return told && { kind: "ended", told };
      if (stopped.aborted || Date.now() >= holdUntil) {
        return {
          kind: "unsent",
          reason: "another delivery of the message is in hand",
          written: true,
        };
      }
      await intake.wait(usualPauses, tries, holdUntil, undefined);
    }
  }

  async #sent(arrived: Arrived): Promise<Verdict> {
    const { message, delivery, record, holdUntil, priority } = arrived;
    const reason = this.#limitOf(delivery);
    if (reason !== undefined) return { kind: "given_up", reason };
    if (isMessageError(message)) return { kind: "refused", reason: reasonOf(message) };
    const { givenBack } = delivery;
    // The ledger knows better.
    const again = arrived.again && record === undefined;
    const deadline = this.#deadlineOf(message);
    const taken = { message, record, again, givenBack, holdUntil, priority, deadline };
    if (Date.now() >= taken.deadline) {
      this.#deps.metrics.expired();
      return { kind: "refused", reason: this.#deps.sender.expired };
    }
    const pdus = await this.#pdusOf(taken);
    return Array.isArray(pdus) ? this.#sendParts(taken, pdus) : pdus;
  }

  /** Waits for what a middleware or the processor needs and does not find: a shared store. */
  async #pdusOf(taken: Taken): Promise<SubmitSm[] | Verdict> {
    const { intake, middlewares, processor } = this.#deps;
    const { deadline, holdUntil, message } = taken;
    let isHeld = false;
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          const through = middlewares.outbound ? await middlewares.outbound(message) : message;
          return await processor.handleOutboundMessage(through);
        } catch (error) {
          const end = this.#endWithoutStore(taken, error);
          if (end !== undefined) return end;
          if (!isHeld) intake.begin("store", reasonOf(error));
          isHeld = true;
        }
        await intake.wait(usualPauses, tries, Math.min(deadline, holdUntil), "accepted");
      }
    } finally {
      if (isHeld) intake.end("store");
    }
  }

  /** What a message comes to that fails before it is sent; undefined: it is tried again. */
  #endWithoutStore(taken: Taken, error: unknown): Verdict | undefined {
    const { intake, logger, stopped } = this.#deps;
    const { again, deadline, holdUntil, message } = taken;
    const reason = reasonOf(error);
    const now = Date.now();
    if (!isUnavailable(error) || now >= deadline) return { kind: "refused", reason };
    if (!stopped.aborted && now < holdUntil) {
      const { message_id } = message;
      logger.debug(
        { err: error, message_id },
        "what a message needs is out of reach, trying again",
      );
      return undefined;
    }
    if (!stopped.aborted) intake.giveBack("store", taken);
    return { kind: "unsent", reason, written: again };
  }

  /** All at once: the client's window keeps their order. */
  async #sendParts(taken: Taken, pdus: readonly SubmitSm[]): Promise<Verdict> {
    const { contentOf, early, logger, metrics, requestQueue, sender } = this.#deps;
    const { message, record, again } = taken;
    const { message_id } = message;
    const total = pdus.length;
    logger.debug({ message_id, parts: total, ...contentOf(message) }, "submitting");
    metrics.submitted(total);
    const { deadline, givenBack, holdUntil, priority } = taken;
    const sendOptions = { requestQueue: requestQueue(), deadline, givenBack, holdUntil, priority };
    const claimed: ClaimedReceipts[] = [];
    const notes: Promise<Event | undefined>[] = [];
    const outcomes = await Promise.all(
      pdus.map(async (pdu, index) => {
        const part = index + 1;
        const note = record?.part(part);
        const outcome = await sender.send(pdu, { ...sendOptions, ...(note && { note }) });
        if (outcome.kind !== "accepted" && outcome.kind !== "ended") return outcome;
        const smppId = outcome.kind === "ended" ? outcome.told.smppId : outcome.smppId;
        if (outcome.kind === "accepted" && record !== undefined) {
          // In one round trip: with its only part the message has met its end.
          const event =
            total === 1 ? acked(message_id, again || outcome.resent, record) : undefined;
          // Waited for below: the id is stored meanwhile.
          notes.push(record.accepted(part, outcome.smppId, event));
        }
        // At once: the receipt of this part may come while other parts are throttled.
        const since = performance.now();
        const info = { part, total };
        const receipts = smppId ? await this.#ids.store(message_id, smppId, info) : [];
        if (smppId === undefined || receipts.length === 0) return outcome;
        const waited = { smppId, message: { messageId: message_id, info }, receipts, since };
        // The other parts may take longer than the lease.
        if (total > 1 || outcome.kind === "ended") await early.claimed([waited]);
        else claimed.push(waited);
        return outcome;
      }),
    );
    const [event] = (await Promise.all(notes)).filter((event) => event !== undefined);
    return verdictOf(outcomes, again, claimed, event);
  }

  /** Publishes the message's one event, where it has met its end. */
  async #report(arrived: Arrived, verdict: Verdict): Promise<Fate> {
    const { early, logger } = this.#deps;
    const { message_id, delivery, record } = arrived;
    switch (verdict.kind) {
      case "ended":
        logger.info({ message_id }, "outbound message met its end before, its event is told again");
        return this.#publish(verdict.told.event);
      case "accepted": {
        const { claimed, event, maybeDuplicate } = verdict;
        const fate = await this.#tell(acked(message_id, maybeDuplicate, record), record, event);
        // Before the delivery is acknowledged: a crash in between loses no report, since the message
        // comes again.
        if (claimed.length > 0) await early.claimed(claimed);
        return fate;
      }
      case "given_up": {
        const { reason } = verdict;
        const fate = await this.#toDeadLetters(delivery.body, reason);
        if (fate.kind === "unsent") return fate;
        try {
          return await this.#report(arrived, { kind: "refused", reason });
        } catch (err) {
          // Sent again for the sake of its event, it would be a second SMS.
          logger.error({ err, message_id }, "outbound message dead-lettered without its nack");
          return fate;
        }
      }
      case "refused": {
        const { reason, details = {} } = verdict;
        logger.warn({ message_id, reason: withDetails(verdict) }, "outbound message refused");
        return this.#tell(nack(message_id, reason, { transport_metadata: { ...details } }), record);
      }
      case "unsent":
        return verdict;
    }
  }

  /** Publishes the event that holds: `noted`, where the ledger has it already, or the first one. */
  async #tell(event: Event, record: MessageRecord | undefined, noted?: Event): Promise<Fate> {
    return this.#publish(noted ?? (await record?.end(event)) ?? event);
  }

  async #publish(event: Event): Promise<Fate> {
    const publication = await this.#deps.publisher.event(event, "until the stop");
    return fateOf(publication, event.event_type === "ack" ? "ack" : "nack");
  }

  async #toDeadLetters(body: Uint8Array, reason: string): Promise<Fate> {
    return fateOf(await this.#deps.publisher.deadLetter(body, reason, "until the stop"));
  }

  /** The only place where a delivery ends. */
  #settle(delivery: Delivery, fate: Fate, message_id?: string): Promise<void> | undefined {
    if (fate.kind === "unsent") return this.#giveBack(delivery, fate, message_id);
    delivery.ack();
    return undefined;
  }

  /** With a consumer it would come again at once: whoever ends it does so first. */
  async #giveBack(
    delivery: Delivery,
    { reason }: Unsent,
    message_id: string | undefined,
  ): Promise<void> {
    const { consumerSettled, logger, metrics } = this.#deps;
    await consumerSettled();
    logger.warn({ message_id, reason }, "not sent, back on the queue");
    metrics.requeued();
    delivery.requeue();
  }

  /**
   * Not even its end could be told: it goes back when its hold is over, or at the stop, since nothing
   * goes back at once. So it comes to its limit, and to `.failed`.
   */
  async #keep(delivery: Delivery, holdUntil: number, err: unknown): Promise<void> {
    const { logger, stopped } = this.#deps;
    logger.error({ err }, "outbound message failed, held until it goes back to its queue");
    const time = Math.max(0, holdUntil - Date.now());
    await pause({ initial: time, max: time }, 1, stopped);
    await this.#settle(delivery, { kind: "unsent", reason: reasonOf(err), written: true });
  }

  /** Why a message is not tried any more. */
  #limitOf({ givenBack }: Delivery): string | undefined {
    const { maxDeliveries } = this.#deps;
    if (maxDeliveries === 0 || givenBack < maxDeliveries) return undefined;
    return `given back ${givenBack} times, expected less than ${maxDeliveries} (max_deliveries)`;
  }

  #deadlineOf({ timestamp }: Message): number {
    const { expiry } = this.#deps;
    return expiry === 0 ? Number.POSITIVE_INFINITY : parseTimestamp(timestamp).getTime() + expiry;
  }
}

function read(body: Uint8Array): Message | MessageError {
  try {
    return parseMessage(body);
  } catch (error) {
    if (isMessageError(error)) return error;
    throw error;
  }
}

function acked(message_id: string, maybeDuplicate: boolean, record?: MessageRecord) {
  const smpp = {
    ...(maybeDuplicate && { maybe_duplicate: true }),
    ...(record?.isAbsent && { ledger: "absent" }),
  };
  return ack(message_id, { transport_metadata: Object.keys(smpp).length > 0 ? { smpp } : {} });
}

/** A message is refused with any of its parts, and accepted with all of them. */
function verdictOf(
  outcomes: readonly PartOutcome[],
  again: boolean,
  claimed: readonly ClaimedReceipts[],
  event: Event | undefined,
): Verdict {
  let unsent: Unsent | undefined;
  let isResent = again;
  let isWritten = again;
  for (const outcome of outcomes) {
    switch (outcome.kind) {
      case "refused":
      case "ended":
        return outcome;
      case "unsent":
        unsent ??= outcome;
        isWritten ||= outcome.written;
        break;
      case "accepted":
        isWritten = true;
        isResent ||= outcome.resent;
    }
  }
  if (unsent !== undefined) return { ...unsent, written: isWritten };
  return { kind: "accepted", maybeDuplicate: isResent, claimed, event };
}

function fateOf(publication: Publication, event: "ack" | "nack" = "nack"): Fate {
  if (publication.kind === "confirmed") return { kind: "reported", event };
  return { kind: "unsent", reason: reasonOf(publication.error), written: true };
}

/** TLVs by which an SMSC says more than its status does (SMPP 3.4 sections 5.3.2.11, 5.3.2.31). */
const toldTlvs = ["additional_status_info_text", "network_error_code"] as const;

/** One text, so that the log takes numbers out of all of it. */
function withDetails({ reason, details: { smpp_tlvs = {} } = {} }: Refused): string {
  const more = toldTlvs.flatMap((name) => {
    const value = Object.getOwnPropertyDescriptor(smpp_tlvs, name)?.value;
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  return shortened([reason, ...more].join("; "), longestSentence);
}
