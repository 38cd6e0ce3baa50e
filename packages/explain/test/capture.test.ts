// Captures of packets: every link type, segments as networks deliver them, files that are damaged.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@esme/pdu";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explanationsOf, isInputError } from "../src/index.ts";
import { type Ip, ipv4, ipv6, links, pcap, pcapng, type TestSegment } from "./capture-file.ts";

const ping = encode({ command: "enquire_link", sequence_number: 1 });
const pong = encode({ command: "enquire_link_resp", sequence_number: 1 });
const bind = encode({ command: "bind_receiver", system_id: "me", password: "hunter2x" }, 2);
const both = Uint8Array.from([...ping, ...bind]);

/** The titles, directions and remarks in a capture, in order. */
function seen(capture: Uint8Array): string[] {
  return [...explanationsOf(capture)].flatMap(({ title, direction, remarks }) => [
    ...(title === "" ? [] : [`${direction}: ${title.split(",")[0]}`]),
    ...remarks.map((remark) => `! ${remark}`),
  ]);
}

function ethernet(segments: readonly TestSegment[], ip: Ip = ipv4): Buffer {
  const [type, around] = links["ethernet"] ?? [1, (packet: Buffer) => packet];
  return pcap(
    type,
    segments.map((segment) => around(ip(segment))),
  );
}

const up = "10.0.0.1:50000 to 10.0.0.2:2775";
const down = "10.0.0.2:2775 to 10.0.0.1:50000";

describe("link types", () => {
  const segments: readonly TestSegment[] = [
    { data: ping, sequence: 1 },
    { data: pong, sequence: 1, from: "smsc" },
  ];

  test.each(Object.entries(links))("%s", (_, [type, around]) => {
    const packets = (ip: Ip) => segments.map((segment) => around(ip(segment)));
    for (const file of [pcap(type, packets(ipv4)), pcap(type, packets(ipv4), true)]) {
      expect(seen(file)).toEqual([`${up}: enquire_link`, `${down}: enquire_link_resp`]);
    }
    expect(seen(pcap(type, packets(ipv6)))).toEqual([
      "[2001:db8::1]:50000 to [::1]:2775: enquire_link",
      "[::1]:2775 to [2001:db8::1]:50000: enquire_link_resp",
    ]);
    for (const simple of [false, true]) {
      expect(seen(pcapng(type, packets(ipv4), simple))).toHaveLength(2);
    }
  });

  test("one that is not known is named", () => {
    expect(seen(pcap(105, [Buffer.alloc(60)]))[0]).toMatch(/link type 105 cannot be read/);
  });

  test("times are those of the packets, in UTC", () => {
    const packets = segments.map(ipv4);
    for (const file of [pcap(101, packets), pcap(101, packets, true), pcapng(101, packets)]) {
      expect([...explanationsOf(file)].map(({ time }) => time)).toEqual([
        "2026-03-01T12:00:00.123Z",
        "2026-03-01T12:00:00.124Z",
      ]);
    }
    expect([...explanationsOf(pcapng(101, packets, true))][0]?.time).toBeUndefined();
  });
});

