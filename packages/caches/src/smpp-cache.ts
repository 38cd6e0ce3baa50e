/** The role every store of an SMPP connection's memory plays: parts of messages, and message ids. */

/** One part of an inbound message that comes in several. */
export interface MessagePart {
  /** The sender's address, `source_addr`, of at most 255 characters. */
  source: string;
  /** The recipient's address, `destination_addr`, of at most 255 characters. */
  destination: string;
  /** What the parts of one message have in common, 0 to 65535 (3GPP TS 23.040, 9.2.3.24.1 and .8). */
  reference: number;
  /** How many parts the message has, 1 to 255. */
  total: number;
  /** Which of them this is, 1 to `total`. */
  sequence: number;
  /**
   * The part's octets without its header, as they came, at most 65,535. A view is fine: the cache
   * copies it, and keeps nothing of the buffer around it.
   */
  octets: Uint8Array;
  /** The PDU's data_coding, for whoever is told of a message that stays incomplete. Default: not known. */
  dataCoding?: number;
  /**
   * What it is a part of. `message` (default): an inbound message. `report`: the state of a message
   * that was sent in parts. Reports are kept as long as ids are, a later part takes the place of the
   * earlier one with its sequence number, and nobody is told when they stay incomplete.
   */
  kind?: "message" | "report";
}

/** A message that did not become whole. */
export interface IncompleteMessage
  extends Pick<MessagePart, "source" | "destination" | "reference" | "total" | "dataCoding"> {
  /** The sequence numbers that came, ascending. */
  received: number[];
  /** What came, in the order of the sequence numbers. */
  parts: Pick<MessagePart, "sequence" | "octets">[];
  /**
   * Why it was given up. `expired`: its time was over. `evicted`: its room was needed. `replaced`: a
   * part came that belongs to another message with the same source, destination and reference.
   */
  reason: "expired" | "evicted" | "replaced";
}

/** Is told of each message that is given up incomplete. An error of its own becomes a warning of the process. */
export type OnIncomplete = (message: IncompleteMessage) => void;

/** Which part of a message an SMSC's id belongs to. */
export interface PartInfo {
  /** 1 to `total`. */
  part: number;
  /** How many parts the message was sent in, 1 to 255. */
  total: number;
}

/** Whose id an SMSC's message id is. */
export interface KnownMessage {
  /** The `message_id` of the message. */
  messageId: string;
  /** Present when it was stored. */
  info?: PartInfo;
}

/**
 * Which stored ids a receipt may mean. All of them have one key, that of the receipt's own id, so
 * that one look-up finds the message.
 */
export interface ReceiptName {
  /** `idKey` of the receipt's id. */
  readonly key: string;
  /** Ids that are meant letter for letter, the likeliest first. */
  readonly exact: readonly string[];
  /** Ids that are meant in any case and with any number of leading zeros, as `foldId` writes them. */
  readonly folded: readonly string[];
}

/** What is known of the id in a receipt. */
export type ReceiptMatch =
  /** The id as it was stored, and whose it is. */
  | { kind: "known"; smppId: string; message: KnownMessage }
  /** The id was deleted a moment ago: its final state is published. */
  | { kind: "settled" }
  /** Nothing yet; the receipt is kept under that token until somebody stores the id. */
  | { kind: "kept"; token: string }
  /** Nothing, and the receipt is not kept. */
  | { kind: "unknown" };

/** A receipt that came before its id was stored. */
export interface EarlyReceipt {
  token: string;
  /** As it was given to `matchReceipt`. */
  receipt: string;
}

/** A receipt whose time is over, and which the process that kept it did not recall: it may have ended. */
export interface OverdueReceipt extends EarlyReceipt {
  /** Key of its name; `settleReceipt` takes it in place of the id. */
  key: string;
  /** What is known of its id by now. */
  match: Exclude<ReceiptMatch, { kind: "kept" }>;
}

/** What became of a receipt that was kept. */
export type RecalledReceipt =
  | Exclude<ReceiptMatch, { kind: "kept" }>
  /** Somebody published the receipt's event: the cache has it no more. */
  | { kind: "claimed" }
  /** Somebody has the receipt now: ask again in a while. */
  | { kind: "leased" };

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
 * Parts are told apart by source, destination and reference, so that two senders with one reference
 * do not mix. They may come in any order and more than once. When the last one is stored, exactly
 * one caller, in whichever process, gets the octets of all in order, and the set is forgotten. A set
 * that stays incomplete is given up some time after its last part. References are used again: a part
 * with another total, or with other octets than the part before it with its sequence number, is a
 * part of another message, and the older one is given up.
 *
 * Ids are kept until deleted or too old; looking one up does not remove it, since an SMSC may
 * report several states of a message.
 *
 * A receipt may come before its id is stored: another process stores it, or the SMSC was that fast.
 * Four methods let it wait in the cache, all of them or none: `matchReceipt` keeps it,
 * `claimReceipts` hands it to whoever stores the id, `settleReceipt` forgets it once its event is
 * published, and `recallReceipt` asks what became of it when its time is over. A cache that outlives
 * its processes has a fifth, `claimOverdueReceipts`: a receipt is then not lost with the process that
 * kept it, since any other one takes it over. A cache in the memory of one process does without, since
 * it ends with the process.
 *
 * Addresses and ids have at most 255 characters. What is longer is not stored: the method rejects with a
 * RangeError that names the field. Where something is looked up or forgotten, a longer id is an id that
 * is not known.
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
  /**
   * The message that a receipt is about, by any of the ids in its name, in one step with keeping the
   * receipt for `keep.seconds` where none of them is known. `keep.receipt` is text that the cache does
   * not read. A receipt that is kept already is kept once.
   */
  matchReceipt?(
    name: ReceiptName,
    keep?: { receipt: string; seconds: number },
  ): Promise<ReceiptMatch>;
  /**
   * As `storeSmppMessageId`, and resolves with the receipts that waited for this id, in the order in
   * which they came. They are leased for `lease` seconds: nobody else gets them meanwhile, and the
   * same message gets them once more when its id is stored once more.
   */
  claimReceipts?(
    smppId: string,
    messageId: string,
    info: PartInfo | undefined,
    lease: number,
  ): Promise<EarlyReceipt[]>;
  /**
   * Forgets a receipt that waited for the id when its event was `published`, or ends its lease. In
   * place of the id it takes the key of the receipt's name.
   */
  settleReceipt?(smppId: string, token: string, published: boolean): Promise<void>;
  /**
   * What became of a receipt that `matchReceipt` kept under that token. Without a lease it waits no
   * longer: the cache has it no more, unless somebody else has it leased. With a lease of so many
   * seconds, in a cache that has `claimOverdueReceipts`, it stays until it is settled, as a claimed one
   * does.
   */
  recallReceipt?(name: ReceiptName, token: string, lease?: number): Promise<RecalledReceipt>;
  /**
   * Receipts whose time has been over for a while and which nobody has, at most a hundred, leased for
   * `lease` seconds. Every process that shares the cache asks from time to time, the first time when it
   * starts: of those that ask at the same time one gets each receipt.
   */
  claimOverdueReceipts?(lease: number): Promise<OverdueReceipt[]>;
  /** Gives back what the cache opened by itself. */
  close(): Promise<void>;
}
