/** Where a text may be cut into parts: never inside a character, nor inside a grapheme cluster. */

import { limitTooSmall } from "./octets.ts";
import type { TextCodec } from "./text-codec.ts";

/** Code units that form no cluster with each other: [first, last], without combining marks. */
const PLAIN: readonly (readonly [number, number])[] = [
  [0x0000, 0x02ff], // Latin
  [0x0370, 0x0482], // Greek, Cyrillic
  [0x20a0, 0x20c0], // currencies
  [0x3041, 0x3096], // Hiragana
  [0x30a1, 0x30fa], // Katakana
  [0x4e00, 0x9fff], // Han
  [0xac00, 0xd7a3], // Hangul syllables
];

const CR = 0x0d;
const LF = 0x0a;

let segmenter: Intl.Segmenter | undefined;

/** A grapheme cluster: its first code unit and the one after its last. */
interface Cluster {
  readonly start: number;
  readonly end: number;
}

/**
 * The ends of the parts of a text, in UTF-16 code units: as few parts as its characters, and with
 * `keepGraphemes` its grapheme clusters, allow. Filling each part as far as it goes is optimal,
 * since a text never gets longer by leaving out its beginning. A cluster longer than a part is cut
 * between its characters.
 *
 * @throws {SplitError} `limit_too_small`
 */
export function cutText(
  text: string,
  codec: TextCodec,
  limit: number,
  keepGraphemes: boolean,
): number[] {
  const ends: number[] = [];
  // Where the last cluster ends that is too long to be kept whole.
  let oversizeEnd = 0;
  for (let start = 0; start < text.length; ) {
    let end = codec.fit(text, start, limit);
    if (end === start) throw limitTooSmall(limit);
    if (keepGraphemes && end < text.length && end > oversizeEnd && !isPlainBoundary(text, end)) {
      // Clusters are looked for from a known boundary on and no further than a part may reach, so
      // that the time stays proportional to the length.
      const from = Math.max(start, oversizeEnd);
      const cluster = clusterAround(text, from, end, codec.fit(text, end, limit) + 1);
      const fits = cluster.start > start && codec.fit(text, cluster.start, limit) >= cluster.end;
      if (fits) end = cluster.start;
      else oversizeEnd = cluster.end;
    }
    ends.push(end);
    start = end;
  }
  return ends;
}

/** The cluster that has the character at `index`; `from` is a boundary before it. */
function clusterAround(text: string, from: number, index: number, horizon: number): Cluster {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  const cluster = segmenter.segment(text.slice(from, horizon)).containing(index - from);
  const start = from + (cluster?.index ?? 0);
  const end = start + (cluster?.segment.length ?? 0);
  // It may go on behind the horizon, which may cut a surrogate pair, too.
  if (end < horizon - 1 || horizon >= text.length) return { start, end };
  return clusterAround(text, start, index, horizon + 2 * (horizon - start));
}

/** Whether two code units are known to belong to different clusters: spares the Segmenter. */
function isPlainBoundary(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  return isPlain(before) && isPlain(after) && !(before === CR && after === LF);
}

/** Whether a code unit joins neither the one before nor the one after it, if that is plain, too. */
export function isPlain(unit: number): boolean {
  return PLAIN.some(([first, last]) => unit >= first && unit <= last);
}
