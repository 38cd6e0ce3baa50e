// Octets that nobody meant as SMPP, and values that no field was made for: the codec reads, writes or refuses.
// What it ever finds goes to data/corpus.

import { readdirSync, readFileSync } from "node:fs";
import { inspect, isDeepStrictEqual } from "node:util";
import {
  fuzz,
  fuzzTimeout,
  must,
  noise,
  type Random,
  samplePdus,
  splice,
  spoilOctets,
  spoilText,
  strangeText,
  strangeValue,
} from "@esme/fuzz";
import { expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import {
  type Codec,
  createCodec,
  cstring,
  decode,
  decodeDamaged,
  dissect,
  encode,
  FrameError,
  Framer,
  formatTime,
  integer,
  octets as octetString,
  PduError,
  type PduInput,
  parseTime,
  responseTo,
  timeOffset,
  tlvs,
} from "../src/index.ts";
import { readByTable } from "../src/table-decoder.ts";
import { hexOf, octetsOf } from "./hex.ts";

const seeds = samplePdus();
const ids = Object.values(commands).map(({ id }) => id);
const tags = [0x0010, 0x001e, 0x0427, 0x0381, 0x0606, 0x130c, 0x1400, 0x1401, 0x1402];

function otherCommand(octets: Uint8Array, random: Random): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, random.pick(ids));
  return octets.length < 8 ? octets : splice(octets, 4, 8, id);
}

function addTlv(octets: Uint8Array, random: Random): Uint8Array {
  const length = random.below(12);
  const said = random.oneIn(8) ? random.below(256) : length;
  const tag = random.pick([...tags, random.below(0x10000)]);
  const head = Uint8Array.of(tag >> 8, tag, 0, said);
  const tlv = splice(noise(length, random), 0, 0, head);
  return splice(octets, octets.length, octets.length, tlv);
}

/** A PDU mutated a few times; mostly its command_length is made right again, to get past it. */
function mutant(random: Random): Uint8Array {
  const changed = spoilOctets(random.pick(seeds), random, seeds, [otherCommand, addTlv]);
  const frame = changed.slice();
  if (frame.length >= 16 && !random.oneIn(16)) {
    new DataView(frame.buffer).setUint32(0, frame.length);
  }
  return frame;
}

const vendorTlvs = {
  vendor_text: { tag: 0x1400, type: cstring({ max: 31 }), commands: ["submit_sm", "deliver_sm"] },
  vendor_number: { tag: 0x1401, type: integer({ size: 1 }) },
  vendor_octets: { tag: 0x1402, type: octetString({ min: 1, max: 4 }), multiple: true },
} as const;
let problems = 0;
function tolerate({ offset }: PduError): void {
  must(offset !== undefined, "problems have a place");
  problems += 1;
}
const codecs = {
  strict: createCodec(),
  tolerant: createCodec({ tolerate }),
  vendor: createCodec({ tlvs: vendorTlvs, maxPasswordLength: 64 }),
  "tolerant with vendor TLVs": createCodec({ tlvs: vendorTlvs, tolerate, maxPasswordLength: 64 }),
};

/** The facts of an error, or what came out. Anything but a PduError is a crash. */
function outcome(run: () => object): object {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { ...error, message: error.message };
  }
}

function walkOutcome(frame: Uint8Array): object {
  const { pdu, fatal } = readByTable(frame);
  if (fatal) throw fatal;
  return pdu;
}

/** Every view that a decoded PDU holds. */
function* viewsIn(value: unknown): Generator<Uint8Array> {
  if (value instanceof Uint8Array) yield value;
  else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) yield* viewsIn(inner);
  }
}

