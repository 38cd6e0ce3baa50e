/** Text that somebody wrote once, and a few changes. */
import type { Random } from "./random.ts";

/** Characters that programs stumble over: controls, halves of pairs, marks, other digits. */
const awkward = [
  ..."\0\t\n\r\u001b\u0085\u00a0\u200b\u200f\u2028\u202e\ufeff\ufffd\ud800\udc00\u0301٣߀İıﬀ",
  ..."\"'`\\/%&<>{}[]()*+?^$|#@!~:;,.=- _0123456789eExXN",
  "😀",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "null",
  "-1",
  "1e999",
  "NaN",
];

/** A short text of characters that programs stumble over. */
export function strangeText(random: Random, maxLength = 12): string {
  return Array.from({ length: random.below(maxLength + 1) }, () => random.pick(awkward)).join("");
}

/** The text after one to four changes; `words` are those that mean something here. */
export function spoilText(text: string, random: Random, words: readonly string[]): string {
  let spoilt = text;
  for (let times = 1 + random.below(4); times > 0; times--) {
    spoilt = change(spoilt, random, words);
  }
  return spoilt;
}

function change(text: string, random: Random, words: readonly string[]): string {
  const from = random.below(text.length + 1);
  const to = Math.min(text.length, from + random.below(20));
  const part = text.slice(from, to);
  const [before, behind] = [text.slice(0, from), text.slice(to)];
  switch (random.below(8)) {
    case 0:
      return before + behind;
    case 1:
      return before + random.pick(awkward) + behind;
    case 2:
      return before + strangeText(random) + part + behind;
    case 3:
      return before + random.pick(words) + behind;
    case 4:
      return before + random.pick(words) + part + behind;
    case 5:
      return before + part.repeat(1 + random.below(random.oneIn(8) ? 400 : 4)) + behind;
    case 6:
      return before + (random.oneIn(2) ? part.toUpperCase() : part.toLowerCase()) + behind;
    default:
      return random.oneIn(4) ? before : behind + before + part;
  }
}
