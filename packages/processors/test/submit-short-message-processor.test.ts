import { newMessage } from "@esme/messages";
import { encode } from "@esme/pdu";
import { decodeShortMessage, joinParts, readUdh } from "@esme/sm-split";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ConfigError,
  ProcessorError,
  type SubmitConfig,
  SubmitShortMessageProcessor,
  type SubmitSm,
} from "../src/index.ts";

const addresses = { from_addr: "123456", to_addr: "27820001001" };
const inOrder = () => {
  let number = 0;
  return {
    next: () => {
      number += 1;
      return number;
    },
  };
};

function submit(
  content: string | null,
  config: SubmitConfig = {},
  fields = {},
): Promise<SubmitSm[]> {
  const processor = new SubmitShortMessageProcessor(config, { referenceSequencer: inOrder() });
  return processor.handleOutboundMessage(newMessage({ ...addresses, content, ...fields }));
}

async function refusalOf(promise: Promise<unknown>): Promise<ProcessorError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ProcessorError)) throw new Error("no ProcessorError", { cause: error });
  return error;
}

const octets = (pdu: SubmitSm | undefined) => pdu?.short_message ?? new Uint8Array(0);

describe("long text", () => {
  const long = "The quick brown fox jumps over the lazy dog. ".repeat(8);

  test("goes out in parts with a header and UDHI", async () => {
    const parts = await submit(long, { multipart_handling: "multipart_udh", esm_class: 3 });
    expect(parts).toHaveLength(3);
    for (const [i, part] of parts.entries()) {
      expect(part.esm_class).toBe(0x43);
      expect([...octets(part).subarray(0, 6)]).toEqual([5, 0, 3, 1, 3, i + 1]);
      expect(octets(part).length).toBeLessThanOrEqual(6 + 153);
    }
    expect(decodeShortMessage(joinParts(parts.map(octets)), 0)).toBe(long);
  });

  test("goes out in parts with a 16-bit reference", async () => {
    const [first] = await submit(long, { multipart_handling: "multipart_udh16" });
    expect(readUdh(octets(first)).concat).toEqual({ reference: 1, total: 3, sequence: 1 });
    expect(octets(first)[1]).toBe(8);
  });

  test("goes out in parts with sar_ TLVs and without UDHI", async () => {
    const parts = await submit(long, { multipart_handling: "multipart_sar" });
    expect(parts).toMatchObject(
      [1, 2, 3].map((sar_segment_seqnum) => ({
        esm_class: 0,
        sar_msg_ref_num: 1,
        sar_total_segments: 3,
        sar_segment_seqnum,
      })),
    );
  });

  test.each<[string, string, SubmitConfig, number | undefined, number | undefined]>([
    ["160 septets", "x".repeat(160), {}, 160, undefined],
    ["161 septets", "x".repeat(161), {}, undefined, 161],
    ["80 escapes", "€".repeat(80), {}, 160, undefined],
    ["81 escapes", "€".repeat(81), {}, undefined, 162],
    ["140 octets", "ê".repeat(140), { data_coding: 3 }, 140, undefined],
    ["141 octets", "ê".repeat(141), { data_coding: 3 }, undefined, 141],
    ["70 units of UCS2", "ж".repeat(70), {}, 140, undefined],
    ["71 units of UCS2", "ж".repeat(71), {}, undefined, 142],
    ["nothing", "", {}, 0, undefined],
    ["a limit of 150", "x".repeat(151), { single_limits: { septets: 150 } }, undefined, 151],
  ])(
    "goes out in message_payload when one short message cannot hold it, as in vumi2: %s",
    async (_, content, config, short, payload) => {
      const [pdu, ...more] = await submit(content, {
        ...config,
        multipart_handling: "message_payload",
      });
      expect(more).toEqual([]);
      expect(pdu?.short_message?.length).toBe(short);
      expect(pdu?.message_payload?.length).toBe(payload);
      expect(pdu?.esm_class).toBe(0);
    },
  );

  test.each<[SubmitConfig["national_tables"], SubmitConfig["multipart_handling"], object[]]>([
    ["none", "multipart_udh", [{ data_coding: 8 }, { data_coding: 8 }]],
    ["auto", "multipart_udh", [{ data_coding: 0, esm_class: 0x40, message_payload: undefined }]],
    ["none", "message_payload", [{ data_coding: 8, short_message: undefined }]],
    ["auto", "message_payload", [{ data_coding: 0, esm_class: 0x40, message_payload: undefined }]],
  ])(
    "in Turkish goes out by national tables where these save parts: %s, %s",
    async (national_tables, multipart_handling, pdus) => {
      const content = "ğışİ".repeat(20);
      const parts = await submit(content, { national_tables, multipart_handling });
      expect(parts).toMatchObject(pdus);
      expect(parts).toHaveLength(pdus.length);
    },
  );

  test("with emoji becomes UCS2 and is cut between characters", async () => {
    const content = "😀".repeat(100);
    const parts = await submit(content, { multipart_handling: "multipart_udh" });
    const texts = parts.map((part) => decodeShortMessage(readUdh(octets(part)).body, 8));
    expect(parts.map((part) => part.data_coding)).toEqual([8, 8, 8, 8]);
    expect(texts.join("")).toBe(content);
    for (const text of texts) expect(text).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
  });

  test("in one part needs no reference", async () => {
    const counter = inOrder();
    const config = { multipart_handling: "multipart_udh" } as const;
    const processor = new SubmitShortMessageProcessor(config, { referenceSequencer: counter });
    await processor.handleOutboundMessage(newMessage({ ...addresses, content: "x".repeat(160) }));
    expect(counter.next()).toBe(1);
  });
});

