// What decode makes of well-formed, tolerable and malformed frames.

import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
  createCodec,
  decode,
  decodeDamaged,
  encode,
  octets as octetString,
  type PduError,
  type PduErrorCode,
  Status,
} from "../src/index.ts";
import { hexOf, octetsOf } from "./hex.ts";

/** A frame from hexadecimal digits without command_length, which is put before them. */
function frame(...parts: string[]): Uint8Array {
  const rest = octetsOf(parts.join("").replaceAll(" ", ""));
  const octets = new Uint8Array(4 + rest.length);
  octets.set(rest, 4);
  new DataView(octets.buffer).setUint32(0, octets.length);
  return octets;
}

const SUBMIT_SM = "00000004 00000000 00000007";
const DELIVER_SM = "00000005 00000000 00000007";
const SUBMIT_SM_RESP = "80000004 00000000 00000007";
const BODY = "00 0101 3100 0101 3200 000000 00 00 00000000";

function errorOf(run: () => unknown): PduError {
  try {
    run();
  } catch (error) {
    return error as PduError; // the caller checks its fields
  }
  throw new Error("nothing was thrown");
}

describe("a malformed frame is refused with the place, the field and what to answer", () => {
  test.each<[string, Uint8Array, PduErrorCode, string | undefined, number, number]>([
    ["no header", octetsOf("00000010"), "bad_length", undefined, 0, 0x02],
    ["an empty frame", octetsOf(""), "bad_length", undefined, 0, 0x02],
    [
      "a command_length below 16",
      octetsOf("0000000f80000006000000000000000700"),
      "bad_length",
      "command_length",
      0,
      0x02,
    ],
    [
      "a command_length above the frame",
      octetsOf("00000011800000060000000000000007"),
      "bad_length",
      "command_length",
      0,
      0x02,
    ],
    ["a request without its body", frame(SUBMIT_SM), "truncated", "service_type", 16, 0x02],
    ["a string without NUL", frame(SUBMIT_SM_RESP, "313233"), "truncated", "message_id", 16, 0x02],
    [
      "a string over its limit",
      frame(SUBMIT_SM, "313233343536 00", BODY.slice(3)),
      "too_long",
      "service_type",
      16,
      0xc2,
    ],
    ["an endless string", frame(SUBMIT_SM, "31".repeat(80)), "too_long", "service_type", 16, 0xc2],
    ["an integer cut off", frame(SUBMIT_SM, "00 01"), "truncated", "source_addr_npi", 18, 0x02],
    [
      "a text shorter than sm_length",
      frame(SUBMIT_SM, BODY, "05 313233"),
      "truncated",
      "short_message",
      35,
      0x02,
    ],
    [
      "a time of odd length",
      frame(SUBMIT_SM, "00 0101 3100 0101 3200 000000 3100 00 00000000 00"),
      "too_short",
      "schedule_delivery_time",
      28,
      0xc2,
    ],
    [
      "a NUL behind the text",
      frame(SUBMIT_SM, BODY, "0131 00"),
      "trailing_octets",
      undefined,
      36,
      0xc0,
    ],
    [
      "a TLV past the end",
      frame(SUBMIT_SM, BODY, "00 0427 0002 01"),
      "tlv_truncated",
      "message_state",
      35,
      0xc0,
    ],
    [
      "an unknown TLV past the end",
      frame(SUBMIT_SM, BODY, "00 1400 0001"),
      "tlv_truncated",
      undefined,
      35,
      0xc0,
    ],
    [
      "a TLV that is too long",
      frame(SUBMIT_SM, BODY, "00 0204 0003 010203"),
      "too_long",
      "user_message_reference",
      35,
      0xc2,
    ],
    [
      "a TLV that is too short",
      frame(SUBMIT_SM, BODY, "00 0204 0001 01"),
      "too_short",
      "user_message_reference",
      35,
      0xc2,
    ],
    [
      "a TLV string over its limit",
      frame(DELIVER_SM, BODY, "00 001e 0041", "31".repeat(65)),
      "too_long",
      "receipted_message_id",
      35,
      0xc2,
    ],
    [
      "a dest_flag of 3",
      frame("00000021 00000000 00000007 00 0000 00 01 03"),
      "bad_dest_flag",
      "dest_address[0].dest_flag",
      21,
      0x40,
    ],
    [
      "a list cut off",
      frame("00000021 00000000 00000007 00 0000 00 02 02 4100"),
      "truncated",
      "dest_address[1].dest_flag",
      24,
      0x02,
    ],
    [
      "an entry over its limit",
      frame("00000021 00000000 00000007 00 0000 00 01 02", "41".repeat(21), "00"),
      "too_long",
      "dest_address[0].dl_name",
      22,
      0xc2,
    ],
    [
      "a refused destination cut off",
      frame("80000021 00000000 00000007 3100 01 0000 3200 000000"),
      "truncated",
      "unsuccess_sme[0].error_status_code",
      23,
      0x02,
    ],
  ])("%s", (_, octets, code, field, offset, command_status) => {
    const error = errorOf(() => decode(octets));
    expect(error).toMatchObject({ name: "PduError", code, offset, command_status });
    expect(error.field).toBe(field);
    const header = octets.length >= 16;
    expect(error.command_id).toBe(header ? new DataView(octets.buffer).getUint32(4) : undefined);
    expect(error.sequence_number).toBe(header ? 7 : 0);
  });

  // What a program without types could hand over.
  test.each<[string, unknown]>([
    ["digits", "00000010"],
    ["an array of numbers", [...octetsOf("00000010000000150000000000000001")]],
  ])("%s in place of octets", (_, value) => {
    expect(() => decode(value as Uint8Array)).toThrow(
      expect.objectContaining({ code: "wrong_type" }),
    );
  });
});