/** Whether the octets are a PDU; throws when what must hold for all octets does not for these. */
function check(octets: Uint8Array): boolean {
  // The frame lies between other octets, which no view may reach.
  const room = new Uint8Array(octets.length + 64).fill(0x41);
  const frame = room.subarray(32, 32 + octets.length);
  frame.set(octets);
  const decoded = outcome(() => decode(frame));
  const walked = outcome(() => walkOutcome(frame));
  must(isDeepStrictEqual(decoded, walked), "fast code and walk agree");
  for (const [name, codec] of Object.entries(codecs)) checkCodec(name, codec, frame);
  outcome(() => decodeDamaged(frame));
  checkDissection(frame);
  must(isDeepStrictEqual(frame, octets), "reading changes no octet");
  if ("offset" in decoded) {
    const offset = Number(decoded.offset);
    must(offset >= 0 && offset <= octets.length, "the offset is inside");
    return false;
  }
  for (const { buffer, byteOffset, length } of viewsIn(decoded)) {
    must(buffer === room.buffer, "octets are views");
    must(byteOffset >= 32 && byteOffset + length <= 32 + octets.length, "views stay inside");
  }
  outcome(() => decode(encode(responseTo(decode(frame)))));
  return true;
}

/** Every octet after the header is in one field, in order. */
function checkDissection(frame: Uint8Array): void {
  if (frame.length < 16) return;
  let at = 16;
  for (const { start, end } of dissect(frame).fields) {
    must(start === at && end >= start, "fields follow one another");
    at = end;
  }
  must(at === frame.length, "fields reach to the last octet");
}

/** What any codec has read it writes, and reads again as the same. */
function checkCodec(
  name: string,
  codec: Codec<typeof vendorTlvs> | Codec,
  frame: Uint8Array,
): void {
  problems = 0;
  const decoded = outcome(() => codec.decode(frame));
  must(problems <= 16, "a PDU has at most 16 problems that are told");
  if (decoded instanceof Object && "offset" in decoded) return;
  // What was tolerated may be more than can be written.
  const written = outcome(() => ({ octets: codec.encode(codec.decode(frame)) }));
  if (!("octets" in written && written.octets instanceof Uint8Array)) {
    must(problems > 0, `${name}: a PDU without problems can be written`);
    return;
  }
  const again = codec.decode(written.octets);
  must(isDeepStrictEqual(again, decoded), `${name}: a PDU that is written reads as before`);
}

/** A stream of octets in chunks: frames or a FrameError, and nothing held beyond the limit. */
function checkStream({ octets, sizes }: Stream): void {
  const framer = new Framer({ maxPduLength: 512 });
  const frames: Uint8Array[] = [];
  try {
    for (let at = 0, count = 0; at < octets.length; count++) {
      const size = sizes[count % sizes.length] ?? 1;
      frames.push(...framer.push(octets.subarray(at, at + size)));
      at += size;
      must(framer.pending < 512, "no more than one PDU is held");
    }
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    frames.push(...error.frames);
  }
  let at = 0;
  for (const frame of frames) {
    must(frame.length >= 16 && frame.length <= 512, "frames keep the limits");
    const place = octets.subarray(at, at + frame.length);
    must(isDeepStrictEqual(Uint8Array.from(frame), place), "frames are what came, in its order");
    at += frame.length;
  }
}

interface Stream {
  readonly octets: Uint8Array;
  readonly sizes: readonly number[];
}

function stream(random: Random): Stream {
  const frames = Array.from({ length: 1 + random.below(5) }, () =>
    random.oneIn(3) ? mutant(random) : random.pick(seeds),
  );
  const sizes = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(60));
  return { octets: Uint8Array.from(Buffer.concat(frames)), sizes };
}

const names = Object.keys(commands);
const keys = [
  ...new Set(Object.values(commands).flatMap(({ fields }) => Object.keys(fields))),
  ...Object.keys(tlvs),
  ...Object.keys(vendorTlvs),
  ...["command_status", "sequence_number", "unknown_tlvs", "body", "__proto__", "constructor"],
];

/** A PDU of a program that checks nothing: some keys are right, some values are. */
function strangePdu(random: Random): object {
  const name = random.oneIn(20) ? strangeText(random) : random.pick(names);
  const fields = Object.entries(commands).find(([key]) => key === name)?.[1].fields ?? {};
  const own = Object.keys(fields);
  const entries = Array.from({ length: random.below(8) }, () => {
    const key = own.length > 0 && !random.oneIn(3) ? random.pick(own) : random.pick(keys);
    return [key, usualOrStrange(random)];
  });
  return Object.fromEntries([...entries, ["command", name]]);
}