describe("references", () => {
  const content = "x".repeat(161);

  test("are not shared by two texts of two processors in one process", async () => {
    const config = { multipart_handling: "multipart_udh" } as const;
    const seen = new Set<number | undefined>();
    for (let text = 0; text < 200; text++) {
      const processor = new SubmitShortMessageProcessor(config);
      const [pdu] = await processor.handleOutboundMessage(newMessage({ ...addresses, content }));
      seen.add(readUdh(octets(pdu)).concat?.reference);
    }
    expect(seen.size).toBe(200);
  });

  const referenceOf = async (config: SubmitConfig, number: number | Promise<number>) => {
    const referenceSequencer = { next: () => number };
    const processor = new SubmitShortMessageProcessor(config, { referenceSequencer });
    const [pdu] = await processor.handleOutboundMessage(newMessage({ ...addresses, content }));
    return pdu?.sar_msg_ref_num ?? readUdh(octets(pdu)).concat?.reference;
  };

  test.each<[SubmitConfig["multipart_handling"], number | undefined, number, number]>([
    ["multipart_udh", undefined, 1, 1],
    ["multipart_udh", undefined, 255, 255],
    ["multipart_udh", undefined, 256, 1],
    ["multipart_udh", 100, 100, 1],
    ["multipart_udh16", undefined, 65_535, 65_535],
    ["multipart_sar", undefined, 65_535, 65_535],
    ["multipart_sar", undefined, 65_536, 1],
    ["multipart_sar", 256, 255, 255],
    ["multipart_sar", 256, 256, 1],
    ["multipart_sar", 2, 5, 1],
    ["multipart_sar", undefined, 0x7fff_ffff, 32_767],
  ])(
    "%s with rollover %s carries number %i as %i",
    async (multipart_handling, rollover, number, reference) => {
      const config: SubmitConfig = {
        multipart_handling,
        ...(rollover && { multipart_sar_reference_rollover: rollover }),
      };
      expect(await referenceOf(config, number)).toBe(reference);
      expect(await referenceOf(config, Promise.resolve(number))).toBe(reference);
    },
  );

  test("follow each other when nothing is injected", async () => {
    const processor = new SubmitShortMessageProcessor({ multipart_handling: "multipart_sar" });
    const drawn: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [pdu] = await processor.handleOutboundMessage(newMessage({ ...addresses, content }));
      drawn.push(pdu?.sar_msg_ref_num ?? 0);
    }
    expect(drawn.map((number) => (number - (drawn[0] ?? 0) + 65_535) % 65_535)).toEqual([0, 1, 2]);
  });
});