describe("what peers send and the standard tolerates", () => {
  test.each(["80000004", "80000005", "80000103", "80000009", "80000003", "80000021"])(
    "the response %s may lack its body, whatever its status",
    (id) => {
      for (const status of ["00000000", "00000045"]) {
        const pdu = decode(frame(id, status, "00000007"));
        expect(pdu.sequence_number).toBe(7);
        expect(pdu.command_status).toBe(Number.parseInt(status, 16));
        expect(decode(encode(pdu))).toEqual(pdu);
      }
    },
  );

  test("a deliver_sm_resp may carry an id", () => {
    const pdu = decode(frame("80000005 00000000 00000007 313233 00"));
    expect(pdu).toMatchObject({ command: "deliver_sm_resp", message_id: "123" });
  });

  test.each([
    ["lacks its NUL", "001e 0003 313233"],
    ["has its NUL", "001e 0004 31323300"],
    ["has extra NULs", "001e 0006 313233000000"],
    ["has octets behind its NUL", "001e 0006 313233004141"],
  ])("a string in a TLV %s", (_, tlv) => {
    const pdu = decode(frame(DELIVER_SM, BODY, "00", tlv));
    expect(pdu).toMatchObject({ receipted_message_id: "123" });
  });

  test.each([
    ["1 octet", "0010 0001 05", 5],
    ["2 octets", "0010 0002 0105", 0x105],
  ])("source_telematics_id has %s", (_, tlv, value) => {
    expect(decode(frame(SUBMIT_SM, BODY, "00", tlv))).toMatchObject({
      source_telematics_id: value,
    });
  });

  test.each([
    ["no value", "130c 0000", ""],
    ["one octet", "130c 0001 02", "02"],
  ])("alert_on_message_delivery has %s, and keeps it", (_, tlv, value) => {
    const octets = frame(SUBMIT_SM, BODY, "00", tlv);
    const pdu = decode(octets);
    if (pdu.command !== "submit_sm") throw new Error(pdu.command);
    expect(hexOf(pdu.alert_on_message_delivery ?? Uint8Array.of(0xff))).toBe(value);
    expect(encode(pdu)).toEqual(octets);
  });

  test("a text may have 255 octets", () => {
    const octets = frame(SUBMIT_SM, BODY, "ff", "41".repeat(255));
    expect(decode(octets)).toHaveProperty("short_message.length", 255);
    expect(encode(decode(octets))).toEqual(octets);
  });
});

