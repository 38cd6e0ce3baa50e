/** A cache that is slow, forgets nothing by time, and is short enough to be seen to be right. */
import type {
  EarlyReceipt,
  IncompleteMessage,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  RecalledReceipt,
  ReceiptMatch,
  ReceiptName,
} from "../src/index.ts";
import { foldId, idKey } from "../src/index.ts";

type Found = Extract<ReceiptMatch, { kind: "known" | "settled" | "unknown" }>;

export class NaiveCache {
  readonly told: IncompleteMessage[] = [];
  #parts: MessagePart[] = [];
  #joined: { last: MessagePart; octets: Uint8Array; isLeased: boolean }[] = [];
  #ids: { smppId: string; messageId: string | undefined }[] = [];
  #receipts: { name: ReceiptName; receipt: string; owner?: string; isLeased: boolean }[] = [];

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    const isOfSet = (other: MessagePart) =>
      ["source", "destination", "reference", "kind"].every(
        (field) => Reflect.get(other, field) === Reflect.get(part, field),
      );
    let set = this.#parts.filter(isOfSet);
    this.#parts = this.#parts.filter((other) => !isOfSet(other));
    const isReport = part.kind === "report";
    const isForeign = (other: MessagePart) =>
      other.total !== part.total ||
      (other.sequence === part.sequence && !isReport && !isSame(other.octets, part.octets));
    if (set.some(isForeign)) {
      if (!isReport) this.told.push(incomplete(set));
      set = [];
    }
    set = [...set.filter(({ sequence }) => sequence !== part.sequence), part].sort(bySequence);
    const isWhole = range(part.total).every((i) => set.some(({ sequence }) => sequence === i));
    if (!isWhole) {
      this.#parts.push(...set);
      return undefined;
    }
    return Uint8Array.from(set.flatMap(({ octets }) => [...octets]));
  }

  async leaseMultipart(part: MessagePart, _lease: number): Promise<LeasedMultipart> {
    const known = this.#joined.find(({ last }) => isSamePart(last, part));
    if (known?.isLeased) return { kind: "leased" };
    const octets = known?.octets ?? (await this.storeMultipart(part));
    if (octets === undefined) return { kind: "incomplete" };
    this.#joined = this.#joined.filter((other) => other !== known);
    this.#joined.push({ last: part, octets, isLeased: true });
    return { kind: "whole", octets };
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    const known = this.#joined.find(({ last }) => isSamePart(last, part));
    if (known === undefined) return;
    known.isLeased = false;
    if (published) this.#joined = this.#joined.filter((other) => other !== known);
  }

  async storeSmppMessageId(smppId: string, messageId: string): Promise<void> {
    this.#ids = [...this.#ids.filter((id) => id.smppId !== smppId), { smppId, messageId }];
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    const messageId = this.#ids.find((id) => id.smppId === smppId)?.messageId;
    return messageId === undefined ? undefined : { messageId };
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    const id = this.#ids.find((id) => id.smppId === smppId);
    if (id !== undefined) id.messageId = undefined;
  }

  async matchReceipt(
    name: ReceiptName,
    keep?: { receipt: string; seconds: number },
  ): Promise<ReceiptMatch> {
    const token = keep && tokenOf(name, keep.receipt);
    const isKept = this.#receipts.some((one) => tokenOf(one.name, one.receipt) === token);
    if (token !== undefined && isKept) return { kind: "kept", token };
    const found = this.#find(name);
    if (found.kind !== "unknown" || keep === undefined || token === undefined) return found;
    this.#receipts.push({ name, receipt: keep.receipt, isLeased: false });
    return { kind: "kept", token };
  }

  async claimReceipts(
    smppId: string,
    messageId: string,
    _info: undefined,
    _lease: number,
  ): Promise<EarlyReceipt[]> {
    await this.storeSmppMessageId(smppId, messageId);
    const claimed = this.#receipts.filter(({ name, owner, isLeased }) => {
      const isMeant = name.exact.includes(smppId) || name.folded.includes(foldId(smppId));
      return isMeant && name.key === idKey(smppId) && (!isLeased || owner === messageId);
    });
    for (const one of claimed) Object.assign(one, { owner: messageId, isLeased: true });
    return claimed.map(({ name, receipt }) => ({ token: tokenOf(name, receipt), receipt }));
  }

  async settleReceipt(_smppId: string, token: string, published: boolean): Promise<void> {
    const kept = this.#receipts.find((one) => tokenOf(one.name, one.receipt) === token);
    if (kept === undefined) return;
    kept.isLeased = false;
    if (published) this.#receipts = this.#receipts.filter((other) => other !== kept);
  }

  async recallReceipt(name: ReceiptName, token: string): Promise<RecalledReceipt> {
    const kept = this.#receipts.find((one) => tokenOf(one.name, one.receipt) === token);
    if (kept === undefined) return { kind: "claimed" };
    if (kept.isLeased) return { kind: "leased" };
    this.#receipts = this.#receipts.filter((other) => other !== kept);
    return this.#find(name);
  }

  #find({ exact, folded }: ReceiptName): Found {
    const same = exact.flatMap((form) => this.#ids.filter(({ smppId }) => smppId === form));
    const alike = folded
      .map((form) => this.#ids.filter(({ smppId }) => foldId(smppId) === form))
      .find((ids) => ids.length > 0);
    const id = same[0] ?? (alike?.length === 1 ? alike[0] : undefined);
    if (id === undefined) return { kind: "unknown" };
    const { smppId, messageId } = id;
    if (messageId === undefined) return { kind: "settled" };
    return { kind: "known", smppId, message: { messageId } };
  }
}

function incomplete(parts: readonly MessagePart[]): IncompleteMessage {
  const [first] = parts;
  if (first === undefined) throw new Error("a message that is given up has parts");
  const { source, destination, reference, total } = first;
  return {
    source,
    destination,
    reference,
    total,
    received: parts.map(({ sequence }) => sequence),
    parts: parts.map(({ sequence, octets }) => ({ sequence, octets })),
    reason: "replaced",
  };
}

function tokenOf({ exact, folded }: ReceiptName, receipt: string): string {
  return JSON.stringify([exact, folded, receipt]);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function isSamePart(a: MessagePart, b: MessagePart): boolean {
  return (
    JSON.stringify({ ...a, octets: [...a.octets] }) ===
    JSON.stringify({ ...b, octets: [...b.octets] })
  );
}

function bySequence(a: MessagePart, b: MessagePart): number {
  return a.sequence - b.sequence;
}

function range(most: number): number[] {
  return Array.from({ length: most }, (_, i) => i + 1);
}