describe("a message that cannot be sent", () => {
  test.each<[string, () => Promise<unknown>, string, string]>([
    [
      "text too long for short_message",
      () => submit("x".repeat(255)),
      "too_long",
      "content: 255 octets do not fit into short_message, which holds 254; with multipart_handling multipart_udh it would go out in 2 parts",
    ],
    [
      "UCS2 text too long for short_message",
      () => submit("я".repeat(128)),
      "too_long",
      "content: 256 octets do not fit into short_message, which holds 254; with multipart_handling multipart_udh it would go out in 2 parts",
    ],
    [
      "Latin 1 text too long for short_message",
      () => submit("ê".repeat(300), { data_coding: 3 }),
      "too_long",
      "it would go out in 3 parts",
    ],
    [
      "text too long for short_message, with short parts",
      () => submit("x".repeat(255), { part_limits: { septets: 100 } }),
      "too_long",
      "it would go out in 3 parts",
    ],
    [
      "more than a TLV holds",
      () => submit("x".repeat(65_536), { multipart_handling: "message_payload" }),
      "too_long",
      "content: ",
    ],
    [
      "256 parts",
      () => submit("x".repeat(153 * 255 + 1), { multipart_handling: "multipart_udh" }),
      "too_many_parts",
      "256",
    ],
    [
      "a character outside the charset, no falling back",
      () => submit("a€Ж", { fallback_data_coding: "none" }),
      "unencodable",
      "content: U+0416 at index 2 is not in gsm0338",
    ],
    [
      "an address of 21 characters",
      () => submit("x", {}, { to_addr: "1".repeat(21) }),
      "address_too_long",
      "to_addr: expected at most 20 characters, got 21",
    ],
    [
      "a sender of 21 characters",
      () => submit("x", {}, { from_addr: "1".repeat(21) }),
      "address_too_long",
      "from_addr: expected at most 20 characters, got 21",
    ],
    [
      "a name of 21 characters, by kind of sender",
      () =>
        submit("x", { source_addr_types: { alphanumeric: [5] } }, { from_addr: "x".repeat(21) }),
      "address_too_long",
      "from_addr: expected at most 20 characters, got 21",
    ],
    [
      "a name of 21 characters, by address_rules",
      () =>
        submit(
          "x",
          { address_rules: { alphanumeric_sender: true } },
          { from_addr: "x".repeat(21) },
        ),
      "address_too_long",
      "from_addr: expected at most 20 characters, got 21",
    ],
    [
      "a character that no address has",
      () => submit("x", {}, { from_addr: "Žofie" }),
      "address_invalid",
      "from_addr: expected characters up to U+00FF, got another one at index 0",
    ],
    [
      "a NUL in an address",
      () => submit("x", {}, { to_addr: "1\u00002" }),
      "address_invalid",
      "to_addr: expected characters up to U+00FF, got another one at index 1",
    ],
    [
      "no recipient",
      () => submit("x", {}, { to_addr: "" }),
      "address_missing",
      "to_addr: expected an address, got an empty text",
    ],
    [
      "no text",
      () => submit(null),
      "content_missing",
      'content: expected text, got null; transport_metadata.smpp.octets is for what is not text, and an empty text is ""',
    ],
  ])("is refused with a sentence: %s", async (_, attempt, code, says) => {
    const error = await refusalOf(attempt());
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(error.message).not.toContain("1111");
  });
});

describe("what still goes", () => {
  test("254 octets in short_message, an empty text, an empty sender, 20 characters of address", async () => {
    expect(octets((await submit("x".repeat(254)))[0])).toHaveLength(254);
    expect(octets((await submit(""))[0])).toHaveLength(0);
    expect(await submit("x", {}, { from_addr: "", to_addr: "1".repeat(20) })).toHaveLength(1);
  });

  test("any text in any handling makes PDUs that encode, or a ProcessorError", async () => {
    const handling = fc.constantFrom<SubmitConfig["multipart_handling"]>(
      "short_message",
      "message_payload",
      "multipart_udh",
      "multipart_sar",
    );
    const text = fc.oneof(
      fc.string({ maxLength: 400 }),
      fc.string({ unit: "binary", maxLength: 400 }),
    );
    const coding = fc.constantFrom(0, 1, 3, 5, 6, 7, 8);
    await fc.assert(
      fc.asyncProperty(text, handling, coding, async (content, multipart_handling, data_coding) => {
        const pdus = await submit(content, { data_coding, multipart_handling }).catch((error) => {
          if (error instanceof ProcessorError) return [];
          throw error;
        });
        for (const pdu of pdus) encode(pdu);
      }),
    );
  });
});

