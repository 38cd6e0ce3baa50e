/** Where a text may be cut into parts: never inside a character, nor inside a grapheme cluster. */
import type { TextCodec } from "./charset.ts";
import { SplitError } from "./error.ts";

/** Code units that form no cluster with each other: [first, last], without combining marks. */
const PLAIN: readonly (readonly [number, number])[] = [
  [0x0000, 0x02ff], // Latin
  [0x0370, 0x0482], // Greek, Cyrillic
  [0x3041, 0x3096], // Hiragana
  [0x30a1, 0x30fa], // Katakana
  [0x4e00, 0x9fff], // Han
  [0xac00, 0xd7a3], // Hangul syllables
];

const CR = 0x0d;
const LF = 0x0a;

let segmenter: Intl.Segmenter | undefined;

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
  let segments: Intl.Segments | undefined;
  let start = 0;
  while (start < text.length) {
    let end = codec.fit(text, start, limit);
    if (end === start) throw limitTooSmall(limit);
    if (keepGraphemes && end < text.length && !isPlainBoundary(text, end)) {
      segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
      segments ??= segmenter.segment(text);
      end = clusterStart(text, codec, limit, segments, start, end);
    }
    ends.push(end);
    start = end;
  }
  return ends;
}

/** The ends of the parts of octets that are encoded already. */
export function cutOctets(octets: Uint8Array, codec: TextCodec, limit: number): number[] {
  const ends: number[] = [];
  let start = 0;
  while (start < octets.length) {
    const end = codec.fitOctets(octets, start, limit);
    if (end === start) throw limitTooSmall(limit);
    ends.push(end);
    start = end;
  }
  return ends;
}

function limitTooSmall(limit: number): SplitError {
  return new SplitError(
    "limit_too_small",
    `a part has room for ${limit} units: not even one character fits`,
  );
}

/** Where the cluster around `end` starts, if it can be kept whole at all. */
function clusterStart(
  text: string,
  codec: TextCodec,
  limit: number,
  segments: Intl.Segments,
  start: number,
  end: number,
): number {
  const cluster = segments.containing(end);
  if (cluster === undefined || cluster.index <= start) return end;
  const clusterEnd = cluster.index + cluster.segment.length;
  return codec.fit(text, cluster.index, limit) >= clusterEnd ? cluster.index : end;
}

/** Whether two code units are known to belong to different clusters: spares the Segmenter. */
function isPlainBoundary(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  return isPlain(before) && isPlain(after) && !(before === CR && after === LF);
}

function isPlain(unit: number): boolean {
  return PLAIN.some(([first, last]) => unit >= first && unit <= last);
}
