// What encode fills in, and what it refuses.

import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  createCodec,
  decode,
  encode,
  octets,
  type PduErrorCode,
  type PduInput,
  Status,
} from "../src/index.ts";
import { hexOf, octetsOf } from "./hex.ts";

const text = (length: number) => "x".repeat(length);

/** What a program without types could hand over. */
const untyped = (pdu: unknown) => pdu as PduInput;

describe("defaults and computed fields", () => {
  test("only the command is needed", () => {
    expect(hexOf(encode({ command: "enquire_link" }))).toBe("00000010000000150000000000000000");
  });

  test("a bind speaks 3.4 unless told otherwise", () => {
    expect(decode(encode({ command: "bind_transceiver" }))).toMatchObject({
      interface_version: 0x34,
      system_id: "",
    });
  });

  test("lengths and counts are computed", () => {
    const frame = encode({
      command: "submit_multi",
      dest_address: [
        { dest_flag: 2, dl_name: "A" },
        { dest_flag: 1, destination_addr: "1" },
      ],
      short_message: octetsOf("414243"),
    });
    expect(hexOf(frame.subarray(16))).toBe(
      ["00000000", "02", "024100", "0100003100", "00".repeat(9), "03414243"].join(""),
    );
  });

  test.each([
    ["submit_sm", "source_addr"],
    ["bind_transceiver", "system_id"],
  ] as const)("fields and TLVs that a %s inherits are written like its own", (command, field) => {
    const values = { command, [field]: "A", user_message_reference: 7 };
    const inherited = Object.create({ ...values, helper: "of a class" });
    expect(encode(inherited)).toEqual(encode(untyped(values)));
  });

  test("undefined counts as absent", () => {
    const frame = encode({ command: "submit_sm", source_addr: undefined, source_port: undefined });
    expect(frame).toEqual(encode({ command: "submit_sm" }));
  });

  test("TLVs are written in the order of the keys, unknown ones last", () => {
    const frame = encode({
      command: "deliver_sm",
      unknown_tlvs: [{ tag: 0x1403, value: octetsOf("ff") }],
      message_state: 2,
      user_message_reference: 1,
      source_port: 2,
    });
    const tlvs = ["0427000102", "020400020001", "020a00020002", "14030001ff"];
    expect(hexOf(frame).endsWith(tlvs.join(""))).toBe(true);
  });

  test("a standard TLV is written on any command, so that a relay can pass it on", () => {
    const deliver = { command: "deliver_sm", source_network_type: 1 } as const;
    expect(decode(encode(deliver))).toMatchObject(deliver);
  });
});

describe("sequence numbers", () => {
  test("the second argument wins over the PDU's own", () => {
    const pdu = { command: "unbind", sequence_number: 5 } as const;
    expect(decode(encode(pdu)).sequence_number).toBe(5);
    expect(decode(encode(pdu, 6)).sequence_number).toBe(6);
    expect(pdu.sequence_number).toBe(5);
  });

  test("a codec with a sequence numbers the requests that have none", () => {
    let last = 0;
    const codec = createCodec({ sequence: () => ++last });
    const numberOf = (pdu: PduInput, number?: number) =>
      codec.decode(codec.encode(pdu, number)).sequence_number;
    expect(numberOf({ command: "enquire_link" })).toBe(1);
    expect(numberOf({ command: "submit_sm" })).toBe(2);
    expect(numberOf({ command: "submit_sm", sequence_number: 9 })).toBe(9);
    expect(numberOf({ command: "submit_sm" }, 10)).toBe(10);
    expect(numberOf({ command: "enquire_link_resp" })).toBe(0);
    expect(last).toBe(2);
  });
});

