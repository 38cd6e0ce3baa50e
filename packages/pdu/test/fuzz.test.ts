// Octets that nobody meant as SMPP: mutated PDUs never crash the codec, and fast code and walk agree on them.
// ESME_FUZZ_FRAMES and ESME_FUZZ_SEED choose how many and which; what it ever finds goes to data/corpus.

import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import {
  createCodec,
  decode,
  encode,
  explain,
  FrameError,
  Framer,
  PduError,
} from "../src/index.ts";
import { walk } from "../src/table-decoder.ts";
import { hexOf, octetsOf } from "./hex.ts";

const FRAMES = Number(process.env["ESME_FUZZ_FRAMES"] ?? 200_000);
const SEED = Number(process.env["ESME_FUZZ_SEED"] ?? 1);

type Random = (below: number) => number;

/** Whole numbers from 0 up to `below`, always the same ones for a seed (mulberry32). */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function vectors(name: string): Uint8Array[] {
  const text = readFileSync(new URL(`./data/${name}.json`, import.meta.url), "utf8");
  const rows: { hex: string }[] = JSON.parse(text);
  return rows.map(({ hex }) => octetsOf(hex));
}

const seeds = [...vectors("pdu"), ...vectors("malformed")];
const ids = Object.values(commands).map(({ id }) => id);

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[random(list.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** The octets with those from `from` to `to` replaced. */
function splice(octets: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const result = new Uint8Array(from + middle.length + octets.length - to);
  result.set(octets.subarray(0, from));
  result.set(middle, from);
  result.set(octets.subarray(to), from + middle.length);
  return result;
}

function noise(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

const mutations: readonly ((octets: Uint8Array, random: Random) => Uint8Array)[] = [
  function flipBit(octets, random) {
    const at = random(octets.length);
    return splice(octets, at, at + 1, Uint8Array.of((octets[at] ?? 0) ^ (1 << random(8))));
  },
  function setOctet(octets, random) {
    const at = random(octets.length);
    const value = pick([0, 1, 0x7f, 0x80, 0xff, random(256)], random);
    return splice(octets, at, at + 1, Uint8Array.of(value));
  },
  function remove(octets, random) {
    const at = random(octets.length);
    return splice(octets, at, Math.min(octets.length, at + 1 + random(8)), noise(0, random));
  },
  function insert(octets, random) {
    const at = random(octets.length + 1);
    return splice(octets, at, at, noise(1 + random(8), random));
  },
  function repeat(octets, random) {
    const from = random(octets.length);
    const part = octets.slice(from, from + 1 + random(40));
    const at = random(octets.length + 1);
    return splice(octets, at, at, part);
  },
  function cut(octets, random) {
    return octets.slice(0, random(octets.length + 1));
  },
  function cross(octets, random) {
    const other = pick(seeds, random);
    const at = random(octets.length + 1);
    return splice(octets, at, octets.length, other.subarray(random(other.length)));
  },
  function otherCommand(octets, random) {
    const id = new Uint8Array(4);
    new DataView(id.buffer).setUint32(0, pick(ids, random));
    return octets.length < 8 ? octets : splice(octets, 4, 8, id);
  },
  function addTlv(octets, random) {
    const length = random(12);
    const said = random(8) === 0 ? random(256) : length;
    const tag = pick(
      [0x0010, 0x001e, 0x0427, 0x0381, 0x0606, 0x130c, 0x1400, random(0x10000)],
      random,
    );
    const head = Uint8Array.of(tag >> 8, tag, 0, said);
    const tlv = splice(noise(length, random), 0, 0, head);
    return splice(octets, octets.length, octets.length, tlv);
  },
];

/** A PDU mutated a few times; mostly its command_length is made right again, to get past it. */
function mutant(random: Random): Uint8Array {
  let octets = pick(seeds, random);
  for (let times = 1 + random(4); times > 0; times--) {
    if (octets.length > 0) octets = pick(mutations, random)(octets, random);
  }
  const frame = octets.slice();
  if (frame.length >= 16 && random(16) > 0) new DataView(frame.buffer).setUint32(0, frame.length);
  return frame;
}

const tolerant = createCodec({
  tolerate: ({ offset }) => must(offset !== undefined, "problems have a place"),
});

/** The facts of an error, or what was decoded. Anything but a PduError is a crash. */
function outcome(run: () => object): object {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { ...error, message: error.message };
  }
}

function walkOutcome(frame: Uint8Array): object {
  const { pdu, fatal } = walk(frame, undefined, { tolerance: 0 });
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
  outcome(() => tolerant.decode(frame));
  if ("offset" in decoded) {
    const offset = Number(decoded.offset);
    must(offset >= 0 && offset <= octets.length, "the offset is inside");
    return false;
  }
  for (const { buffer, byteOffset, length } of viewsIn(decoded)) {
    must(buffer === room.buffer, "octets are views");
    must(byteOffset >= 32 && byteOffset + length <= 32 + octets.length, "views stay inside");
  }
  const again = decode(encode(decode(frame)));
  must(isDeepStrictEqual(again, decoded), "what was decoded encodes and decodes again");
  return true;
}

/** As expect, at a cost that two hundred thousand frames can bear. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`);
}

/** A stream of mutants in chunks: frames or a FrameError, and nothing held beyond the limit. */
function checkStream(octets: Uint8Array, random: Random): void {
  const framer = new Framer({ maxPduLength: 512 });
  try {
    for (let at = 0; at < octets.length; ) {
      const size = 1 + random(40);
      for (const frame of framer.push(octets.subarray(at, at + size))) {
        must(frame.length >= 16 && frame.length <= 512, "frames keep the limits");
      }
      at += size;
      must(framer.pending < 512, "no more than one PDU is held");
    }
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
  }
}

const corpus = new URL("./data/corpus/", import.meta.url);

test.each(readdirSync(corpus).filter((name) => name.endsWith(".hex")))("%s stays fixed", (name) => {
  check(octetsOf(readFileSync(new URL(name, corpus), "latin1").trim()));
});

test(`${FRAMES} mutated PDUs from seed ${SEED} are decoded or refused`, {
  timeout: 120_000,
}, () => {
  const random = randomFrom(SEED);
  let refused = 0;
  for (let count = 0; count < FRAMES; count++) {
    const frame = mutant(random);
    try {
      if (!check(frame)) refused++;
      if (count % 16 === 0) {
        explain(frame);
        checkStream(frame, random);
      }
    } catch (cause) {
      throw new Error(`frame ${count} of seed ${SEED}: ${hexOf(frame)}`, { cause });
    }
  }
  // Both ways were walked often: the mutations are neither harmless nor all fatal.
  expect(refused).toBeGreaterThan(FRAMES / 4);
  expect(refused).toBeLessThan((FRAMES * 3) / 4);
});
