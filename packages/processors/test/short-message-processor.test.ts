import { InMemorySmppCache, type SmppCache } from "@esme/caches";
import { reply } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import { concatElement, portsElement, splitShortMessage, writeUdh } from "@esme/sm-split";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  type DeliverSmOutcome,
  type ShortMessageConfig,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";
import { ownCache } from "./own-cache.ts";

type Fields = Omit<PduInputOf<"deliver_sm">, "command">;

function processing(config: ShortMessageConfig = {}) {
  const processor = new ShortMessageProcessor(config, {
    cache: new InMemorySmppCache(),
    transportName: "sms_in",
    transportType: "sms",
  });
  return (fields: Fields) => processor.handleDeliverSm(deliverSm(fields));
}

const contentOf = (outcome: DeliverSmOutcome) =>
  outcome.kind === "message" ? outcome.message.content : outcome.kind;
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, "hex"));
const message = (fields: object) => ({ kind: "message", message: fields });

describe("a text in one piece", () => {
  test.each<[string, Fields, string]>([
    ["GSM", { data_coding: 0, short_message: hex("00101b65") }, "@Δ€"],
    ["ASCII", { data_coding: 1, short_message: hex("5b5d") }, "[]"],
    ["Latin 1", { data_coding: 3, short_message: hex("e9") }, "é"],
    ["JIS", { data_coding: 5, short_message: hex("1b2442467c1b2842") }, "日"],
    ["Cyrillic", { data_coding: 6, short_message: hex("bf") }, "П"],
    ["Hebrew", { data_coding: 7, short_message: hex("e0") }, "א"],
    ["UCS2", { data_coding: 8, short_message: hex("d83dde00") }, "😀"],
    ["Korean", { data_coding: 14, short_message: hex("b0a1") }, "가"],
    ["message_payload", { message_payload: octetsOf("long") }, "long"],
    ["both fields", { short_message: octetsOf("no"), message_payload: octetsOf("yes") }, "yes"],
    ["nothing", {}, ""],
    [
      "a header without parts",
      {
        esm_class: 0x40,
        short_message: Uint8Array.of(
          ...writeUdh([portsElement({ destination: 1, originator: 2 })]),
          0x41,
        ),
      },
      "A",
    ],
    [
      "one part of one",
      {
        esm_class: 0x40,
        short_message: Uint8Array.of(
          ...writeUdh([concatElement({ reference: 1, total: 1, sequence: 1 }, 8)]),
          0x41,
        ),
      },
      "A",
    ],
    [
      "SAR of one",
      {
        short_message: octetsOf("A"),
        sar_msg_ref_num: 1,
        sar_total_segments: 1,
        sar_segment_seqnum: 1,
      },
      "A",
    ],
    [
      "SAR that makes no sense",
      {
        short_message: octetsOf("A"),
        sar_msg_ref_num: 1,
        sar_total_segments: 2,
        sar_segment_seqnum: 3,
      },
      "A",
    ],
    ["a header that is none", { esm_class: 0x40, short_message: hex("ff41") }, "\ufffdA"],
  ])("becomes a message: %s", async (_, fields, content) => {
    expect(contentOf(await processing()(fields))).toBe(content);
  });

  test("has the names of the transport and the addresses", async () => {
    const pdu = deliverSm({ short_message: octetsOf("hi") });
    for (const [names, transport_name, transport_type] of [
      [{}, "smpp", "sms"],
      [{ transportName: "sms_in", transportType: "sms_test" }, "sms_in", "sms_test"],
    ] as const) {
      const cache = new InMemorySmppCache();
      const outcome = await new ShortMessageProcessor({}, { cache, ...names }).handleDeliverSm(pdu);
      expect(outcome).toMatchObject(
        message({
          from_addr: "27820001001",
          to_addr: "123456",
          transport_name,
          transport_type,
          transport_metadata: {},
        }),
      );
    }
  });

  test.each([octetsOf("hi"), undefined])("in a data_sm too: %j", async (message_payload) => {
    const frame = encode({
      command: "data_sm",
      source_addr: "1",
      destination_addr: "2",
      message_payload,
    });
    const pdu = decode(frame);
    if (pdu.command !== "data_sm") throw new Error("no data_sm");
    const processor = new ShortMessageProcessor({}, { cache: new InMemorySmppCache() });
    expect(contentOf(await processor.handleDeliverSm(pdu))).toBe(message_payload ? "hi" : "");
  });

  test.each<[string, number, string, string]>([
    ["octets without charset", 4, "00ff", "\u0000ÿ"],
    ["ASCII with the eighth bit", 1, "41e9", "A\ufffd"],
    ["half a character of UCS2", 8, "0041d83d", "A\ufffd"],
    ["half a pair inside UCS2", 8, "d83d0041", "\ufffdA"],
    ["an odd number of octets of UCS2", 8, "00410042ff", "AB\ufffd"],
    ["one octet of UCS2", 8, "41", "\ufffd"],
    ["half a character of JIS", 5, "1b2442467c4b", "日\ufffd"],
    ["half a character of KS C 5601", 14, "c7d1b1", "한\ufffd"],
  ])(
    "that cannot be decoded is delivered with its octets: %s",
    async (_, data_coding, octets, content) => {
      const outcome = await processing()({ data_coding, short_message: hex(octets) });
      expect(contentOf(outcome)).toBe(content);
      expect(outcome).toMatchObject(
        message({ transport_metadata: { smpp_data_coding: data_coding, smpp_octets: octets } }),
      );
    },
  );

  test.each([
    ["swallows the beginning of the text", "056869206461797921", "yy!"],
    ["is longer than the text", "48656c6c6f", "Hello"],
  ])(
    "behind a header that is none, and %s, is delivered with all its octets",
    async (_, octets, content) => {
      const outcome = await processing()({ esm_class: 0x40, short_message: hex(octets) });
      expect(outcome).toMatchObject(
        message({ content, transport_metadata: { smpp_data_coding: 0, smpp_octets: octets } }),
      );
    },
  );

  test.each<[string, Fields]>([
    ["big-endian", { short_message: hex("feff0436d83dde00") }],
    ["little-endian", { short_message: hex("fffe36043dd800de") }],
    ["in message_payload", { message_payload: hex("fffe36043dd800de") }],
  ])("in UTF-16 with a byte order mark is read without it: %s", async (_, fields) => {
    const outcome = await processing()({ data_coding: 8, ...fields });
    expect(outcome).toMatchObject(message({ content: "ж😀", transport_metadata: {} }));
  });

  test.each([0x04, 0x20])("is not handled with esm_class %i, a receipt", async (esm_class) => {
    const fields = { esm_class, short_message: octetsOf("hello") };
    expect(await processing()(fields)).toEqual({ kind: "not_handled" });
  });
});

