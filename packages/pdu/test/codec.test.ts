// Codecs with TLVs of their own, and responses.

import { describe, expect, test } from "vitest";
import {
  type CodecOptions,
  type CommandName,
  createCodec,
  cstring,
  decode,
  encode,
  Framer,
  integer,
  octets,
  type Pdu,
  responseTo,
  Status,
  type VendorTlvs,
} from "../src/index.ts";
import { octetsOf } from "./hex.ts";

const codec = createCodec({
  tlvs: {
    pe_id: { tag: 0x1400, type: cstring({ max: 31 }), commands: ["submit_sm"] },
    flag: { tag: 0x1401, type: integer({ size: 1 }), commands: ["submit_sm", "data_sm"] },
    parts: { tag: 0x1402, type: octets({ min: 1, max: 4 }), multiple: true },
  },
});

describe("vendor TLVs", () => {
  test("stand under their names, in both directions", () => {
    const pdu = {
      command: "submit_sm",
      pe_id: "1701158000000000",
      parts: [octetsOf("01"), octetsOf("0203")],
      flag: 1,
    } as const;
    expect(codec.decode(codec.encode(pdu))).toMatchObject(pdu);
  });

  test("are unknown to a command that they do not list", () => {
    const frame = codec.encode({ command: "submit_sm", flag: 1, pe_id: "1" });
    new DataView(frame.buffer, frame.byteOffset).setUint32(4, 0x05); // deliver_sm: the same fields
    const pdu = codec.decode(frame);
    expect(pdu).toMatchObject({
      unknown_tlvs: [
        { tag: 0x1401, value: octetsOf("01") },
        { tag: 0x1400, value: octetsOf("3100") },
      ],
    });
    expect(pdu).not.toHaveProperty("flag");
    const foreign = { command: "deliver_sm", pe_id: "1" } as const;
    expect(() => codec.encode(foreign)).toThrow(
      expect.objectContaining({ code: "unknown_field", field: "pe_id" }),
    );
  });

  test("of another codec are unknown", () => {
    const frame = codec.encode({ command: "submit_sm", flag: 1 });
    expect(decode(frame)).toMatchObject({ unknown_tlvs: [{ tag: 0x1401, value: octetsOf("01") }] });
    const other = createCodec({ tlvs: { other: { tag: 0x1401, type: octets({ size: 1 }) } } });
    expect(other.decode(frame)).toMatchObject({ other: octetsOf("01") });
  });

  test.each([
    ["too long", { parts: [new Uint8Array(5)] }, "too_long", "parts"],
    ["too short", { parts: [new Uint8Array(0)] }, "too_short", "parts"],
    ["too large", { flag: 256 }, "out_of_range", "flag"],
  ])("are refused when %s", (_, tlvs, code, field) => {
    expect(() => codec.encode({ command: "submit_sm", ...tlvs })).toThrow(
      expect.objectContaining({ code, field }),
    );
  });

  test("of a wrong size are refused when they come", () => {
    const frame = encode({
      command: "submit_sm",
      unknown_tlvs: [{ tag: 0x1401, value: octetsOf("0102") }],
    });
    expect(() => codec.decode(frame)).toThrow(
      expect.objectContaining({ code: "too_long", field: "flag", limit: 1 }),
    );
  });

  test.each<[string, VendorTlvs]>([
    ["the name of a standard TLV", { message_payload: { tag: 0x1400, type: octets({ max: 9 }) } }],
    ["the name of a field", { source_addr: { tag: 0x1400, type: octets({ max: 9 }) } }],
    ["the name of a header field", { sequence_number: { tag: 0x1400, type: octets({ max: 9 }) } }],
    ["the name of what objects have", { toString: { tag: 0x1400, type: octets({ max: 9 }) } }],
    [
      "the name __proto__",
      JSON.parse('{"__proto__":{"tag":5120,"type":{"type":"octet-string","min":0,"max":1}}}'),
    ],
    ["the tag of a standard TLV", { mine: { tag: 0x0424, type: octets({ max: 9 }) } }],
    [
      "a tag twice",
      {
        a: { tag: 0x1400, type: octets({ max: 9 }) },
        b: { tag: 0x1400, type: octets({ max: 9 }) },
      },
    ],
    ["a tag above 0xFFFF", { mine: { tag: 0x1_0000, type: octets({ max: 9 }) } }],
    ["a fraction for a tag", { mine: { tag: 1.5, type: octets({ max: 9 }) } }],
    ["a size above 65535", { mine: { tag: 0x1400, type: octets({ max: 65_536 }) } }],
    [
      "a least size above the greatest",
      { mine: { tag: 0x1400, type: octets({ min: 2, max: 1 }) } },
    ],
    [
      "a string without room for its NUL",
      { mine: { tag: 0x1400, type: cstring({ min: 0, max: 0 }) } },
    ],
    [
      "an integer of 3 octets",
      { mine: { tag: 0x1400, type: { ...integer({ size: 1 }), max: 3 } } },
    ],
    ["no object for its definition", { mine: JSON.parse("null") }],
    ["no type", { mine: JSON.parse('{"tag":5120}') }],
    ["a text for its type", { mine: JSON.parse('{"tag":5120,"type":"octets"}') }],
    ["an unknown key", { mine: JSON.parse('{"tag":5120,"typ":{"type":"integer"}}') }],
    [
      "a command that is none",
      { mine: { tag: 0x1400, type: octets({ max: 9 }), commands: ["submit" as CommandName] } },
    ],
  ])("cannot have %s", (_, tlvs) => {
    expect(() => createCodec({ tlvs })).toThrow(
      expect.objectContaining({ name: "PduError", code: "bad_tlv_definition" }),
    );
  });
});

