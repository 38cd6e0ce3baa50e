// What explain says about PDUs: every field in its place, and what is odd.

import { readFileSync } from "node:fs";
import { cstring, encode, type PduInput } from "@esme/pdu";
import { encodeShortMessage, splitShortMessage } from "@esme/sm-split";
import { describe, expect, test } from "vitest";
import { explain, explanationOf, isInputError } from "../src/index.ts";
import { hexOf, octetsOf } from "./hex.ts";

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

test("a PDU in columns: place, field, value, meaning", () => {
  const frame = encode({
    command: "submit_sm",
    sequence_number: 7,
    source_addr_ton: 5,
    source_addr: "ESME",
    esm_class: 0x40,
    data_coding: 8,
    short_message: octetsOf("0500031702010041"),
    callback_num: [octetsOf("01010134343737")],
  });
  expect(explain(frame)).toBe(
    [
      "submit_sm, 62 octets",
      "  0-3  command_length           62",
      "  4-7  command_id               0x00000004        submit_sm",
      " 8-11  command_status           0x00000000        ESME_ROK, success",
      "12-15  sequence_number          7",
      '   16  service_type             ""',
      "   17  source_addr_ton          5                 alphanumeric",
      "   18  source_addr_npi          0                 unknown",
      '19-23  source_addr              "ESME"',
      "   24  dest_addr_ton            0                 unknown",
      "   25  dest_addr_npi            0                 unknown",
      '   26  destination_addr         ""',
      "   27  esm_class                64                messaging_mode smsc_default, message_type default, gsm_features udhi",
      "   28  protocol_id              0",
      "   29  priority_flag            0                 none",
      '   30  schedule_delivery_time   ""',
      '   31  validity_period          ""',
      "   32  registered_delivery      0                 smsc_receipt none, sme_acknowledgement none, intermediate_notification none",
      "   33  replace_if_present_flag  0                 do_not_replace",
      "   34  data_coding              8                 ucs2",
      "   35  sm_default_msg_id        0",
      "   36  sm_length                8",
      '37-44  short_message            0500031702010041  part 1 of 2 with reference 23, "A"',
      '45-55  callback_num (0x0381)    01010134343737    digit_mode ascii, ton international, npi isdn, digits "4477"',
      "",
    ]
      .join("\n")
      .replace("62 octets", `${frame.length} octets`)
      .replace("           62\n", `           ${frame.length}\n`),
  );
});

test("the same as an object, every octet in one field", () => {
  const frame = encode({ command: "deliver_sm_resp", sequence_number: 0, message_id: "7" });
  const { title, fields, remarks } = explanationOf(frame);
  expect(title).toBe("deliver_sm_resp, 18 octets");
  expect(fields.at(-1)).toEqual({ start: 16, end: 18, name: "message_id", value: '"7"' });
  expect(fields.map(({ start, end }) => end - start)).toEqual([4, 4, 4, 4, 2]);
  expect(remarks).toEqual(["sequence_number is outside 0x00000001 to 0x7FFFFFFF"]);
  expect(explanationOf("00").fields).toEqual([]);
});

test("digits are taken as well as octets", () => {
  const frame = encode({ command: "enquire_link", sequence_number: 1 });
  const digits = hexOf(frame);
  for (const text of [
    digits,
    `0x${digits}`,
    digits.toUpperCase(),
    digits.replace(/../g, "$& "),
    digits.replace(/..(?!$)/g, "$&:"),
  ]) {
    expect(explain(text)).toBe(explain(frame));
  }
});

test("a Buffer out of a pool is neither changed nor left", () => {
  const pool = Buffer.alloc(64, 0x41);
  const cut = pool.subarray(8, 28);
  encode({ command: "bind_receiver", system_id: "me" }).forEach((octet, at) => {
    if (at < 20) cut[at] = octet;
  });
  const before = Buffer.from(pool);
  expect(explain(cut)).toMatch(/but there are 20 octets/);
  expect(pool).toEqual(before);
});

test.each(["abc", "xyz0", "0g"])("%s is not digits of octets", (text) => {
  expect(() => explain(text)).toThrow(expect.toSatisfy(isInputError));
});

