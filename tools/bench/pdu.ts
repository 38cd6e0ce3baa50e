// Measures @esme/pdu beside npm `smpp` and beside straight-line code written by hand, in one run.
// npm run -s pdu

import { createRequire } from "node:module";
import { cpus } from "node:os";
import { decode, encode, Framer } from "@esme/pdu";

/** The part of npm `smpp` that is measured; the package has no types. */
interface NodeSmpp {
  PDU: {
    new (command: string, fields: object): { toBuffer(): Buffer };
    fromBuffer(frame: Buffer): object;
  };
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

// ---- straight-line code by hand: one command each, no tables, no checks but those of length

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
    38 +
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

function byte(frame: Uint8Array, at: number): number {
  return frame[at] ?? 0;
}

function word(frame: Uint8Array, at: number): number {
  return (
    ((byte(frame, at) << 24) |
      (byte(frame, at + 1) << 16) |
      (byte(frame, at + 2) << 8) |
      byte(frame, at + 3)) >>>
    0
  );
}

let cursor = 0;

function getString(frame: Uint8Array): string {
  let value = "";
  let at = cursor;
  while (at < frame.length && frame[at] !== 0) value += String.fromCharCode(byte(frame, at++));
  cursor = at + 1;
  return value;
}

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
    short_message: frame.subarray(at + 5, at + 5 + length),
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
    else if (tag === 0x423) network_error_code = frame.subarray(cursor, end);
    cursor = end;
  }
  return { pdu, receipted_message_id, message_state, network_error_code };
}

// ---- measuring

let kept: unknown;

/** Nanoseconds a call takes: the best of several rounds, so that other work on the machine counts less. */
function nanoseconds(run: () => unknown, calls: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) kept = run();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
  }
  return best;
}

interface Case {
  name: string;
  esme: () => unknown;
  smpp: () => unknown;
  hand: () => unknown;
  wanted: number;
}

const submitFrame = encode(submit);
const receiptFrame = encode(receipt);
const { command: _submit, ...submitFields } = submit;
const buffer = (frame: Uint8Array) => Buffer.from(frame.buffer, frame.byteOffset, frame.length);
const submitBuffer = buffer(submitFrame);
const receiptBuffer = buffer(receiptFrame);
const nodeSubmit = { ...submitFields, short_message: Buffer.from(text) };

const cases: Case[] = [
  {
    name: "submit_sm, 100 characters: encode",
    esme: () => encode(submit),
    smpp: () => new smpp.PDU("submit_sm", nodeSubmit).toBuffer(),
    hand: () => encodeByHand(submit),
    wanted: 12,
  },
  {
    name: "submit_sm, 100 characters: decode",
    esme: () => decode(submitFrame),
    smpp: () => smpp.PDU.fromBuffer(submitBuffer),
    hand: () => decodeByHand(submitFrame),
    wanted: 10,
  },
  {
    name: "deliver_sm receipt, 3 TLVs: decode",
    esme: () => decode(receiptFrame),
    smpp: () => smpp.PDU.fromBuffer(receiptBuffer),
    hand: () => decodeReceiptByHand(receiptFrame),
    wanted: 10,
  },
];

console.log(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model.trim()}\n`);
console.log("| case | @esme/pdu | npm smpp | straight line | times smpp | of straight line |");
console.log("|---|---|---|---|---|---|");
for (const { name, esme, smpp: rival, hand, wanted } of cases) {
  const [ours, theirs, straight] = [
    nanoseconds(esme, 200_000),
    nanoseconds(rival, 20_000),
    nanoseconds(hand, 200_000),
  ];
  const times = theirs / ours;
  console.log(
    `| ${name} | ${ours.toFixed(0)} ns | ${theirs.toFixed(0)} ns | ${straight.toFixed(0)} ns | ${times.toFixed(1)} (at least ${wanted}) | ${(straight / ours).toFixed(2)} |`,
  );
}
console.log();
void kept;
