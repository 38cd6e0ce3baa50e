/** What single SMSCs ask of a submit_sm: rows from what providers publish. */
import { newMessage } from "@esme/messages";
import { encode } from "@esme/pdu";
import { decodeShortMessage, readUdh } from "@esme/sm-split";
import { describe, expect, test } from "vitest";
import {
  ConfigError,
  ProcessorError,
  type SubmitConfig,
  SubmitShortMessageProcessor,
  type SubmitSm,
  type TlvDefinitions,
} from "../src/index.ts";

const addresses = { from_addr: "123456", to_addr: "27820001001" };

function submit(
  content: string,
  config: SubmitConfig,
  {
    smpp,
    tlvs,
    ...fields
  }: { smpp?: object; tlvs?: TlvDefinitions; from_addr?: string; to_addr?: string } = {},
): Promise<SubmitSm[]> {
  const processor = new SubmitShortMessageProcessor(config, { ...(tlvs && { tlvs }) });
  const message = {
    ...addresses,
    ...fields,
    content,
    ...(smpp && { transport_metadata: { smpp } }),
  };
  return processor.handleOutboundMessage(newMessage(message));
}

const hexOf = (pdu: SubmitSm | undefined) => Buffer.from(pdu?.short_message ?? []).toString("hex");

describe("codings", () => {
  const gatewayApi: SubmitConfig["codings"] = [
    { charset: "gsm0338", data_coding: 0 },
    { charset: "latin1", data_coding: 3 },
    { charset: "utf-16be", data_coding: 8 },
    { charset: "gsm0338", data_coding: 240, message_class: 0 },
    { charset: "utf-16be", data_coding: 24, message_class: "flash" },
  ];
  const webcom: SubmitConfig["codings"] = [
    { charset: "gsm0338", data_coding: 0 },
    { charset: "latin1", data_coding: 1 },
    { charset: "utf-16be", data_coding: 2 },
  ];
  const packed: SubmitConfig["codings"] = [
    { charset: "gsm0338-packed", data_coding: 0 },
    { charset: "utf-16be", data_coding: 8 },
  ];
  const classFirst: SubmitConfig["codings"] = [
    { charset: "gsm0338", data_coding: 240, message_class: 0 },
    { charset: "latin1", data_coding: 3 },
  ];
  const latinByDefault: SubmitConfig["codings"] = [
    { charset: "latin1", data_coding: 0 },
    { charset: "utf-16be", data_coding: 8 },
  ];

  test.each<[string, SubmitConfig, object, string, number, string]>([
    ["the first that has the text", { codings: gatewayApi }, {}, "@é", 0, "0005"],
    ["the next one", { codings: gatewayApi }, {}, "ê", 3, "ea"],
    ["the last one", { codings: gatewayApi }, {}, "ж", 8, "0436"],
    ["UCS2 by another number", { codings: webcom }, {}, "ж", 2, "0436"],
    ["Latin 1 by another number", { codings: webcom }, {}, "ê", 1, "ea"],
    ["Latin 1 as the SMSC's default", { codings: latinByDefault }, {}, "@é", 0, "40e9"],
    ["what the message asks for", { codings: webcom }, { data_coding: 1 }, "é", 1, "e9"],
    ["binary by number that is text here", { codings: webcom }, { data_coding: 2 }, "é", 2, "00e9"],
    [
      "a number of the standard beside the list",
      { codings: webcom },
      { data_coding: 6 },
      "ж",
      6,
      "d6",
    ],
    [
      "the list, where what is asked for has not the text",
      { codings: gatewayApi },
      { data_coding: 3 },
      "€",
      0,
      "1b65",
    ],
    [
      "the configured number before the list",
      { codings: gatewayApi, data_coding: 8 },
      {},
      "x",
      8,
      "0078",
    ],
    ["flash by its row", { codings: gatewayApi }, { message_class: 0 }, "x", 240, "78"],
    [
      "flash in UCS2 by its row",
      { codings: gatewayApi },
      { message_class: "FLASH" },
      "ж",
      24,
      "0436",
    ],
    ["flash by the standard", {}, { message_class: 0 }, "x", 16, "78"],
    ["flash in UCS2 by the standard", {}, { message_class: 0 }, "ж", 24, "0436"],
    ["flash in what is configured", { data_coding: 8 }, { message_class: 0 }, "x", 24, "0078"],
    ["another class", {}, { message_class: 2 }, "x", 18, "78"],
    ["packed septets", { codings: packed }, {}, "hello", 0, "e8329bfd06"],
    ["UCS2 beside packed septets", { codings: packed }, {}, "ж", 8, "0436"],
    [
      "the first without a class, where one with a class is above",
      { codings: classFirst },
      {},
      "x",
      3,
      "78",
    ],
  ])("take %s", async (_, config, smpp, content, data_coding, octets) => {
    for (const multipart_handling of ["short_message", "multipart_udh"] as const) {
      const [pdu] = await submit(content, { ...config, multipart_handling }, { smpp });
      expect(pdu?.data_coding).toBe(data_coding);
      expect(hexOf(pdu)).toBe(octets);
    }
  });

  test("fill parts with packed septets", async () => {
    const codings = [{ charset: "gsm0338-packed", data_coding: 0 }];
    const parts = await submit("x".repeat(306), { codings, multipart_handling: "multipart_udh" });
    expect(parts.map((part) => part.short_message?.length)).toEqual([140, 140]);
  });

  test.each<[SubmitConfig, object, string]>([
    [{ codings: [{ charset: "gsm0338", data_coding: 0 }] }, {}, "content: U+0416 at index 0"],
    [{ codings: gatewayApi, fallback_data_coding: "none" }, {}, "content: U+0416 at index 0"],
    [
      {
        codings: [
          { charset: "gsm0338", data_coding: 0 },
          { charset: "utf-16be", data_coding: 24, message_class: 0 },
        ],
      },
      {},
      "content: U+0416 at index 0",
    ],
    [
      { codings: gatewayApi },
      { data_coding: 4 },
      "transport_metadata.smpp: data_coding: expected a data_coding that has characters, got 4",
    ],
  ])("%j with %j are not enough for every text", async (config, smpp, says) => {
    await expect(submit("Ж", config, { smpp })).rejects.toThrow(says);
  });

  test.each<[unknown, string]>([
    [
      [],
      "codings: expected a list of mappings with charset, data_coding and, for flash, message_class; at least one without message_class, got a list",
    ],
    [
      [{ charset: "utf-99", data_coding: 0 }],
      'codings.0.charset: expected the name of a character set, such as gsm0338, latin1 or utf-16be, got "utf-99"',
    ],
    [[{ charset: "binary", data_coding: 4 }], "codings.0.charset"],
    [
      [{ charset: "latin1", data_codin: 0 }],
      "codings.0.data_codin: unknown key, did you mean data_coding?",
    ],
    [
      [{ charset: "gsm0338", data_coding: 240, message_class: 0 }],
      "at least one without message_class",
    ],
    [
      [
        { charset: "gsm0338", data_coding: 0 },
        { charset: "gsm0338-packed", data_coding: 1 },
      ],
      "GSM text in all of them packed, or in none",
    ],
  ])("%j are refused", (codings, says) => {
    const make = () => Reflect.construct(SubmitShortMessageProcessor, [{ codings }]);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(says);
  });
});

