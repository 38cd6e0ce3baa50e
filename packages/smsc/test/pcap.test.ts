/** Captures: their format octet by octet, and what tshark makes of them where it is installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explanationsOf } from "@esme/explain";
import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import { pcapOf } from "../src/log/pcap.ts";
import type { LoggedPdu, Peer } from "../src/log/pdu-log.ts";

const peer: Peer = { session: 1, remote: "192.0.2.7:50122", system_id: "esme" };
const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678) + 0.25;

const submit = encode({
  command: "submit_sm",
  sequence_number: 7,
  source_addr: "4711",
  destination_addr: "27820001001",
  short_message: Buffer.from("hello"),
});
const answer = encode({ command: "submit_sm_resp", sequence_number: 7, message_id: "1A" });

function logged(octets: Uint8Array, direction: "in" | "out", over: Partial<Peer> = {}): LoggedPdu {
  return { id: 1, time, direction, octets, peer: { ...peer, ...over } };
}

function captured(...pdus: LoggedPdu[]): Buffer {
  return Buffer.concat([...pcapOf(pdus)]);
}

test("a file of raw IPv4, each PDU in a packet with its time", () => {
  const file = captured(logged(submit, "in"));
  expect(file.subarray(0, 24).toString("hex")).toBe(
    "a1b2c3d4000200040000000000000000" + "0000ffff00000065",
  );
  expect(file.readUInt32BE(24)).toBe(Math.floor(time / 1000));
  expect(file.readUInt32BE(28)).toBe(678_250);
  expect(file.readUInt32BE(32)).toBe(40 + submit.length);
  const packet = file.subarray(40);
  expect(packet.subarray(0, 10).toString("hex")).toBe("4500005d000040004006");
  expect([...packet.subarray(12, 20)]).toEqual([192, 0, 2, 7, 127, 0, 0, 1]);
  expect(packet.readUInt16BE(20)).toBe(50_122);
  expect(packet.readUInt16BE(22)).toBe(2775);
  expect(packet.subarray(40).equals(submit)).toBe(true);
});

test("esme-pdu reads them back: every PDU with its direction and its time", () => {
  const long = encode({ command: "data_sm", message_payload: Buffer.alloc(60_000, 0x61) }, 8);
  const other = { session: 2, remote: "" };
  const file = captured(
    logged(submit, "in"),
    logged(long, "in", other),
    logged(answer, "out"),
    logged(submit, "out", other),
  );
  const found = [...explanationsOf(file)].map(({ title, direction, time, isSound }) => {
    return [title, direction, time, isSound];
  });
  const when = "2026-01-02T03:04:05.678Z";
  const [esme, smsc, without] = ["192.0.2.7:50122", "127.0.0.1:2775", "127.0.0.1:49154"];
  expect(found).toEqual([
    [`submit_sm, ${submit.length} octets`, `${esme} to ${smsc}`, when, true],
    [`submit_sm_resp, ${answer.length} octets`, `${smsc} to ${esme}`, when, true],
    [`data_sm, ${long.length} octets`, `${without} to ${smsc}`, when, true],
    [`submit_sm, ${submit.length} octets`, `${smsc} to ${without}`, when, true],
  ]);
});

test("without PDUs there is still a file", () => {
  expect(captured()).toHaveLength(24);
});

test.each([
  ["127.0.0.1:4", "127.0.0.1", 4],
  ["::ffff:192.0.2.9:4", "192.0.2.9", 4],
  ["2001:db8::1:50122", "127.0.0.1", 49_153],
  ["", "127.0.0.1", 49_153],
])("a peer at %j is %s:%d", (remote, address, port) => {
  const packet = captured(logged(submit, "in", { remote })).subarray(40);
  expect([...packet.subarray(12, 16)].join(".")).toBe(address);
  expect(packet.readUInt16BE(20)).toBe(port);
});

const isInstalled = spawnSync("tshark", ["--version"]).status === 0;

test.skipIf(!isInstalled)(
  "optional: tshark reads SMPP over TCP, in order, with right checksums",
  () => {
    const long = encode({
      command: "data_sm",
      sequence_number: 8,
      message_payload: new Uint8Array(60_000).fill(0x61),
    });
    const other = { session: 2, remote: "" };
    const file = captured(
      logged(submit, "in"),
      logged(answer, "out"),
      logged(submit, "in", other),
      logged(long, "in"),
      logged(answer, "out", other),
    );
    const fields = ["smpp.command_id", "smpp.sequence_number", "tcp.stream", "tcp.port"];
    const told = tshark(file, ...fields, "ip.checksum.status", "tcp.checksum.status");
    expect(told).toEqual([
      "0x00000004 7 0 50122,2775 1 1",
      "0x80000004 7 0 2775,50122 1 1",
      "0x00000004 7 1 49154,2775 1 1",
      " 0 50122,2775 1 1".padStart(18),
      "0x00000103 8 0 50122,2775 1 1",
      "0x80000004 7 1 2775,49154 1 1",
    ]);
    expect(tshark(file, "tcp.analysis.flags", "_ws.malformed").join("").trim()).toBe("");
  },
);

/** These fields of every packet. */
function tshark(file: Buffer, ...fields: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "esme-pcap-"));
  try {
    const path = join(folder, "esme.pcap");
    writeFileSync(path, file);
    const checks = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
    const shown = ["-T", "fields", "-E", "separator=/s", ...fields.flatMap((each) => ["-e", each])];
    const { stdout, stderr, status } = spawnSync("tshark", ["-r", path, ...checks, ...shown], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