describe("what has no name is kept", () => {
  test("an unknown command, with its body", () => {
    const octets = frame("01000001 00000000 00000007 deadbeef");
    const pdu = decode(octets);
    expect(pdu).toEqual({
      command: "unknown",
      command_id: 0x01000001,
      command_status: 0,
      sequence_number: 7,
      body: octetsOf("deadbeef"),
    });
    expect(encode(pdu)).toEqual(octets);
  });

  test("an unknown status", () => {
    const pdu = decode(frame("80000004 00000abc 00000007"));
    expect(pdu.command_status).toBe(0xabc);
  });

  test("unknown TLVs, in their order", () => {
    const octets = frame(DELIVER_SM, BODY, "00 0427 0001 02 1403 0002 4142 8081 0000");
    const pdu = decode(octets);
    expect(pdu).toMatchObject({
      message_state: 2,
      unknown_tlvs: [
        { tag: 0x1403, value: octetsOf("4142") },
        { tag: 0x8081, value: octetsOf("") },
      ],
    });
    expect(encode(pdu)).toEqual(octets);
  });

  test("a TLV that may not stand twice, the second time", () => {
    const octets = frame(DELIVER_SM, BODY, "00 0427 0001 02 0427 0001 05");
    const pdu = decode(octets);
    expect(pdu).toMatchObject({
      message_state: 2,
      unknown_tlvs: [{ tag: 0x0427, value: octetsOf("05") }],
    });
    expect(encode(pdu)).toEqual(octets);
  });

  test("a TLV with the name of a mandatory field", () => {
    const octets = frame("80000003 00000000 00000007 3100 00 02 00 0427 0001 05");
    const pdu = decode(octets);
    expect(pdu).toMatchObject({
      message_state: 2,
      unknown_tlvs: [{ tag: 0x0427, value: octetsOf("05") }],
    });
    expect(encode(pdu)).toEqual(octets);
  });

  test("a repeatable TLV is an array, once or more often", () => {
    const once = decode(frame(SUBMIT_SM, BODY, "00 0302 0001 04"));
    expect(once).toMatchObject({ callback_num_pres_ind: [4] });
    const twice = decode(frame(SUBMIT_SM, BODY, "00 0302 0001 04 0302 0001 08"));
    expect(twice).toMatchObject({ callback_num_pres_ind: [4, 8] });
  });
});

describe("octet strings", () => {
  test("are views into the frame, plain ones even of a Buffer", () => {
    const octets = Buffer.from(frame(SUBMIT_SM, BODY, "03 414243 0424 0002 4445"));
    const pdu = decode(octets);
    if (pdu.command !== "submit_sm") throw new Error(pdu.command);
    expect(pdu.short_message.buffer).toBe(octets.buffer);
    expect(Object.getPrototypeOf(pdu.short_message)).toBe(Uint8Array.prototype);
    octets.write("xyz", 35, "latin1");
    expect(hexOf(pdu.short_message)).toBe("78797a");
  });

  test("every octet of a C-octet string is one character", () => {
    const octets = frame(SUBMIT_SM_RESP, "80 9f a0 ff 00");
    expect(decode(octets)).toMatchObject({ message_id: "\u0080\u009f\u00a0\u00ff" });
    expect(encode(decode(octets))).toEqual(octets);
  });
});