describe("what a PDU says beside the text", () => {
  const withHeader = (
    data_coding: number,
    ...elements: { iei: number; data: Uint8Array }[]
  ): Fields => ({
    esm_class: 0x40,
    data_coding,
    short_message: Uint8Array.of(...writeUdh(elements), 0x41),
  });

  test.each<[string, Fields, object]>([
    ["nothing", { short_message: octetsOf("A") }, {}],
    [
      "ports",
      withHeader(0, portsElement({ destination: 2948, originator: 9200 })),
      { smpp_ports: { destination: 2948, originator: 9200 } },
    ],
    [
      "ports of 8 bits, and an element behind them",
      { esm_class: 0x40, short_message: hex("06040211127000" + "41") },
      {
        smpp_ports: { destination: 0x11, originator: 0x12, bits: 8 },
        smpp_udh: [{ iei: 0x70, data: "" }],
      },
    ],
    [
      "other elements",
      withHeader(0, { iei: 0x70, data: Uint8Array.of(1, 2) }),
      { smpp_udh: [{ iei: 0x70, data: "0102" }] },
    ],
    [
      "a message class",
      { data_coding: 0x10, short_message: octetsOf("A") },
      { smpp_message_class: 0 },
    ],
    [
      "TLVs",
      {
        short_message: octetsOf("A"),
        user_message_reference: 5,
        unknown_tlvs: [{ tag: 0x1400, value: octetsOf("z") }],
      },
      { smpp_tlvs: { user_message_reference: 5, "0x1400": "7a" } },
    ],
    [
      "TLVs about parts",
      {
        message_payload: octetsOf("A"),
        sar_msg_ref_num: 1,
        sar_total_segments: 1,
        sar_segment_seqnum: 1,
      },
      {},
    ],
  ])("is in transport_metadata: %s", async (_, fields, transport_metadata) => {
    const outcome = await processing()(fields);
    expect(outcome.kind === "message" && outcome.message.transport_metadata).toEqual(
      transport_metadata,
    );
  });

  test("does not become settings of a reply", async () => {
    const outcome = await processing()({
      data_coding: 4,
      short_message: octetsOf("A"),
      user_message_reference: 5,
    });
    const answer =
      outcome.kind === "message" ? reply(outcome.message, { content: "hi" }) : undefined;
    const submit = new SubmitShortMessageProcessor();
    const pdus = answer === undefined ? [] : await submit.handleOutboundMessage(answer);
    expect(pdus).toMatchObject([{ data_coding: 0, destination_addr: "27820001001" }]);
  });
});

