/** Text: GSM 03.38 encoding and decoding, and counting segments, beside the usual libraries. */
import { deepStrictEqual } from "node:assert";
import { createRequire } from "node:module";
import { decode, encode } from "@esme/gsm-codec";
import { countSegments } from "@esme/sm-split";
import iconv from "iconv-lite";

/** What is measured of libraries that bring no types. */
interface SmppEncoding {
  encode(text: string): Buffer;
  decode(octets: Buffer): string;
}
const require = createRequire(import.meta.url);
const smpp: { encodings: { ASCII: SmppEncoding } } = require("smpp");
const splitSms: { split(text: string): { parts: unknown[] } } = require("split-sms");
const twilio: {
  SegmentedMessage: new (text: string) => { segmentsCount: number };
} = require("sms-segments-calculator");

const LENGTH = 400;
const repeated = (text: string, length = LENGTH) =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

const gsm = repeated(
  "The quick brown fox jumps over 13 lazy dogs: très bien, Ça va? £5 à Ωμ".replace("μ", "Δ"),
);
const cyrillic = repeated("Съешь ещё этих мягких французских булок, да выпей чаю. ");
const octets = Buffer.from(encode(gsm));

// All contenders do the same work.
deepStrictEqual(smpp.encodings.ASCII.encode(gsm), octets);
deepStrictEqual(smpp.encodings.ASCII.decode(octets), gsm);
deepStrictEqual(decode(octets), gsm);
const segments = countSegments(gsm).segments;
deepStrictEqual(splitSms.split(gsm).parts.length, segments);
deepStrictEqual(new twilio.SegmentedMessage(gsm).segmentsCount, segments);

type Contenders = Readonly<Record<string, () => unknown>>;

/** Shortest time of a call in nanoseconds, contenders taking turns so that all share the noise. */
function measure(contenders: Contenders): Record<string, number> {
  const best: Record<string, number> = {};
  for (let round = 0; round < 12; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const time = timePerCall(run);
      // The first rounds warm up.
      if (round > 1) best[name] = Math.min(best[name] ?? time, time);
    }
  }
  return best;
}

const MILLISECONDS = 40;

function timePerCall(run: () => unknown): number {
  const start = process.hrtime.bigint();
  const end = start + BigInt(MILLISECONDS * 1e6);
  let calls = 0;
  let now = start;
  for (let batch = 1; now < end; batch *= 2) {
    for (let i = 0; i < batch; i++) run();
    calls += batch;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / calls;
}

let failed = false;

/** Prints one line per contender, with its time in multiples of ours and what is demanded. */
function report(title: string, contenders: Contenders, demanded: Readonly<Record<string, number>>) {
  const times = measure(contenders);
  const [[ours, reference] = ["", 0]] = Object.entries(times);
  console.log(`\n${title}`);
  for (const [name, time] of Object.entries(times)) {
    const ratio = time / reference;
    const least = demanded[name];
    const verdict = least === undefined ? "" : ratio >= least ? "ok" : "MISSED";
    if (verdict === "MISSED") failed = true;
    const columns = [
      name.padEnd(44),
      `${time.toFixed(0)} ns`.padStart(12),
      name === ours ? "" : `${ratio.toFixed(2)} x`.padStart(10),
      least === undefined ? "" : `(at least ${least} x: ${verdict})`,
    ];
    console.log(columns.join(" ").trimEnd());
  }
}

report(
  `GSM encode, ${LENGTH} characters`,
  {
    "@esme/gsm-codec encode": () => encode(gsm),
    "smpp encodings.ASCII.encode": () => smpp.encodings.ASCII.encode(gsm),
    "iconv-lite encode, iso-8859-5": () => iconv.encode(gsm, "iso-8859-5"),
  },
  { "smpp encodings.ASCII.encode": 5, "iconv-lite encode, iso-8859-5": 0.4 },
);

report(
  `GSM decode, ${LENGTH} characters`,
  {
    "@esme/gsm-codec decode": () => decode(octets),
    "smpp encodings.ASCII.decode": () => smpp.encodings.ASCII.decode(octets),
    "iconv-lite decode, iso-8859-5": () => iconv.decode(octets, "iso-8859-5"),
  },
  { "smpp encodings.ASCII.decode": 3 },
);

report(
  `count segments, ${LENGTH} characters of GSM`,
  {
    "@esme/sm-split countSegments": () => countSegments(gsm),
    "split-sms split": () => splitSms.split(gsm),
    "sms-segments-calculator SegmentedMessage": () => new twilio.SegmentedMessage(gsm),
  },
  { "split-sms split": 5, "sms-segments-calculator SegmentedMessage": 50 },
);

report(
  `count segments, ${LENGTH} characters of Cyrillic`,
  {
    "@esme/sm-split countSegments": () => countSegments(cyrillic),
    "split-sms split": () => splitSms.split(cyrillic),
    "sms-segments-calculator SegmentedMessage": () => new twilio.SegmentedMessage(cyrillic),
  },
  {},
);

console.log("\ncountSegments, ns per character by length");
const LENGTHS = [1_000, 10_000, 100_000];
console.log("".padEnd(24) + LENGTHS.map((length) => String(length).padStart(10)).join(""));
for (const [name, text] of Object.entries({
  GSM: gsm,
  "GSM extension": "{€}",
  Cyrillic: cyrillic,
  "families of emoji": "👨‍👩‍👧",
  "one endless cluster": "\u0301",
})) {
  const perCharacter = LENGTHS.map((length) => {
    const long = repeated(text, length);
    return (measure({ long: () => countSegments(long) })["long"] ?? 0) / length;
  });
  const [short = 0, , long = 0] = perCharacter;
  // Linear: ten or a hundred times the text takes no more than about that many times as long.
  const linear = long <= 2.5 * short;
  if (!linear) failed = true;
  const cells = perCharacter.map((time) => time.toFixed(2).padStart(10)).join("");
  console.log(name.padEnd(24) + cells + (linear ? "  ok" : "  NOT LINEAR"));
}

if (failed) process.exitCode = 1;