describe("a codec that tolerates", () => {
  const problems: PduError[] = [];
  const codec = createCodec({ tolerate: (problem) => problems.push(problem) });
  const decodeTolerantly = (octets: Uint8Array) => {
    problems.length = 0;
    return codec.decode(octets);
  };

  test.each<[string, Uint8Array, object, PduErrorCode]>([
    [
      "a string over its limit",
      frame(SUBMIT_SM, "31323334353600", BODY.slice(3), "00"),
      { service_type: "123456" },
      "too_long",
    ],
    [
      "a time of odd length",
      frame(SUBMIT_SM, "00 0101 3100 0101 3200 000000 3100 00 00000000 00"),
      { schedule_delivery_time: "1" },
      "too_short",
    ],
    [
      "a NUL behind the text",
      frame(SUBMIT_SM, BODY, "0131 00"),
      { short_message: octetsOf("31") },
      "trailing_octets",
    ],
    [
      "a TLV of a wrong size",
      frame(SUBMIT_SM, BODY, "00 0204 0001 01"),
      { unknown_tlvs: [{ tag: 0x0204, value: octetsOf("01") }] },
      "too_short",
    ],
    [
      "TLVs in place of the body of an error response",
      frame("80000103 00000045 00000007 0423 0003 00001f"),
      { message_id: "", network_error_code: octetsOf("00001f") },
      "tlv_truncated",
    ],
  ])("takes %s, and reports it", (_, octets, fields, code) => {
    expect(decodeTolerantly(octets)).toMatchObject(fields);
    expect(problems).toMatchObject([{ code, sequence_number: 7 }]);
    expect(() => decode(octets)).toThrow(expect.objectContaining({ code }));
  });

  const SAR = "020c0002abcd 020e000102 020f000101";
  const SMALL = "001e0003583100 0427000102";
  const DLT = "1400 0003 373031 1401 0002 3100";
  const REPLACE_SM = "00000007 00000000 00000007 3700 0000 00 00 00 00 00";
  const SUBMIT_MULTI =
    "00000021 00000000 00000007 00 0101 3100 01 01 0101 3200 000000 00 00 00000000";
  const hi = octetsOf("6869");

  describe("the TLVs behind a text that", () => {
    test.each<[string, Uint8Array, object, string]>([
      [
        "one stray NUL follows",
        frame(DELIVER_SM, BODY, "02 6869 00", SMALL),
        { short_message: hi, receipted_message_id: "X1", message_state: 2 },
        "1 NUL stands between short_message and the TLVs at octet 37",
      ],
      [
        "two stray NULs follow",
        frame(SUBMIT_SM, BODY, "02 6869 0000", SAR),
        { short_message: hi, sar_msg_ref_num: 0xabcd, sar_segment_seqnum: 1 },
        "2 NULs stand between short_message and the TLVs at octet 37",
      ],
      [
        "a stray NUL follows, and a vendor's TLVs",
        frame(SUBMIT_SM, BODY, "02 6869 00", DLT),
        { short_message: hi, unknown_tlvs: [{ tag: 0x1400 }, { tag: 0x1401 }] },
        "1 NUL stands between short_message and the TLVs at octet 37",
      ],
      [
        "a stray NUL stands for, since all of it is in message_payload",
        frame(SUBMIT_SM, BODY, "00 00 0424 0002 6869"),
        { short_message: octetsOf(""), message_payload: hi },
        "1 NUL stands between short_message and the TLVs at octet 35",
      ],
      [
        "sm_length makes one octet too short",
        frame(DELIVER_SM, BODY, "01 6869", SMALL),
        { short_message: hi, receipted_message_id: "X1", message_state: 2 },
        "sm_length is 1, but only with 2 octets of short_message do the TLVs fit",
      ],
      [
        "sm_length makes one octet too long",
        frame(SUBMIT_SM, BODY, "03 6869", SAR),
        { short_message: hi, sar_msg_ref_num: 0xabcd, sar_segment_seqnum: 1 },
        "sm_length is 3, but only with 2 octets of short_message do the TLVs fit",
      ],
      [
        "is UCS2 and that sm_length ends inside its last character, a NUL",
        frame(SUBMIT_SM, BODY.slice(0, -4), "08 00 03 0041 4e00", SAR),
        { short_message: octetsOf("00414e00"), sar_total_segments: 2 },
        "sm_length is 3, but only with 4 octets of short_message do the TLVs fit",
      ],
      [
        "is UCS2 and whole",
        frame(SUBMIT_SM, BODY.slice(0, -4), "08 00 02 0041 00", SAR),
        { short_message: octetsOf("0041"), sar_total_segments: 2 },
        "1 NUL stands between short_message and the TLVs at octet 37",
      ],
      [
        "belongs to a submit_multi",
        frame(SUBMIT_MULTI, "02 6869 00", SAR),
        { short_message: hi, sar_total_segments: 2 },
        "1 NUL stands between short_message and the TLVs at octet 39",
      ],
      [
        "belongs to a replace_sm",
        frame(REPLACE_SM, "02 6869 00 0424 0001 41"),
        { short_message: hi, message_payload: octetsOf("41") },
        "1 NUL stands between short_message and the TLVs at octet 28",
      ],
    ])("%s are found, and it is reported", (_, octets, fields, message) => {
      expect(() => decode(octets)).toThrow(
        expect.objectContaining({ command_status: Status.ESME_RINVOPTPARSTREAM }),
      );
      expect(decodeTolerantly(octets)).toMatchObject(fields);
      expect(problems.map((problem) => problem.message)).toEqual([message]);
      expect(problems[0]).toMatchObject({ sequence_number: 7, command_status: 0xc0 });
      const again = codec.encode(codec.decode(octets));
      expect(decode(again)).toMatchObject(fields);
    });

    test("may be a codec's own", () => {
      const tlvs = { mine: { tag: 0x6001, type: octetString({ size: 1 }) } };
      const own = createCodec({ tlvs, tolerate: () => {} });
      const frames = frame(SUBMIT_SM, BODY, "02 6869 00 6001 0001 05");
      expect(own.decode(frames)).toMatchObject({ short_message: hi, mine: octetsOf("05") });
      expect(() => decodeTolerantly(frames)).toThrow("has a length of");
    });

    test.each<[string, Uint8Array]>([
      ["end too early", frame(SUBMIT_SM, BODY, "02 6869 00 020c0002abcd 020e000202")],
      ["leave an octet over", frame(SUBMIT_SM, BODY, "02 6869 00", SAR, "05")],
      ["have a wrong size", frame(SUBMIT_SM, BODY, "02 6869 00 020c0003abcdef")],
      ["are nobody's", frame(SUBMIT_SM, BODY, "02 6869 00 7001 0001 05")],
      ["stand behind three NULs", frame(SUBMIT_SM, BODY, "02 6869 000000", SAR)],
      ["stand behind two octets that are no NULs", frame(SUBMIT_SM, BODY, "02 6869 4141", SAR)],
      // One octet earlier it is 0x3001 alone, one later it is payload_type and 0x1400.
      [
        "would fit in two places",
        frame(SUBMIT_SM, BODY, "03 686930 01 0019 0001 05 1400 0012", "00".repeat(18)),
      ],
    ])("%s: no guess is made", (_, octets) => {
      expect(() => decode(octets)).toThrow(expect.objectContaining({ command_status: 0xc0 }));
      expect(() => decodeTolerantly(octets)).toThrow(
        expect.objectContaining({ command_status: 0xc0 }),
      );
      expect(problems).toEqual([]);
    });

    test("stay where sm_length says as long as they fit there", () => {
      const octets = frame(SUBMIT_SM, BODY, "02 6869 0000 0001 00", SAR);
      expect(decodeTolerantly(octets)).toEqual(decode(octets));
      expect(problems).toEqual([]);
    });
  });

  test.each([
    ["a PDU that ends too early", frame(SUBMIT_SM, BODY)],
    ["a TLV past the end", frame(SUBMIT_SM, BODY, "00 0427 0002 01")],
    [
      "TLVs in place of the body of a success",
      frame("80000103 00000000 00000007 0423 0003 00001f"),
    ],
    ["a wrong command_length", octetsOf("00000011800000060000000000000007")],
  ])("still refuses %s", (_, octets) => {
    expect(() => decodeTolerantly(octets)).toThrow(expect.objectContaining({ name: "PduError" }));
    expect(problems).toEqual([]);
  });

  test("does not go through a frame that is full of faults", () => {
    const octets = frame(SUBMIT_SM, BODY, "00", "04270000".repeat(17));
    expect(() => decodeTolerantly(octets)).toThrow(expect.objectContaining({ code: "too_short" }));
    expect(problems).toEqual([]);
    const sixteen = frame(SUBMIT_SM, BODY, "00", "04270000".repeat(16));
    expect(decodeTolerantly(sixteen)).toHaveProperty("unknown_tlvs.length", 16);
    expect(problems).toHaveLength(16);
  });

  test("reads the rows whose only fault is a size", () => {
    const rows: { hex: string; category: string }[] = JSON.parse(
      readFileSync(new URL("./data/malformed.json", import.meta.url), "utf8"),
    );
    for (const { hex } of rows.filter(({ category }) => category === "field_limit")) {
      const octets = octetsOf(hex);
      expect(() => decode(octets)).toThrow(expect.objectContaining({ code: "too_long" }));
      try {
        decodeTolerantly(octets);
      } catch (error) {
        // One of them breaks off as well.
        expect(error).toMatchObject({ command_status: Status.ESME_RINVCMDLEN });
      }
    }
  });
});