/** What a program without types could hand over. */
const untyped = (options: unknown) => options as CodecOptions;

describe("options that are none are refused", () => {
  test.each<[unknown, string]>([
    [{ tlv: {} }, "createCodec: unknown option tlv (object), did you mean tlvs?"],
    [{ max_password_length: 9 }, "unknown option max_password_length (number), did you mean max"],
    [{ tolerate: true }, "createCodec: tolerate: expected a function, got a boolean"],
    [{ sequence: 1 }, "createCodec: sequence: expected a function, got a number"],
    [{ tlvs: "secret" }, "createCodec: tlvs: expected an object, got a string"],
    [{ tlvs: null }, "createCodec: tlvs: expected an object, got null"],
    [{ maxPasswordLength: "9" }, "maxPasswordLength: expected a number, got a string"],
    [{ colour: 1 }, "(number), expected tlvs, sequence, tolerate, maxPasswordLength"],
    ["secret", "createCodec: expected an object, got a string"],
    [null, "createCodec: expected an object, got null"],
  ])("%j", (options, message) => {
    const make = () => createCodec(untyped(options));
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/secret/);
  });

  test.each<[unknown, string]>([
    [
      { maxPduLenght: 16 },
      "Framer: unknown option maxPduLenght (number), did you mean maxPduLength?",
    ],
    [{ maxPduLength: "16" }, "Framer: maxPduLength: expected a number, got a string"],
    [16, "Framer: expected an object, got a number"],
  ])("of a framer: %j", (options, message) => {
    expect(() => new Framer(options as object)).toThrow(new TypeError(message));
  });

  test("of a TLV: they and the commands have their nearest names", () => {
    const type = octets({ size: 1 });
    const make = (definition: object) => () =>
      createCodec(untyped({ tlvs: { mine: { tag: 5120, type, ...definition } } }));
    expect(make({ comands: [] })).toThrow(
      "TLV mine: unknown option comands (object), did you mean commands?",
    );
    expect(make({ commands: ["submitSm"] })).toThrow(
      "TLV mine: there is no command submitSm, did you mean submit_sm?",
    );
    expect(make({ commands: {} })).toThrow("TLV mine: commands: expected an array, got an object");
    expect(make({ commands: "submit_sm" })).toThrow(
      "TLV mine: commands: expected an array, got a string",
    );
  });
});

describe("responseTo", () => {
  test("has the right command and the same sequence_number", () => {
    expect(responseTo(decode(encode({ command: "submit_sm" }, 7)))).toEqual({
      command: "submit_sm_resp",
      sequence_number: 7,
    });
  });

  test("takes the fields of the response", () => {
    const request = { command: "bind_transceiver", sequence_number: 7 } as const;
    expect(
      responseTo(request, { command_status: Status.ESME_RBINDFAIL, system_id: "smsc" }),
    ).toEqual({
      command: "bind_transceiver_resp",
      sequence_number: 7,
      command_status: 0x0d,
      system_id: "smsc",
    });
  });

  test("a deliver_sm_resp has its empty message_id: 17 octets", () => {
    const request = decode(encode({ command: "deliver_sm" }, 7));
    expect(encode(responseTo(request)).length).toBe(17);
  });

  test("an unknown command is answered by a generic_nack", () => {
    const unknown: Pdu = decode(octetsOf("00000010010000010000000000000007"));
    expect(responseTo(unknown)).toEqual({
      command: "generic_nack",
      sequence_number: 7,
      command_status: Status.ESME_RINVCMDID,
    });
  });

  test.each(["outbind", "alert_notification", "submit_sm_resp", "generic_nack"] as const)(
    "nothing answers %s",
    (command) => {
      expect(() => responseTo({ command, sequence_number: 7 })).toThrow(
        expect.objectContaining({ code: "no_response", sequence_number: 7 }),
      );
    },
  );
});

describe("a password of 9 characters or more", () => {
  const bind = { command: "bind_transceiver", system_id: "acme", password: "123456789" } as const;

  test("is refused, never cut", () => {
    expect(() => encode(bind)).toThrow(/password has 9 characters, at most 8 fit/);
  });

  test("is written and read where the codec was told so", () => {
    const long = createCodec({ maxPasswordLength: 9 });
    const frame = long.encode(bind, 1);
    expect(long.decode(frame)).toMatchObject(bind);
    expect(() => decode(frame)).toThrow(/password .* no NUL within 9/);
    expect(createCodec({ tolerate: () => {} }).decode(frame)).toMatchObject(bind);
    expect(() => long.encode({ ...bind, password: "1234567890" })).toThrow(/at most 9 fit/);
  });

  test.each([7, 65, Number.NaN])("a limit of %d is refused", (maxPasswordLength) => {
    expect(() => createCodec({ maxPasswordLength })).toThrow(
      /^maxPasswordLength: expected 8 to 64, got/,
    );
  });
});