describe("parts", () => {
  const lengths = async (content: string, config: SubmitConfig) => {
    const parts = await submit(content, { multipart_handling: "multipart_udh", ...config });
    return parts.map(({ short_message = new Uint8Array(0) }) => readUdh(short_message).body.length);
  };

  test.each<[SubmitConfig, string, number[]]>([
    [{ part_limits: { septets: 152 } }, "x".repeat(161), [152, 9]],
    [{ part_limits: { septets: 134 } }, "x".repeat(161), [134, 27]],
    [{ part_limits: { code_units: 66 } }, "ж".repeat(71), [132, 10]],
    [{ part_limits: { septets: 152 } }, "ж".repeat(71), [134, 8]],
    [{ data_coding: 3, part_limits: { octets: 130 } }, "ê".repeat(141), [130, 11]],
  ])("%j cut %# at other lengths", async (config, content, wanted) => {
    expect(await lengths(content, config)).toEqual(wanted);
  });

  test("may be limited when there is but one", async () => {
    const config: SubmitConfig = {
      multipart_handling: "multipart_udh",
      single_limits: { septets: 150 },
    };
    expect(await submit("x".repeat(150), config)).toHaveLength(1);
    expect(await submit("x".repeat(151), config)).toHaveLength(2);
  });

  test("may be limited in number", async () => {
    const config: SubmitConfig = { multipart_handling: "multipart_udh", max_parts: 1 };
    expect(await submit("x".repeat(160), config)).toHaveLength(1);
    await expect(submit("x".repeat(161), config)).rejects.toMatchObject({ code: "too_many_parts" });
    expect(await submit("x".repeat(161), config, { smpp: { max_parts: 2 } })).toHaveLength(2);
  });

  test.each([
    ["all", [1, 1, 1]],
    ["first", [1, 0, 0]],
    ["last", [0, 0, 1]],
  ] as const)("ask for receipts: %s", async (parts, wanted) => {
    const config: SubmitConfig = {
      multipart_handling: "multipart_udh",
      registered_delivery: { delivery_receipt: 1, parts },
    };
    const pdus = await submit("x".repeat(459), config);
    expect(pdus.map((pdu) => pdu.registered_delivery)).toEqual(wanted);
    expect((await submit("x", config))[0]?.registered_delivery).toBe(1);
  });
});

