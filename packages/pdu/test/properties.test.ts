// What holds for every PDU: encode and decode undo each other, and the fast code does what the tables say.

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { CommandName } from "../src/commands.ts";
import {
  createCodec,
  cstring,
  decode,
  encode,
  Framer,
  integer,
  octets,
  PduError,
  type PduInput,
} from "../src/index.ts";
import { decodeStraight } from "../src/straight-line.ts";
import { readByTable } from "../src/table-decoder.ts";
import { encodeByTable } from "../src/table-encoder.ts";
import { standardByName } from "../src/tlvs.ts";
import { vendorTables } from "../src/vendor-tlvs.ts";
import { hotCommands } from "../tools/straight-line.ts";
import { commandNames, pdusOf } from "./pdus.ts";

// Hundreds of PDUs a test take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const tlvs = {
  vendor_number: { tag: 0x1400, type: integer({ size: 2 }) },
  vendor_text: { tag: 0x1401, type: cstring({ max: 31 }) },
  vendor_octets: { tag: 0x1402, type: octets({ min: 1, max: 30 }), multiple: true },
};
const vendors = vendorTables(tlvs);
const vendorCodec = createCodec({ tlvs });

/** What a function gives, or the facts of the error that it throws. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { ...error, message: error.message };
  }
}

describe.each(commandNames)("%s", (command) => {
  const pdus = pdusOf(command);
  const isHot = hotCommands.includes(command);

  test("decodes to what was encoded, keys in the same order", () => {
    fc.assert(
      fc.property(pdus, (pdu) => {
        const again = decode(encode(pdu));
        expect(again).toEqual(pdu);
        expect(Object.keys(again)).toEqual(Object.keys(pdu));
      }),
    );
  });

  test("encodes and decodes as the walk of the tables does", () => {
    fc.assert(
      fc.property(pdus, (pdu) => {
        const frame = encode(pdu);
        expect(encodeByTable(pdu, pdu.sequence_number)).toEqual(frame);
        expect(decode(frame)).toEqual(readByTable(frame).pdu);
        if (isHot) expect(decodeStraight(frame, undefined)).toEqual(readByTable(frame).pdu);
      }),
    );
  });

  test("carries vendor TLVs both ways", () => {
    fc.assert(
      fc.property(pdusOf(command, [...(vendors.byName?.values() ?? [])]), (pdu) => {
        const frame = vendorCodec.encode(pdu);
        expect(encodeByTable(pdu, pdu.sequence_number, vendors.byName)).toEqual(frame);
        expect(vendorCodec.decode(frame)).toEqual(pdu);
        expect(readByTable(frame, vendors.byTag).pdu).toEqual(pdu);
      }),
      { numRuns: 50 },
    );
  });

  test("is refused with the same error by fast code and walk wherever it is cut", () => {
    fc.assert(
      fc.property(pdus, fc.nat(), (pdu, cut) => {
        const frame = encode(pdu);
        const length = 16 + (cut % (frame.length - 15));
        const cutFrame = frame.slice(0, length);
        new DataView(cutFrame.buffer).setUint32(0, length);
        const { pdu: walked, fatal: error } = readByTable(cutFrame);
        expect(outcome(() => decode(cutFrame))).toEqual(
          error ? { ...error, message: error.message } : walked,
        );
      }),
    );
  });
});

/** A PDU with one of its values, or of those in its lists, replaced by anything at all. */
function spoilt(command: CommandName): fc.Arbitrary<PduInput> {
  return fc
    .tuple(pdusOf(command), fc.nat(), fc.nat(), fc.anything())
    .map(([pdu, at, deep, junk]) => {
      const entries: [string, unknown][] = Object.entries(pdu).filter(([key]) => key !== "command");
      const [key, value] = entries[at % entries.length] ?? ["command_status", 0];
      const [entry]: unknown[] = Array.isArray(value) ? value : [];
      const isDeep = deep % 2 === 0 && typeof entry === "object" && entry !== null;
      const inner = isDeep ? Object.keys(entry) : [];
      const spoilt = isDeep ? [{ ...entry, [inner[deep % inner.length] ?? "x"]: junk }] : junk;
      return { ...pdu, [key]: spoilt } as PduInput; // on purpose it often is not
    });
}

