/** The role every store of an SMPP connection's memory plays: parts of messages, and message ids. */

/** One part of an inbound message that comes in several. */
export interface MessagePart {
  /** The sender's address, `source_addr`. */
  source: string;
  /** The recipient's address, `destination_addr`. */
  destination: string;
  /** What the parts of one message have in common, 0 to 65535 (3GPP TS 23.040, 9.2.3.24.1 and .8). */
  reference: number;
  /** How many parts the message has, 1 to 255. */
  total: number;
  /** Which of them this is, 1 to `total`. */
  sequence: number;
  /** The part's octets without its header, as they came; a view is fine, the cache copies it. */
  octets: Uint8Array;
}

/** A message that did not become whole. */
export interface IncompleteMessage extends Omit<MessagePart, "sequence" | "octets"> {
  /** The sequence numbers that came, ascending. */
  received: number[];
  /** Why it was given up: its time was over, or its room was needed. */
  reason: "expired" | "evicted";
}

/** Is told of each message that is given up incomplete. Must not throw. */
export type OnIncomplete = (message: IncompleteMessage) => void;

/** Which part of a message an SMSC's id belongs to. */
export interface PartInfo {
  /** 1 to `total`. */
  part: number;
  /** How many parts the message was sent in. */
  total: number;
}

/** Whose id an SMSC's message id is. */
export interface KnownMessage {
  /** The `message_id` of the message. */
  messageId: string;
  /** Present when it was stored. */
  info?: PartInfo;
}

/** What a part made of a message that is to stay until it was published. */
export type LeasedMultipart =
  /** Other parts are missing. */
  | { kind: "incomplete" }
  /** It was the last one missing: the octets of the whole. */
  | { kind: "whole"; octets: Uint8Array }
  /** It was the last one missing, and somebody has the whole already: ask again in a while. */
  | { kind: "leased" };

/**
 * What a transport remembers between PDUs.
 *
 * Parts are told apart by source, destination, reference and total, so that two senders with one
 * reference do not mix. They may come in any order and more than once; of two with one sequence
 * number the later counts. When the last one is stored, exactly one caller, in whichever process,
 * gets the octets of all in order, and the set is forgotten. A set that stays incomplete is
 * forgotten some time after its last part.
 *
 * Ids are kept until deleted or too old; looking one up does not remove it, since an SMSC may
 * report several states of a message.
 *
 * Every method rejects with an error that says what to do when the store is out of reach.
 */
export interface SmppCache {
  /** Stores a part; resolves with the whole message's octets when it was the last one missing. */
  storeMultipart(part: MessagePart): Promise<Uint8Array | undefined>;
  /** Remembers that `smppId`, the SMSC's `message_id`, stands for the message `messageId`. */
  storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void>;
  /** The message that the SMSC's id stands for, or undefined when it is not known. */
  fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined>;
  /** Forgets the SMSC's id. Forgetting one that is not known is no error. */
  deleteSmppMessageId(smppId: string): Promise<void>;
  /**
   * As `storeMultipart`, but the whole stays in the cache until it is settled. When the same part,
   * octet for octet, comes once more it gives the whole once more: at once after
   * `settleMultipart(part, false)`, or when `lease` seconds are over, since whoever had it may have
   * ended. A message whose last part was answered by a process that is gone is not lost by this.
   *
   * A cache may do without this and `settleMultipart`: then such a message is lost.
   */
  leaseMultipart?(part: MessagePart, lease: number): Promise<LeasedMultipart>;
  /** Forgets the whole that this part completed when it was `published`, or ends its lease. */
  settleMultipart?(part: MessagePart, published: boolean): Promise<void>;
  /** Gives back what the cache opened by itself. */
  close(): Promise<void>;
}

/**
 * The part, when its numbers are in range. Throws a RangeError that names the field: a part from
 * outside must be checked before, since a set that cannot become complete would only take space.
 */
export function checkPart(part: MessagePart): MessagePart {
  checkRange("reference", part.reference, 0, 0xffff);
  checkRange("total", part.total, 1, 255);
  checkRange("sequence", part.sequence, 1, part.total);
  return part;
}

function checkRange(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${field}: got ${String(value)}, wants an integer from ${least} to ${most}`);
}