describe("in words", () => {
  const submit = (fields: object) =>
    explain(encode({ command: "submit_sm", sequence_number: 1, ...fields } as PduInput)); // a row of the table

  test.each<[string, object, RegExp]>([
    [
      "an absolute time",
      { validity_period: "170610233429004+" },
      /"170610233429004\+" +2017-06-10T22:34:29.000Z/,
    ],
    [
      "a relative time",
      { validity_period: "000001020000000R" },
      /"000001020000000R" +1 days 2 hours/,
    ],
    ["no time at all", { validity_period: "000000000000000R" }, /"000000000000000R" +0 seconds/],
    ["a UCS2 text", { data_coding: 8, short_message: octetsOf("20ac0031") }, /20ac0031 +"€1"/],
    [
      "a UCS2 text with a byte order mark",
      { data_coding: 8, short_message: octetsOf("feff20ac") },
      /feff20ac +byte order mark, "€"/,
    ],
    [
      "a UCS2 text whose byte order mark says little-endian",
      { data_coding: 8, short_message: octetsOf("fffeac20") },
      /fffeac20 +byte order mark of little-endian, "€"/,
    ],
    ["an ASCII text", { short_message: latin1("Hello") }, /48656c6c6f +"Hello"/],
    ["octets", { data_coding: 4, short_message: octetsOf("00ff") }, /00ff +2 octets/],
    [
      "a part with a wide reference",
      { esm_class: 0x40, short_message: octetsOf("0608041234030241") },
      /part 2 of 3 with reference 4660, "A"/,
    ],
    [
      "a text for a port",
      { esm_class: 0x40, short_message: octetsOf("06050400501f9041") },
      /to port 80 from 8080, "A"/,
    ],
    [
      "another header",
      { esm_class: 0x40, short_message: octetsOf("0324010141") },
      /national language single shift 1, "A"/,
    ],
    ["a message class", { data_coding: 0xf1 }, /data_coding +241 +gsm_message_class/],
    [
      "a ussd_service_op",
      { ussd_service_op: octetsOf("02") },
      /ussd_service_op \(0x0501\) +02 +ussr_request/,
    ],
    ["a vendor's ussd_service_op", { ussd_service_op: octetsOf("20") }, /20 +vendor specific/],
    [
      "an its_session_info",
      { its_session_info: octetsOf("0105") },
      /session_number 1, sequence_number 2, end_of_session 1/,
    ],
    [
      "an ms_validity of one octet",
      { ms_validity: octetsOf("00") },
      /behaviour store_indefinitely$/m,
    ],
    [
      "an ms_validity of four",
      { ms_validity: octetsOf("04010005") },
      /behaviour relative_period, unit minutes, count 5/,
    ],
  ])("%s", (_, fields, words) => {
    expect(submit(fields)).toMatch(words);
  });
});

describe("a text and TLVs that do not fit sm_length, in plain words", () => {
  const frame = (text: string) =>
    `${(34 + text.length / 2).toString(16).padStart(8, "0")}000000050000000000000007000101310001013200000000000000000000${text}`;

  test("stray NULs are named, and the TLVs behind them read", () => {
    const told = explain(frame("0268690000001e00035831000427000102"));
    expect(told).toMatch(/^35-36 +short_message +6869 +"hi"$/m);
    expect(told).toMatch(/^37-38 +stray octets +0000 /m);
    expect(told).toMatch(/^39-45 +receipted_message_id \(0x001E\) +"X1"$/m);
    expect(told).toMatch(/^! 2 NULs stand between short_message and the TLVs at octet 37$/m);
  });

  test("a text that is one octet longer or shorter than sm_length is shown as it must be", () => {
    const [longer, shorter] = ["016869001e00035831000427000102", "036869001e00035831000427000102"];
    for (const [text, length] of [
      [longer, 1],
      [shorter, 3],
    ] as const) {
      const told = explain(frame(text));
      expect(told).toMatch(new RegExp(`^ +34 +sm_length +${length}$`, "m"));
      expect(told).toMatch(/^35-36 +short_message +6869 +"hi"$/m);
      expect(told).toMatch(
        /^! sm_length is [13], but only with 2 octets of short_message do the TLVs fit$/m,
      );
    }
  });
});

