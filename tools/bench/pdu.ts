// Measures @esme/pdu beside npm `smpp` and beside straight-line code written by hand, in one run.
// npm run -s pdu

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { type Codec, createCodec, cstring, decode, encode, Framer, type PduInput } from "@esme/pdu";

/** The part of npm `smpp` that is measured; the package has no types. */
interface NodeSmpp {
  PDU: {
    new (command: string, fields: object): { toBuffer(): Buffer };
    fromBuffer(frame: Buffer): object;
  };
  addTLV(name: string, options: object): void;
  types: { tlv: { cstring: object } };
}
const smpp: NodeSmpp = createRequire(import.meta.url)("smpp");

const octetsOf = (text: string) => new TextEncoder().encode(text);
const text = octetsOf(
  "The quick brown fox jumps over the lazy dog, and then it does so again, to be exactly 100 octets...!",
);

const submit = {
  command: "submit_sm",
  command_status: 0,
  sequence_number: 7,
  service_type: "",
  source_addr_ton: 5,
  source_addr_npi: 0,
  source_addr: "EXAMPLE",
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: "447700900123",
  esm_class: 0,
  protocol_id: 0,
  priority_flag: 0,
  schedule_delivery_time: "",
  validity_period: "",
  registered_delivery: 1,
  replace_if_present_flag: 0,
  data_coding: 0,
  sm_default_msg_id: 0,
  short_message: text,
} as const;

const receipt = {
  ...submit,
  command: "deliver_sm",
  esm_class: 4,
  short_message: octetsOf(
    "id:0123456789 sub:001 dlvrd:001 submit date:2401151230 done date:2401151231 stat:DELIVRD err:000 text:Hello",
  ),
  receipted_message_id: "0123456789",
  message_state: 2,
  network_error_code: Uint8Array.of(3, 0, 0),
} as const;

// ---- straight-line code by hand: one command each, no tables, no checks

let slab = new Uint8Array(65_536);
let free = 0;

function putString(out: Uint8Array, at: number, value: string): number {
  for (let index = 0; index < value.length; index++) out[at + index] = value.charCodeAt(index);
  out[at + value.length] = 0;
  return at + value.length + 1;
}

function encodeByHand(pdu: typeof submit): Uint8Array {
  const message: Uint8Array = pdu.short_message;
  const size =
    33 +
    pdu.service_type.length +
    pdu.source_addr.length +
    pdu.destination_addr.length +
    pdu.schedule_delivery_time.length +
    pdu.validity_period.length +
    message.length;
  if (free + size > slab.length) {
    slab = new Uint8Array(65_536);
    free = 0;
  }
  const out = slab;
  const start = free;
  free += size;
  let at = start;
  for (const word of [size, 4, pdu.command_status, pdu.sequence_number]) {
    out[at++] = word >>> 24;
    out[at++] = word >>> 16;
    out[at++] = word >>> 8;
    out[at++] = word;
  }
  at = putString(out, at, pdu.service_type);
  out[at++] = pdu.source_addr_ton;
  out[at++] = pdu.source_addr_npi;
  at = putString(out, at, pdu.source_addr);
  out[at++] = pdu.dest_addr_ton;
  out[at++] = pdu.dest_addr_npi;
  at = putString(out, at, pdu.destination_addr);
  out[at++] = pdu.esm_class;
  out[at++] = pdu.protocol_id;
  out[at++] = pdu.priority_flag;
  at = putString(out, at, pdu.schedule_delivery_time);
  at = putString(out, at, pdu.validity_period);
  out[at++] = pdu.registered_delivery;
  out[at++] = pdu.replace_if_present_flag;
  out[at++] = pdu.data_coding;
  out[at++] = pdu.sm_default_msg_id;
  out[at++] = message.length;
  out.set(message, at);
  return new Uint8Array(out.buffer, start, size);
}

const byte = (frame: Uint8Array, at: number) => frame[at] ?? 0;

const word = (frame: Uint8Array, at: number) =>
  ((byte(frame, at) << 24) |
    (byte(frame, at + 1) << 16) |
    (byte(frame, at + 2) << 8) |
    byte(frame, at + 3)) >>>
  0;

let cursor = 0;

function getString(frame: Uint8Array): string {
  let value = "";
  let at = cursor;
  while (at < frame.length && frame[at] !== 0) value += String.fromCharCode(byte(frame, at++));
  cursor = at + 1;
  return value;
}

const getOctets = (frame: Uint8Array, start: number, length: number) =>
  new Uint8Array(frame.buffer, frame.byteOffset + start, length);

