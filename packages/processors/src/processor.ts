/** What processors take and give, so that others can be put in their places. */

import type { EarlyReceipt, KnownMessage, OverdueReceipt, SmppCache } from "@esme/caches";
import type { Event, Message } from "@esme/messages";
import type { PduInputOf, PduOf } from "@esme/pdu";
import type { Receipt } from "@esme/receipts";
import type { Sequencer } from "@esme/sequencers";
import type { TlvDefinitions } from "./tlv-definition.ts";

/** Takes warnings for the operator; lines are few or have one message, so that they can be counted. */
export interface ProcessorLogger {
  warn(fields: object, message: string): void;
}

/** What the worker has and a processor may use. Every processor is made as `new X(config, deps)`. */
export interface ProcessorDeps {
  /** Parts of messages and message ids. */
  cache: SmppCache;
  /**
   * Numbers for the references of messages in parts; several processes that send from one address
   * share one. Not the sequencer of the connection, or references come round too early. Default:
   * one in memory for all processors of this process, which begins anywhere.
   */
  referenceSequencer?: Sequencer;
  /** `transport_name` of inbound messages. Default `smpp`. */
  transportName?: string;
  /** `transport_type` of inbound messages. Default `sms`. */
  transportType?: string;
  /** The TLVs that this SMSC has beside the standard's, by name. Default none. */
  tlvs?: TlvDefinitions;
  /** The clock. Default `() => new Date()`. */
  now?: () => Date;
  /** The worker's logger, pino's or the like. Default: one that discards everything. */
  logger?: ProcessorLogger;
}

/** A submit_sm as `encode` takes it. */
export type SubmitSm = PduInputOf<"submit_sm">;

/** What an SMSC delivers: a text or a receipt. */
export type DeliverSm = PduOf<"deliver_sm"> | PduOf<"data_sm">;

/** Turns outbound messages into PDUs. */
export interface SubmitProcessor {
  /**
   * The PDUs that carry the message, in order. Rejects with a `ProcessorError` when the message
   * cannot be sent as it is: the answer is a nack event.
   */
  handleOutboundMessage(message: Message): Promise<SubmitSm[]>;
}

/** Turns PDUs from the SMSC into messages or events. */
export interface DeliverProcessor {
  /**
   * What became of the PDU. Rejects only when the cache is out of reach: the SMSC should deliver
   * the PDU again. `link` is any object that stands for the connection the PDU came on, since
   * sequence numbers begin anew on each; without it, all PDUs count as on one link.
   */
  handleDeliverSm(pdu: DeliverSm, link?: object): Promise<DeliverSmOutcome>;
  /**
   * What a receipt says that waited in the cache for the SMSC's id `smppId`, which is the message
   * `known`'s. Only processors that let receipts wait have it. Rejects as `handleDeliverSm`.
   */
  handleEarlyReceipt?(
    early: EarlyReceipt,
    smppId: string,
    known: KnownMessage,
  ): Promise<DeliverSmOutcome>;
  /**
   * What a receipt says that waited in the cache beyond its time, since the process that kept it has
   * ended. Without this method none is taken over. Rejects as `handleDeliverSm`.
   */
  handleOverdueReceipt?(overdue: OverdueReceipt): Promise<DeliverSmOutcome>;
}

/**
 * Call it when it is known whether the outcome was published: only then does the processor forget what
 * a second delivery of the PDU would need.
 */
export type Settle = (published: boolean) => Promise<void>;

/** What a processor made of a PDU. */
export type DeliverSmOutcome =
  /** It is not for this processor. */
  | { kind: "not_handled" }
  /** An inbound message. */
  | { kind: "message"; message: Message; settle?: Settle }
  /** A delivery report; `late` when its receipt waited for the id that it is about. */
  | { kind: "event"; event: Event; settle?: Settle; late?: boolean }
  /** A part of a message, or the receipt of a part, kept until the others are there. */
  | { kind: "incomplete" }
  /** A repetition of a PDU that was published: answer ESME_ROK, do nothing else. */
  | { kind: "repeated" }
  /** A receipt for an id whose final state was published a moment ago: answer ESME_ROK, do nothing else. */
  | { kind: "settled" }
  /**
   * A receipt for an id that is not known yet: the answer is ESME_ROK. It waits for `time`
   * milliseconds; after these `recall` is to be called, and resolves with what became of it. Not for
   * one whose `token` was claimed and published in this process. With `canBeTakenOver` the cache keeps
   * it until its outcome is settled: what is not published within `receiptLease` seconds is to be
   * settled as not published, and recalled later; when nobody does, another process takes it over.
   */
  | {
      kind: "kept";
      time: number;
      token?: string;
      canBeTakenOver?: boolean;
      recall: () => Promise<DeliverSmOutcome>;
    }
  /** A receipt that was kept, and was then published by the process that stored its id. */
  | { kind: "claimed" }
  /** A receipt for an id that is not known, or without one. It never becomes a message. */
  | { kind: "unmatched"; receipt: Receipt; settle?: Settle };