describe("the text of every charset", () => {
  const told = (text: string, dataCoding: number) => {
    const { data_coding, octets } = encodeShortMessage(text, dataCoding, { fallback: false });
    return explanationOf(encode({ command: "submit_sm", data_coding, short_message: octets }, 1));
  };

  test.each([
    ["GSM 03.38", 0, "Grüße @ 5 €"],
    ["ASCII", 1, "a ` b ~"],
    ["Latin-1", 3, "Grüße, déjà"],
    ["ISO-2022-JP", 5, "日本語テスト"],
    ["ISO 8859-5", 6, "Привет"],
    ["ISO 8859-8", 7, "שלום"],
    ["UCS2", 8, "Grüße 👋 漢字"],
    ["KS C 5601", 14, "한국어"],
    ["a flash message in GSM 03.38", 0xf0, "5 €"],
    ["a flash message in UCS2", 0x18, "漢字"],
  ])("%s", (_, dataCoding, text) => {
    const { fields, text: whole, remarks } = told(text, dataCoding);
    expect(fields.find(({ name }) => name === "short_message")?.meaning).toBe(JSON.stringify(text));
    expect(whole).toBe(text);
    expect(remarks).toEqual([]);
  });

  test("an SMSC that reads data_coding its own way", () => {
    const frame = encode({ command: "submit_sm", short_message: latin1("Grüße") }, 1);
    expect(explanationOf(frame, { charsets: { 0: "latin1" } }).text).toBe("Grüße");
    expect(explanationOf(frame, { charsets: { 0: "latin1" } }).remarks).toEqual([]);
  });

  test("national tables of a header, and what else is in it", () => {
    const { esm_class, data_coding, parts } = splitShortMessage("ş".repeat(160), 0, {
      national: "auto",
      reference: 7,
      elements: [{ iei: 0x70, data: Uint8Array.of(1, 2) }],
    });
    const [first = new Uint8Array(0)] = parts;
    const { fields, text } = explanationOf(
      encode({ command: "submit_sm", esm_class, data_coding, short_message: first }, 1),
    );
    expect(text).toMatch(/^ş+$/);
    expect(fields.find(({ name }) => name === "short_message")?.meaning).toMatch(
      /part 1 of 2 with reference 7/,
    );
    expect(fields.find(({ name }) => name === "short_message")?.meaning).toMatch(
      /national language \w+ shift 1, .*"ş+"$/,
    );
    expect(
      explain(
        encode({ command: "submit_sm", esm_class: 0x40, short_message: octetsOf("0470020102") }, 1),
      ),
    ).toMatch(/sim toolkit command packet 0102, 0 octets/);
  });

  test("texts are absent when they are hidden, and in a bind that is malformed", () => {
    const frame = encode({ command: "submit_sm", short_message: latin1("hi") }, 1);
    expect(explanationOf(frame, { content: false })).not.toHaveProperty("text");
  });
});

