// The command esme-pdu as a process: what it reads, what it writes, how it ends.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "@esme/pdu";
import { afterAll, describe, expect, test, vi } from "vitest";
import { ipv4, pcap, type TestSegment } from "./capture-file.ts";
import { hexOf, octetsOf } from "./hex.ts";

// A process starts slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "esme-pdu-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[], input: Uint8Array | string = "", env = process.env) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@esme/source", "--import", "tsx", cli, ...args],
    { input, encoding: "utf8", env },
  );
  return { status, stdout, stderr };
}

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ping = encode({ command: "enquire_link", sequence_number: 1 });
const bind = encode({ command: "bind_receiver", password: "hunter2x", sequence_number: 2 });
const both = Uint8Array.from([...ping, ...bind]);

test("--version tells the version", () => {
  expect(run(["--version"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+/),
  });
});

describe("decode", () => {
  test("explains digits", () => {
    const { status, stdout } = run(["decode", hexOf(ping)]);
    expect(stdout).toMatch(/^enquire_link, 16 octets\n/);
    expect(status).toBe(0);
  });

  test.each([
    ["octets", file("stream.bin", both)],
    ["digits", file("stream.hex", `${hexOf(ping)}\n${hexOf(bind)}\n`)],
  ])("explains a file of %s, without the password", (_, path) => {
    const { status, stdout } = run(["decode", path]);
    expect(stdout).toMatch(/enquire_link, 16 octets[\s\S]*\n\nbind_receiver, /);
    expect(stdout).not.toContain("hunter2x");
    expect(stdout).not.toContain(hexOf(Buffer.from("hunter2x")));
    expect(status).toBe(0);
  });

  test("explains standard input, and hides on demand", () => {
    const submit = encode({ command: "submit_sm", destination_addr: "447700900123" }, 1);
    expect(run(["decode", "-"], submit).stdout).toContain("447700900123");
    expect(run(["decode", "--hide", "-"], submit).stdout).not.toContain("447700900123");
  });

  test("explains the two directions of a stream as tshark writes them", () => {
    const pong = encode({ command: "enquire_link_resp", sequence_number: 1 });
    const text = [
      "===================================================================",
      "Follow: tcp,raw",
      "Filter: tcp.stream eq 0",
      "Node 0: 127.0.0.1:50000",
      "Node 1: 127.0.0.1:2775",
      hexOf(ping.subarray(0, 5)),
      `\t${hexOf(pong)}`,
      hexOf(ping.subarray(5)),
      "===================================================================",
      "",
    ].join("\n");
    const { status, stdout } = run(["decode", "-"], text);
    expect(stdout).toMatch(
      /^# 127.0.0.1:50000 to 127.0.0.1:2775\n\nenquire_link, [\s\S]*\n\n# 127.0.0.1:2775 to 127.0.0.1:50000\n\nenquire_link_resp, /,
    );
    expect(status).toBe(0);
  });
});

test("a capture of packets, both directions in the order in which PDUs were whole", () => {
  const pong = encode({ command: "enquire_link_resp", sequence_number: 1 });
  const segments: TestSegment[] = [
    { data: both.subarray(0, 5), sequence: 1 },
    { data: both.subarray(20), sequence: 21 },
    { data: both.subarray(5, 20), sequence: 6 },
    { data: pong, sequence: 1, from: "smsc" },
  ];
  const capture = pcap(101, segments.map(ipv4));
  // Nothing but this command is needed.
  const path = file("dump.pcap", capture);
  const { status, stdout } = run([path], "", { ...process.env, PATH: "" });
  expect(stdout.match(/^#.*|^\w+(?=, \d+ octets)/gm)).toEqual([
    "# 2026-03-01T12:00:00.125Z 10.0.0.1:50000 to 10.0.0.2:2775",
    "enquire_link",
    "# 2026-03-01T12:00:00.125Z 10.0.0.1:50000 to 10.0.0.2:2775",
    "bind_receiver",
    "# 2026-03-01T12:00:00.126Z 10.0.0.2:2775 to 10.0.0.1:50000",
    "enquire_link_resp",
  ]);
  expect(stdout).not.toContain("hunter2x");
  expect(status).toBe(0);
  expect(run([], capture).stdout).toBe(stdout);
});

