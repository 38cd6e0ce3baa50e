// The forms in which people have PDUs: each gives the same PDUs, and what is wrong is said in a sentence.

import { encode } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { explainInput, explanationsOf, isInputError } from "../src/index.ts";
import { hexOf, octetsOf } from "./hex.ts";

/** submit_sm of a text that looks like columns of a dump, then an enquire_link. */
const submit = encode({
  command: "submit_sm",
  sequence_number: 7,
  source_addr: "4711",
  destination_addr: "27820001001",
  short_message: Buffer.from("hello beef dead cafe |x| 00 11"),
});
const ping = encode({ command: "enquire_link", sequence_number: 8 });
const both = Buffer.concat([submit, ping]);
const digits = hexOf(both);
const pairs = digits.match(/../g) ?? [];

/** Lines of a dump: offset, groups of octets, characters. */
function dump(
  row: (offset: number, octets: Buffer) => string,
  octets: Buffer = both,
  width = 16,
): string {
  const rows = Array.from({ length: Math.ceil(octets.length / width) }, (_, index) =>
    row(index * width, octets.subarray(index * width, (index + 1) * width)),
  );
  return `${rows.join("\n")}\n`;
}

const shown = (octets: Buffer) => octets.toString("latin1").replace(/[^ -~]/g, ".");
const hex = (offset: number, size: number) => offset.toString(16).padStart(size, "0");
const spaced = (octets: Buffer) => (hexOf(octets).match(/../g) ?? []).join(" ");
const words = (octets: Buffer) => (hexOf(octets).match(/.{1,4}/g) ?? []).join(" ");

const hexdumpC = (octets: Buffer) => {
  const halves = [octets.subarray(0, 8), octets.subarray(8)].map(spaced).join("  ");
  return halves.padEnd(48);
};