function usualOrStrange(random: Random): unknown {
  switch (random.below(5)) {
    case 0:
      return random.below(256);
    case 1:
      return "a".repeat(random.below(22));
    case 2:
      return noise(random.below(12), random);
    case 3:
      return [{ tag: random.below(0x10000), value: noise(random.below(12), random) }];
    default:
      return strangeValue(random);
  }
}

function checkEncoding(pdu: object): boolean {
  const before = Object.entries(pdu);
  let isWritten = false;
  for (const codec of Object.values(codecs)) {
    // Programs in JavaScript have no types.
    const written = outcome(() => ({ octets: codec.encode(pdu as PduInput) }));
    if (!("octets" in written && written.octets instanceof Uint8Array)) continue;
    isWritten = true;
    const { octets } = written;
    const length = new DataView(octets.buffer, octets.byteOffset).getUint32(0);
    must(length === octets.length, "command_length is the number of octets");
    const once = codec.decode(octets);
    must(
      isDeepStrictEqual(codec.decode(codec.encode(once)), once),
      "what was written reads, and writes, as the same",
    );
  }
  must(isDeepStrictEqual(Object.entries(pdu), before), "a PDU given to encode stays as it is");
  return isWritten;
}

const times = ["240229235959932+", "000007000000000R", "991231000000048-", "0", "R", "00000"];

/** What reads as a time writes as one. */
function checkTime(text: string): void {
  outcome(() => {
    const time = parseTime(text);
    if (time === undefined) return {};
    const again = parseTime(formatTime(time, { quarterHours: timeOffset(text) }));
    must(isDeepStrictEqual(again, time), "a time that was read is written as the same");
    return {};
  });
}

const corpus = new URL("./data/corpus/", import.meta.url);

test.each(readdirSync(corpus).filter((name) => name.endsWith(".hex")))("%s stays fixed", (name) => {
  check(octetsOf(readFileSync(new URL(name, corpus), "latin1").trim()));
});

type Input =
  | { readonly frame: Uint8Array }
  | { readonly stream: Stream }
  | { readonly pdu: object }
  | { readonly time: string };

function make(random: Random): Input {
  switch (random.below(20)) {
    case 0:
      return { stream: stream(random) };
    case 1:
      return { time: spoilText(random.pick(times), random, times) };
    case 2:
    case 3:
    case 4:
      return { pdu: strangePdu(random) };
    default:
      return { frame: mutant(random) };
  }
}

function show(input: Input): string {
  if ("frame" in input) return hexOf(input.frame);
  if ("stream" in input) {
    return `${hexOf(input.stream.octets)} in chunks of ${input.stream.sizes.join(", ")}`;
  }
  return inspect(input, { depth: null, maxStringLength: 300 });
}

test("octets are decoded or refused, values encoded or refused", {
  timeout: fuzzTimeout,
}, async () => {
  const frames = { decoded: 0, refused: 0 };
  const pdus = { encoded: 0, refused: 0 };
  await fuzz({
    name: "codec",
    cases: 20_000,
    make,
    check(input) {
      if ("stream" in input) checkStream(input.stream);
      else if ("time" in input) checkTime(input.time);
      else if ("pdu" in input) pdus[checkEncoding(input.pdu) ? "encoded" : "refused"] += 1;
      else frames[check(input.frame) ? "decoded" : "refused"] += 1;
    },
    show,
  });
  // Both ways were walked often: what is mutated is neither harmless nor always refused.
  const all = frames.decoded + frames.refused;
  if (all < 1_000) return;
  expect(frames.refused / all).toBeGreaterThan(1 / 4);
  expect(frames.refused / all).toBeLessThan(3 / 4);
  const share = pdus.encoded / (pdus.encoded + pdus.refused);
  expect(share).toBeGreaterThan(1 / 20);
  expect(share).toBeLessThan(19 / 20);
});
