/** The TLVs of a PDU for `transport_metadata`: by name, as values that JSON can hold. */

import { tlvs, type UnknownTlv } from "@esme/pdu";
import { carries, plainValue, type TlvDefinitions } from "./tlv-definition.ts";

/** A decoded PDU, as far as its TLVs go: those that the codec knows are keys of their own. */
export interface TlvCarrier {
  readonly command: string;
  readonly unknown_tlvs?: readonly UnknownTlv[] | undefined;
}

/** What the TLVs of a PDU add to `transport_metadata`; no keys when it has none. */
export interface TlvDetails {
  /** Values by name, by tag (`0x1400`) where there is no name. Octets are in hexadecimal. */
  smpp_tlvs?: Record<string, unknown>;
  /** How many are not in `smpp_tlvs`: more than {@link mostTlvs}, or a tag that came before. */
  smpp_tlvs_left_out?: number;
}

/**
 * How many TLVs of a PDU are passed on, and how many values of a repeatable one. A PDU of 64 kB has
 * room for 16,000 empty ones, and real ones have fewer than 20.
 */
export const mostTlvs = 100;

/** TLVs that are about how the text came, which is over once there is a message. */
const ofTheText = new Set([
  "message_payload",
  "sar_msg_ref_num",
  "sar_total_segments",
  "sar_segment_seqnum",
  "more_messages_to_send",
]);

/** The TLVs to pass on. */
const passedOn: ReadonlySet<string> = new Set(
  Object.keys(tlvs).filter((name) => !ofTheText.has(name)),
);

/** The standard's TLVs by name, the vendor's by the name in `definitions`, the others by tag. */
export function tlvDetails(pdu: TlvCarrier, definitions: TlvDefinitions): TlvDetails {
  const { named, unnamed, leftOut } = otherTlvs(pdu, definitions);
  return cut([...standardTlvs(pdu), ...named, ...unnamed], leftOut);
}

/** The vendor's TLVs alone. */
export function vendorTlvDetails(pdu: TlvCarrier, definitions: TlvDefinitions): TlvDetails {
  return cut(otherTlvs(pdu, definitions).named, 0);
}

type Entry = [name: string, value: unknown];

/** `others` have been left out already. */
function cut(entries: readonly Entry[], others: number): TlvDetails {
  if (entries.length === 0) return {};
  const shown = entries.slice(0, mostTlvs);
  const valuesLeftOut = shown.reduce((sum, [, value]) => sum + valuesAbove(value), 0);
  const leftOut = entries.length - shown.length + valuesLeftOut + others;
  return {
    smpp_tlvs: Object.fromEntries(shown.map(([name, value]) => [name, plain(value)])),
    ...(leftOut > 0 && { smpp_tlvs_left_out: leftOut }),
  };
}

/** By their names first: most PDUs have none, and all of them pass here. */
function standardTlvs(pdu: TlvCarrier): Entry[] {
  return Object.keys(pdu)
    .filter((name) => passedOn.has(name))
    .map((name): Entry => [name, Reflect.get(pdu, name)])
    .filter(([, value]) => value !== undefined);
}

/** TLVs that are not the standard's. */
interface Others {
  /** Those of the definitions, as keys of their own when the codec knew them, else by tag. */
  named: Entry[];
  /** The first of them, by tag. */
  unnamed: Entry[];
  /** How many there are beside these: further ones, and those after another with the same tag. */
  leftOut: number;
}

function otherTlvs(pdu: TlvCarrier, definitions: TlvDefinitions): Others {
  const { command, unknown_tlvs = [] } = pdu;
  const byTag = new Map<number, Uint8Array>();
  for (const { tag, value } of unknown_tlvs) if (!byTag.has(tag)) byTag.set(tag, value);
  let leftOut = unknown_tlvs.length - byTag.size;
  const named: Entry[] = [];
  for (const [name, definition] of Object.entries(definitions)) {
    if (!carries(definition, command)) continue;
    const tag = Number(definition.tag);
    const known: unknown = Object.getOwnPropertyDescriptor(pdu, name)?.value;
    const value = known ?? byTag.get(tag);
    byTag.delete(tag);
    if (value !== undefined) named.push([name, plainValue(value, definition)]);
  }
  const unnamed: Entry[] = [];
  for (const [tag, value] of byTag) {
    if (unnamed.length < mostTlvs) unnamed.push([tagName(tag), value]);
    else leftOut += 1;
  }
  return { named, unnamed, leftOut };
}

function tagName(tag: number): string {
  return `0x${tag.toString(16).padStart(4, "0")}`;
}

function valuesAbove(value: unknown): number {
  return Array.isArray(value) ? Math.max(0, value.length - mostTlvs) : 0;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  return Array.isArray(value) ? value.slice(0, mostTlvs).map(plain) : value;
}

/** Octets as JSON can hold them. */
export function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
}