const forms: readonly (readonly [string, string | Uint8Array])[] = [
  ["octets", both],
  ["digits", digits],
  ["capital digits, as Wireshark copies a hex stream", digits.toUpperCase()],
  ["digits with 0x", `0x${digits}`],
  ["digits with blanks", pairs.join(" ")],
  ["digits with colons", pairs.join(":")],
  [
    "digits with dashes, dots, bars, commas and semicolons",
    pairs.map((pair, at) => pair + ("-.|,;"[at % 5] ?? "")).join(""),
  ],
  ["digits with percent signs", `%${pairs.join("%")}`],
  ["digits without leading zeros", pairs.map((pair) => pair.replace(/^0/, "")).join(" ")],
  ["digits in words", words(both)],
  ["digits in lines", digits.replace(/.{60}/g, "$&\n")],
  ["digits in lines of Windows", digits.replace(/.{60}/g, "$&\r\n")],
  ["digits of PowerShell", Buffer.from(`\ufeff${digits}\r\n`, "utf16le")],
  ["digits behind a byte order mark", Buffer.from(`\ufeff${digits}`)],
  ["hexdump -C", dump((at, octets) => `${hex(at, 8)}  ${hexdumpC(octets)}  |${shown(octets)}|`)],
  ["hexdump", dump((at, octets) => `${hex(at, 7)} ${words(Buffer.from(octets).swap16())}`)],
  ["xxd", dump((at, octets) => `${hex(at, 8)}: ${words(octets).padEnd(40)} ${shown(octets)}`)],
  [
    "xxd -c 8 -g 1",
    dump((at, octets) => `${hex(at, 8)}: ${spaced(octets).padEnd(24)} ${shown(octets)}`, both, 8),
  ],
  [
    "od -A x -t x1z",
    dump((at, octets) => `${hex(at, 6)} ${spaced(octets).padEnd(47)}  >${shown(octets)}<`),
  ],
  [
    "Wireshark",
    dump((at, octets) => `${hex(at, 4)}   ${spaced(octets).padEnd(48)}  ${shown(octets)}`),
  ],
  [
    "tcpdump -X",
    dump((at, octets) => `\t0x${hex(at, 4)}:  ${words(octets).padEnd(40)} ${shown(octets)}`),
  ],
  [
    "Netty",
    `         +-------------------------------------------------+\n${dump(
      (at, octets) => `|${hex(at, 8)}| ${spaced(octets).padEnd(48)} |${shown(octets).padEnd(16)}|`,
    )}+--------+`,
  ],
  ["a string of Python", `b'${pairs.map((pair) => `\\x${pair}`).join("")}'`],
  [
    "a string of Python with characters",
    `b'${Array.from(both, (value) => (value > 0x20 && value < 0x7f ? String.fromCharCode(value) : `\\x${hex(value, 2)}`)).join("")}'`,
  ],
  ["escapes without quotes", pairs.map((pair) => `\\x${pair}`).join("")],
  [
    "octal escapes",
    `"${Array.from(both, (value) => `\\${value.toString(8).padStart(3, "0")}`).join("")}"`,
  ],
  ["an array of C", `unsigned char pdu[] = { ${pairs.map((pair) => `0x${pair}`).join(", ")} };`],
  ["an array of Go", `[]byte{${pairs.map((pair) => `0x${pair.replace(/^0/, "")}`).join(", ")}}`],
  ["a Buffer of Node.js", `<Buffer ${pairs.join(" ")}>`],
  [
    "Buffers of Node.js in a log",
    `got <Buffer ${spaced(Buffer.from(submit))}>\ngot <Buffer ${spaced(Buffer.from(ping))}>`,
  ],
  ["JSON of a Buffer", JSON.stringify(both)],
  ["a Uint8Array of Node.js", `Uint8Array(${both.length}) [\n  ${[...both].join(", ")},\n]`],
  ["bytes of Java", `[${[...new Int8Array(both)].join(", ")}]`],
  ["base64", both.toString("base64")],
  ["base64 in lines", both.toString("base64").replace(/.{40}/g, "$&\n")],
  ["base64 for URLs", both.toString("base64url")],
  ["a data URL", `data:application/octet-stream;base64,${both.toString("base64")}`],
  [
    "a log of jsmpp",
    [
      "2026-03-01 12:00:00,001 [pool-1-thread-1] DEBUG org.jsmpp.session.PDUProcessTask - Received PDU " +
        hexOf(submit),
      "2026-03-01 12:00:00,002 [main] INFO org.jsmpp - nothing of interest, id 1234567890abcdef",
      "2026-03-01 12:00:00,003 [PDUReaderWorker] TRACE o.j.s.PDUProcessTask - Received PDU " +
        hexOf(ping),
    ].join("\n"),
  ],
  [
    "a log of python-smpplib",
    `DEBUG: >> ${hexOf(submit)} ${submit.length} bytes\nDEBUG: << ${hexOf(ping)} 16 bytes`,
  ],
];