describe("udh_without_udhi", () => {
  const parts = splitShortMessage("x".repeat(200), 0, { method: "udh", reference: 1 }).parts;

  test("takes a header for one that esm_class does not announce", async () => {
    const handle = processing({ udh_without_udhi: true });
    const outcomes = [];
    for (const short_message of parts) outcomes.push(await handle({ short_message }));
    expect(outcomes.map(contentOf)).toEqual(["incomplete", "x".repeat(200)]);
    expect(contentOf(await handle({ short_message: octetsOf("plain") }))).toBe("plain");
    const short_message = octetsOf("\u0005hi dayy!");
    expect(await handle({ short_message })).toMatchObject(
      message({ content: "éhi dayy!", transport_metadata: {} }),
    );
  });

  test("is off unless switched on", async () => {
    const [short_message = octetsOf("")] = parts;
    expect(contentOf(await processing()({ short_message }))).toMatch(/x{153}$/);
  });
});

describe("a text in parts", () => {
  const text = "Ä1ж😀".repeat(60);
  const parts = (method: "udh" | "udh16" | "sar", reference = 7): Fields[] => {
    const split = splitShortMessage(text, 8, { method, reference });
    return split.parts.map((short_message, i) => ({
      esm_class: split.esm_class,
      data_coding: split.data_coding,
      short_message,
      ...split.segments[i]?.tlvs,
    }));
  };

  test.each(["udh", "udh16", "sar"] as const)(
    "by %s in any order, with repeats, becomes one message",
    async (method) => {
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(parts(method), { minLength: parts(method).length }),
          async (shuffled) => {
            const handle = processing();
            const [first = {}, ...others] = shuffled;
            for (const fields of [first, ...shuffled.slice(0, -1)]) {
              expect(await handle(fields)).toEqual({ kind: "incomplete" });
            }
            expect(contentOf(await handle(others.at(-1) ?? first))).toBe(text);
          },
        ),
        { numRuns: 20 },
      );
    },
  );

  test("of two senders with one reference are kept apart", async () => {
    const handle = processing();
    const pieces = parts("udh");
    for (const fields of pieces.slice(0, -1)) {
      expect(await handle(fields)).toEqual({ kind: "incomplete" });
      expect(await handle({ ...fields, source_addr: "other" })).toEqual({ kind: "incomplete" });
    }
    expect(contentOf(await handle(pieces.at(-1) ?? {}))).toBe(text);
  });

  test("cut inside a character is joined before decoding", async () => {
    const handle = processing();
    const head = (sequence: number) => [
      ...writeUdh([concatElement({ reference: 1, total: 2, sequence }, 8)]),
    ];
    const piece = (sequence: number, ...octets: number[]): Fields => ({
      esm_class: 0x40,
      data_coding: 8,
      short_message: Uint8Array.of(...head(sequence), ...octets),
    });
    await handle(piece(1, 0xd8, 0x3d));
    expect(contentOf(await handle(piece(2, 0xde, 0x00)))).toBe("😀");
  });

  test.each([
    ["in the first part", ["feff0436", "0437", "0438"]],
    ["in each part", ["feff0436", "feff0437", "feff0438"]],
    ["little-endian, in the first part", ["fffe3604", "3704", "3804"]],
    ["little-endian, in each part", ["fffe3604", "fffe3704", "fffe3804"]],
  ])("with a byte order mark is read without it: %s", async (_, bodies) => {
    const handle = processing();
    const pieces = bodies.map((body, i) => ({
      esm_class: 0x40,
      data_coding: 8,
      short_message: hex(`0500032a030${i + 1}${body}`),
    }));
    const contents = [];
    for (const piece of pieces.toReversed()) contents.push(contentOf(await handle(piece)));
    expect(contents).toEqual(["incomplete", "incomplete", "жзи"]);
  });

  test("comes again with its last part when it could not be published, and only then", async () => {
    const handle = processing();
    const pieces = parts("udh");
    const last = pieces.at(-1) ?? {};
    for (const fields of pieces.slice(0, -1)) await handle(fields);
    const outcome = await handle(last);
    if (outcome.kind === "message") await outcome.settle?.(false);
    const again = await handle(last);
    expect(contentOf(again)).toBe(text);
    if (again.kind === "message") await again.settle?.(true);
    expect(await handle(last)).toEqual({ kind: "incomplete" });
  });
});