describe("what does not fit is refused, and told without the value", () => {
  test.each<[string, unknown, PduErrorCode, string, number | undefined]>([
    [
      "a long string",
      { command: "submit_sm", source_addr: text(21) },
      "too_long",
      "source_addr",
      20,
    ],
    [
      "a long password",
      { command: "bind_transmitter", password: "secret123" },
      "too_long",
      "password",
      8,
    ],
    [
      "a long text",
      { command: "submit_sm", short_message: new Uint8Array(256) },
      "too_long",
      "short_message",
      255,
    ],
    [
      "a time of odd length",
      { command: "submit_sm", validity_period: "000001" },
      "too_short",
      "validity_period",
      16,
    ],
    [
      "a NUL in a string",
      { command: "query_sm", message_id: "a\0b" },
      "bad_character",
      "message_id",
      undefined,
    ],
    [
      "a character beyond Latin-1",
      { command: "query_sm", message_id: "4€" },
      "bad_character",
      "message_id",
      undefined,
    ],
    [
      "an emoji",
      { command: "query_sm", message_id: "😀" },
      "bad_character",
      "message_id",
      undefined,
    ],
    [
      "a number too large",
      { command: "submit_sm", esm_class: 256 },
      "out_of_range",
      "esm_class",
      255,
    ],
    [
      "a negative number",
      { command: "submit_sm", esm_class: -1 },
      "out_of_range",
      "esm_class",
      255,
    ],
    ["a fraction", { command: "submit_sm", esm_class: 1.5 }, "out_of_range", "esm_class", 255],
    [
      "not a number",
      { command: "submit_sm", esm_class: Number.NaN },
      "out_of_range",
      "esm_class",
      255,
    ],
    [
      "digits for a number",
      { command: "submit_sm", esm_class: "1" },
      "wrong_type",
      "esm_class",
      undefined,
    ],
    [
      "a number for a string",
      { command: "submit_sm", source_addr: 447700900123 },
      "wrong_type",
      "source_addr",
      undefined,
    ],
    ["null", { command: "submit_sm", source_addr: null }, "wrong_type", "source_addr", undefined],
    [
      "a string for octets",
      { command: "submit_sm", short_message: "hello" },
      "wrong_type",
      "short_message",
      undefined,
    ],
    [
      "an array for octets",
      { command: "submit_sm", short_message: [1, 2] },
      "wrong_type",
      "short_message",
      undefined,
    ],
    [
      "a TLV too large",
      { command: "submit_sm", user_message_reference: 65_536 },
      "out_of_range",
      "user_message_reference",
      65_535,
    ],
    [
      "a TLV too short",
      { command: "deliver_sm", network_error_code: octetsOf("0300") },
      "too_short",
      "network_error_code",
      3,
    ],
    [
      "a TLV too long",
      { command: "deliver_sm", receipted_message_id: text(65) },
      "too_long",
      "receipted_message_id",
      64,
    ],
    [
      "one for a repeatable TLV",
      { command: "submit_sm", callback_num: octetsOf("01010131") },
      "wrong_type",
      "callback_num",
      undefined,
    ],
    [
      "a status too large",
      { command: "submit_sm_resp", command_status: 2 ** 32 },
      "out_of_range",
      "command_status",
      0xffff_ffff,
    ],
    [
      "a sequence_number too large",
      { command: "unbind", sequence_number: 2 ** 32 },
      "out_of_range",
      "sequence_number",
      0xffff_ffff,
    ],
    [
      "256 destinations",
      { command: "submit_multi", dest_address: Array(256).fill({ dest_flag: 2 }) },
      "too_long",
      "dest_address",
      255,
    ],
    [
      "a dest_flag of 3",
      { command: "submit_multi", dest_address: [{ dest_flag: 3 }] },
      "bad_dest_flag",
      "dest_address[0].dest_flag",
      undefined,
    ],
    [
      "a destination that is none",
      { command: "submit_multi", dest_address: [null] },
      "wrong_type",
      "dest_address[0]",
      undefined,
    ],
    [
      "a foreign key in an entry",
      { command: "submit_multi", dest_address: [{ dest_flag: 2, destination_addr: "1" }] },
      "unknown_field",
      "dest_address[0].destination_addr",
      undefined,
    ],
    [
      "a long name in an entry",
      {
        command: "submit_multi",
        dest_address: [{ dest_flag: 2 }, { dest_flag: 2, dl_name: text(21) }],
      },
      "too_long",
      "dest_address[1].dl_name",
      20,
    ],
    [
      "an unknown TLV without tag",
      { command: "unbind", unknown_tlvs: [{ value: octetsOf("") }] },
      "wrong_type",
      "unknown_tlvs[0].tag",
      undefined,
    ],
    [
      "an unknown TLV too long",
      { command: "unbind", unknown_tlvs: [{ tag: 1, value: new Uint8Array(65_536) }] },
      "too_long",
      "unknown_tlvs[0].value",
      65_535,
    ],
    [
      "a misspelt key",
      { command: "submit_sm", destinaton_addr: "1" },
      "unknown_field",
      "destinaton_addr",
      undefined,
    ],
    [
      "a foreign key",
      { command: "submit_sm", message_id: "1" },
      "unknown_field",
      "message_id",
      undefined,
    ],
    [
      "a computed key",
      { command: "submit_sm", sm_length: 1 },
      "unknown_field",
      "sm_length",
      undefined,
    ],
    [
      "an own __proto__ key",
      JSON.parse('{"command":"submit_sm","__proto__":{"a":1}}'),
      "unknown_field",
      "__proto__",
      undefined,
    ],
    [
      "a misspelt key that is undefined",
      { command: "submit_sm", destinaton_addr: undefined },
      "unknown_field",
      "destinaton_addr",
      undefined,
    ],
    ["an unknown command", { command: "submit" }, "unknown_command", "command", undefined],
    [
      "a command that objects have",
      { command: "constructor" },
      "unknown_command",
      "command",
      undefined,
    ],
    ["no command", {}, "unknown_command", "command", undefined],
    [
      "a foreign key in an unknown PDU",
      { command: "unknown", command_id: 1, message_id: "1" },
      "unknown_field",
      "message_id",
      undefined,
    ],
  ])("%s", (_, pdu, code, field, limit) => {
    const run = () => encode(untyped(pdu));
    expect(run).toThrow(expect.objectContaining({ name: "PduError", code, field }));
    expect(run).toThrow(
      limit === undefined ? expect.anything() : expect.objectContaining({ limit }),
    );
    expect(run).not.toThrow(/secret|447700900123|hello|xxxx/);
    expect(run).toThrow(field);
  });

  test.each([
    ["a misspelt field", { command: "submit_sm", destinaton_addr: "1" }, "destination_addr"],
    ["a field in camel case", { command: "submit_sm", sourceAddr: "1" }, "source_addr"],
    ["a misspelt TLV", { command: "submit_sm", mesage_payload: text(1) }, "message_payload"],
    ["a misspelt header field", { command: "unbind", comand_status: 1 }, "command_status"],
    [
      "a misspelt field of an entry",
      { command: "submit_multi", dest_address: [{ dest_flag: 2, dlname: "A" }] },
      "dl_name",
    ],
    ["a misspelt key of an unknown PDU", { command: "unknown", command_id: 1, bdy: 1 }, "body"],
    ["a misspelt command", { command: "submitSm" }, "submit_sm"],
  ])("the error about %s names the nearest known one", (_, pdu, name) => {
    expect(() => encode(untyped(pdu))).toThrow(new RegExp(`, did you mean ${name}\\?$`));
  });

  test.each([
    ["a key that is near nothing", { command: "unbind", colour: 1 }, /of this command nor a TLV$/],
    ["a computed field", { command: "submit_sm", sm_length: 1 }, /sm_length is computed: leave it/],
  ])("the error about %s suggests none", (_, pdu, message) => {
    expect(() => encode(untyped(pdu))).toThrow(message);
  });

  test("a vendor's TLV is suggested for the commands that carry it", () => {
    const type = octets({ size: 1 });
    const { encode } = createCodec({
      tlvs: { mine_too: { tag: 5120, type, commands: ["data_sm"] } },
    });
    const run = (command: string) => () => encode(untyped({ command, minetoo: 1 }));
    expect(run("data_sm")).toThrow(/did you mean mine_too\?$/);
    expect(run("submit_sm")).toThrow(/of this command nor a TLV$/);
  });

  test("a key of 60,000 characters is shortened in the error", () => {
    for (const pdu of [
      { command: "unbind", ["a".repeat(60_000)]: 1 },
      { command: "a".repeat(60_000) },
    ]) {
      let thrown: unknown;
      try {
        encode(untyped(pdu));
      } catch (error) {
        thrown = error;
      }
      expect(JSON.stringify(thrown).length + String(thrown).length).toBeLessThan(600);
    }
  });

  test("the error tells the command and the sequence_number of the PDU", () => {
    expect(() => encode(untyped({ command: "submit_sm", esm_class: -1 }), 7)).toThrow(
      expect.objectContaining({
        command_id: 4,
        sequence_number: 7,
        command_status: Status.ESME_RSYSERR,
        offset: undefined,
      }),
    );
  });
});