describe("address rules", () => {
  const rules = (address_rules: SubmitConfig["address_rules"], fields: object) =>
    submit("x", { address_rules }, fields).then(([pdu]) => pdu);

  test("are off by default", async () => {
    expect(await rules({}, { from_addr: "Vumi", to_addr: "+27820001001" })).toMatchObject({
      source_addr: "Vumi",
      source_addr_ton: 0,
      destination_addr: "+27820001001",
      dest_addr_ton: 0,
    });
  });

  test("make a sender with letters alphanumeric", async () => {
    expect(await rules({ alphanumeric_sender: true }, { from_addr: "Vumi" })).toMatchObject({
      source_addr: "Vumi",
      source_addr_ton: 5,
      source_addr_npi: 0,
    });
  });

  test("take a leading plus for international", async () => {
    const fields = { from_addr: "+123456", to_addr: "+27820001001" };
    expect(await rules({ leading_plus: true }, fields)).toMatchObject({
      source_addr: "123456",
      source_addr_ton: 1,
      source_addr_npi: 1,
      destination_addr: "27820001001",
      dest_addr_ton: 1,
      dest_addr_npi: 1,
    });
    const plain = { from_addr: "123456", to_addr: "27820001001" };
    expect(await rules({ leading_plus: true }, plain)).toMatchObject({
      source_addr: "123456",
      source_addr_ton: 0,
      destination_addr: "27820001001",
      dest_addr_ton: 0,
    });
  });
});