describe("streams", () => {
  test("segments out of order, sent twice and overlapping; PDUs in the order in which they were whole", () => {
    const file = ethernet([
      { data: both.subarray(0, 5), sequence: 1 },
      { data: pong, sequence: 1, from: "smsc" },
      { data: both.subarray(20), sequence: 21 },
      { data: both.subarray(3, 20), sequence: 4 },
      { data: both.subarray(5, 20), sequence: 6 },
    ]);
    expect(seen(file)).toEqual([
      `${down}: enquire_link_resp`,
      `${up}: enquire_link`,
      `${up}: bind_receiver`,
    ]);
    expect(JSON.stringify([...explanationsOf(file)])).not.toContain("hunter2x");
  });

  test("sequence numbers that begin at 0 again", () => {
    const first = 0xffff_fff8;
    const file = ethernet([
      { data: both.subarray(0, 16), sequence: first },
      { data: both.subarray(16), sequence: first + 16 },
    ]);
    expect(seen(file)).toEqual([`${up}: enquire_link`, `${up}: bind_receiver`]);
  });

  test("any cuts, in any order, with repetitions, are the same stream", () => {
    const stream = Uint8Array.from([...both, ...both, ...ping]);
    const cuts = fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 });
    fc.assert(
      fc.property(
        cuts,
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.gen(),
        (places, first, gen) => {
          const ends = [...new Set([0, ...places, stream.length])].sort((a, b) => a - b);
          const pieces = ends.slice(1).map((end, index) => ({
            data: stream.subarray(ends[index], end),
            sequence: first + 1 + (ends[index] ?? 0),
          }));
          const mixed = gen(() =>
            fc.shuffledSubarray([...pieces, ...pieces], { minLength: 2 * pieces.length }),
          );
          const syn = { data: new Uint8Array(0), sequence: first, syn: true };
          expect(seen(ethernet([syn, ...mixed])).filter((line) => !line.includes(": "))).toEqual(
            [],
          );
          expect(seen(ethernet([syn, ...mixed])).map((line) => line.replace(/^.*: /, ""))).toEqual([
            "enquire_link",
            "bind_receiver",
            "enquire_link",
            "bind_receiver",
            "enquire_link",
          ]);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  test("a lost segment: what is missing is told, and reading goes on at the next PDU", () => {
    const stream = Uint8Array.from([...both, ...ping, ...both]);
    const file = ethernet([
      { data: stream.subarray(0, 20), sequence: 1 },
      { data: stream.subarray(25), sequence: 26 },
    ]);
    expect(seen(file)).toEqual([
      `${up}: enquire_link`,
      "! the PDU at octet 16 is cut off: 4 of 33 octets are there",
      "! 5 octets before this are not in the capture",
      "! 24 octets before the first PDU are no PDU: they are left out",
      `${up}: enquire_link`,
      `${up}: enquire_link`,
      `${up}: bind_receiver`,
    ]);
  });

  test("a capture that begins in the middle of a PDU", () => {
    expect(seen(ethernet([{ data: both.subarray(7), sequence: 900 }]))).toEqual([
      "! 9 octets before the first PDU are no PDU: they are left out",
      `${up}: bind_receiver`,
    ]);
  });

  test("the same ports again are another connection", () => {
    const open = (sequence: number): TestSegment[] => [
      { data: new Uint8Array(0), sequence, syn: true },
      { data: ping, sequence: sequence + 1 },
    ];
    expect(seen(ethernet([...open(1000), ...open(70_000)]))).toEqual([
      `${up}: enquire_link`,
      `${up}: enquire_link`,
    ]);
  });

  test("a keep-alive of TCP repeats an octet", () => {
    const file = ethernet([
      { data: ping, sequence: 1 },
      { data: Uint8Array.of(0), sequence: 16 },
      { data: bind, sequence: 17 },
    ]);
    expect(seen(file)).toEqual([`${up}: enquire_link`, `${up}: bind_receiver`]);
  });

  test("packets that were captured in part", () => {
    const file = ethernet([
      { data: both, sequence: 1, cut: 10 },
      { data: ping, sequence: 1 + both.length },
    ]);
    expect(seen(file)).toContain("! 10 octets before this are not in the capture");
    expect(seen(file).at(-1)).toMatch(/packets that were cut off when they were captured: 1 /);
  });

  test("connections without SMPP are counted, TLS by its name", () => {
    const file = ethernet([
      { data: ping, sequence: 1 },
      { data: Buffer.from("GET / HTTP/1.1\r\n\r\n"), sequence: 1, port: 50_001 },
      { data: Buffer.from("1603010200010001fc0303", "hex"), sequence: 1, port: 50_002 },
    ]);
    expect(seen(file)).toEqual([
      `${up}: enquire_link`,
      "! 2 TCP connections have no SMPP in them (1 of them TLS, which cannot be read)",
    ]);
  });

  test("fragments of IP are counted", () => {
    const packet = ipv4({ data: ping, sequence: 1 });
    packet.writeUInt16BE(0x2000, 6);
    expect(seen(pcap(101, [packet]))[0]).toBe("! IP packets that are fragments are left out: 1");
  });
});

describe("damaged files", () => {
  const file = ethernet([
    { data: ping, sequence: 1 },
    { data: pong, sequence: 1, from: "smsc" },
  ]);
  const next = pcapng(101, [ipv4({ data: ping, sequence: 1 })]);

  test("every length of a file is read as far as it goes, or refused with a sentence", () => {
    for (const whole of [file, next]) {
      for (let length = 4; length < whole.length; length++) {
        try {
          expect([...explanationsOf(whole.subarray(0, length))].length).toBeGreaterThan(0);
        } catch (error) {
          expect(isInputError(error) && error.message).toMatch(
            /^a pcap(ng)? file begins with \d+ octets/,
          );
        }
      }
    }
  });

  test("a record that reaches past the end", () => {
    expect(seen(file.subarray(0, -1))).toContain(
      `! the capture is cut off: the record at octet 110 reaches past its end (${file.length - 1} octets)`,
    );
  });

  test("a block without a length ends the reading", () => {
    const broken = Buffer.from(next);
    broken.writeUInt32LE(0, 44);
    expect(seen(broken)[0]).toMatch(/block at octet 40 of the pcapng file says 0 octets/);
  });

  test("a section without byte order", () => {
    const broken = Buffer.from(next);
    broken.writeUInt32LE(7, 8);
    expect(() => [...explanationsOf(broken)]).toThrow(/has no byte order/);
  });
});

test("tshark puts the same streams together (optional: tshark)", { timeout: 60_000 }, ({
  skip,
}) => {
  if (spawnSync("tshark", ["--version"]).status !== 0) skip("tshark is not installed");
  const stream = Uint8Array.from([...both, ...ping, ...both]);
  const segments: TestSegment[] = [
    { data: new Uint8Array(0), sequence: 99, syn: true },
    { data: stream.subarray(0, 5), sequence: 100 },
    { data: stream.subarray(30), sequence: 130 },
    { data: stream.subarray(5, 30), sequence: 105 },
    { data: stream.subarray(0, 20), sequence: 100 },
  ];
  const folder = mkdtempSync(join(tmpdir(), "esme-explain-"));
  try {
    const path = join(folder, "a.pcap");
    const file = ethernet(segments);
    writeFileSync(path, file);
    const { stdout } = spawnSync("tshark", ["-r", path, "-q", "-z", "follow,tcp,raw,0"], {
      encoding: "utf8",
    });
    const theirs = [...explanationsOf(stdout)].map(({ title }) => title);
    expect(theirs).toHaveLength(5);
    expect([...explanationsOf(file)].map(({ title }) => title)).toEqual(theirs);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
