/** The slow twin of the splitter: tries every way to cut, and knows nothing of filling parts. */
import { encodeShortMessage } from "../src/index.ts";

/** Pieces that a cut must not divide, for parts of so many units. */
export function pieces(
  text: string,
  limit: number,
  units: (text: string) => number,
  keepGraphemes: boolean,
): string[] {
  if (!keepGraphemes) return [...text];
  const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
  return [...segmenter.segment(text)].flatMap(({ segment }) =>
    units(segment) <= limit ? [segment] : [...segment],
  );
}

/** The fewest parts of at most `limit` units, by dynamic programming over all cuts. */
export function fewestParts(
  text: string,
  limit: number,
  units: (text: string) => number,
  keepGraphemes: boolean,
): number {
  if (units(text) <= limit) return 1;
  const whole = pieces(text, limit, units, keepGraphemes);
  const fewest = [0];
  for (let end = 1; end <= whole.length; end++) {
    let best = Number.POSITIVE_INFINITY;
    for (let start = end - 1; start >= 0; start--) {
      if (units(whole.slice(start, end).join("")) > limit) continue;
      best = Math.min(best, (fewest[start] ?? 0) + 1);
    }
    fewest.push(best);
  }
  return fewest[whole.length] ?? 0;
}

/** Units of a text in one data_coding: what its octets say, two to a unit of UCS-2. */
export function unitsIn(dataCoding: number): (text: string) => number {
  return (text) => {
    const { octets, data_coding } = encodeShortMessage(text, dataCoding, { fallback: false });
    return data_coding === 8 || data_coding === 24 ? octets.length / 2 : octets.length;
  };
}