describe("decodeDamaged gives what can be read of a PDU that decode refuses", () => {
  const SUBMIT_MULTI_RESP = "80000021 00000000 00000007";
  const UNSUCCESSFUL = "0101 3100 0000000b";

  test.each<[string, Uint8Array, object]>([
    [
      "a message_id and a TLV without its value",
      frame(SUBMIT_SM_RESP, "4142433200 04280001"),
      { command: "submit_sm_resp", sequence_number: 7, message_id: "ABC2" },
    ],
    ["a message_id without NUL", frame(SUBMIT_SM_RESP, "41424331"), { message_id: "ABC1" }],
    [
      "a message_id over its limit, without NUL",
      frame(SUBMIT_SM_RESP, "41".repeat(70)),
      { message_id: "A".repeat(70) },
    ],
    [
      "a submit_multi_resp that ends behind its message_id",
      frame(SUBMIT_MULTI_RESP, "31323300"),
      { command: "submit_multi_resp", message_id: "123", unsuccess_sme: [] },
    ],
    [
      "a list that is cut in its second entry",
      frame(SUBMIT_MULTI_RESP, "313200 02", UNSUCCESSFUL, "0101 32"),
      {
        unsuccess_sme: [
          { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: "1", error_status_code: 0x0b },
        ],
      },
    ],
    [
      "the TLVs before one that is cut, known and unknown",
      frame(SUBMIT_SM_RESP, "4100 0427000102 1403000158 0428ffff00"),
      { message_id: "A", message_state: 2, unknown_tlvs: [{ tag: 0x1403, value: octetsOf("58") }] },
    ],
    [
      "a query_sm_resp that ends in its first field",
      frame("80000003 00000000 00000007", "3132"),
      { message_id: "12", final_date: "", message_state: 0, error_code: 0 },
    ],
    [
      "an error response with a TLV in place of its fields",
      frame("80000103 00000045 00000007", "0423000303001f"),
      { command_status: 0x45, message_id: "", network_error_code: octetsOf("03001f") },
    ],
    [
      "an enquire_link_resp with a body",
      frame("80000015 00000000 00000007", "00"),
      { command: "enquire_link_resp", command_status: 0, sequence_number: 7 },
    ],
    [
      "an unknown command",
      frame("80000999 00000000 00000007", "00"),
      { command: "unknown", command_id: 0x80000999, body: octetsOf("00") },
    ],
  ])("%s", (_name, octets, expected) => {
    expect(decodeDamaged(octets)).toMatchObject(expected);
  });

  test("a header that does not fit the frame is refused all the same", () => {
    expect(errorOf(() => decodeDamaged(octetsOf("00000010")))).toMatchObject({
      code: "bad_length",
    });
  });
});