describe("a PDU that is delivered once more", () => {
  const yes: Fields = { sequence_number: 5, short_message: octetsOf("yes") };

  /** A processor with a clock; `publish` settles what a PDU became, and tells what that was. */
  function repeating(config: ShortMessageConfig = {}) {
    let time = 1_700_000_000_000;
    const cache = new InMemorySmppCache();
    const processor = new ShortMessageProcessor(config, { cache, now: () => new Date(time) });
    const handle = (fields: Fields, link?: object) =>
      processor.handleDeliverSm(deliverSm(fields), link);
    const publish = async (
      fields: Fields,
      { published = true, link = undefined as object | undefined } = {},
    ) => {
      const outcome = await handle(fields, link);
      if (outcome.kind === "message") await outcome.settle?.(published);
      return contentOf(outcome);
    };
    const pass = (seconds: number) => {
      time += seconds * 1000;
    };
    return { handle, publish, pass };
  }

  test("is a repetition within ten seconds after it was published, and no longer", async () => {
    const { publish, pass } = repeating();
    expect(await publish(yes)).toBe("yes");
    pass(10);
    expect(await publish(yes)).toBe("repeated");
    pass(0.001);
    expect(await publish(yes)).toBe("yes");
  });

  test("waits while the first is in work, and is then what that makes of it", async () => {
    for (const published of [true, false]) {
      const { handle, publish } = repeating();
      const first = await handle(yes);
      const others = [publish(yes), publish(yes), publish(yes)];
      if (first.kind === "message") await first.settle?.(published);
      const outcomes = (await Promise.all(others)).sort();
      expect(outcomes).toEqual(["repeated", "repeated", published ? "repeated" : "yes"]);
    }
  });

  test("waits ten seconds at most for the result of the first", async () => {
    vi.useFakeTimers();
    try {
      const { handle } = repeating();
      await handle(yes);
      const second = handle(yes);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(contentOf(await second)).toBe("yes");
    } finally {
      vi.useRealTimers();
    }
  });

  test("is a message again after an error was answered", async () => {
    const { publish } = repeating();
    expect(await publish(yes, { published: false })).toBe("yes");
    expect(await publish(yes)).toBe("yes");
    expect(await publish(yes)).toBe("repeated");
  });

  test.each<[string, Fields]>([
    ["another sequence number", { sequence_number: 6 }],
    ["another text", { short_message: octetsOf("yes!") }],
    ["another sender", { source_addr: "27820001002" }],
    ["another TLV", { user_message_reference: 1 }],
    ["another vendor TLV", { unknown_tlvs: [{ tag: 0x1400, value: octetsOf("a") }] }],
  ])("is a second text with %s", async (_, fields) => {
    const { publish } = repeating();
    await publish(yes);
    expect(await publish({ ...yes, ...fields })).not.toBe("repeated");
  });

  test("is a second text on another link, where numbers begin anew", async () => {
    const { publish } = repeating();
    const [one, other] = [{}, {}];
    expect(await publish(yes, { link: one })).toBe("yes");
    expect(await publish(yes, { link: other })).toBe("yes");
    expect(await publish(yes, { link: other })).toBe("repeated");
  });

  test("is a second text from a peer that does not count", async () => {
    const { publish } = repeating();
    for (const _ of [1, 2]) expect(await publish({ ...yes, sequence_number: 0 })).toBe("yes");
    await publish(yes);
    await publish({ ...yes, short_message: octetsOf("no") });
    for (const _ of [1, 2]) expect(await publish(yes)).toBe("yes");
  });

  test("is known from a peer whose numbers came round", async () => {
    const { publish } = repeating();
    await publish(yes);
    await publish({ ...yes, sequence_number: 6 });
    const no = { ...yes, short_message: octetsOf("no") };
    expect(await publish(no)).toBe("no");
    expect(await publish(no)).toBe("repeated");
  });

  test("is a second text when switched off", async () => {
    const { publish } = repeating({ repeated_within: 0 });
    for (const _ of [1, 2]) expect(await publish(yes)).toBe("yes");
  });

  test("leaves nothing of a message in parts behind", async () => {
    const { publish } = repeating();
    const { parts } = splitShortMessage("x".repeat(200), 0, { method: "udh", reference: 1 });
    const pieces = parts.map((short_message, i) => ({
      esm_class: 0x40,
      sequence_number: i + 1,
      short_message,
    }));
    const outcomes = [];
    for (const fields of [...pieces, ...pieces]) outcomes.push(await publish(fields));
    expect(outcomes).toEqual(["incomplete", "x".repeat(200), "repeated", "repeated"]);
  });

  test("is remembered for 10,000 PDUs", async () => {
    const { publish } = repeating();
    await publish(yes);
    for (let i = 0; i < 9_999; i++) await publish({ sequence_number: 10 + i });
    expect(await publish(yes)).toBe("repeated");
    await publish({ sequence_number: 10_009 });
    expect(await publish(yes)).toBe("yes");
  });
});