describe("configuration", () => {
  test.each<[string, object, object]>([
    [
      "numbers",
      {
        data_coding: 8,
        source_addr_ton: 5,
        source_addr_npi: 0,
        dest_addr_ton: 1,
        dest_addr_npi: 1,
      },
      { data_coding: 8, source_addr_ton: 5, dest_addr_ton: 1 },
    ],
    [
      "names",
      { data_coding: "UCS2", source_addr_ton: "ALPHANUMERIC", dest_addr_ton: "INTERNATIONAL" },
      { data_coding: 8, source_addr_ton: 5, dest_addr_ton: 1 },
    ],
    [
      "names in small letters, with blanks around them",
      { data_coding: " ia5_ascii ", dest_addr_npi: "land mobile" },
      { data_coding: 1, dest_addr_npi: 6 },
    ],
    ["digits", { data_coding: "3", source_addr_ton: "5" }, { data_coding: 3, source_addr_ton: 5 }],
    [
      "vumi's names",
      { data_coding: "LATIN_1", dest_addr_npi: "INTERNET" },
      { data_coding: 3, dest_addr_npi: 14 },
    ],
    [
      "keys without a value",
      { service_type: null, registered_delivery: null, data_coding: null },
      { service_type: "", registered_delivery: 0, data_coding: 0 },
    ],
    [
      "receipts by number",
      {
        registered_delivery: {
          delivery_receipt: 1,
          sme_originated_acks: [1, 2],
          intermediate_notification: true,
        },
      },
      { registered_delivery: 0x1d },
    ],
    [
      "acknowledgements by bit",
      { registered_delivery: { sme_originated_acks: [8] } },
      { registered_delivery: 0x08 },
    ],
    ...[0, "0"].map((none): [string, object, object] => [
      `no acknowledgement as ${JSON.stringify(none)}`,
      { registered_delivery: { sme_originated_acks: [none] } },
      { registered_delivery: 0 },
    ]),
    [
      "both acknowledgements by bits",
      { registered_delivery: { sme_originated_acks: [12] } },
      { registered_delivery: 0x0c },
    ],
    [
      "both acknowledgements by their number",
      { registered_delivery: { sme_originated_acks: ["3"] } },
      { registered_delivery: 0x0c },
    ],
    [
      "quoted numbers",
      {
        data_coding: "0x08",
        registered_delivery: { delivery_receipt: "1" },
        validity_period: "300",
        schedule_delivery_time: "0.5",
        priority_flag: "1",
        max_parts: "3",
        multipart_sar_reference_rollover: "256",
        part_limits: { septets: "152" },
        tlvs: { privacy_indicator: "3" },
      },
      {
        data_coding: 8,
        registered_delivery: 1,
        validity_period: "000000000500000R",
        priority_flag: 1,
        unknown_tlvs: [{ tag: 0x0201, value: Uint8Array.of(3) }],
      },
    ],
    [
      "tags of TLVs as numbers",
      { required_tlvs: [5120], tlvs: { "0x1400": "x" } },
      { unknown_tlvs: [{ tag: 0x1400, value: Uint8Array.of(0x78) }] },
    ],
    [
      "words from the environment",
      { registered_delivery: { intermediate_notification: "true" } },
      { registered_delivery: 0x10 },
    ],
    [
      "other fields",
      {
        validity_period: "000001000000000R",
        priority_flag: 2,
        protocol_id: "64",
        service_type: "OTP",
      },
      {
        validity_period: "000001000000000R",
        priority_flag: 2,
        protocol_id: 64,
        service_type: "OTP",
      },
    ],
  ])("takes %s", async (_, config, fields) => {
    expect((await submit("x", config))[0]).toMatchObject(fields);
  });

  test("takes words in any case", async () => {
    const config = { dest_addr_form: "No_Plus" };
    const processor = Reflect.construct(SubmitShortMessageProcessor, [config]);
    const message = newMessage({ ...addresses, to_addr: "+12 34", content: "x" });
    expect(await processor.handleOutboundMessage(message)).toMatchObject([
      { destination_addr: "12 34" },
    ]);
  });

  test("may be absent altogether", async () => {
    const config: unknown = null;
    const processor = Reflect.construct(SubmitShortMessageProcessor, [config, {}]);
    expect(
      await processor.handleOutboundMessage(newMessage({ ...addresses, content: "x" })),
    ).toHaveLength(1);
  });

  test.each<[unknown, string]>([
    [{ multipart: "udh" }, "multipart: unknown key, did you mean multipart_handling?"],
    [{ dest_adr_ton: 1 }, "dest_adr_ton: unknown key, did you mean dest_addr_ton?"],
    [{ zzz: 1 }, "zzz: unknown key, expected data_coding, fallback_data_coding,"],
    [JSON.parse('{"__proto__": 1}'), "__proto__: unknown key"],
    [
      { registered_delivery: { delivery_recipt: 1 } },
      "registered_delivery.delivery_recipt: unknown key, did you mean delivery_receipt?",
    ],
    [
      { data_coding: "UTF8" },
      "data_coding: expected an integer from 0 to 255 or one of SMSC_DEFAULT_ALPHABET,",
    ],
    [{ data_coding: 4 }, "data_coding: expected a data_coding that has characters, got 4"],
    [{ data_coding: 256 }, "data_coding: expected an integer"],
    [
      { fallback_data_coding: "latin1" },
      'fallback_data_coding: expected UCS2 or none, got "latin1"',
    ],
    [
      { tlvs: { "0x1400": { hex: "z".repeat(500) } } },
      "tlvs.0x1400: expected what fits into hex, got a mapping",
    ],
    [{ data_coding: [8] }, "data_coding: expected an integer"],
    [
      { source_addr_ton: -1 },
      "source_addr_ton: expected an integer from 0 to 255 or one of UNKNOWN, INTERNATIONAL,",
    ],
    [
      { multipart_handling: "udh" },
      'multipart_handling: expected one of short_message, message_payload, multipart_udh, multipart_udh16, multipart_sar, got "udh"',
    ],
    [
      { service_type: "TOOLONG" },
      'service_type: expected text of at most 5 characters, got "TOOLONG"',
    ],
    [
      { validity_period: "1 day" },
      'validity_period: expected seconds up to 99 days, or 16 characters: YYMMDDhhmmsstnn and +, - or R, got "1 day"',
    ],
    [
      { registered_delivery: 1 },
      "registered_delivery: expected a mapping of delivery_receipt, sme_originated_acks, intermediate_notification, parts, got 1",
    ],
    ...[-1, 5, null].map((ack): [object, string] => [
      { registered_delivery: { sme_originated_acks: [ack] } },
      `registered_delivery.sme_originated_acks.0: expected 0 to 3 or one of SME_DELIVERY_ACK_REQUESTED, SME_MANUAL_ACK_REQUESTED, got ${ack}`,
    ]),
    [{ max_parts: 0 }, "max_parts: expected an integer from 1 to 255, got 0"],
    [
      { part_limits: { septets: 0 } },
      "part_limits.septets: expected an integer from 1 to 160, got 0",
    ],
    [
      { ussd: { max_session_length: 0 } },
      "ussd.max_session_length: expected a number of seconds above 0, got 0",
    ],
    [
      { multipart_sar_reference_rollover: 1 },
      "multipart_sar_reference_rollover: expected an integer from 2 to 65536, got 1",
    ],
    ["text", 'configuration: expected a mapping, got "text"'],
  ])("%j is refused by name", (config, says) => {
    const make = () => Reflect.construct(SubmitShortMessageProcessor, [config, {}]);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(expect.objectContaining({ name: "ConfigError", code: "invalid_config" }));
    expect(make).toThrow(says);
  });

  test.each<[string | undefined, number, string]>([
    [undefined, 9, ""],
    [undefined, 10, ""],
    [undefined, 12, "; configuration: 2 more"],
    ["registered_delivery", 11, "; configuration: 1 more"],
  ])("with many unknown keys names ten, and counts the others: %#", (path, keys, more) => {
    const many = Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key_${i}`, 1]));
    const config = path === undefined ? many : { [path]: many };
    const make = () => Reflect.construct(SubmitShortMessageProcessor, [config, {}]);
    const named = Array.from({ length: Math.min(keys, 10) }, (_, i) => `key_${i}: unknown key.*`);
    expect(make).toThrow(new RegExp(`^\\S*${named.join("; \\S*")}${more}$`));
  });

  test("is refused with every fault it has", () => {
    const make = () =>
      Reflect.construct(SubmitShortMessageProcessor, [{ data_codin: 8, dest_addr_ton: "X" }, {}]);
    expect(make).toThrow(
      /dest_addr_ton: expected .*, got "X"; data_codin: unknown key, did you mean data_coding\?/,
    );
  });
});

describe("TLVs", () => {
  const tlvsOf = async (tlvs: object) => {
    const [pdu] = await submit("x", { tlvs: { ...tlvs } });
    encode(pdu ?? { command: "submit_sm" });
    return pdu?.unknown_tlvs?.map(({ tag, value }) => [tag, Buffer.from(value).toString("hex")]);
  };

  test.each<[object, [number, string]]>([
    [{ "0x1400": "1101" }, [0x1400, "31313031"]],
    [{ "5120": "1101" }, [0x1400, "31313031"]],
    [{ "0x1401": { c_string: "1" } }, [0x1401, "3100"]],
    [{ "0x1401": { hex: "00fF" } }, [0x1401, "00ff"]],
    [{ "0x1401": { text: "é" } }, [0x1401, "e9"]],
    [{ "0x1401": { uint8: 255 } }, [0x1401, "ff"]],
    [{ "0x1401": { uint16: 258 } }, [0x1401, "0102"]],
    [{ "0x1401": { uint32: 4294967295 } }, [0x1401, "ffffffff"]],
    [{ user_message_reference: 258 }, [0x0204, "0102"]],
    [{ privacy_indicator: 3 }, [0x0201, "03"]],
    [{ additional_status_info_text: "x" }, [0x001d, "7800"]],
    [{ callback_num: { hex: "000101" } }, [0x0381, "000101"]],
    [{ callback_num: "123" }, [0x0381, "313233"]],
    [{ qos_time_to_live: 3600 }, [0x0017, "00000e10"]],
    [{ "65535": "x" }, [0xffff, "78"]],
  ])("%j stand in every part", async (tlvs, wanted) => {
    expect(await tlvsOf(tlvs)).toEqual([wanted]);
  });

  test.each<[object, string]>([
    [
      { nonsense: 1 },
      "tlvs.nonsense: expected a standard TLV's name or a tag from 0 to 0xffff as the key, got 1",
    ],
    [
      { constructor: 1 },
      "tlvs.constructor: expected a standard TLV's name or a tag from 0 to 0xffff as the key, got 1",
    ],
    ...["0x10000", "65536", "a5120", "5120a"].map((tag): [object, string] => [
      { [tag]: "1" },
      `tlvs.${tag}: expected a standard TLV's name or a tag from 0 to 0xffff as the key, got "1"`,
    ]),
    ...[{}, { hex: "00", text: "x" }].map((value): [object, string] => [
      { "0x1400": value },
      "tlvs.0x1400: expected text, or an object with one of hex, text, c_string, uint8, uint16, uint32, got a mapping",
    ]),
    [
      { "0x1400": 7 },
      "tlvs.0x1400: expected text, or an object with one of hex, text, c_string, uint8, uint16, uint32, got 7",
    ],
    [{ "0x1400": { hex: "0" } }, "tlvs.0x1400: expected what fits into hex, got a mapping"],
    [{ privacy_indicator: 256 }, "tlvs.privacy_indicator: expected what fits into uint8, got 256"],
  ])("%j are refused", (tlvs, says) => {
    expect(() => Reflect.construct(SubmitShortMessageProcessor, [{ tlvs }])).toThrow(says);
  });
});

