/** Cutting against an oracle that tries every way. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitShortMessage } from "../src/index.ts";
import { codedText } from "./arbitraries.ts";
import { fewestParts, pieces, unitsIn } from "./optimal.ts";

/** Lengths of the texts up to the end of each piece. */
function lengths(texts: readonly string[]): number[] {
  return texts.map((_, index) => texts.slice(0, index + 1).join("").length);
}

test.each([true, false])("takes as few parts as any way of cutting, graphemes kept: %s", (keep) => {
  fc.assert(
    fc.property(codedText(40), fc.integer({ min: 4, max: 30 }), (coded, limit) => {
      const { dataCoding, text } = coded;
      // One character of ISO-2022-JP takes eight octets with its escapes.
      fc.pre(dataCoding !== 5 || limit >= 8);
      const message = splitShortMessage(text, dataCoding, { limit, keepGraphemes: keep });
      const units = unitsIn(message.data_coding);
      expect(message.parts.length).toBe(fewestParts(text, limit, units, keep));
      // And it cuts only where that way may cut.
      const allowed = [0, ...lengths(pieces(text, limit, units, keep))];
      const cuts = lengths(message.segments.map((segment) => segment.text ?? ""));
      expect(cuts.filter((cut) => !allowed.includes(cut))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
