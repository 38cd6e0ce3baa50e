// Texts and receipts as callbacks give them: joined, decoded, answered.
import { InMemorySmppCache } from "@esme/caches";
import { type PduOf, Status } from "@esme/pdu";
import { concatElement, writeUdh } from "@esme/sm-split";
import fc from "fast-check";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { bodyOf } from "../src/text/received.ts";
import {
  type IncompleteText,
  type PartCache,
  type ReceivedReceipt,
  type ReceivedText,
  type ReceiveTextsOptions,
  receiveTexts,
  type TextPdu,
} from "../src/text.ts";
import { dataSm, deferred, deliverSm, partsOf } from "./text-pdus.ts";

const octetsOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const long = "Fußgängerübergänge 🚶 ".repeat(10);

/** What makes a PDU the same part as another: its sender, its number, its octets. */
function contentOf(pdu: TextPdu): string {
  const { octets, concat } = bodyOf(pdu);
  return JSON.stringify([pdu.source_addr, concat, [...octets]]);
}

/** Callbacks, and all that came of them. */
function receiving(options: ReceiveTextsOptions = {}) {
  const texts: ReceivedText[] = [];
  const receipts: ReceivedReceipt[] = [];
  const incomplete: IncompleteText[] = [];
  const callbacks = receiveTexts({
    onText: (text) => void texts.push(text),
    onReceipt: (receipt) => void receipts.push(receipt),
    ...(options.cache === undefined && {
      onIncomplete: (message: IncompleteText) => void incomplete.push(message),
    }),
    ...options,
  });
  onTestFinished(() => callbacks[Symbol.dispose]());
  const take = (...pdus: PduOf<"deliver_sm">[]) =>
    Promise.all(pdus.map((pdu) => callbacks.deliver_sm(pdu, "in")));
  return { callbacks, texts, receipts, incomplete, take };
}

afterEach(() => {
  vi.useRealTimers();
});

/** The warnings of the process while the test runs. */
function warnings(): string[] {
  const seen: string[] = [];
  const spy = vi.spyOn(process, "emitWarning").mockImplementation((warning, options) => {
    const code = typeof options === "object" && options !== null ? `${options.code}: ` : "";
    seen.push(`${code}${warning instanceof Error ? warning.message : warning}`);
  });
  onTestFinished(() => spy.mockRestore());
  return seen;
}

describe("a text", () => {
  test("in one PDU has its addresses as sendText takes them, and the PDU beside it", async () => {
    const { take, texts } = receiving();
    const pdu = deliverSm({ source_addr_ton: 1, short_message: octetsOf("hello") });
    expect(await take(pdu)).toEqual([undefined]);
    expect(texts).toEqual([
      {
        kind: "text",
        from: "+27820001001",
        to: "62000",
        text: "hello",
        data_coding: 0,
        octets: octetsOf("hello"),
        parts: 1,
        pdus: [pdu],
      },
    ]);
  });

  test.each([
    ["27820001001", 1, "+27820001001"],
    ["+27820001001", 1, "+27820001001"],
    ["27820001001", 0, "27820001001"],
    ["27820001001", 2, "27820001001"],
    ["Shop", 5, "Shop"],
    ["Shop", 1, "Shop"],
    ["", 1, ""],
  ])("from %j with TON %i is from %j", async (source_addr, source_addr_ton, from) => {
    const { take, texts } = receiving();
    await take(deliverSm({ source_addr, source_addr_ton, dest_addr_ton: 1 }));
    expect(texts).toMatchObject([{ from, to: "+62000" }]);
  });

  test.each(["udh", "udh16", "sar", "payload"] as const)(
    "in parts by %s is joined in any order, with all PDUs in order",
    async (method) => {
      const { take, texts } = receiving();
      const pdus = partsOf(long, { method, reference: 7 });
      for (const pdu of pdus.toReversed()) expect(await take(pdu)).toEqual([undefined]);
      expect(texts).toMatchObject([{ text: long, data_coding: 8, parts: pdus.length }]);
      expect(texts[0]?.pdus).toEqual(pdus);
    },
  );

  test("by data_sm is one, too", async () => {
    const { callbacks, texts } = receiving();
    const message_payload = octetsOf("hi");
    expect(await callbacks.data_sm(dataSm({ message_payload }), "in")).toBeUndefined();
    expect(await callbacks.data_sm(dataSm(), "in")).toBeUndefined();
    expect(texts).toMatchObject([{ text: "hi" }, { text: "" }]);
  });

  test("that this side sends is none", async () => {
    const { callbacks, texts } = receiving();
    await callbacks.data_sm(dataSm({ message_payload: octetsOf("hi") }), "out");
    expect(texts).toEqual([]);
  });

  test("is decoded by the charset that the SMSC means", async () => {
    const { take, texts } = receiving({ overrides: { 0: "latin1" } });
    await take(deliverSm({ short_message: Uint8Array.of(0xe9) }));
    expect(texts).toMatchObject([{ text: "é" }]);
  });

  test("with national tables is decoded by those of its header", async () => {
    const { take, texts } = receiving();
    const text = "ş".repeat(300);
    await take(...partsOf(text, { national: "auto", reference: 1 }));
    expect(texts).toMatchObject([{ text, data_coding: 0, parts: 3 }]);
  });

  test("with half a character at its end shows that there is one", async () => {
    const { take, texts } = receiving();
    await take(deliverSm({ data_coding: 8, short_message: Uint8Array.of(0, 0x61, 0xd8, 0x3d) }));
    expect(texts).toMatchObject([{ text: "a\ufffd" }]);
  });

  test("with message_payload has that, and with an empty one its short_message", async () => {
    const { take, texts } = receiving();
    const message_payload = new Uint8Array();
    await take(deliverSm({ short_message: octetsOf("short"), message_payload }));
    await take(deliverSm({ message_payload: octetsOf("payload") }));
    expect(texts).toMatchObject([{ text: "short" }, { text: "payload" }]);
  });
});