describe("the sender's TON and NPI", () => {
  const types: SubmitConfig = {
    source_addr_ton: 1,
    source_addr_npi: 0,
    source_addr_types: {
      alphanumeric: [5, 1],
      short_code: ["NETWORK_SPECIFIC", 1],
      international: [1, "ISDN"],
    },
  };

  test.each([
    ["Vumi", 5, 1, "Vumi"],
    ["4Ever", 5, 1, "4Ever"],
    ["Café", 5, 1, "Café"],
    ["12345", 3, 1, "12345"],
    ["12345678", 3, 1, "12345678"],
    ["123456789", 1, 1, "123456789"],
    ["+27820001001", 1, 1, "27820001001"],
    ["+1234", 1, 1, "1234"],
    ["A+12", 5, 1, "A+12"],
    ["+1st", 5, 1, "+1st"],
    ["*123#", 1, 0, "*123#"],
    ["*123", 1, 0, "*123"],
    ["123#", 1, 0, "123#"],
    ["", 1, 0, ""],
  ])("of %s are %i and %i", async (from_addr, source_addr_ton, source_addr_npi, source_addr) => {
    const [pdu] = await submit("x", types, { from_addr });
    expect(pdu).toMatchObject({ source_addr_ton, source_addr_npi, source_addr });
  });

  test.each<[object, number, number]>([
    [{ source_addr_ton: 2 }, 2, 0],
    [{ source_addr_npi: 9 }, 1, 9],
    [{ priority_flag: 1 }, 3, 1],
  ])("are the message's own when it says one of them: %j", async (smpp, ton, npi) => {
    const [pdu] = await submit("x", types, { smpp });
    expect(pdu).toMatchObject({ source_addr_ton: ton, source_addr_npi: npi });
  });

  test("have the plan of source_addr_npi where only a type is known", async () => {
    const config = { source_addr_npi: 9, source_addr_types: { alphanumeric: [5] } } as const;
    const [pdu] = await submit(
      "x",
      { ...config, source_addr_types: { alphanumeric: [5] } },
      { from_addr: "Kaleyra" },
    );
    expect(pdu).toMatchObject({ source_addr_ton: 5, source_addr_npi: 9 });
  });

  test.each([
    [5, 1],
    [6, 3],
    [3, 1],
  ])("of 5 digits follow short_code_digits %i", async (short_code_digits, ton) => {
    const source_addr_types = { ...types.source_addr_types, short_code_digits };
    const [pdu] = await submit("x", { source_addr_types }, { from_addr: "123456" });
    expect(pdu?.source_addr_ton).toBe(ton);
  });

  test.each<[unknown, string]>([
    [
      { alphanumeric: 5 },
      "source_addr_types.alphanumeric: expected [ton, npi] or [ton], as numbers or names, got 5",
    ],
    [
      { alphanumeric: [5, 0, 0] },
      "source_addr_types.alphanumeric: expected [ton, npi] or [ton], as numbers or names, got a list",
    ],
    [{ alphanumeric: [] }, "source_addr_types.alphanumeric"],
    [{ shortcode: [3, 0] }, "source_addr_types.shortcode: unknown key, did you mean short_code?"],
  ])("%j are refused", (source_addr_types, says) => {
    const make = () => Reflect.construct(SubmitShortMessageProcessor, [{ source_addr_types }]);
    expect(make).toThrow(says);
  });
});