describe("receipts", () => {
  const receipt = (text: string, fields: object = {}) =>
    encode(
      { command: "deliver_sm", esm_class: 4, short_message: latin1(text), ...fields } as PduInput, // a row of the table
      1,
    );
  const text =
    "id:1A2F sub:001 dlvrd:001 submit date:2603011200 done date:2603011201 stat:DELIVRD err:000 text:Hello";

  test("their fields with what they mean", () => {
    expect(explanationOf(receipt(text)).receipt).toEqual([
      { name: "id", value: '"1A2F"', meaning: "in submit_sm_resp it may be 6703" },
      { name: "sub", value: '"001"', meaning: "messages submitted" },
      { name: "dlvrd", value: '"001"', meaning: "messages delivered" },
      {
        name: "submit_date",
        value: '"2603011200"',
        meaning: "2026-03-01T12:00, in the time zone of the SMSC",
      },
      {
        name: "done_date",
        value: '"2603011201"',
        meaning: "2026-03-01T12:01, in the time zone of the SMSC",
      },
      { name: "stat", value: '"DELIVRD"', meaning: "delivered: final" },
      { name: "err", value: '"000"', meaning: "no error" },
      { name: "text", value: '"Hello"', meaning: undefined },
    ]);
  });

  test("in columns, below the fields", () => {
    expect(explain(receipt("id:7 stat:ENROUTE err:045"))).toMatch(
      /^= receipt {2}id {4}"7"\n= receipt {2}stat {2}"ENROUTE" {2}pending: another receipt may follow\n= receipt {2}err {3}"045" {6}a code of the operator or the network$/m,
    );
  });

  test("of TLVs alone", () => {
    const frame = receipt("", { receipted_message_id: "99", message_state: 5 });
    expect(explanationOf(frame).receipt).toMatchObject([{ name: "id", value: '"99"' }]);
  });

  test("whose text and TLVs differ", () => {
    const { remarks } = explanationOf(
      receipt(text, { receipted_message_id: "1A30", message_state: 5 }),
    );
    expect(remarks).toContain("the id in the text is not receipted_message_id, which counts");
    expect(remarks).toContain("the text says delivered, message_state UNDELIVERABLE, which counts");
  });

  test("hide ids and texts on demand", () => {
    const told = explain(receipt(text), { content: false });
    expect(told).not.toMatch(/1A2F|Hello|6703/);
    expect(told).toMatch(/^= receipt {2}id +4 characters$/m);
  });

  test("are not what people write", () => {
    expect(
      explanationOf(encode({ command: "deliver_sm", short_message: latin1("id: 7, stat") }, 1))
        .receipt,
    ).toBe(undefined);
  });
});

describe("what goes wrong in practice", () => {
  const submit = (fields: object) => encode({ command: "submit_sm", ...fields } as PduInput, 1); // a row of the table
  const utf16le = (text: string) => Uint8Array.from(Buffer.from(text, "utf16le"));
  const utf8 = (text: string) => Uint8Array.from(Buffer.from(text, "utf8"));

  test.each<[string, object, RegExp]>([
    [
      "UTF-16 in little-endian",
      { data_coding: 8, short_message: utf16le("Hello") },
      /data_coding is 8, but the text is UTF-16 in little-endian order.*It reads "Hello"/,
    ],
    [
      "UTF-16 in little-endian of another script",
      { data_coding: 8, short_message: utf16le("Привет, мир") },
      /little-endian order.*It reads "Привет, мир"/,
    ],
    [
      "ASCII under UCS2",
      { data_coding: 8, short_message: latin1("Hello there") },
      /one octet a character.*It reads "Hello there"/,
    ],
    [
      "UTF-8 under Latin-1",
      { data_coding: 3, short_message: utf8("Grüße") },
      /data_coding is 3, but the text is UTF-8.*It reads "Grüße"/,
    ],
    [
      "UTF-8 under GSM",
      { short_message: utf8("5 €") },
      /data_coding is 0, but the text is UTF-8.*"5 €"/,
    ],
    [
      "Latin-1 under GSM",
      { short_message: latin1("Grüße") },
      /octets above 0x7F, which GSM 03.38 does not have: Latin-1\?. It reads "Grüße"/,
    ],
    [
      "packed septets",
      { short_message: octetsOf("c8329bfd065ddf72363904") },
      /packed septets: SMPP carries one septet an octet. It reads "Hello World!"/,
    ],
    [
      "ASCII under GSM",
      { short_message: latin1("mail me@example.com") },
      /the text is ASCII: in GSM 03.38 @ is 0x00.*"mail me@example.com"/,
    ],
    [
      "GSM under data_coding 1",
      { data_coding: 1, short_message: octetsOf("47727e1e65") },
      /data_coding is 1, but the text has control characters: it is GSM 03.38.*"Grüße"/,
    ],
    [
      "a name with TON 1",
      { source_addr_ton: 1, source_addr: "EXAMPLE" },
      /source_addr is a name, but its TON is 1: names have 5/,
    ],
    [
      "a name that is too long",
      { source_addr_ton: 5, source_addr: "TWELVE CHARS" },
      /source_addr has 12 characters: a name has 11 at most/,
    ],
    [
      "a plus in an address",
      { source_addr: "+447700900123", destination_addr: "447" },
      /source_addr begins with \+: an address has digits alone/,
    ],
    ["a plus in the destination", { destination_addr: "+447" }, /destination_addr begins with \+/],
    [
      "00 in an international address",
      { dest_addr_ton: 1, destination_addr: "00447700900123" },
      /destination_addr begins with 00, but its TON is 1/,
    ],
    [
      "a part without room",
      { esm_class: 0x40, short_message: octetsOf(`050003010201${"41".repeat(154)}`) },
      /the part has 154 septets behind its header: an SMS has room for 153/,
    ],
    [
      "a UCS2 part without room",
      {
        esm_class: 0x40,
        data_coding: 8,
        short_message: octetsOf(`050003010201${"0041".repeat(68)}`),
      },
      /the part has 136 octets behind its header: an SMS has room for 134/,
    ],
    [
      "a part that cannot be",
      { esm_class: 0x40, short_message: octetsOf("05000301020341") },
      /numbers a part that cannot be/,
    ],
  ])("%s", (_, fields, words) => {
    expect(explain(submit(fields))).toMatch(words);
  });

  test("in the destinations of submit_multi", () => {
    const frame = encode(
      {
        command: "submit_multi",
        dest_address: [{ dest_flag: 1, dest_addr_ton: 1, destination_addr: "+1" }],
      },
      1,
    );
    expect(explain(frame)).toMatch(/! dest_address\[0\]\.destination_addr begins with \+/);
  });

  test("nothing of a text is in a remark when texts are hidden", () => {
    const { remarks } = explanationOf(submit({ data_coding: 3, short_message: utf8("Grüße") }), {
      content: false,
    });
    expect(remarks).toEqual([
      "data_coding is 3, but the text is UTF-8, which SMPP has no data_coding for",
    ]);
  });

  test.each<[string, object]>([
    ["UCS2 of Cyrillic", { data_coding: 8, short_message: utf16le("Привет, мир").reverse() }],
    [
      "UCS2 of Chinese",
      { data_coding: 8, short_message: Buffer.from("你好，世界一二三", "utf16le").swap16() },
    ],
    ["Latin-1 with umlauts", { data_coding: 3, short_message: latin1("Grüße, déjà vu") }],
    ["ASCII with line ends", { data_coding: 1, short_message: latin1("a\r\nb\tc") }],
    ["a short code with TON 3", { source_addr_ton: 3, source_addr: "4711" }],
    ["an international address", { dest_addr_ton: 1, destination_addr: "447700900123" }],
    ["a number as a name", { source_addr_ton: 5, source_addr: "4711" }],
    ["binary", { data_coding: 4, short_message: octetsOf("c3bcff00") }],
    [
      "a full part",
      { esm_class: 0x40, short_message: octetsOf(`050003010201${"41".repeat(153)}`) },
    ],
    ["exclamation marks in GSM", { short_message: octetsOf("4061626340") }],
  ])("none about %s", (_, fields) => {
    expect(explanationOf(submit(fields)).remarks).toEqual([]);
  });
});