describe("frames", () => {
  test("stay as they are while others are encoded", () => {
    const frames = Array.from({ length: 2000 }, (_, number) =>
      encode({ command: "unbind" }, number),
    );
    expect(frames.map((frame) => decode(frame).sequence_number)).toEqual([...frames.keys()]);
  });

  test("are right when a getter of the PDU encodes another one", () => {
    const inner: Uint8Array[] = [];
    const pdu = {
      command: "submit_sm" as const,
      get source_addr() {
        inner.push(encode({ command: "query_sm", message_id: "inner" }));
        return "outer";
      },
    };
    const outer = encode(pdu);
    expect(decode(outer)).toMatchObject({ command: "submit_sm", source_addr: "outer" });
    for (const frame of inner) {
      expect(decode(frame)).toMatchObject({ command: "query_sm", message_id: "inner" });
    }
  });

  test.each([1000, 60_000, 65_535])("carry a message_payload of %i octets", (length) => {
    const message_payload = new Uint8Array(length).fill(0x41);
    for (let times = 0; times < 8; times++) {
      const frame = encode({ command: "data_sm", message_payload });
      expect(frame.length).toBe(30 + length);
      const pdu = decode(frame);
      if (pdu.command !== "data_sm") throw new Error(pdu.command);
      expect(Buffer.compare(pdu.message_payload ?? new Uint8Array(0), message_payload)).toBe(0);
    }
  });

  test("are made of octets from another realm too", () => {
    const foreign: Uint8Array = runInNewContext("Uint8Array.of(0x41, 0x42, 0x43)");
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(decode(encode({ command: "submit_sm", short_message: foreign }))).toMatchObject({
      short_message: octetsOf("414243"),
    });
  });
});