describe("a PDU full of TLVs", () => {
  const header = encode({ command: "deliver_sm", sequence_number: 1 });

  /** A deliver_sm of 64 kB with as many empty TLVs as fit; `tagOf` gives their tags. */
  function fullOf(tagOf: (index: number) => number): [frame: Uint8Array, count: number] {
    const count = Math.floor((65_536 - header.length) / 4);
    const frame = new Uint8Array(header.length + 4 * count);
    frame.set(header);
    const view = new DataView(frame.buffer);
    view.setUint32(0, frame.length);
    for (let index = 0; index < count; index++) {
      view.setUint16(header.length + 4 * index, tagOf(index));
    }
    return [frame, count];
  }

  const tolerant = createCodec({ tolerate: () => {} });
  test.each<[string, (index: number) => number, typeof decode]>([
    ["unknown ones", () => 0x1400, decode],
    ["unknown ones of different tags", (index) => 0x1400 + (index % 0x2c00), decode],
    ["one known one again and again", () => 0x0424, decode],
    ["one known one again and again, tolerantly", () => 0x0424, tolerant.decode],
  ])("%s: each costs one view, and none is lost", (_, tagOf, read) => {
    const [frame, count] = fullOf(tagOf);
    let views = 0;
    const construct = (octets: typeof Uint8Array, of: [ArrayBuffer, number, number]) => {
      views++;
      return new octets(...of);
    };
    vi.stubGlobal("Uint8Array", new Proxy(Uint8Array, { construct }));
    const pdu = read(frame);
    vi.unstubAllGlobals();
    if (pdu.command !== "deliver_sm") throw new Error(pdu.command);
    const known = pdu.message_payload === undefined ? 0 : 1;
    expect(known + (pdu.unknown_tlvs?.length ?? 0)).toBe(count);
    expect(views).toBeLessThan(count + 10);
  });

  test("too small ones are refused at once, or after the 16th problem", () => {
    const problems: unknown[] = [];
    const { decode: lenient } = createCodec({ tolerate: (problem) => problems.push(problem) });
    const [frame] = fullOf(() => 0x0204);
    for (const read of [decode, lenient]) {
      expect(() => read(frame)).toThrow(expect.objectContaining({ code: "too_short" }));
    }
    expect(problems).toEqual([]);
  });
});