describe("every vector is explained to its last octet", () => {
  const read = (name: string): { name: string; hex: string }[] =>
    JSON.parse(readFileSync(new URL(`../../pdu/test/data/${name}.json`, import.meta.url), "utf8"));

  test.each([...read("pdu"), ...read("malformed")])("$name", ({ hex }) => {
    const lines = explain(hex).split("\n");
    const places = lines.flatMap((line) => /^ {0,4}(\d+)(?:-(\d+))? {2}/.exec(line) ?? []);
    const ends = places.map((place) => Number(place)).filter((place) => !Number.isNaN(place));
    expect(Math.max(...ends)).toBe(hex.length / 2 - 1);
  });
});

describe("secrets", () => {
  const bind = encode({ command: "bind_transceiver", system_id: "me", password: "hunter2x" });
  const secret = hexOf(latin1("hunter2x"));

  test("a password is never shown", () => {
    expect(explain(bind)).toMatch(/password +\(hidden\)/);
    expect(explain(bind)).not.toMatch(/hunter2x/);
    expect(explain(bind)).not.toContain(secret);
  });

  test("nor when the bind is malformed", () => {
    const broken = bind.slice();
    for (let at = 16; at < broken.length; at++) {
      const octets = broken.slice();
      octets[at] = 0x41;
      expect(explain(octets)).not.toMatch(/hunter2x/);
      expect(explain(octets)).not.toContain(secret.slice(0, 14));
      expect(explain(octets.slice(0, at))).not.toMatch(/hunter2/);
      octets.fill(0, 16, at);
      expect(explain(octets)).not.toContain(secret.slice(2));
    }
  });

  test("addresses, ids and texts are hidden on demand", () => {
    const told = explain(
      encode({
        command: "deliver_sm",
        source_addr: "447700900123",
        short_message: latin1("a private word"),
        receipted_message_id: "id-4711",
        callback_num: [latin1("\x01\x01\x01447700900123")],
        unknown_tlvs: [{ tag: 0x1400, value: latin1("plain talk") }],
      }),
      { content: false },
    );
    expect(told).not.toMatch(/447700900123|private|4711|plain/);
    expect(told).toMatch(/source_addr +12 characters/);
    expect(told).toMatch(/short_message +14 octets/);
  });
});