function decodeByHand(frame: Uint8Array) {
  cursor = 16;
  const service_type = getString(frame);
  const source_addr_ton = byte(frame, cursor++);
  const source_addr_npi = byte(frame, cursor++);
  const source_addr = getString(frame);
  const dest_addr_ton = byte(frame, cursor++);
  const dest_addr_npi = byte(frame, cursor++);
  const destination_addr = getString(frame);
  const esm_class = byte(frame, cursor++);
  const protocol_id = byte(frame, cursor++);
  const priority_flag = byte(frame, cursor++);
  const schedule_delivery_time = getString(frame);
  const validity_period = getString(frame);
  const at = cursor;
  const length = byte(frame, at + 4);
  cursor = at + 5 + length;
  return {
    command_id: word(frame, 4),
    command_status: word(frame, 8),
    sequence_number: word(frame, 12),
    service_type,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    dest_addr_ton,
    dest_addr_npi,
    destination_addr,
    esm_class,
    protocol_id,
    priority_flag,
    schedule_delivery_time,
    validity_period,
    registered_delivery: byte(frame, at),
    replace_if_present_flag: byte(frame, at + 1),
    data_coding: byte(frame, at + 2),
    sm_default_msg_id: byte(frame, at + 3),
    short_message: getOctets(frame, at + 5, length),
  };
}

function decodeReceiptByHand(frame: Uint8Array) {
  const pdu = decodeByHand(frame);
  let receipted_message_id = "";
  let message_state = 0;
  let network_error_code = frame;
  while (cursor < frame.length) {
    const tag = (byte(frame, cursor) << 8) | byte(frame, cursor + 1);
    const length = (byte(frame, cursor + 2) << 8) | byte(frame, cursor + 3);
    cursor += 4;
    const end = cursor + length;
    if (tag === 0x1e) receipted_message_id = getString(frame);
    else if (tag === 0x427) message_state = byte(frame, cursor);
    else if (tag === 0x423) network_error_code = getOctets(frame, cursor, length);
    cursor = end;
  }
  return { pdu, receipted_message_id, message_state, network_error_code };
}

// ---- measuring

/** Results go here, so that no call is taken for useless and left out. */
const kept: unknown[] = [];

interface Contender {
  readonly run: () => unknown;
  readonly calls: number;
}

/**
 * Nanoseconds that a call of each takes: they take turns, and the best of the rounds counts. Rounds are
 * short, so that on a busy machine some of them are not interrupted.
 */
function nanoseconds(contenders: readonly Contender[], rounds: number): number[] {
  const best = contenders.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run, calls }] of contenders.entries()) {
      const start = process.hrtime.bigint();
      for (let call = 0; call < calls; call++) kept[0] = run();
      const took = Number(process.hrtime.bigint() - start) / calls;
      best[index] = Math.min(best[index] ?? took, took);
    }
  }
  return best;
}

let missed = 0;

/** A figure beside the least or the most that it should be. */
function goal(figure: number, word: "at least" | "at most", limit: number): string {
  const holds = word === "at least" ? figure >= limit : figure <= limit;
  if (!holds) missed++;
  return `${figure.toFixed(1)} (${word} ${limit})`;
}

interface Case {
  readonly name: string;
  readonly pdu: PduInput & { readonly pe_id?: string };
  /** The least ratios to npm `smpp`. */
  readonly encode: number;
  readonly decode: number;
  readonly codec?: Pick<Codec, "encode" | "decode">;
  readonly encodeByHand?: () => unknown;
  readonly decodeByHand?: () => unknown;
}

const submitFrame = encode(submit);
const receiptFrame = encode(receipt);
const vendor = createCodec({
  tlvs: { pe_id: { tag: 0x1400, type: cstring({ max: 31 }), commands: ["submit_sm"] } },
});
smpp.addTLV("pe_id", { id: 0x1400, type: smpp.types.tlv.cstring });

const cases: readonly Case[] = [
  {
    name: "submit_sm, 100 characters",
    pdu: submit,
    encode: 12,
    decode: 10,
    encodeByHand: () => encodeByHand(submit),
    decodeByHand: () => decodeByHand(submitFrame),
  },
  {
    name: "deliver_sm receipt, 3 TLVs",
    pdu: receipt,
    encode: 12,
    decode: 10,
    decodeByHand: () => decodeReceiptByHand(receiptFrame),
  },
  {
    name: "submit_sm with a vendor TLV",
    pdu: { ...submit, pe_id: "1701158000000000" },
    codec: vendor,
    encode: 12,
    decode: 10,
  },
  {
    name: "submit_sm, one of two parts (sar_*)",
    pdu: { ...submit, sar_msg_ref_num: 7, sar_total_segments: 2, sar_segment_seqnum: 1 },
    encode: 12,
    decode: 10,
  },
  {
    name: "submit_sm with 3 rarer TLVs",
    pdu: { ...submit, source_port: 1, payload_type: 1, its_reply_type: 3 },
    encode: 12,
    decode: 10,
  },
  {
    name: "submit_sm_resp",
    pdu: {
      command: "submit_sm_resp",
      command_status: 0,
      sequence_number: 7,
      message_id: "0123456789",
    },
    encode: 12,
    decode: 10,
  },
  {
    name: "enquire_link",
    pdu: { command: "enquire_link", command_status: 0, sequence_number: 7 },
    encode: 12,
    decode: 10,
  },
  {
    name: "by the tables: bind_transceiver",
    pdu: {
      command: "bind_transceiver",
      command_status: 0,
      sequence_number: 7,
      system_id: "smppclient1",
      password: "password",
      system_type: "",
      interface_version: 0x34,
      addr_ton: 0,
      addr_npi: 0,
      address_range: "",
    },
    encode: 1,
    decode: 0.5,
  },
  {
    name: "by the tables: query_sm",
    pdu: {
      command: "query_sm",
      command_status: 0,
      sequence_number: 7,
      message_id: "0123456789",
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: "447700900123",
    },
    encode: 1,
    decode: 0.5,
  },
];

