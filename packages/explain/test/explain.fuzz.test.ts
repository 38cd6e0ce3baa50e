// Input that nobody meant: explained, or refused with an InputError; never a secret, never without end.

import {
  fuzz,
  fuzzTimeout,
  must,
  type Random,
  samplePdus,
  spoilOctets,
  spoilText,
} from "@esme/fuzz";
import { encode } from "@esme/pdu";
import { test } from "vitest";
import { explainInput, explanationsOf, isInputError } from "../src/index.ts";
import { ipv4, ipv6, links, pcap, pcapng } from "./capture-file.ts";
import { hexOf } from "./hex.ts";

const SECRET = "s3cr3tpw";
const bind = encode({ command: "bind_transceiver", system_id: "me", password: SECRET }, 1);
const seeds = [...samplePdus(), bind];
const sound = [
  [],
  ...["enquire_link", "unbind"].map((command) => [
    ...encode({ command: command === "unbind" ? "unbind" : "enquire_link" }, 1),
  ]),
];

const words = [
  "0x",
  "\\x00",
  "*",
  "<Buffer ",
  "SMPP PDU 0x1 dump:",
  "  data: 00 ",
  "Follow: tcp,raw",
  "=",
];

/** One to four PDUs, some of them spoilt. */
function stream(random: Random): Uint8Array {
  let octets = new Uint8Array(0);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const pdu = random.pick(seeds);
    const next = random.oneIn(3) && pdu !== bind ? spoilOctets(pdu, random, seeds) : pdu;
    octets = Uint8Array.from([...octets, ...next]);
  }
  return octets;
}

function capture(random: Random): Uint8Array {
  const octets = stream(random);
  const [type, around] = random.pick(Object.values(links));
  const ip = random.pick([ipv4, ipv6]);
  const packets: Buffer[] = [];
  for (let at = 0; at < octets.length; ) {
    const size = 1 + random.below(60);
    const from = random.oneIn(5) ? "smsc" : "client";
    const sequence = random.oneIn(6) ? random.below(2 ** 32) : 1 + at;
    const packet = around(ip({ data: octets.subarray(at, at + size), sequence, from }));
    packets.push(Buffer.from(random.oneIn(8) ? spoilOctets(packet, random, seeds) : packet));
    if (!random.oneIn(6)) at += size;
  }
  const file = random.oneIn(2) ? pcap(type, packets) : pcapng(type, packets, random.oneIn(4));
  return random.oneIn(2) ? spoilOctets(file, random, seeds) : file;
}

function text(random: Random): string {
  const octets = stream(random);
  const pairs = hexOf(octets).match(/../g) ?? [];
  const form = random.pick([
    () => pairs.join(random.pick(["", " ", ":", "\n"])),
    () => pairs.map((pair) => `\\x${pair}`).join(""),
    () => pairs.map((pair) => `0x${pair}`).join(", "),
    () => `<Buffer ${pairs.join(" ")}>`,
    () => `Received PDU ${pairs.join("")}`,
    () => Buffer.from(octets).toString("base64"),
    () => JSON.stringify([...octets]),
    () => `00000000  ${pairs.slice(0, 16).join(" ")}\n00000010  ${pairs.slice(16, 32).join(" ")}\n`,
    () => 'SMPP PDU 0x1 dump:\n  type_name: submit_sm\n  source_addr: "1"\nSMPP PDU dump ends.\n',
  ])();
  return random.oneIn(2) ? spoilText(form, random, words) : form;
}

function check(input: Uint8Array | string): boolean {
  try {
    const hidden = explainInput(input, { content: false });
    const pdus = [...explanationsOf(input)];
    must(!/\p{Cc}/u.test(hidden.replaceAll("\n", "")), "no control characters");
    return pdus.every(({ isSound }) => isSound);
  } catch (error) {
    must(isInputError(error), `an InputError, not ${error}`);
    return false;
  }
}

test("whatever is pasted or captured is explained or refused", { timeout: fuzzTimeout }, () =>
  fuzz({
    name: "explain",
    cases: 2_000,
    make: (random: Random) => random.pick([stream, capture, text])(random),
    check,
    show: (input) => (typeof input === "string" ? JSON.stringify(input) : hexOf(input)),
  }),
);

/** A bind with an octet changed, but not in its command_id, between PDUs. */
function bindAmong(random: Random): Uint8Array {
  const broken = Uint8Array.from(bind);
  const at = random.below(bind.length - 4);
  broken[at < 4 ? at : at + 4] = random.below(256);
  return Uint8Array.from([...random.pick(sound), ...broken, ...random.pick(sound)]);
}

test("a bind with a wrong octet never shows its password", { timeout: fuzzTimeout }, () =>
  fuzz({
    name: "explain-secret",
    cases: 1_000,
    make: bindAmong,
    check: (input) => {
      const told = JSON.stringify([...explanationsOf(input)]) + explainInput(input);
      must(!told.includes(SECRET), "the password is not told");
      must(!told.includes(hexOf(Buffer.from(SECRET))), "nor its digits");
    },
    show: hexOf,
  }),
);
