// The same PDUs as Wireshark reads them: every field at the same place with the same octets.
// Runs where tshark is installed (Debian package tshark).

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import { encode, type Pdu } from "../src/index.ts";
import { readByTable } from "../src/table-decoder.ts";
import { standardByName } from "../src/tlvs.ts";
import { hexOf, octetsOf } from "./hex.ts";
import { commandNames, pdusOf } from "./pdus.ts";

const isInstalled = spawnSync("tshark", ["--version"]).status === 0;

/** A capture in which every packet is one PDU, of the link type for private use that we call SMPP. */
function capture(frames: readonly Uint8Array[]): Uint8Array {
  const packets = frames.map((frame) => {
    const head = new DataView(new ArrayBuffer(16));
    head.setUint32(8, frame.length, true);
    head.setUint32(12, frame.length, true);
    return Buffer.concat([Buffer.from(head.buffer), frame]);
  });
  const head = octetsOf("d4c3b2a1020004000000000000000000ffff000093000000");
  return Buffer.concat([head, ...packets]);
}

interface Place {
  name: string;
  start: number;
  octets: string;
}

/** The fields of each PDU as tshark tells them. */
function placesByTshark(frames: readonly Uint8Array[]): Place[][] {
  const folder = mkdtempSync(join(tmpdir(), "esme-pdu-"));
  try {
    const path = join(folder, "pdus.pcap");
    writeFileSync(path, capture(frames));
    const asSmpp = 'uat:user_dlts:"User 0 (DLT=147)","smpp","0","","0",""';
    const { stdout, stderr, status } = spawnSync(
      "tshark",
      ["-r", path, "-o", asSmpp, "-T", "pdml"],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout.split("<packet>").slice(1).map(placesIn);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function placesIn(packet: string): Place[] {
  const smpp = /<proto name="smpp".*?<\/proto>/s.exec(packet)?.[0] ?? "";
  return [...smpp.matchAll(/<field name="smpp\.([^"]+)"([^>]*)>/g)].map(
    ([, name = "", rest = ""]) => {
      const attribute = (key: string) => new RegExp(` ${key}="([^"]*)"`).exec(rest)?.[1];
      const octets = attribute("unmaskedvalue") ?? attribute("value") ?? "";
      return { name, start: Number(attribute("pos")), octets };
    },
  );
}

/** Fields that tshark tells by other names: bit by bit, or with the unit of the time. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  esm_class: ["esm.submit.msg_mode"],
  registered_delivery: ["regdel.receipt"],
  short_message: ["message"],
  schedule_delivery_time: ["schedule_delivery_time", "schedule_delivery_time_r"],
  validity_period: ["validity_period", "validity_period_r"],
  final_date: ["final_date", "final_date_r"],
};

/** What it tells in no field of its own. */
const untold = new Set(["number_of_dests", "no_unsuccess", "dest_flag"]);

function expectSameReading(frame: Uint8Array, theirs: readonly Place[]): void {
  const { fields, fatal } = readByTable(frame, undefined, { locatesTlvs: true });
  expect(fatal).toBeUndefined();
  const at = (name: string, start: number) =>
    theirs.find(
      (place) => place.start === start && (otherNames[name] ?? [name]).includes(place.name),
    );
  for (const [name, start] of [
    ["command_length", 0],
    ["command_id", 4],
    ["sequence_number", 12],
  ] as const) {
    expect(at(name, start)?.octets).toBe(hexOf(frame.subarray(start, start + 4)));
  }
  for (const { name: field = "", start, end, tag } of fields) {
    const name = field.replace(/^.*\./, "");
    if (tag !== undefined) {
      expect(at("opt_param_tag", start)?.octets).toBe(hexOf(frame.subarray(start, start + 2)));
      expect(at("opt_param_len", start + 2)?.octets).toBe(
        hexOf(frame.subarray(start + 2, start + 4)),
      );
    } else if (!untold.has(name)) {
      const ours = hexOf(frame.subarray(start, end));
      const read = at(name, start)?.octets;
      // Some strings are not told when they are empty.
      if (read !== undefined || (ours !== "00" && ours !== ""))
        expect({ [field]: read }).toEqual({ [field]: ours });
    }
  }
  const tlvs = theirs.filter(({ name }) => name === "opt_param_tag");
  expect(tlvs.map(({ start }) => start)).toEqual(
    fields.flatMap(({ tag, start }) => (tag === undefined ? [] : [start])),
  );
}

interface Vector {
  name: string;
  hex: string;
  /** Who has read the row so; some read the header alone. */
  checked_by: string[];
}

test("recorded PDUs (optional: tshark)", { timeout: 60_000 }, ({ skip }) => {
  if (!isInstalled) skip("tshark is not installed");
  const text = readFileSync(new URL("./data/pdu.json", import.meta.url), "utf8");
  const vectors: Vector[] = JSON.parse(text);
  const wholly = vectors.filter(({ checked_by }) =>
    checked_by.some((who) => /^wireshark [\d.]+$/.test(who)),
  );
  expect(wholly.length).toBeGreaterThan(100);
  const frames = wholly.map(({ hex }) => octetsOf(hex));
  for (const [index, places] of placesByTshark(frames).entries()) {
    expectSameReading(frames[index] ?? new Uint8Array(0), places);
  }
});

const spec: { commands: { name: string }[] } = JSON.parse(
  readFileSync(new URL("./data/smpp.json", import.meta.url), "utf8"),
);

/** tshark knows the commands of the standard alone. */
function isStandard(command: string): boolean {
  return spec.commands.some(({ name }) => name === command);
}

/** tshark reads TLVs on some commands only, and loses its way after these two. */
function withoutUnreadTlvs(pdu: Pdu): Pdu {
  if (pdu.command === "unknown") return pdu;
  const isRead = ["submit_sm", "deliver_sm", "data_sm"].includes(pdu.command);
  const { fields } = commands[pdu.command];
  const kept = Object.entries(pdu).filter(([name]) => {
    if (Object.hasOwn(fields, name) || !standardByName.has(name))
      return name !== "unknown_tlvs" || isRead;
    return isRead && name !== "broadcast_rep_num" && name !== "ms_validity";
  });
  return Object.fromEntries(kept) as Pdu; // the same, some TLVs fewer
}

test("made PDUs of every command (optional: tshark)", { timeout: 60_000 }, ({ skip }) => {
  if (!isInstalled) skip("tshark is not installed");
  const pdus = commandNames
    .filter(isStandard)
    .flatMap((command) => fc.sample(pdusOf(command), { numRuns: 20, seed: 1 }));
  const frames = pdus.map((pdu) => encode({ ...withoutUnreadTlvs(pdu), command_status: 0 }));
  for (const [index, places] of placesByTshark(frames).entries()) {
    expectSameReading(frames[index] ?? new Uint8Array(0), places);
  }
});