test("nothing that a terminal obeys is written", () => {
  const told = explain(
    encode({
      command: "deliver_sm",
      source_addr: "\u001b[2J\u009b2J\u007f",
      data_coding: 8,
      short_message: octetsOf("202e0041009b001b"),
    }),
  );
  expect(told).not.toMatch(/[^\n -~]/);
  expect(told).toContain(String.raw`"\u001b[2J\u009b2J\u007f"`);
  expect(told).toContain(String.raw`"\u202eA\u009b\u001b"`);
});

describe("warnings", () => {
  const submit = (fields: object) =>
    encode({ command: "submit_sm", sequence_number: 1, ...fields } as PduInput); // a row of the table
  const deliver = (fields: object) =>
    encode({ command: "deliver_sm", sequence_number: 1, ...fields } as PduInput); // a row of the table
  const header = "050003170201";
  const receipt = latin1(
    "id:123 sub:001 dlvrd:001 submit date:2401151230 done date:2401151231 stat:DELIVRD err:000 text:",
  );

  test.each<[string, Uint8Array, RegExp]>([
    [
      "a header without UDHI",
      submit({ short_message: octetsOf(`${header}4142`) }),
      /UDHI \(0x40\) is not set/,
    ],
    [
      "a header without UDHI in message_payload",
      submit({ message_payload: octetsOf(`${header}4142`) }),
      /UDHI \(0x40\) is not set/,
    ],
    [
      "UDHI without a header",
      submit({ esm_class: 0x40, short_message: latin1("Hello") }),
      /begins with no header/,
    ],
    [
      "an odd UCS2 text",
      submit({ data_coding: 8, short_message: octetsOf("004100") }),
      /odd number of octets/,
    ],
    [
      "a byte order mark",
      submit({ data_coding: 8, short_message: octetsOf("fffe4100") }),
      /begins with a byte order mark: SMPP's UCS2 is big-endian without one/,
    ],
    [
      "a byte order mark behind a header",
      submit({ esm_class: 0x40, data_coding: 8, short_message: octetsOf(`${header}feff0041`) }),
      /begins with a byte order mark/,
    ],
    ["8-bit octets in a GSM text", submit({ short_message: latin1("caf\xe9") }), /above 0x7F/],
    [
      "a TLV of another command",
      deliver({ source_network_type: 1 }),
      /source_network_type is not listed for deliver_sm/,
    ],
    [
      "a vendor TLV",
      deliver({ unknown_tlvs: [{ tag: 0x1400, value: octetsOf("") }] }),
      /0x1400 is a vendor's/,
    ],
    [
      "octets behind the NUL of a TLV",
      octetsOf("0000001b800000040000000000000001 3100 001d 0005 3132004142".replaceAll(" ", "")),
      /TLV additional_status_info_text has 2 octets behind its NUL, which are no part of it/,
    ],
    [
      "a TLV of nobody",
      deliver({ unknown_tlvs: [{ tag: 0x8081, value: octetsOf("") }] }),
      /0x8081 is in no version/,
    ],
    [
      "a TLV twice",
      deliver({ message_state: 2, unknown_tlvs: [{ tag: 0x0427, value: octetsOf("05") }] }),
      /message_state stands more than once/,
    ],
    [
      "a hexadecimal id",
      encode({ command: "submit_sm_resp", message_id: "1a2F" }, 1),
      /hexadecimal/,
    ],
    [
      "both texts",
      submit({ short_message: latin1("a"), message_payload: latin1("b") }),
      /only one may have the text/,
    ],
    [
      "half a sar",
      submit({ sar_msg_ref_num: 1 }),
      /sar_total_segments and sar_segment_seqnum missing/,
    ],
    [
      "a part beyond the last",
      submit({ sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 3 }),
      /above sar_total_segments/,
    ],
    ["a required TLV missing", encode({ command: "data_sm" }, 1), /message_payload is missing/],
    [
      "a receipt of nothing",
      deliver({ esm_class: 4, short_message: latin1("hi") }),
      /names no message/,
    ],
    [
      "a receipt that does not say so",
      deliver({ short_message: receipt }),
      /esm_class does not say so/,
    ],
    ["a status in a request", submit({ command_status: 8 }), /not 0 in a request/],
    ["sequence_number 0", encode({ command: "unbind" }), /outside 0x00000001/],
    ["a response without body", octetsOf("00000010800000040000000000000001"), /the body is absent/],
    ["a reserved value", submit({ source_addr_ton: 7 }), /source_addr_ton 7 is a reserved value/],
    [
      "version 34 as an octet",
      encode({ command: "bind_receiver", interface_version: 34 }, 1),
      /3.4 is 0x34/,
    ],
    [
      "a string over its limit",
      octetsOf(
        "0000001880000001000000000000000131313131313131313131313131313131313100".replace(
          "00000018",
          "00000023",
        ),
      ),
      /no NUL within 16 octets/,
    ],
    [
      "a wrong command_length",
      octetsOf("00000011800000150000000000000001"),
      /command_length is 17, but there are 16 octets/,
    ],
    ["no header", octetsOf("00000010"), /no PDU: 4 octets/],
  ])("%s", (_, frame, warning) => {
    expect(explain(frame)).toMatch(warning);
  });

  test.each<[string, Uint8Array]>([
    ["a part with UDHI", submit({ esm_class: 0x40, short_message: octetsOf(`${header}4142`) })],
    [
      "a UCS2 part",
      submit({ esm_class: 0x40, data_coding: 8, short_message: octetsOf(`${header}0041`) }),
    ],
    ["a text", submit({ short_message: latin1("Hello, world") })],
    ["a flash text", submit({ data_coding: 0xf0, short_message: latin1("Hello") })],
    ["a receipt", deliver({ esm_class: 4, short_message: receipt })],
    ["a receipt in TLVs", deliver({ esm_class: 4, receipted_message_id: "1", message_state: 2 })],
    ["a decimal id", encode({ command: "submit_sm_resp", message_id: "1234" }, 1)],
    ["a nack of nothing", encode({ command: "generic_nack", command_status: 2 })],
    ["parts by sar", submit({ sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 2 })],
  ])("none about %s", (_, frame) => {
    expect(explain(frame)).not.toMatch(/^!/m);
  });

  test("an id of 300,000 characters is looked at once, not once per character", {
    timeout: 10_000,
  }, () => {
    const body = Buffer.from(`${"a".repeat(300_000)}g\0`);
    const header = Buffer.alloc(16);
    header.writeUInt32BE(16 + body.length, 0);
    header.writeUInt32BE(0x8000_0004, 4);
    header.writeUInt32BE(1, 12);
    expect(explain(Buffer.concat([header, body]))).not.toMatch(/hexadecimal number/);
  });
});

test("vendor TLVs have their names when they are given", () => {
  const tlvs = { pe_id: { tag: 0x1400, type: cstring({ max: 31 }) } };
  const frame = encode({
    command: "unbind",
    unknown_tlvs: [{ tag: 0x1400, value: latin1("4711\0") }],
  });
  expect(explain(frame)).toMatch(/unknown TLV \(0x1400\)/);
  expect(explain(frame, { tlvs })).toMatch(/pe_id \(0x1400\) +"4711"/);
});

test("an unknown command is shown with its body", () => {
  const told = explain("00000014 01000001 00000000 00000007 deadbeef");
  expect(told).toMatch(/^unknown command 0x01000001, 20 octets\n/);
  expect(told).toMatch(/16-19 +body +deadbeef/);
});