describe("the recipient's number", () => {
  test.each<[SubmitConfig["dest_addr_form"], string, string]>([
    ["as_written", "+27820001001", "+27820001001"],
    ["no_plus", "+27820001001", "27820001001"],
    ["no_plus", "0027820001001", "0027820001001"],
    ["no_plus", "27+82", "27+82"],
    ["digits", "+27 82 000-1001", "27820001001"],
    ["digits", "0027820001001", "27820001001"],
    ["digits", "(27) 82.000/1001", "27820001001"],
  ])("%s: %s goes out as %s", async (dest_addr_form, to_addr, destination_addr) => {
    const [pdu] = await submit("x", { dest_addr_form }, { to_addr });
    expect(pdu?.destination_addr).toBe(destination_addr);
  });

  test.each(["ALICE", "+", "00", "27820001001x", "x27820001001"])(
    "%s is refused where digits are wanted",
    async (to_addr) => {
      await expect(submit("x", { dest_addr_form: "digits" }, { to_addr })).rejects.toMatchObject({
        code: "address_invalid",
        message: "to_addr: expected digits, which this SMSC requires, got other characters",
      });
    },
  );
});

describe("what an SMSC ignores", () => {
  test("is refused when a message asks for it", async () => {
    const config: SubmitConfig = { unsupported: ["schedule_delivery_time"] };
    const scheduled = submit("x", config, { smpp: { schedule_delivery_time: 60 } });
    await expect(scheduled).rejects.toBeInstanceOf(ProcessorError);
    await expect(scheduled).rejects.toMatchObject({
      code: "unsupported",
      message: "transport_metadata.smpp: this SMSC ignores schedule_delivery_time",
    });
    expect(await submit("x", config, { smpp: { validity_period: 60 } })).toHaveLength(1);
  });
});

