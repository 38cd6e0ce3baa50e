import { splitShortMessage } from "@esme/sm-split";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JoinedTexts, type PhoneMessage } from "../src/life/joined-texts.ts";
import type { StoredMessage } from "../src/life/message-store.ts";
import { mobileOriginated } from "../src/phones/mobile-originated.ts";
import { stored } from "./stored.ts";

type Method = "udh" | "udh16" | "sar";

/** The parts of a text from one sender. */
function partsOf(text: string, method: Method, reference: number, source_addr = "1") {
  const { parts, segments, ...coding } = splitShortMessage(text, 0, { method, reference });
  return parts.map((short_message, index) =>
    stored(`${source_addr}-${index}`, {
      source_addr,
      ...coding,
      ...segments[index]?.tlvs,
      short_message,
    }),
  );
}

function received(messages: readonly StoredMessage[]): PhoneMessage[] {
  const phones = new JoinedTexts(1 << 30);
  return messages.flatMap((message) => phones.receive(message) ?? []);
}

const long = "The quick brown fox jumps over the lazy dog. ".repeat(8);

describe("joined texts", () => {
  test.each(["udh", "udh16", "sar"] as const)("joins %s parts in any order", (method) => {
    const parts = partsOf(long, method, 7);
    for (const order of [parts, [...parts].reverse()]) {
      const ids = parts.map(({ message_id }) => message_id);
      expect(received(order)).toMatchObject([{ text: long, parts: 3, ids }]);
    }
  });

  test("never mixes two senders with the same reference", () => {
    const [a, b] = [partsOf(`a${long}`, "udh", 7, "1"), partsOf(`b${long}`, "udh", 7, "2")];
    const mixed = a.flatMap((part, index) => [part, b[index] ?? part]);
    expect(received(mixed).map(({ from, text }) => [from, text])).toEqual([
      ["1", `a${long}`],
      ["2", `b${long}`],
    ]);
  });

  test("never mixes two kinds of reference", () => {
    const [a, b] = [partsOf(`a${long}`, "udh", 7), partsOf(`b${long}`, "sar", 7)];
    const [first, ...rest] = a;
    const texts = received([...(first ? [first] : []), ...b, ...rest]).map(({ text }) => text);
    expect(texts).toEqual([`b${long}`, `a${long}`]);
  });

  test("a part that comes again counts once", () => {
    const [first, ...rest] = partsOf(long, "udh", 7);
    if (first === undefined) throw new Error("no parts");
    expect(received([first, first, ...rest])).toMatchObject([{ text: long, parts: 3 }]);
  });

  test("an incomplete text is not shown", () => {
    expect(received(partsOf(long, "udh", 7).slice(1))).toEqual([]);
  });

  test("of too many incomplete texts the oldest is given up", () => {
    const [first, ...rest] = partsOf(long, "udh", 7);
    const [begun] = partsOf(long, "udh", 8);
    if (first === undefined || begun === undefined) throw new Error("no parts");
    const others = Array.from({ length: 10_000 }, (_, number) => ({
      ...begun,
      source: { ton: 0, npi: 0, addr: `other ${number}` },
    }));
    expect(received([first, ...others.slice(1), ...rest])).toHaveLength(1);
    expect(received([first, ...others, ...rest])).toHaveLength(0);
  });

  test.each([
    ["a header without UDHI", { esm_class: 0, short_message: Uint8Array.of(5, 0, 3, 1, 2, 1) }],
    ["a header that is cut short", { esm_class: 0x40, short_message: Uint8Array.of(9, 0, 3) }],
    ["part 3 of 2", { esm_class: 0x40, short_message: Uint8Array.of(5, 0, 3, 1, 2, 3, 0x41) }],
    ["part 1 of 1", { esm_class: 0x40, short_message: Uint8Array.of(5, 0, 3, 1, 1, 1, 0x41) }],
    ["sar part 3 of 2", { sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 3 }],
    ["one sar TLV alone", { sar_msg_ref_num: 1 }],
  ])("%s is a text of its own", (_, fields) => {
    expect(received([stored("1", fields)])).toMatchObject([{ parts: 1 }]);
  });
});

test("no octets, header or TLVs make a phone fail", () => {
  const octet = fc.nat(255);
  const fields = fc.record(
    {
      esm_class: octet,
      data_coding: octet,
      short_message: fc.oneof(
        fc.uint8Array({ maxLength: 30 }),
        fc.tuple(fc.nat(1), octet, octet, octet).map((concat) => Uint8Array.of(5, 0, 3, ...concat)),
      ),
      sar_msg_ref_num: octet,
      sar_total_segments: fc.integer({ min: 1, max: 4 }),
      sar_segment_seqnum: fc.integer({ min: 1, max: 5 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 8 }), (all) => {
      for (const { text } of received(all.map((each, index) => stored(`${index}`, each)))) {
        expect(typeof text).toBe("string");
      }
    }),
    { numRuns: 500 },
  );
});

describe("mobileOriginated", () => {
  const method = fc.constantFrom<Method>("udh", "udh16", "sar");

  test("whatever a phone sends in however many parts, a phone shows", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 8 }),
        method,
        fc.nat(),
        (text, parts, how, reference) => {
          const characters = [...new Intl.Segmenter().segment(text)].length;
          fc.pre(parts <= characters && text.length / parts < 60);
          const sent = mobileOriginated(
            { from: "1", to: "2", text, parts, method: how },
            reference,
          );
          expect(sent).toHaveLength(parts);
          const messages = sent.map(({ command: _, ...fields }, part) => stored(`${part}`, fields));
          expect(received(messages)).toMatchObject([{ from: "1", to: "2", text, parts }]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("octets are sent as they are", () => {
    const octets = Uint8Array.of(0, 0xff, 0x1b);
    const [pdu] = mobileOriginated({ from: "1", to: "2", text: octets, data_coding: 4 }, 1);
    expect(pdu).toMatchObject({ data_coding: 4, short_message: octets });
  });

  test("incomplete texts take no more octets than they may, the oldest are given up", () => {
    const phones = new JoinedTexts(1_000);
    for (let reference = 0; reference < 100; reference++) {
      const [first] = partsOf(long, "udh", reference);
      if (first !== undefined) phones.receive(first);
      expect(phones.octets).toBeLessThanOrEqual(1_000);
    }
    const [, ...rest] = partsOf(long, "udh", 99);
    expect(rest.flatMap((part) => phones.receive(part) ?? [])).toMatchObject([{ text: long }]);
    const [, ...lost] = partsOf(long, "udh", 0);
    expect(lost.flatMap((part) => phones.receive(part) ?? [])).toEqual([]);
  });
});