describe("a message in parts whose process ends before it is published", () => {
  const pieces = splitShortMessage("y".repeat(200), 0, { method: "udh", reference: 9 }).parts;
  const partsOf = () =>
    pieces.map((short_message, i) =>
      deliverSm({ esm_class: 0x40, sequence_number: i + 1, short_message }),
    );

  test("is complete again in another, with its last part, ten seconds later", async () => {
    vi.useFakeTimers();
    try {
      const cache = new InMemorySmppCache();
      const before = new ShortMessageProcessor({}, { cache });
      for (const pdu of partsOf()) await before.handleDeliverSm(pdu);
      const after = new ShortMessageProcessor({}, { cache });
      const [, last] = partsOf();
      const again = last && after.handleDeliverSm(last);
      await vi.advanceTimersByTimeAsync(10_000);
      const outcome = await again;
      expect(outcome && contentOf(outcome)).toBe("y".repeat(200));
    } finally {
      vi.useRealTimers();
    }
  });

  test("comes again at once when making it failed, since the cache was away", async () => {
    const cache = new InMemorySmppCache();
    const away = Object.assign(new Error("away"), { code: "unavailable" });
    let isAway = true;
    const failing: SmppCache = {
      ...ownCache(cache),
      leaseMultipart: (...part) => cache.leaseMultipart(...part),
      settleMultipart: (...part) => cache.settleMultipart(...part),
      storeSmppMessageId: async () => {
        if (isAway) throw away;
      },
    };
    const ussd = { dialect: "mica" } as const;
    const processor = new ShortMessageProcessor({ ussd }, { cache: failing });
    const [first, last] = partsOf().map((pdu) => ({
      ...pdu,
      ussd_service_op: Uint8Array.of(18),
      user_message_reference: 3,
    }));
    if (first === undefined || last === undefined) throw new Error("a text of two parts has more");
    await processor.handleDeliverSm(first);
    await expect(processor.handleDeliverSm(last)).rejects.toBe(away);
    isAway = false;
    // The lease of the joined text was given back: without that this would take ten seconds.
    expect(contentOf(await processor.handleDeliverSm(last))).toBe("y".repeat(200));
  });

  describe("and a cache that does not lease", () => {
    const without = () => {
      const processor = new ShortMessageProcessor({}, { cache: ownCache() });
      return async (fields: Fields | undefined, { published }: { published: boolean }) => {
        const outcome = await processor.handleDeliverSm(deliverSm(fields ?? {}));
        if (outcome.kind === "message") await outcome.settle?.(published);
        return contentOf(outcome);
      };
    };
    const fieldsOf = (sequence_number: number): Fields[] =>
      pieces.map((short_message) => ({ esm_class: 0x40, sequence_number, short_message }));

    test("comes again in the same process until it is published", async () => {
      const handle = without();
      const [first, last] = fieldsOf(0);
      expect(await handle(first, { published: false })).toBe("incomplete");
      for (const published of [false, false, true]) {
        expect(await handle(last, { published })).toBe("y".repeat(200));
      }
      expect(await handle(last, { published: true })).toBe("incomplete");
    });

    test("comes again for up to a thousand messages, each from its sender", async () => {
      const handle = without();
      const [first, last] = fieldsOf(0);
      for (let sender = 0; sender <= 1000; sender++) {
        const source_addr = String(sender);
        await handle({ ...first, source_addr }, { published: false });
        await handle({ ...last, source_addr }, { published: false });
      }
      const again = (source_addr: string) => handle({ ...last, source_addr }, { published: true });
      expect(await again("0")).toBe("incomplete");
      expect(await again("1")).toBe("y".repeat(200));
      expect(await again("1000")).toBe("y".repeat(200));
    });
  });
});