describe("TLVs of the connection", () => {
  const india: TlvDefinitions = {
    entity_id: { tag: "0x1400", type: "text", max: 30 },
    template_id: { tag: 0x1401, type: "text", max: 50 },
    carrier_id: { tag: "0x3201", type: "integer", size: 2 },
    purpose: { tag: "0x1414", type: "c_string" },
    blob: { tag: "0x1520", type: "octets", size: 4 },
    mark: { tag: "0x1521", type: "hex" },
    answered: { tag: "0x1522", type: "c_string", commands: ["deliver_sm"] },
    mine: { tag: "0x1523", type: "text", max: 1, commands: ["submit_sm"] },
  };

  test.each<[object, [number, string]]>([
    [{ entity_id: "1101" }, [0x1400, "31313031"]],
    [{ "0x1400": "1101" }, [0x1400, "31313031"]],
    [{ "5121": "11" }, [0x1401, "3131"]],
    [{ carrier_id: 258 }, [0x3201, "0102"]],
    [{ carrier_id: "258" }, [0x3201, "0102"]],
    [{ "0x3201": 258 }, [0x3201, "0102"]],
    [{ purpose: "OTP" }, [0x1414, "4f545000"]],
    [{ mine: "x" }, [0x1523, "78"]],
    [{ blob: "abcd" }, [0x1520, "61626364"]],
    [{ blob: { hex: "00010203" } }, [0x1520, "00010203"]],
    [{ mark: "c0de" }, [0x1521, "c0de"]],
    [{ user_message_reference: 7 }, [0x0204, "0007"]],
  ])(
    "%j are written by their definitions, from configuration and message",
    async (values, [tag, hex]) => {
      const value = Uint8Array.from(Buffer.from(hex, "hex"));
      const given = { ...values };
      for (const pdus of [
        await submit("x", { tlvs: given }, { tlvs: india }),
        await submit("x", {}, { smpp: { tlvs: given }, tlvs: india }),
      ]) {
        expect(pdus[0]?.unknown_tlvs).toEqual([{ tag, value }]);
        for (const pdu of pdus) encode(pdu);
      }
    },
  );

  test.each<[object, string]>([
    [{ mine: "xy" }, 'tlvs.mine: expected at most 1 octets, got "xy"'],
    [{ blob: "abc" }, 'tlvs.blob: expected 4 octets, got "abc"'],
    [{ carrier_id: "x" }, 'tlvs.carrier_id: expected what fits into uint16, got "x"'],
    [{ mark: "xyz" }, 'tlvs.mark: expected what fits into hex, got "xyz"'],
    [{ answered: "1" }, 'tlvs.answered: expected no value: submit_sm does not carry it, got "1"'],
    [{ entityid: "1" }, "expected entity_id, template_id, carrier_id,"],
  ])("%j are refused", async (tlvs, says) => {
    const make = () => new SubmitShortMessageProcessor({ tlvs: { ...tlvs } }, { tlvs: india });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(says);
    const asked = submit("x", {}, { smpp: { tlvs }, tlvs: india });
    await expect(asked).rejects.toMatchObject({ code: "override_invalid" });
  });

  test("hold what the length of a TLV can say", () => {
    const tlvs = { purpose: "x".repeat(65_535) };
    const make = () => new SubmitShortMessageProcessor({ tlvs }, { tlvs: india });
    expect(make).toThrow(
      'tlvs.purpose: expected at most 65535 octets, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...',
    );
  });

  test("are fixed by configuration, and added by the message", async () => {
    const config = { tlvs: { entity_id: "1101" } };
    const [pdu] = await submit("x", config, {
      smpp: { tlvs: { template_id: "1107" } },
      tlvs: india,
    });
    expect(pdu?.unknown_tlvs?.map(({ tag }) => tag)).toEqual([0x1400, 0x1401]);
    const [own] = await submit("x", config, {
      smpp: { tlvs: { entity_id: "1102", template_id: "1107" } },
      tlvs: india,
    });
    expect(own?.unknown_tlvs?.map(({ tag }) => tag)).toEqual([0x1400, 0x1401]);
  });

  test("may be demanded", async () => {
    const config: SubmitConfig = {
      tlvs: { entity_id: "1101" },
      required_tlvs: ["entity_id", "0x1401"],
    };
    await expect(submit("x", config, { tlvs: india })).rejects.toMatchObject({
      code: "tlv_missing",
      message:
        "transport_metadata.smpp.tlvs: missing 0x1401, which this SMSC requires, in the configuration or in the message",
    });
    const smpp = { tlvs: { template_id: "1107" } };
    expect(await submit("x", config, { smpp, tlvs: india })).toHaveLength(1);
    expect(() => new SubmitShortMessageProcessor({ required_tlvs: ["entity"] })).toThrow(
      'required_tlvs: expected a standard TLV\'s name or a tag from 0 to 0xffff, got "entity"',
    );
  });

  test("of two connections in one process have one tag and two meanings", async () => {
    const sms: TlvDefinitions = { reference: { tag: "0x1400", type: "c_string" } };
    const [one] = await submit("x", { tlvs: { entity_id: "1" } }, { tlvs: india });
    const [other] = await submit("x", { tlvs: { reference: "1" } }, { tlvs: sms });
    expect(one?.unknown_tlvs).toEqual([{ tag: 0x1400, value: Uint8Array.of(0x31) }]);
    expect(other?.unknown_tlvs).toEqual([{ tag: 0x1400, value: Uint8Array.of(0x31, 0) }]);
  });
});

test("a text in Latin 1 that is the SMSC's default goes out in parts of 134 octets", async () => {
  const codings = [
    { charset: "latin1", data_coding: 0 },
    { charset: "utf-16be", data_coding: 8 },
  ];
  const parts = await submit("ê".repeat(200), { codings, multipart_handling: "multipart_udh" });
  const texts = parts.map(({ short_message = new Uint8Array(0) }) =>
    decodeShortMessage(readUdh(short_message).body, 0, { overrides: { 0: "latin1" } }),
  );
  expect(texts.map(({ length }) => length)).toEqual([134, 66]);
  expect(texts.join("")).toBe("ê".repeat(200));
});
