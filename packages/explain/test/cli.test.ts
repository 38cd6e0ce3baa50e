// The command esme-pdu as a process: what it reads, what it writes, how it ends.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "@esme/pdu";
import { afterAll, describe, expect, test, vi } from "vitest";
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

/** A packet of a capture: Ethernet, IPv4 and TCP around a part of a stream. */
function packet(from: number, to: number, sequence: number, data: Uint8Array): Buffer {
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(40 + data.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(6, 9);
  ip.set([127, 0, 0, 1, 127, 0, 0, 1], 12);
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from, 0);
  tcp.writeUInt16BE(to, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt8(0x50, 12);
  tcp.writeUInt8(0x10, 13);
  tcp.writeUInt16BE(65_535, 14);
  const ethernet = Buffer.from("0200000000010200000000020800", "hex");
  const octets = Buffer.concat([ethernet, ip, tcp, data]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(octets.length, 8);
  head.writeUInt32LE(octets.length, 12);
  return Buffer.concat([head, octets]);
}

test("a capture of packets, out of order and sent twice (optional: tshark)", ({ skip }) => {
  if (spawnSync("tshark", ["--version"]).status !== 0) skip("tshark is not installed");
  const pong = encode({ command: "enquire_link_resp", sequence_number: 1 });
  const capture = Buffer.concat([
    octetsOf("d4c3b2a1020004000000000000000000ffff000001000000"),
    packet(50_000, 2775, 1, both.subarray(0, 5)),
    packet(2775, 50_000, 1, pong),
    packet(50_000, 2775, 21, both.subarray(20)),
    packet(50_000, 2775, 6, both.subarray(5, 20)),
    packet(50_000, 2775, 6, both.subarray(5, 20)),
  ]);
  const { status, stdout } = run(["decode", file("dump.pcap", capture)]);
  const titles = stdout.match(/^#.*|^\w+(?=, \d+ octets)/gm);
  expect(titles).toEqual([
    "# 127.0.0.1:50000 to 127.0.0.1:2775",
    "enquire_link",
    "bind_receiver",
    "# 127.0.0.1:2775 to 127.0.0.1:50000",
    "enquire_link_resp",
  ]);
  expect(stdout).not.toContain("hunter2x");
  expect(status).toBe(0);
});

test("a capture without tshark tells what is missing", () => {
  const path = file("any.pcap", octetsOf("0a0d0d0a"));
  const { status, stderr } = run(["decode", path], "", { ...process.env, PATH: "" });
  expect(stderr).toMatch(/needs tshark/);
  expect(status).toBe(2);
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
    ["2 without a command", [], 2, /Usage/],
    [
      "2 for something else",
      ["decode", "no-such-file"],
      2,
      /neither a file nor hexadecimal digits/,
    ],
    ["2 for an odd number of digits", ["decode", "000"], 2, /odd number of digits/],
    ["2 for an unknown option", ["decode", "--what", "00"], 2, /--what/],
    [
      "2 for a capture that is none",
      ["decode", file("none.pcap", octetsOf("d4c3b2a10200"))],
      2,
      /tshark/,
    ],
    ["0 after telling how it is used", ["--help"], 0, /Usage: esme-pdu decode/],
  ])("%s", (_, args, status, words) => {
    const result = run(args);
    expect(result.stdout + result.stderr).toMatch(words);
    expect(result.status).toBe(status);
  });
});
