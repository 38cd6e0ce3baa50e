// Any text, coding and options: what is split joins to the same text, or a SplitError says why not; any octets are read.
import { inspect } from "node:util";
import {
  fuzz,
  fuzzTimeout,
  must,
  noise,
  type Random,
  spoilOctets,
  spoilText,
  strangeText,
  strangeValue,
} from "@esme/fuzz";
import { test } from "vitest";
import {
  charsetOf,
  countSegments,
  decodeShortMessage,
  isSplitError,
  joinParts,
  type PduPart,
  readUdh,
  type SplitMessage,
  type SplitOptions,
  splitShortMessage,
  unpackBody,
  writeUdh,
} from "../src/index.ts";
import { bytes, rows } from "./vectors.ts";

const texts = rows.flatMap(({ input: { text } }) => (text === undefined ? [] : [text]));
const headed = rows.flatMap(({ input: { hex } }) => (hex === undefined ? [] : [bytes(hex)]));
const words = [
  "é",
  "€",
  "[",
  "{",
  "ş",
  "😀",
  "👨‍👩‍👧",
  "日本",
  "е",
  "\u0301",
  "\r",
  "ﾊ",
  "क्ष",
  "~",
];

type Case =
  | { readonly text: string; readonly dataCoding: number; readonly options: SplitOptions }
  | { readonly octets: Uint8Array; readonly dataCoding: number }
  | { readonly parts: readonly PduPart[]; readonly packed: boolean };

function make(random: Random): Case {
  const dataCoding = random.oneIn(3) ? random.below(256) : random.pick([0, 1, 3, 5, 6, 7, 8, 14]);
  switch (random.below(4)) {
    case 0:
      return { octets: spoilOctets(random.pick(headed), random, headed), dataCoding };
    case 1: {
      const count = random.below(5);
      const parts = Array.from({ length: count }, () => part(random));
      return { parts, packed: random.oneIn(2) };
    }
    default: {
      const text = random.oneIn(4) ? strangeText(random, 400) : random.pick(texts);
      return { text: spoilText(text, random, words), dataCoding, options: options(random) };
    }
  }
}

/** A part of some small message, or what should have been one. */
function part(random: Random): PduPart {
  const concat = Uint8Array.of(5, 0, 3, random.below(2), 1 + random.below(3), random.below(4));
  const octets = random.oneIn(3) ? spoilOctets(concat, random, headed) : concat;
  const numbers = [0, 1, 2, 3, 255, 256, 65_536];
  return {
    short_message: Buffer.concat([octets, noise(random.below(20), random)]),
    esm_class: random.pick([0, 0x40, 0x40, 0xff, undefined]),
    ...(random.oneIn(3) && {
      sar_msg_ref_num: random.below(2),
      sar_total_segments: random.pick(numbers),
      sar_segment_seqnum: random.pick(numbers),
    }),
  };
}

/** Options that make sense, with one now and then that does not. */
function options(random: Random): SplitOptions {
  const usual: Record<string, unknown> = {
    method: random.pick(["udh", "udh16", "sar", "payload", "single"]),
    ...(random.oneIn(3) && { packed: true }),
    ...(random.oneIn(4) && { keepGraphemes: false }),
    ...(random.oneIn(4) && { national: random.pick(["auto", { locking: 1 }, { singleShift: 2 }]) }),
    ...(random.oneIn(6) && { limit: random.below(200) }),
    ...(random.oneIn(8) && { maxParts: random.pick([0, 1, 3, 255, 256, Number.NaN]) }),
    ...(random.oneIn(8) && { fallback: false }),
    ...(random.oneIn(8) && { elements: [{ iei: 5, data: noise(random.below(9), random) }] }),
    ...(random.oneIn(8) && { reference: random.pick([0, 255, 256, 65_535, -1, 0.5]) }),
  };
  if (random.oneIn(8)) usual[random.pick([...Object.keys(usual), "methd"])] = strangeValue(random);
  return usual;
}

function check(input: Case): void {
  if ("text" in input) checkText(input);
  else if ("octets" in input) checkOctets(input);
  else outcome(() => joinParts(input.parts, { packed: input.packed }));
}

function checkText({ text, dataCoding, options }: Extract<Case, { text: string }>): void {
  const message = outcome(() => splitShortMessage(text, dataCoding, options));
  if (message === undefined) return;
  const { parts, segments, data_coding } = message;
  must(parts.length === segments.length && parts.length <= 255, "a segment tells of each part");
  const { reference, maxParts, packed, ...counting } = options;
  const count = countSegments(text, { dataCoding, ...counting });
  must(count.segments === parts.length, `counted ${count.segments}, split into ${parts.length}`);
  for (const { units, limit } of segments) must(units <= limit, "no part is over its limit");
  const isPacked = packed === true && charsetOf(data_coding) === "gsm0338";
  // A byte order mark in front says how to read the rest.
  if (/^[\ufeff\ufffe]/.test(text)) return;
  // A lone carriage return at the end of a full part looks like padding.
  if (isPacked && /\r(?!\n)/.test(text)) return;
  const joined = joinParts(partsOf(message), { packed: isPacked });
  const [first = new Uint8Array()] = parts;
  const national = message.esm_class === 0 ? undefined : readUdh(first).national;
  const read = decodeShortMessage(joined, data_coding, { national, halfPair: "\ufffd" });
  must(
    read === text.replaceAll(/\p{Surrogate}/gu, "\ufffd"),
    "what is split joins to the same text",
  );
}

/** The parts as they come in: in no order, the first of them twice. */
function partsOf({ parts, segments, esm_class }: SplitMessage): PduPart[] {
  const pdus = parts.map((short_message, index) => {
    return { short_message, esm_class, ...segments[index]?.tlvs };
  });
  return parts.length > 1 ? [...pdus.toReversed(), ...pdus.slice(0, 1)] : pdus;
}

function checkOctets({ octets, dataCoding }: Extract<Case, { octets: Uint8Array }>): void {
  const before = Uint8Array.from(octets);
  const { header, body, elements, concat, error } = readUdh(octets);
  must(header.length + body.length === octets.length, "header and body are all there is");
  if (concat) must(concat.sequence >= 1 && concat.sequence <= concat.total, "parts are counted");
  if (error === undefined) {
    must(
      Buffer.compare(writeUdh(elements), header) === 0,
      "a header that is read is written again",
    );
  }
  decodeShortMessage(octets, dataCoding);
  decodeShortMessage(body, dataCoding, { halfPair: "\ufffd" });
  outcome(() => decodeShortMessage(body, dataCoding, { national: { locking: dataCoding } }));
  unpackBody(body, header);
  outcome(() => splitShortMessage(octets, dataCoding));
  outcome(() => joinParts([octets, body]));
  must(Buffer.compare(before, octets) === 0, "reading changes no octet");
}

function outcome<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!isSplitError(error)) throw error;
    return undefined;
  }
}

test("texts are split and joined, and octets read", { timeout: fuzzTimeout }, async () => {
  await fuzz({
    name: "splitter",
    cases: 3_000,
    make,
    check,
    show: (input) => inspect(input, { depth: null, maxStringLength: 2_000, breakLength: Infinity }),
  });
});