/** What npm `smpp` takes for a PDU: Buffers in place of octets, and no key `command`. */
function nodeFieldsOf({ command: _, ...fields }: PduInput): object {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value) : value,
    ]),
  );
}

const bufferOf = (frame: Uint8Array) => Buffer.from(frame.buffer, frame.byteOffset, frame.length);

// All three write the same octets, and read the same text out of them.
for (const { name, pdu, codec = { encode, decode } } of cases) {
  const frame = codec.encode(pdu);
  const theirs = new smpp.PDU(pdu.command, nodeFieldsOf(pdu)).toBuffer();
  assert.deepEqual(new Uint8Array(theirs), frame, name);
  assert.deepEqual(codec.decode(frame), pdu, name);
}
assert.deepEqual(encodeByHand(submit), submitFrame);
assert.deepEqual(decodeByHand(submitFrame).short_message, submit.short_message);
assert.deepEqual(decodeReceiptByHand(receiptFrame).pdu.short_message, receipt.short_message);
assert.equal(decodeReceiptByHand(receiptFrame).receipted_message_id, receipt.receipted_message_id);

console.log(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model.trim()}\n`);
console.log(
  "| case | @esme/pdu | smpp 0.6.0-rc.4 | straight line | times smpp | of straight line |",
);
console.log("|---|---|---|---|---|---|");

/** One row of the table: ours, theirs and, where there is one, the code by hand. */
function compare(
  name: string,
  least: number,
  ours: () => unknown,
  theirs: () => unknown,
  byHand: (() => unknown) | undefined,
): void {
  const [our = 0, their = 0, hand] = nanoseconds(
    [
      { run: ours, calls: 2_000 },
      { run: theirs, calls: 100 },
      ...(byHand ? [{ run: byHand, calls: 2_000 }] : []),
    ],
    300,
  );
  const columns = [
    name,
    `${our.toFixed(0)} ns`,
    `${their.toFixed(0)} ns`,
    hand === undefined ? "" : `${hand.toFixed(0)} ns`,
    goal(their / our, "at least", least),
    hand === undefined ? "" : (hand / our).toFixed(2),
  ];
  console.log(`| ${columns.join(" | ")} |`);
}

for (const one of cases) {
  const { name, pdu, codec = { encode, decode } } = one;
  const frame = codec.encode(pdu);
  const buffer = bufferOf(frame);
  const fields = nodeFieldsOf(pdu);
  const { command } = pdu;
  const [write, read] = [codec.encode, codec.decode];
  compare(
    `${name}: encode`,
    one.encode,
    () => write(pdu),
    () => new smpp.PDU(command, fields).toBuffer(),
    one.encodeByHand,
  );
  compare(
    `${name}: decode`,
    one.decode,
    () => read(frame),
    () => smpp.PDU.fromBuffer(buffer),
    one.decodeByHand,
  );
}

// ---- framing

/** Takes `count` PDUs out of a stream that comes in chunks of `size` octets. */
function framing(count: number, size: number): () => void {
  const stream = Buffer.concat(Array.from({ length: count }, () => submitFrame));
  return () => {
    const framer = new Framer();
    let frames = 0;
    for (let at = 0; at < stream.length; at += size) {
      frames += framer.push(stream.subarray(at, at + size)).length;
    }
    if (frames !== count) throw new Error(`${frames} of ${count} frames`);
  };
}

console.log("\n| framing, in chunks of | 1,000 PDUs | 10,000 PDUs | times as long |");
console.log("|---|---|---|---|");
for (const size of [1, 100, 1460, 65_536, 10_000_000]) {
  // Ten short backlogs are measured in one go, so that both sides take about as long.
  const backlogs = [
    { run: framing(1_000, size), calls: 10 },
    { run: framing(10_000, size), calls: 1 },
  ];
  const [short = 0, long = 0] = nanoseconds(backlogs, 25);
  const name =
    size === 10_000_000
      ? "the whole backlog"
      : size === 1
        ? "1 octet"
        : `${size.toLocaleString("en")} octets`;
  const columns = [name, `${(short / 1e6).toFixed(2)} ms`, `${(long / 1e6).toFixed(2)} ms`];
  console.log(`| ${columns.join(" | ")} | ${goal(long / short, "at most", 12)} |`);
}

if (missed > 0) process.exitCode = 1;
