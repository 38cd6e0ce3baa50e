/** What the scripts answer. Every reader throws when the answer is nothing that they give. */

import type {
  EarlyReceipt,
  IncompleteMessage,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OverdueReceipt,
  ReceiptMatch,
} from "./smpp-cache.ts";

/** What the parts of one message have in common. */
export type MessageName = Pick<MessagePart, "source" | "destination" | "reference" | "kind">;

/** Parts that a script took away. */
type GivenUp = Pick<IncompleteMessage, "total" | "dataCoding" | "received" | "parts">;

/** What became of a part, and what it took the place of. */
export function readStored(answer: unknown): LeasedMultipart & { older: GivenUp | undefined } {
  const [first, whole, taken] = list(answer);
  const kind = text(first);
  const older = readGivenUp(taken);
  if (kind === "incomplete" || kind === "leased") return { kind, older };
  if (kind !== "whole") throw new TypeError("neither whole nor incomplete nor leased");
  return {
    kind,
    octets: new Uint8Array(Buffer.concat(text(whole).split(" ").map(octetsOf))),
    older,
  };
}

/** Total, data_coding, then sequence numbers and parts; undefined when nothing was there. */
export function readGivenUp(answer: unknown): GivenUp | undefined {
  const [total, coding = "", ...fields] = texts(answer);
  if (total === undefined) return undefined;
  const parts = pairs(fields)
    .map(([sequence, part]) => ({ sequence: integer(sequence), octets: octetsOf(part) }))
    .sort((a, b) => a.sequence - b.sequence);
  return {
    total: integer(total),
    ...(coding !== "" && { dataCoding: integer(coding) }),
    received: parts.map(({ sequence }) => sequence),
    parts,
  };
}

/** The messages whose time is over, by their names; what is no name is left out. */
export function readDue(answer: unknown): MessageName[] {
  return texts(answer).flatMap((name) => {
    const [source, destination, reference] = readArray(name);
    if (typeof source !== "string" || typeof destination !== "string") return [];
    return typeof reference === "number" ? [{ source, destination, reference }] : [];
  });
}

/** What is known of the id in a receipt, or when one that is kept is overdue. */
export function readMatch(
  answer: unknown,
): Exclude<ReceiptMatch, { kind: "kept" }> | { kind: "kept"; due: string } {
  const [kind, smppId, value] = texts(answer);
  if (kind === "kept") return { kind, due: time(smppId) };
  if (kind === "settled" || kind === "unknown") return { kind };
  if (kind !== "known" || smppId === undefined) throw new TypeError("no match");
  const message = readMessage(value);
  return message === undefined ? { kind: "unknown" } : { kind, smppId, message };
}

/** What became of a receipt that was kept. */
export function readRecalled(
  answer: unknown,
): Exclude<ReceiptMatch, { kind: "kept" }> | { kind: "claimed" | "leased" } {
  const [kind] = texts(answer);
  if (kind === "claimed" || kind === "leased") return { kind };
  const match = readMatch(answer);
  if (match.kind === "kept") throw new TypeError("kept, and recalled");
  return match;
}

/** The entry of a receipt on the list of those that are kept. */
export interface EarlyEntry {
  /** Key of its name. */
  readonly key: string;
  readonly token: string;
  /** When it is overdue. */
  readonly due: string;
}

/** As it stands on the list. */
export function writeEntry({ key, token, due }: EarlyEntry): string {
  return JSON.stringify([key, token, due]);
}

/** Undefined for what is none. */
export function readEntry(text: string): EarlyEntry | undefined {
  const [key, token, due] = readArray(text);
  if (typeof key !== "string" || typeof token !== "string" || typeof due !== "string")
    return undefined;
  return { key, token, due };
}

/** The entries that are overdue. */
export function readOverdue(answer: unknown): string[] {
  return texts(answer);
}

/** What became of a receipt that was to be taken over. */
export function readTakenOver(
  answer: unknown,
): { kind: "gone" | "leased" } | ({ kind: "overdue" } & Pick<OverdueReceipt, "receipt" | "match">) {
  const [kind, receipt, ...found] = texts(answer);
  if (kind === "gone" || kind === "leased") return { kind };
  if (kind !== "overdue" || receipt === undefined) throw new TypeError("no receipt");
  const match = readMatch(found);
  if (match.kind === "kept") throw new TypeError("kept, and overdue");
  return { kind, receipt, match };
}

/** When the receipt was overdue that is settled; undefined when it was not there, or stays. */
export function readSettled(answer: unknown): string | undefined {
  return answer === null || answer === undefined ? undefined : time(text(answer));
}

/** The receipts that waited. */
export function readClaimed(answer: unknown): EarlyReceipt[] {
  return pairs(texts(answer)).map(([token, receipt]) => ({ token, receipt }));
}

/** What an id stands for, or undefined when it is not known. */
export function readKnown(answer: unknown): KnownMessage | undefined {
  return answer === null || answer === undefined ? undefined : readMessage(text(answer));
}

/** What was stored, or undefined when another program wrote there. */
function readMessage(value: unknown): KnownMessage | undefined {
  const [messageId, part, total] = readArray(value);
  if (typeof messageId !== "string") return undefined;
  if (typeof part !== "number" || typeof total !== "number") return { messageId };
  return { messageId, info: { part, total } };
}

/** An array out of JSON, empty when it is none. */
function readArray(value: unknown): unknown[] {
  if (typeof value !== "string") return [];
  try {
    const read: unknown = JSON.parse(value);
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

function list(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer;
  throw new TypeError("no list");
}

function texts(answer: unknown): string[] {
  return list(answer).map(text);
}

/** A client that is shared may give texts as octets. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  throw new TypeError("no text");
}

function integer(digits: string): number {
  if (/^\d{1,5}$/.test(digits)) return Number(digits);
  throw new TypeError("no integer");
}

/** In milliseconds since 1970. */
function time(digits: string | undefined): string {
  if (digits !== undefined && /^\d{1,16}$/.test(digits)) return digits;
  throw new TypeError("no time");
}

function octetsOf(encoded: string): Uint8Array {
  return new Uint8Array(Buffer.from(encoded, "base64"));
}

function pairs(flat: readonly string[]): [string, string][] {
  if (flat.length % 2 !== 0) throw new TypeError("no pairs");
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] ?? "",
    flat[2 * i + 1] ?? "",
  ]);
}