describe("a header", () => {
  const concat = (reference: number, total: number, sequence: number) =>
    Uint8Array.of(5, 0, 3, reference, total, sequence, 0x61);

  test.each([
    ["longer than the text", Uint8Array.of(0x61, 0x62), "ab"],
    ["cut short", Uint8Array.of(3, 0, 3, 1, 0x61), "a"],
    ["of part 3 of 2", concat(1, 2, 3), "a"],
    ["of part 0", concat(1, 2, 0), "a"],
    ["of a part of none", concat(1, 0, 0), "a"],
    ["of the only part", concat(1, 1, 1), "a"],
    ["without elements", Uint8Array.of(0, 0x61), "a"],
    ["that is all there is", Uint8Array.of(5, 0, 3, 1, 2), "\u0005@\u00a5\u00a3\u0024".slice(0, 0)],
  ])("%s makes a whole text", async (_, short_message, text) => {
    const { take, texts } = receiving();
    await take(deliverSm({ esm_class: 0x40, short_message }));
    expect(texts).toMatchObject([{ parts: 1, ...(text !== "" && { text }) }]);
  });

  test("is none without UDHI in esm_class", async () => {
    const { take, texts } = receiving();
    await take(deliverSm({ esm_class: 0, short_message: concat(1, 2, 1) }));
    expect(texts).toMatchObject([{ parts: 1, octets: concat(1, 2, 1) }]);
  });

  test.each([
    [{ sar_msg_ref_num: 1, sar_total_segments: 2 }],
    [{ sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 3 }],
    [{ sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 0 }],
    [{ sar_total_segments: 2, sar_segment_seqnum: 1 }],
    [{ sar_msg_ref_num: 1, sar_total_segments: 1, sar_segment_seqnum: 1 }],
  ])("of TLVs that make no part makes a whole text: %j", async (tlvs) => {
    const { take, texts } = receiving();
    await take(deliverSm({ short_message: octetsOf("a"), ...tlvs }));
    expect(texts).toMatchObject([{ text: "a", parts: 1 }]);
  });

  test("with octets of any kind never fails, and every PDU is answered", async () => {
    const pdu = fc.record({
      esm_class: fc.nat(255),
      data_coding: fc.nat(255),
      short_message: fc.uint8Array({ maxLength: 140 }),
      source_addr: fc.constantFrom("1", "2"),
      sar: fc.option(fc.tuple(fc.nat(3), fc.nat(4), fc.nat(4)), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(pdu, { maxLength: 10 }), async (pdus) => {
        const { take, callbacks, texts, receipts, incomplete } = receiving();
        const taken: TextPdu[] = [];
        for (const { sar, ...fields } of pdus) {
          const tlvs = sar && {
            sar_msg_ref_num: sar[0],
            sar_total_segments: sar[1],
            sar_segment_seqnum: sar[2],
          };
          const pdu = deliverSm({ ...fields, ...tlvs });
          taken.push(pdu);
          expect(await take(pdu)).toEqual([undefined]);
        }
        callbacks[Symbol.dispose]();
        // Nothing is lost: what a PDU says is in what came whole, or in what was told as incomplete.
        const seen = [...texts, ...receipts, ...incomplete].flatMap(({ pdus }) =>
          pdus.map(contentOf),
        );
        for (const pdu of taken) expect(seen).toContain(contentOf(pdu));
      }),
    );
  });
});

describe("parts of several texts", () => {
  test("in any order, some twice, give each text once", async () => {
    const content = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 });
    const text = fc.record({ content, from: fc.constantFrom("1", "2", "3") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("udh", "udh16", "sar"),
        fc.infiniteStream(fc.nat(1_000)),
        async (given, method, numbers) => {
          const next = () => numbers.next().value ?? 0;
          const { take, texts, callbacks, incomplete } = receiving();
          // Each with a reference of its own: two texts with one are another test.
          const sets = given.map(({ content, from }, reference) =>
            partsOf(content, { method, reference }, { source_addr: from }),
          );
          const repeated = sets.flatMap((set) =>
            // A repetition of the only part is a second text.
            set.length > 1 ? set.flatMap((pdu) => (next() % 3 === 0 ? [pdu, pdu] : [pdu])) : set,
          );
          const order = repeated
            .map((pdu) => ({ pdu, at: next() }))
            .sort((a, b) => a.at - b.at)
            .map(({ pdu }) => pdu);
          for (const pdu of order) await take(pdu);
          callbacks[Symbol.dispose]();
          const wanted = given.map(({ content, from }) => `${from} ${content}`);
          // A part that comes again behind the whole text begins another one: that is told.
          const came = texts.map(({ from, text }) => `${from} ${text}`);
          expect(came.length).toBeGreaterThanOrEqual(wanted.length);
          expect([...new Set(came)].sort()).toEqual([...new Set(wanted)].sort());
          for (const { received, total } of incomplete) expect(received.length).toBeLessThan(total);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("with one reference from two senders are two texts", async () => {
    const { take, texts } = receiving();
    const a = partsOf("a".repeat(200), { reference: 1 }, { source_addr: "1" });
    const b = partsOf("b".repeat(200), { reference: 1 }, { source_addr: "2" });
    await take(...a.slice(0, 1), ...b, ...a.slice(1));
    expect(texts.map(({ text }) => text)).toEqual(["b".repeat(200), "a".repeat(200)]);
  });

  test.each([
    ["another total", "b".repeat(400)],
    ["other octets", "b".repeat(200)],
  ])("with one reference and %s: the newer wins, and the older is told", async (_, text) => {
    const { take, texts, incomplete } = receiving();
    const [first] = partsOf("a".repeat(200), { reference: 1 });
    if (first === undefined) throw new Error("no part");
    const newer = partsOf(text, { reference: 1 });
    await take(first, ...newer);
    expect(texts).toMatchObject([{ text }]);
    expect(incomplete).toEqual([
      {
        source_addr: "27820001001",
        destination_addr: "62000",
        reference: 1,
        total: 2,
        received: [1],
        pdus: [first],
        reason: "replaced",
      },
    ]);
  });
});

describe("a text that nobody takes", () => {
  const temporary = { code: "handler_failed", command_status: Status.ESME_RX_T_APPN };

  test.each([
    ["rejects", () => Promise.reject(new Error("disk full"))],
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
  ])("since onText %s answers a temporary error", async (_, onText) => {
    const { take } = receiving({ onText });
    const cause = new Error("disk full");
    await expect(take(deliverSm({ short_message: octetsOf("x") }))).rejects.toMatchObject({
      ...temporary,
      message: "a text or receipt was not handled: disk full",
      cause,
    });
  });

  test("answers the error's own status", async () => {
    const failure = Object.assign(new Error("blocked"), { command_status: 0x66 });
    const { take } = receiving({ onText: () => Promise.reject(failure) });
    await expect(take(deliverSm())).rejects.toMatchObject({ command_status: 0x66 });
  });

  test.each([0, -1, 1.5, 2 ** 32, "0x66"])(
    "with %j for a status answers a temporary error",
    async (command_status) => {
      const failure = Object.assign(new Error("odd"), { command_status });
      const { take } = receiving({ onText: () => Promise.reject(failure) });
      await expect(take(deliverSm())).rejects.toMatchObject(temporary);
    },
  );

  test("in parts comes again with its last part, whole", async () => {
    const texts: string[] = [];
    let failures = 2;
    const { take, incomplete, callbacks } = receiving({
      onText: async ({ text }) => {
        if (failures-- > 0) throw new Error("disk full");
        texts.push(text);
      },
    });
    const pdus = partsOf(long, { reference: 3 });
    const last = pdus.pop();
    if (last === undefined) throw new Error("no part");
    expect(await take(...pdus)).toEqual(pdus.map(() => undefined));
    await expect(take(last)).rejects.toMatchObject(temporary);
    await expect(take(last)).rejects.toMatchObject(temporary);
    expect(await take(last)).toEqual([undefined]);
    expect(texts).toEqual([long]);
    callbacks[Symbol.dispose]();
    expect(incomplete).toEqual([]);
  });

  test("and whose last part never comes again is told as incomplete, without that part", async () => {
    const { take, incomplete, callbacks } = receiving({
      onText: () => Promise.reject(new Error()),
    });
    const [first, second] = partsOf("x".repeat(200), { reference: 3 });
    if (first === undefined || second === undefined) throw new Error("no parts");
    await take(first);
    await expect(take(second)).rejects.toMatchObject(temporary);
    callbacks[Symbol.dispose]();
    expect(incomplete).toMatchObject([{ received: [1], pdus: [first], reason: "closed" }]);
  });
});

describe("while onText has a text", () => {
  const [first, second] = partsOf("x".repeat(200), { reference: 9 });
  if (first === undefined || second === undefined) throw new Error("no parts");

  test("a repetition of a part waits for what becomes of it", async () => {
    const { promise, resolve } = deferred();
    const texts: string[] = [];
    const { take, callbacks, incomplete } = receiving({
      onText: ({ text }) => {
        texts.push(text);
        return promise;
      },
    });
    await take(first);
    const whole = take(second);
    const again = take(second, first);
    resolve();
    expect(await whole).toEqual([undefined]);
    expect(await again).toEqual([undefined, undefined]);
    expect(texts).toHaveLength(1);
    callbacks[Symbol.dispose]();
    expect(incomplete).toEqual([]);
  });

  test("and refuses it, a repetition of the last part completes it again", async () => {
    const { promise, reject } = deferred();
    let calls = 0;
    const { take } = receiving({ onText: () => (calls++ === 0 ? promise : undefined) });
    await take(first);
    const whole = take(second);
    const again = take(second);
    reject(new Error("disk full"));
    await expect(whole).rejects.toThrow("disk full");
    expect(await again).toEqual([undefined]);
    expect(calls).toBe(2);
  });

  test("a part of another text with its reference begins that one", async () => {
    const { promise, resolve } = deferred();
    const texts: string[] = [];
    const { take, callbacks, incomplete } = receiving({
      onText: ({ text }) => {
        texts.push(text);
        return texts.length === 1 ? promise : undefined;
      },
    });
    const whole = take(first, second);
    await take(...partsOf("y".repeat(200), { reference: 9 }));
    resolve();
    await whole;
    expect(texts).toEqual(["x".repeat(200), "y".repeat(200)]);
    callbacks[Symbol.dispose]();
    expect(incomplete).toEqual([]);
  });

  test("and refuses it behind such a part, it is told as replaced", async () => {
    const { promise, reject } = deferred();
    const { take, incomplete } = receiving({
      onText: ({ text }) => (text.startsWith("x") ? promise : undefined),
    });
    await take(first);
    const whole = take(second);
    await take(...partsOf("y".repeat(200), { reference: 9 }));
    reject(new Error("disk full"));
    await expect(whole).rejects.toThrow("disk full");
    expect(incomplete).toMatchObject([{ received: [1], reason: "replaced" }]);
  });
});

describe("a message that stays incomplete", () => {
  const [first, second] = partsOf("x".repeat(200), { reference: 5 });
  if (first === undefined || second === undefined) throw new Error("no parts");

  test("is told when its time is over, counted from its last part", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { take, incomplete } = receiving({ partsTimeout: 1_000 });
    const [one, two] = partsOf("y".repeat(400), { reference: 6 });
    if (one === undefined || two === undefined) throw new Error("no parts");
    await take(one, first);
    vi.advanceTimersByTime(600);
    await take(two);
    vi.advanceTimersByTime(399);
    expect(incomplete).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(incomplete).toMatchObject([{ reference: 5, received: [1], reason: "expired" }]);
    vi.advanceTimersByTime(600);
    expect(incomplete).toMatchObject([
      { reference: 5 },
      { reference: 6, total: 3, received: [1, 2], pdus: [one, two], reason: "expired" },
    ]);
  });

  test("is told when its room is needed, the oldest first", async () => {
    const { take, incomplete } = receiving({ maxPartsOctets: 5_000 });
    for (const reference of [1, 2, 3, 4]) {
      await take(...partsOf("x".repeat(200), { reference }).slice(1));
    }
    expect(incomplete.map(({ reference, reason }) => [reference, reason])).toEqual([
      [1, "evicted"],
      [2, "evicted"],
    ]);
  });

  test("gives its room back when it becomes whole", async () => {
    const { take, incomplete, texts } = receiving({ maxPartsOctets: 5_000 });
    for (let reference = 0; reference < 10; reference++) {
      await take(...partsOf("x".repeat(200), { reference }));
    }
    expect(texts).toHaveLength(10);
    expect(incomplete).toEqual([]);
  });

  test("is a warning of the process where nobody is told, without numbers and text", async () => {
    const seen = warnings();
    const callbacks = receiveTexts({ onText: () => {} });
    await callbacks.deliver_sm(first, "in");
    callbacks[Symbol.dispose]();
    expect(seen).toEqual([
      "ESME_INCOMPLETE_TEXT: a text was dropped incomplete, 1 of 2 parts (closed): give onIncomplete to handle it",
    ]);
  });

  test.each([
    ["throws", () => void JSON.parse("{")],
    ["rejects", async () => void JSON.parse("{")],
  ])("harms nobody when onIncomplete %s", async (_, onIncomplete) => {
    const seen = warnings();
    const { take, callbacks } = receiving({ onIncomplete });
    await take(first);
    callbacks[Symbol.dispose]();
    await Promise.resolve();
    expect(seen).toEqual([expect.stringContaining("JSON")]);
  });
});

describe("onPart", () => {
  test("is told of each part before it is answered", async () => {
    const parts: unknown[] = [];
    const { take, texts } = receiving({ onPart: (part) => void parts.push(part) });
    const pdus = partsOf("x".repeat(200), { reference: 5 }, { source_addr_ton: 1 });
    await take(...pdus);
    const common = { from: "+27820001001", to: "62000", reference: 5, total: 2 };
    expect(parts).toEqual(pdus.map((pdu, i) => ({ ...common, sequence: i + 1, pdu })));
    expect(texts).toHaveLength(1);
  });

  test("is not told of a whole text", async () => {
    const onPart = vi.fn();
    await receiving({ onPart }).take(deliverSm({ short_message: octetsOf("x") }));
    expect(onPart).not.toHaveBeenCalled();
  });

  test("refuses a part, which is not kept then", async () => {
    let fails = true;
    const { take, texts } = receiving({
      onPart: async () => {
        if (fails) throw new Error("disk full");
      },
    });
    const [first, second] = partsOf("x".repeat(200), { reference: 5 });
    if (first === undefined || second === undefined) throw new Error("no parts");
    await expect(take(first)).rejects.toMatchObject({ command_status: Status.ESME_RX_T_APPN });
    fails = false;
    await take(second);
    expect(texts).toEqual([]);
    await take(first);
    expect(texts).toHaveLength(1);
  });
});

describe("a receipt", () => {
  test("has the fields of its text, and what they mean", async () => {
    const { take, receipts } = receiving();
    const pdu = deliverSm({
      esm_class: 0x04,
      source_addr_ton: 1,
      receipted_message_id: "6AAD5",
      message_state: 2,
      short_message: octetsOf("id:436949 sub:001 dlvrd:001 stat:DELIVRD err:000 text:Hi"),
    });
    await take(pdu);
    expect(receipts).toEqual([
      {
        kind: "receipt",
        from: "+27820001001",
        to: "62000",
        id: "6AAD5",
        sub: "001",
        dlvrd: "001",
        submit_date: null,
        done_date: null,
        stat: "DELIVRD",
        err: "000",
        text: "Hi",
        status: "delivered",
        state: "DELIVERED",
        final: true,
        pdus: [pdu],
      },
    ]);
  });

  test.each([
    [0x04, "DELIVRD", undefined, true],
    [0x20, "DELIVRD", undefined, false],
    [0x04, "ENROUTE", undefined, false],
    [0x04, "ACCEPTD", undefined, false],
    [0x04, "DELIVRD", 6, false],
    [0x04, "UNDELIV", 5, true],
  ])("with esm_class %i, %s and message_state %s is final: %s", async (...row) => {
    const [esm_class, stat, message_state, final] = row;
    const { take, receipts } = receiving();
    const short_message = octetsOf(`id:1 stat:${stat} err:1`);
    await take(deliverSm({ esm_class, short_message, message_state }));
    expect(receipts).toMatchObject([{ final }]);
  });

  test("is known by its text alone, and by what the options say", async () => {
    const short_message = octetsOf("id:1 sub:001 stat:DELIVRD err:000");
    const { take, receipts } = receiving();
    await take(deliverSm({ short_message }));
    expect(receipts).toMatchObject([{ id: "1" }]);
    const sources = { body: false, esm_class: true, tlvs: true };
    const strict = receiving({ receipts: { sources } });
    await strict.take(deliverSm({ short_message }));
    expect(strict.texts).toHaveLength(1);
  });

  test("in parts is joined first", async () => {
    const { take, receipts } = receiving();
    const text = `id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:${"x".repeat(200)}`;
    await take(...partsOf(text, { reference: 1 }, { esm_class: 0x44 }));
    expect(receipts).toMatchObject([{ id: "1", text: "x".repeat(200), pdus: [{}, {}] }]);
  });
});

describe("without a handler", () => {
  const receipt = deliverSm({ esm_class: 4, short_message: octetsOf("id:1 stat:DELIVRD") });
  const text = deliverSm({ short_message: octetsOf("hello") });

  test.each([
    ["onReceipt", { onText: () => {} }, receipt, text],
    ["onText", { onReceipt: () => {} }, text, receipt],
  ])(
    "%s, its PDUs are refused for now, with one warning",
    async (name, options, refused, taken) => {
      const seen = warnings();
      const { deliver_sm } = receiveTexts(options);
      expect(await deliver_sm(refused, "in")).toBe(Status.ESME_RX_T_APPN);
      expect(await deliver_sm(refused, "in")).toBe(Status.ESME_RX_T_APPN);
      expect(await deliver_sm(taken, "in")).toBeUndefined();
      expect(seen).toEqual([
        `ESME_NOT_TAKEN: receiveTexts has no ${name}: the answer is ESME_RX_T_APPN, so that the SMSC keeps the message`,
      ]);
    },
  );

  test("onText, parts of texts are refused each, and none is kept", async () => {
    warnings();
    const incomplete: IncompleteText[] = [];
    const callbacks = receiveTexts({
      onReceipt: () => {},
      onIncomplete: (message) => void incomplete.push(message),
    });
    for (const pdu of partsOf(long, { reference: 1 })) {
      expect(await callbacks.deliver_sm(pdu, "in")).toBe(Status.ESME_RX_T_APPN);
    }
    callbacks[Symbol.dispose]();
    expect(incomplete).toEqual([]);
  });

  test("onReceipt, a receipt in parts is refused with its last part, and kept until it comes again", async () => {
    warnings();
    const incomplete: IncompleteText[] = [];
    const callbacks = receiveTexts({
      onText: () => {},
      onIncomplete: (message) => void incomplete.push(message),
    });
    const body = `id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:${"x".repeat(200)}`;
    const answers: unknown[] = [];
    for (const pdu of partsOf(body, { reference: 1 }, { esm_class: 0x44 })) {
      answers.push(await callbacks.deliver_sm(pdu, "in"));
    }
    expect(answers).toEqual([undefined, Status.ESME_RX_T_APPN]);
    callbacks[Symbol.dispose]();
    expect(incomplete).toMatchObject([{ received: [1] }]);
  });
});

describe("parts in a cache", () => {
  const cache = () => {
    const made = new InMemorySmppCache();
    onTestFinished(() => made.close());
    return made;
  };

  /** A cache of somebody's own, without leases. */
  const plain = (): PartCache => {
    const inner = cache();
    return { storeMultipart: (part) => inner.storeMultipart(part) };
  };

  test.each([
    ["with leases", cache],
    ["without", plain],
  ])(
    "%s are joined, also by two receivers, and come again when nobody took them",
    async (_, make) => {
      const shared = make();
      const texts: ReceivedText[] = [];
      let failures = 1;
      const onText = async (text: ReceivedText) => {
        if (failures-- > 0) throw new Error("disk full");
        texts.push(text);
      };
      const [one, other] = [
        receiving({ cache: shared, onText }),
        receiving({ cache: shared, onText }),
      ];
      const pdus = partsOf(long, { reference: 5 });
      const last = pdus.pop();
      if (last === undefined) throw new Error("no part");
      for (const [i, pdu] of pdus.entries()) await (i % 2 ? one : other).take(pdu);
      await expect(one.take(last)).rejects.toMatchObject({ command_status: Status.ESME_RX_T_APPN });
      expect(await one.take(last)).toEqual([undefined]);
      expect(texts).toMatchObject([{ text: long, parts: 4, pdus: [last] }]);
    },
  );

  test("are answered a temporary error when it is out of reach", async () => {
    const away: PartCache = { storeMultipart: () => Promise.reject(new Error("Redis is away")) };
    const { take } = receiving({ cache: away });
    const [first] = partsOf(long, { reference: 5 });
    if (first === undefined) throw new Error("no part");
    await expect(take(first)).rejects.toMatchObject({
      command_status: Status.ESME_RX_T_APPN,
      message: "a text or receipt was not handled: Redis is away",
    });
  });

  test("wait for another process that has the whole", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked = 0;
    const leasing: PartCache = {
      storeMultipart: async () => undefined,
      leaseMultipart: async () => ({ kind: asked++ === 0 ? "leased" : "incomplete" }),
      settleMultipart: async () => {},
    };
    const { take } = receiving({ cache: leasing });
    const taken = take(...partsOf(long, { reference: 5 }).slice(0, 1));
    await vi.advanceTimersByTimeAsync(100);
    expect(await taken).toEqual([undefined]);
    expect(asked).toBe(2);
  });
});

describe("options", () => {
  test.each<[unknown, string]>([
    [{}, "receiveTexts: neither onText nor onReceipt is given, expected at least one"],
    [undefined, "receiveTexts: expected an object of options, got undefined"],
    [{ onTxt: () => {} }, "receiveTexts: unknown option onTxt (function), did you mean onText?"],
    [{ onText: "x" }, "receiveTexts: onText: expected a function, got a string"],
    [
      { onText: () => {}, partsTimeout: 0 },
      "receiveTexts: partsTimeout: expected milliseconds, a number from 1 to 2147483647, got 0",
    ],
    [{ onText: () => {}, overrides: { 0: "latin9000" } }, "receiveTexts: "],
    [
      { onText: () => {}, receipts: { statusMapping: {} } },
      "receiveTexts: parseReceipt: unknown option statusMapping (object), did you mean status_mapping?",
    ],
    [
      { onText: () => {}, cache: {}, partsTimeout: 5 },
      "receiveTexts: partsTimeout is for parts in memory: with cache, set it there",
    ],
    [
      { onText: () => {}, cache: {}, onIncomplete: () => {} },
      "receiveTexts: onIncomplete is for parts in memory: with cache, set it there",
    ],
  ])("%j are refused", (options, message) => {
    const make = () => receiveTexts(options as ReceiveTextsOptions);
    expect(make).toThrow(message);
  });
});

test("parts of 255 come whole, whatever header they have beside", async () => {
  const { take, texts } = receiving();
  const udh = (sequence: number) =>
    writeUdh([
      { iei: 0x70, data: Uint8Array.of(1, 2) },
      concatElement({ reference: 0xffff, total: 255, sequence }, 16),
    ]);
  for (let sequence = 255; sequence > 0; sequence--) {
    const short_message = Uint8Array.of(...udh(sequence), 0x61);
    await take(deliverSm({ esm_class: 0x40, short_message }));
  }
  expect(texts).toMatchObject([{ text: "a".repeat(255), parts: 255 }]);
});