/** Without directions and times, which logs have. */
function seen(input: string | Uint8Array): string {
  return explainInput(input).replace(/^#.*\n\n/gm, "");
}

test.each(forms)("%s", (_, form) => {
  expect(seen(form)).toBe(seen(both));
});

test("a text comes as octets, too", () => {
  for (const [, form] of forms) {
    if (typeof form === "string") expect(seen(Buffer.from(form))).toBe(seen(both));
  }
});

describe("dumps", () => {
  test("repeated lines that hexdump leaves out", () => {
    const long = Buffer.from(
      encode({ command: "submit_sm", short_message: Buffer.alloc(100, 65) }, 1),
    );
    const lines = dump(
      (at, octets) => `${hex(at, 8)}  ${hexdumpC(octets)}  |${shown(octets)}|`,
      long,
    ).split("\n");
    const same = lines.map((line) => line.slice(8));
    const short = lines.filter((_, at) => at === 0 || same[at] !== same[at - 1]);
    short.splice(
      lines.findIndex((line, at) => at > 0 && same[at] === same[at - 1] && line !== ""),
      0,
      "*",
    );
    expect(short.length).toBeLessThan(lines.length);
    expect(seen(short.join("\n"))).toBe(seen(long));
  });

  test("a repetition without end is refused", () => {
    const text = `00000000  ${spaced(both.subarray(0, 16))}\n*\nffffffff  00\n`;
    expect(() => seen(text)).toThrow(/repeats 4294967279 octets, at most 1048576 are read/);
  });

  test("several packets, each from offset 0; what stands before SMPP is left out with a remark", () => {
    const packet = Buffer.concat([Buffer.alloc(54, 0x45), both]);
    const one = dump(
      (at, octets) => `${hex(at, 4)}   ${spaced(octets).padEnd(48)}  ${shown(octets)}`,
      packet,
    );
    const found = [...explanationsOf(`Frame 1\n${one}\nFrame 2\n${one}`)];
    expect(found.map(({ title, remarks }) => title || remarks[0])).toEqual([
      "54 octets before the first PDU are no PDU: they are left out",
      `submit_sm, ${submit.length} octets`,
      "enquire_link, 16 octets",
      "54 octets before the first PDU are no PDU: they are left out",
      `submit_sm, ${submit.length} octets`,
      "enquire_link, 16 octets",
    ]);
  });

  test("both sides of a stream that Wireshark follows", () => {
    const side = (indent: string, octets: Buffer<ArrayBuffer>) =>
      dump((at, row) => `${indent}${hex(at, 8)}  ${hexdumpC(row)}  ${shown(row)}`, octets);
    const text = side("", Buffer.from(submit)) + side("    ", Buffer.from(ping));
    expect(seen(text)).toBe(seen(both));
  });
});

describe("logs", () => {
  test("directions and times of lines are kept", () => {
    const [one, other] = explanationsOf(
      `2026-03-01 12:00:00.5 Received PDU ${hexOf(submit)}\n2026-03-01T12:00:01Z Sending ${hexOf(ping)}`,
    );
    expect(one).toMatchObject({ direction: "received", time: "2026-03-01 12:00:00.5" });
    expect(other).toMatchObject({ direction: "sent", time: "2026-03-01T12:00:01Z" });
  });

  const kannel = (lines: string, thread = "[1] [6]") =>
    lines
      .trim()
      .split("\n")
      .map((line) => `2026-03-01 12:00:00 ${thread} DEBUG: ${line.replace(/^ {4}/, "")}`)
      .join("\n");

  const dumped = `
    SMPP[smsc1]: Sending PDU:
    SMPP PDU 0x7f8a5c001230 dump:
      type_name: submit_sm
      command_id: 4 = 0x00000004
      command_status: 0 = 0x00000000
      sequence_number: 7 = 0x00000007
      service_type: NULL
      source_addr_ton: 5 = 0x00000005
      source_addr_npi: 0 = 0x00000000
      source_addr: "a \\"b\\" \\\\"
      dest_addr_ton: 1 = 0x00000001
      dest_addr_npi: 1 = 0x00000001
      destination_addr: "27820001001"
      esm_class: 3 = 0x00000003
      protocol_id: 0 = 0x00000000
      priority_flag: 0 = 0x00000000
      schedule_delivery_time: NULL
      validity_period: NULL
      registered_delivery: 1 = 0x00000001
      replace_if_present_flag: 0 = 0x00000000
      data_coding: 0 = 0x00000000
      sm_default_msg_id: 0 = 0x00000000
      sm_length: 25 = 0x00000019
      short_message:
       Octet string at 0x7f8a5c00a1b0:
         len:  25
         size: 26
         immutable: 0
         data: 48 65 6c 6c 6f 20 77 6f 72 6c 64 2c 20 64 65 61   Hello world, dea
         data: 64 20 62 65 65 66 20 30 30                        d beef 00
       Octet string dump ends.
      receipted_message_id: "id-1"
    SMPP PDU dump ends.`;

  test("Kannel's dump of fields", () => {
    const [pdu, ...rest] = explanationsOf(kannel(dumped));
    expect(rest).toEqual([]);
    expect(pdu).toMatchObject({
      direction: "sent",
      time: "2026-03-01 12:00:00",
      isSound: true,
      text: "Hello world, dead beef 00",
    });
    const values = Object.fromEntries(pdu?.fields.map(({ name, value }) => [name, value]) ?? []);
    expect(values).toMatchObject({
      sequence_number: "7",
      source_addr: String.raw`"a \"b\" \\"`,
      esm_class: "3",
      registered_delivery: "1",
      "receipted_message_id (0x001E)": '"id-1"',
    });
  });

  test("Kannel's threads write between each other's lines", () => {
    const [one, other] = [
      kannel(dumped).split("\n"),
      kannel(
        dumped.replace("dead beef", "DEAD BEEF").replace("64 65 61", "44 45 41"),
        "[1] [7]",
      ).split("\n"),
    ];
    const mixed = one.flatMap((line, index) => [line, other[index] ?? ""]).join("\n");
    expect([...explanationsOf(mixed)].map(({ text }) => text)).toEqual([
      "Hello world, dead beef 00",
      "Hello world, DEAd beef 00",
    ]);
  });

  test.each([
    [
      "a command that SMPP does not have",
      "type_name: submit_sm",
      "type_name: submit",
      /line 2 of the log is no PDU: its type_name/,
    ],
    ["a value that does not fit", "27820001001", "2".repeat(30), /destination_addr/],
    [
      "a field that SMPP does not have",
      "receipted_message_id:",
      "my_tlv:",
      /my_tlv of the log is no field of SMPP/,
    ],
    [
      "another length",
      "command_id: 4",
      "command_length: 99 = 0x00000063\n      command_id: 4",
      /command_length is 99 in the log, but its fields make/,
    ],
    ["a dump without end", "SMPP PDU dump ends.", "", /the dump has no end/],
  ])("Kannel's dump with %s", (_, from, to, words) => {
    const text = explainInput(kannel(dumped.replace(from, to)));
    expect(text).toMatch(words);
  });
});

describe("streams", () => {
  test("octets before, between and after PDUs", () => {
    const rest = Buffer.concat([
      Buffer.from("GET "),
      both,
      Buffer.alloc(5, 1),
      ping,
      submit.subarray(0, 9),
    ]);
    expect([...explanationsOf(rest)].map(({ title, remarks }) => title || remarks[0])).toEqual([
      "4 octets before the first PDU are no PDU: they are left out",
      `submit_sm, ${submit.length} octets`,
      "enquire_link, 16 octets",
      `5 octets at octet ${4 + both.length} are no PDU: they are left out`,
      "enquire_link, 16 octets",
      `the PDU at octet ${4 + both.length + 21} is cut off: 9 of ${submit.length} octets are there`,
    ]);
  });

  test("a command_length that is too small is named", () => {
    const told = [...explanationsOf(Buffer.concat([ping, octetsOf("0000000f")]))];
    expect(told[1]?.remarks).toEqual(["command_length is 15, a PDU has at least 16 octets"]);
    expect(told[1]?.isSound).toBe(false);
  });

  test("a PDU with a wrong length does not hide the next one", () => {
    const wrong = Uint8Array.from(ping);
    wrong[3] = 15;
    const told = [...explanationsOf(Buffer.concat([wrong, submit]))];
    expect(told[0]?.remarks).toContain("command_length is 15, but there are 16 octets");
    expect(told[1]?.title).toBe(`submit_sm, ${submit.length} octets`);
  });

  test("a megabyte of zeros, or of beginnings of PDUs, is read in one pass", {
    timeout: 20_000,
  }, () => {
    expect([...explanationsOf(new Uint8Array(1 << 20))].length).toBe(1);
    const starts = Buffer.alloc(1 << 18, octetsOf("0000002000000004"));
    expect([...explanationsOf(starts)].length).toBeGreaterThan(0);
  });
});

describe("the parts of a long message", () => {
  const part = (sequence: number, text: string, reference = 23) =>
    encode(
      {
        command: "submit_sm",
        source_addr: "1",
        destination_addr: "2",
        esm_class: 0x40,
        data_coding: 8,
        short_message: Buffer.concat([
          Buffer.from([5, 0, 3, reference, 3, sequence]),
          Buffer.from(text, "utf16le").swap16(),
        ]),
      },
      sequence,
    );

  test("are put together in any order, when the last one is there", () => {
    const [a, b, c] = explanationsOf(
      Buffer.concat([part(2, "üß"), part(1, "Gr"), part(3, "e 👋")]),
    );
    expect([a?.joined, b?.joined]).toEqual([undefined, undefined]);
    expect(c?.joined).toEqual({ parts: 3, reference: 23, text: "Grüße 👋" });
    expect(explainInput(Buffer.concat([part(1, "a"), part(2, "b"), part(3, "c")]))).toMatch(
      /^= the message in 3 parts with reference 23 is complete: "abc"$/m,
    );
  });

  test("of sar TLVs as well, in GSM septets", () => {
    const sar = (sequence: number, octets: string) =>
      encode(
        {
          command: "deliver_sm",
          short_message: octetsOf(octets),
          sar_msg_ref_num: 5,
          sar_total_segments: 2,
          sar_segment_seqnum: sequence,
        },
        sequence,
      );
    const [, last] = explanationsOf(Buffer.concat([sar(1, "351b"), sar(2, "65")]));
    expect(last?.joined).toEqual({ parts: 2, reference: 5, text: "5€" });
  });

  test("are told when they are missing, and hidden on demand", () => {
    const two = Buffer.concat([part(3, "c"), part(1, "a"), ping]);
    expect(explainInput(two)).toMatch(
      /^! part 2 is missing of a message in 3 parts with reference 23$/m,
    );
    const all = Buffer.concat([part(1, "a"), part(2, "b"), part(3, "c")]);
    expect(explainInput(all, { content: false })).toMatch(/reference 23 is complete$/m);
    expect(explainInput(part(1, "a"))).not.toMatch(/missing/);
  });

  test("another message with the same reference begins anew", () => {
    const all = Buffer.concat([part(1, "x"), part(1, "a"), part(2, "b"), part(3, "c")]);
    expect([...explanationsOf(all)].at(-1)?.joined?.text).toBe("abc");
  });
});

describe("input that cannot be read", () => {
  test.each<[string, string | Uint8Array, string, RegExp]>([
    ["nothing", "", "empty", /the input is empty/],
    ["blanks", " \n ", "empty", /the input is empty/],
    ["an odd number of digits", "00000", "odd_digits", /odd number of digits \(5\)/],
    ["words", "hello", "unknown_form", /"h" in line 1, column 1/],
    [
      "a word between digits",
      "00 00\n00 xx",
      "unknown_form",
      /"x" in line 2, column 4, which is no digit/,
    ],
    [
      "base64 of something else",
      Buffer.alloc(30, 0x41).toString("base64"),
      "unknown_form",
      /expected/,
    ],
    ["gzip", octetsOf("1f8b0800000000000003"), "compressed", /unpack it first/],
    [
      "the head of a pcap file",
      octetsOf("d4c3b2a10200"),
      "bad_capture",
      /begins with 24 octets, this one has 6/,
    ],
  ])("%s", (_, input, code, words) => {
    let thrown: unknown;
    try {
      explainInput(input);
    } catch (error) {
      thrown = error;
    }
    expect(isInputError(thrown) && thrown.code).toBe(code);
    expect(String(thrown)).toMatch(words);
  });

  test("a Buffer that Node.js cut", () => {
    const text = `<Buffer ${spaced(both.subarray(0, 50))} ... 44 more bytes>`;
    expect(explainInput(text)).toMatch(/Node.js left out 44 octets of this Buffer/);
  });
});