test.each(commandNames)("anything in place of a value of %s is encoded or refused", (command) => {
  fc.assert(
    fc.property(spoilt(command), (pdu) => {
      const sequence = 7;
      const byTable = outcome(() => encodeByTable(pdu, sequence));
      expect(outcome(() => encode(pdu, sequence))).toEqual(byTable);
    }),
    { numRuns: 200 },
  );
});

describe.each(["submit_sm", "deliver_sm", "submit_multi"] as const)(
  "TLVs that a stray NUL or a wrong sm_length moves: %s",
  (command) => {
    /** What is done to the octets, `at` being the end of the text. */
    const faults: Record<string, (octets: number[], at: number, length: number) => void> = {
      "1 NUL": (octets, at) => void octets.splice(at, 0, 0),
      "2 NULs": (octets, at) => void octets.splice(at, 0, 0, 0),
      "sm_length too small": (octets, at, length) => {
        octets[at - length - 1] = length - 1;
      },
      "sm_length too large": (octets, at, length) => {
        octets[at - length - 1] = length + 1;
      },
    };
    const faultsOf = new Set<string>(["trailing_octets", "bad_sm_length"]);
    const letters = fc
      .string({ unit: fc.constantFrom(..."abcxyz 017"), minLength: 1, maxLength: 160 })
      .map((text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0)));

    test.each(Object.keys(faults))("%s: read as they were meant, or not at all", (name) => {
      const problems: PduError[] = [];
      const tolerant = createCodec({ tolerate: (problem) => problems.push(problem) });
      let read = 0;
      let all = 0;
      fc.assert(
        fc.property(pdusOf(command), letters, (made, short_message) => {
          const pdu = { ...made, data_coding: 0, short_message };
          const without = encode({ ...pdu, unknown_tlvs: [] } as PduInput); // as made, but for one text
          const bare = Object.fromEntries(
            Object.entries(pdu).filter(([key]) => !standardByName.has(key)),
          );
          const at = encode({ ...bare, unknown_tlvs: undefined } as PduInput).length; // no TLVs
          if (at === without.length) return;
          const octets = [...without];
          faults[name]?.(octets, at, short_message.length);
          const frame = Uint8Array.from(octets);
          new DataView(frame.buffer).setUint32(0, frame.length);
          problems.length = 0;
          all++;
          const given = outcome(() => tolerant.decode(frame));
          const found = problems.find(({ code }) => faultsOf.has(code));
          if (found === undefined) return; // refused, or TLVs fit by chance where sm_length says
          read++;
          expect(problems).toEqual([found]);
          expect(given).toEqual(decode(without));
        }),
        { numRuns: 300 },
      );
      expect(read).toBeGreaterThan(0.8 * all);
    });
  },
);

const anyPdu = fc.oneof(...commandNames.map((command) => pdusOf(command)));

test("a stream cut anywhere gives the frames that went into it", () => {
  fc.assert(
    fc.property(fc.array(anyPdu, { maxLength: 6 }), fc.array(fc.nat(64)), (pdus, sizes) => {
      const frames = pdus.map((pdu) => encode(pdu));
      const stream = Uint8Array.from(frames.flatMap((frame) => [...frame]));
      const framer = new Framer();
      const given: Uint8Array[] = [];
      let at = 0;
      for (const size of [...sizes, stream.length]) {
        given.push(...framer.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(given).toEqual(frames);
      expect(framer.pending).toBe(0);
    }),
  );
});

test("an unknown command comes back as it was", () => {
  const unknown = fc.record({
    command: fc.constant("unknown" as const),
    command_id: fc.integer({ min: 0x1_0200, max: 0x1_02ff }),
    command_status: fc.integer({ min: 0, max: 0xffff_ffff }),
    sequence_number: fc.integer({ min: 0, max: 0xffff_ffff }),
    body: fc.uint8Array(),
  });
  fc.assert(
    fc.property(unknown, (pdu) => {
      expect(decode(encode(pdu))).toEqual(pdu);
    }),
  );
});