describe("what a message asks for itself, in transport_metadata.smpp", () => {
  const config: SubmitConfig = { data_coding: 3, dest_addr_ton: 1, tlvs: { "0x1400": "1" } };
  const asking = (smpp: unknown, content = "x") =>
    submit(content, config, { transport_metadata: { smpp } });

  test("takes the place of the configuration for this message alone", async () => {
    const processor = new SubmitShortMessageProcessor(config);
    const smpp = {
      data_coding: "UCS2",
      multipart_handling: "multipart_udh",
      registered_delivery: { delivery_receipt: 1 },
      validity_period: 3600,
      schedule_delivery_time: "000000000500000R",
      tlvs: { "0x1401": "template" },
    };
    const fields = { ...addresses, content: "x" };
    const own = newMessage({ ...fields, transport_metadata: { smpp } });
    expect((await processor.handleOutboundMessage(own))[0]).toMatchObject({
      data_coding: 8,
      dest_addr_ton: 1,
      registered_delivery: 1,
      validity_period: "000000010000000R",
      schedule_delivery_time: "000000000500000R",
      unknown_tlvs: [{ tag: 0x1400 }, { tag: 0x1401 }],
    });
    expect((await processor.handleOutboundMessage(newMessage(fields)))[0]).toMatchObject({
      data_coding: 3,
      registered_delivery: 0,
      validity_period: "",
      unknown_tlvs: [{ tag: 0x1400 }],
    });
  });

  test("has a TLV's value that wins over the configuration's", async () => {
    const [pdu] = await asking({ tlvs: { "5120": "2" } });
    expect(pdu?.unknown_tlvs).toEqual([{ tag: 0x1400, value: Uint8Array.of(0x32) }]);
  });

  test("may be about handling", async () => {
    const parts = await asking({ multipart_handling: "multipart_sar" }, "x".repeat(300));
    expect(parts).toHaveLength(3);
  });

  test.each<[unknown, string]>([
    [
      { data_codign: 8 },
      "transport_metadata.smpp: data_codign: unknown key, did you mean data_coding?",
    ],
    [
      { priority_flag: 9 },
      "transport_metadata.smpp: priority_flag: expected an integer from 0 to 3, got 9",
    ],
    [{ address_rules: {} }, "transport_metadata.smpp: address_rules: unknown key"],
    ["fast", 'transport_metadata.smpp: configuration: expected a mapping, got "fast"'],
    [JSON.parse('{"__proto__": {"data_coding": 8}}'), "__proto__: unknown key"],
  ])("%j is refused", async (smpp, says) => {
    const error = await refusalOf(asking(smpp));
    expect(error).toMatchObject({
      name: "ProcessorError",
      code: "override_invalid",
      field: "transport_metadata.smpp",
    });
    expect(error.message).toContain(says);
  });
});