describe("whatever is delivered", () => {
  test("becomes something and never an error", async () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const fields = fc.record({
      esm_class: octet,
      data_coding: octet,
      short_message: fc.uint8Array({ maxLength: 255 }),
      sar_msg_ref_num: fc.option(fc.nat(65_535), { nil: undefined }),
      sar_total_segments: fc.option(octet, { nil: undefined }),
      sar_segment_seqnum: fc.option(octet, { nil: undefined }),
    });
    const handle = processing();
    await fc.assert(
      fc.asyncProperty(fields, async (pdu) => {
        const { kind } = await handle(pdu);
        expect(["message", "incomplete", "not_handled"]).toContain(kind);
      }),
    );
  });
});

describe("data_coding_overrides", () => {
  test.each<[ShortMessageConfig["data_coding_overrides"], number, string, string]>([
    [{ SMSC_DEFAULT_ALPHABET: "latin1" }, 0, "e9", "é"],
    [{ "0": "latin1" }, 0, "e9", "é"],
    [{ "255": "latin1" }, 255, "e9", "é"],
    [{ OCTET_UNSPECIFIED_COMMON: "utf-8" }, 4, "d0b6", "ж"],
    [{ OCTET_UNSPECIFIED: "ascii" }, 2, "41", "A"],
    [{ KS_C_5601: "euc_kr" }, 14, "b0a1", "가"],
  ])("%j reads data_coding %i", async (data_coding_overrides, data_coding, octets, content) => {
    const outcome = await processing({ data_coding_overrides })({
      data_coding,
      short_message: hex(octets),
    });
    expect(outcome).toMatchObject(message({ content, transport_metadata: {} }));
  });

  test.each<[object, string]>([
    ...["UTF8", "256", "8x"].map((key): [object, string] => [
      { data_coding_overrides: { [key]: "utf-8" } },
      `data_coding_overrides.${key}: expected a data coding as the key: an integer from 0 to 255 or one of`,
    ]),
    [{ data_coding_overrides: { "0": "klingon" } }, "data_coding_overrides.0: "],
    [
      { data_coding_overrides: { "0": 8 } },
      "data_coding_overrides.0: expected the name of a character set, got 8",
    ],
    [
      { data_coding_override: {} },
      "data_coding_override: unknown key, did you mean data_coding_overrides?",
    ],
  ])("%j is refused", (config, says) => {
    const cache = new InMemorySmppCache();
    expect(() => Reflect.construct(ShortMessageProcessor, [config, { cache }])).toThrow(says);
  });
});
