/** Octets that were a PDU, a header or a text once, and a few changes. */
import { readFileSync } from "node:fs";
import type { Random } from "./random.ts";

/** The PDUs from other projects' tests, good and malformed. */
export function samplePdus(): readonly Uint8Array[] {
  return ["pdu", "malformed"].flatMap((name) => {
    const file = new URL(`../../packages/pdu/test/data/${name}.json`, import.meta.url);
    const rows: { hex: string }[] = JSON.parse(readFileSync(file, "utf8"));
    return rows.map(({ hex }) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex")));
  });
}

/** Random octets. */
export function noise(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** The octets with those from `from` to `to` replaced. */
export function splice(
  octets: Uint8Array,
  from: number,
  to: number,
  middle: Uint8Array,
): Uint8Array {
  const result = new Uint8Array(from + middle.length + octets.length - to);
  result.set(octets.subarray(0, from));
  result.set(middle, from);
  result.set(octets.subarray(to), from + middle.length);
  return result;
}

type Change = (octets: Uint8Array, random: Random, samples: readonly Uint8Array[]) => Uint8Array;

const changes: readonly Change[] = [
  function flipBit(octets, random) {
    const at = random.below(octets.length);
    return splice(octets, at, at + 1, Uint8Array.of((octets[at] ?? 0) ^ (1 << random.below(8))));
  },
  function setOctet(octets, random) {
    const at = random.below(octets.length);
    const value = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
    return splice(octets, at, at + 1, Uint8Array.of(value));
  },
  function remove(octets, random) {
    const at = random.below(octets.length);
    const end = Math.min(octets.length, at + 1 + random.below(8));
    return splice(octets, at, end, noise(0, random));
  },
  function insert(octets, random) {
    const at = random.below(octets.length + 1);
    return splice(octets, at, at, noise(1 + random.below(8), random));
  },
  function repeat(octets, random) {
    const from = random.below(octets.length);
    const part = octets.slice(from, from + 1 + random.below(40));
    const at = random.below(octets.length + 1);
    return splice(octets, at, at, part);
  },
  function cut(octets, random) {
    return octets.slice(0, random.below(octets.length + 1));
  },
  function cross(octets, random, samples) {
    const other = random.pick(samples);
    const at = random.below(octets.length + 1);
    return splice(octets, at, octets.length, other.subarray(random.below(other.length)));
  },
];

/** The octets after one to four changes; `more` are changes that only this kind of octets knows. */
export function spoilOctets(
  octets: Uint8Array,
  random: Random,
  samples: readonly Uint8Array[],
  more: readonly Change[] = [],
): Uint8Array {
  const all = [...changes, ...more];
  let spoilt = octets;
  for (let times = 1 + random.below(4); times > 0; times--) {
    if (spoilt.length > 0) spoilt = random.pick(all)(spoilt, random, samples);
  }
  return spoilt;
}