describe("without a verb", () => {
  test.each([
    ["digits", [hexOf(ping)], ""],
    ["digits in several arguments", hexOf(ping).match(/.{8}/g) ?? [], ""],
    ["a file", [file("ping.bin", ping)], ""],
    ["a pipe", [], hexOf(ping)],
    ["a pipe and -", ["-"], ping],
    [
      "a string of Python",
      [`b"${(hexOf(ping).match(/../g) ?? []).map((pair) => `\\x${pair}`).join("")}"`],
      "",
    ],
  ])("%s", (_, args, input) => {
    const { status, stdout, stderr } = run([...args], input);
    expect(stdout).toMatch(/^enquire_link, 16 octets\n/);
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("two files", () => {
    const { stdout } = run([file("a.bin", ping), file("b.hex", hexOf(bind))]);
    expect(stdout).toMatch(/^enquire_link, 16[\s\S]*^bind_receiver, /m);
  });
});

test("--json writes a line for each PDU", () => {
  const { stdout, status } = run(["--json", hexOf(both)]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject(
    [
      { title: "enquire_link, 16 octets", isSound: true, remarks: [] },
      { title: /^bind_receiver/, isSound: true, direction: "" },
    ].map(({ title, ...rest }) => ({ ...rest, title: expect.stringMatching(title) })),
  );
  expect(lines[0].fields[0]).toEqual({ start: 0, end: 4, name: "command_length", value: "16" });
  expect(stdout).not.toContain("hunter2x");
  expect(status).toBe(0);
});

test("--charset says what a data_coding means with this SMSC", () => {
  const submit = encode({ command: "submit_sm", short_message: Buffer.from("Grüße", "latin1") }, 1);
  expect(run(["--charset", "0=latin1", hexOf(submit)]).stdout).toMatch(/"Grüße"\n$/);
});

describe("ends with", () => {
  test.each([
    [
      "1 for a malformed PDU",
      ["decode", "00000010000000040000000000000001"],
      1,
      /service_type at octet 16/,
    ],
    [
      "1 for a PDU that is cut off",
      ["decode", hexOf(bind.subarray(0, 20))],
      1,
      /but there are 20 octets/,
    ],
    ["1 for a bad length", ["decode", `${hexOf(ping)}0000000f`], 1, /command_length is 15/],
    ["2 without anything", [], 2, /standard input: the input is empty/],
    [
      "2 for something else",
      ["no-such-file"],
      2,
      /no-such-file is no file: the input has "n" in line 1/,
    ],
    ["2 for a charset that is none", ["--charset", "latin1", "00"], 2, /expected 0=latin1/],
    [
      "2 for a charset that nobody knows",
      ["--charset", "0=klingon", hexOf(encode({ command: "submit_sm", short_message: ping }, 1))],
      2,
      /klingon/,
    ],
    [
      "1 for a capture without SMPP",
      [file("empty.pcap", pcap(101, []))],
      1,
      /no octets of a TCP connection/,
    ],
    ["2 for an odd number of digits", ["decode", "000"], 2, /odd number of digits/],
    ["2 for an unknown option", ["decode", "--what", "00"], 2, /--what/],
    [
      "2 for a capture that is none",
      ["decode", file("none.pcap", octetsOf("d4c3b2a10200"))],
      2,
      /none.pcap: a pcap file begins with 24 octets/,
    ],
    ["0 after telling how it is used", ["--help"], 0, /Usage: esme-pdu/],
  ])("%s", (_, args, status, words) => {
    const result = run(args);
    expect(result.stdout + result.stderr).toMatch(words);
    expect(result.status).toBe(status);
  });
});
