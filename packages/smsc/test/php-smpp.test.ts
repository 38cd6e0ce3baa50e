/** What php-smpp writes with its defaults: NULs behind short_message, TLVs behind those, a body of enquire_link_resp. */
import { once } from "node:events";
import { Status } from "@esme/pdu";
import { afterEach, describe, expect, test } from "vitest";
import { Smsc, type SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

function smscWith(options: SmscOptions = {}): Smsc {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  return smsc;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

const ascii = (text: string) => Buffer.from(text, "latin1").toString("hex");
const octet = (value: number) => value.toString(16).padStart(2, "0");
const word = (value: number) => value.toString(16).padStart(4, "0");

/** A PDU as php-smpp puts it together: four words and a body. */
function frame(command_id: string, body = "", sequence_number = 1): Uint8Array {
  const length = 16 + body.replaceAll(" ", "").length / 2;
  const header = `0000${word(length)} ${command_id} 00000000 0000${word(sequence_number)}`;
  return Buffer.from(`${header}${body}`.replaceAll(" ", ""), "hex");
}

/** system_id, password, system_type "WWW", interface_version 0x34, addr_ton, addr_npi, address_range. */
const bind = `${ascii("esme")}00 ${ascii("secret")}00 ${ascii("WWW")}00 34 00 00 00`;

const addresses = `05 00 ${ascii("SMPP Test")}00 01 01 ${ascii("4512345678")}00`;

/** The fields of its submit_sm; behind them stand the text, a NUL, and the TLVs. */
function submission(text: string, tail: string, { esm_class = 0, data_coding = 0 } = {}): string {
  const fields = `${octet(esm_class)} 00 00 00 00 00 00 ${octet(data_coding)} 00`;
  return `00 ${addresses} ${fields} ${octet(text.length / 2)} ${text} ${tail}`;
}

const sar = (total: number, sequence: number) =>
  `020c 0002 1234 020e 0001 ${octet(total)} 020f 0001 ${octet(sequence)}`;
const udh = (total: number, sequence: number) => `05000309${octet(total)}${octet(sequence)}`;
const utf16 = (text: string) => Buffer.from(text, "utf16le").swap16().toString("hex");

const long = "The quick brown fox jumps over the lazy dog. ".repeat(5).slice(0, 200);
const [first, second] = [long.slice(0, 152), long.slice(152)].map(ascii) as [string, string]; // two pieces
const [first8, second8] = [long.slice(0, 153), long.slice(153)].map(ascii) as [string, string]; // two pieces
const cyrillic = "Съешь ещё этих мягких французских булок, да выпей чаю. ".repeat(2);
const [firstUcs2, secondUcs2] = [cyrillic.slice(0, 66), cyrillic.slice(66)].map(utf16) as [
  string,
  string,
]; // two pieces
const ucs2 = { data_coding: 8 };
const headed = { esm_class: 0x40 };

describe("a submit_sm of php-smpp is accepted and shown", () => {
  test.each<[string, string[], string]>([
    ["a short text", [submission(ascii("hi"), "00")], "hi"],
    ["a short text without the option to write a NUL", [submission(ascii("hi"), "")], "hi"],
    ["an empty text", [submission("", "00")], ""],
    ["a text of 160 characters", [submission(ascii(long.slice(0, 160)), "00")], long.slice(0, 160)],
    ["a UCS2 text", [submission(utf16("жук"), "00", ucs2)], "жук"],
    ["a UCS2 text that ends in a zero octet", [submission(utf16("一"), "00", ucs2)], "一"],
    ["a text with tags of the caller's", [submission(ascii("hi"), "00 0005 0001 01")], "hi"],
    ["a text with a vendor's tag", [submission(ascii("hi"), "00 1400 0002 3132")], "hi"],
    [
      "parts by 16-bit tags, its default",
      [submission(first, `00 ${sar(2, 1)}`), submission(second, `00 ${sar(2, 2)}`)],
      long,
    ],
    [
      "parts by 16-bit tags behind two NULs",
      [submission(first, `0000 ${sar(2, 1)}`), submission(second, `0000 ${sar(2, 2)}`)],
      long,
    ],
    [
      "UCS2 parts by 16-bit tags",
      [
        submission(firstUcs2, `00 ${sar(2, 1)}`, ucs2),
        submission(secondUcs2, `00 ${sar(2, 2)}`, ucs2),
      ],
      cyrillic,
    ],
    [
      "parts by an 8-bit header",
      [
        submission(`${udh(2, 1)}${first8}`, "00", headed),
        submission(`${udh(2, 2)}${second8}`, "00", headed),
      ],
      long,
    ],
    ["a payload", [submission("", `00 0424 ${word(long.length)} ${ascii(long)}`)], long],
  ])("%s", async (_, bodies, text) => {
    const smsc = smscWith();
    const esme = RawEsme.join(smsc);
    esme.write(frame("00000002", bind));
    expect((await esme.read("bind_transmitter_resp")).command_status).toBe(Status.ESME_ROK);
    const shown = once(smsc, "message");
    for (const [index, body] of bodies.entries()) {
      esme.write(frame("00000004", body, index + 2));
      const response = await esme.read("submit_sm_resp");
      expect(response).toMatchObject({
        command_status: Status.ESME_ROK,
        sequence_number: index + 2,
      });
    }
    expect(await shown).toMatchObject([{ text, to: "4512345678", parts: bodies.length }]);
  });

  test("and what was tolerated is counted, logged, and explained", async () => {
    const warnings: string[] = [];
    const warn = (_: object, message: string) => void warnings.push(message);
    const smsc = smscWith({ logger: { debug: warn, info: () => {}, warn, error: warn } });
    const esme = RawEsme.join(smsc);
    esme.write(frame("00000002", bind));
    await esme.read("bind_transmitter_resp");
    esme.write(frame("00000004", submission(ascii("hi"), `00 ${sar(2, 1)}`), 2));
    await esme.read("submit_sm_resp");
    expect(smsc.sessions[0]?.tolerated).toBe(1);
    expect(warnings).toContainEqual(
      expect.stringMatching(/^tolerated: 1 NUL stands between short_message and the TLVs/),
    );
  });
});

describe("what else php-smpp sends", () => {
  test("query_sm, enquire_link and unbind are answered ESME_ROK", async () => {
    const smsc = smscWith();
    const esme = RawEsme.join(smsc);
    esme.write(frame("00000002", bind));
    await esme.read("bind_transmitter_resp");
    esme.write(frame("00000004", submission(ascii("hi"), "00"), 2));
    const { message_id } = await esme.read("submit_sm_resp");
    esme.write(frame("00000003", `${ascii(message_id)}00 05 00 ${ascii("SMPP Test")}00`, 3));
    expect(await esme.read("query_sm_resp")).toMatchObject({ command_status: 0, message_id });
    esme.write(frame("00000015", "", 4));
    expect((await esme.read("enquire_link_resp")).command_status).toBe(0);
    esme.write(frame("00000006", "", 5));
    expect((await esme.read("unbind_resp")).command_status).toBe(0);
  });

  test("its answers end their requests: an empty id in deliver_sm_resp, a NUL in enquire_link_resp", async () => {
    const smsc = smscWith({ enquireLinkInterval: 20 });
    const esme = RawEsme.join(smsc);
    esme.write(frame("00000001", bind));
    expect((await esme.read("bind_receiver_resp")).command_status).toBe(Status.ESME_ROK);
    const delivered = smsc.deliver({ from: "4512345678", to: "1234", text: "hello" });
    const { sequence_number } = await esme.read("deliver_sm");
    esme.write(frame("80000005", "00", sequence_number));
    expect(await delivered).toMatchObject([{ command_status: 0 }]);
    for (let count = 0; count < 2; count++) {
      const enquiry = await esme.read("enquire_link");
      esme.write(frame("80000015", "00", enquiry.sequence_number));
    }
    expect(smsc.sessions[0]?.session.state).toBe("BOUND_RX");
    expect(smsc.sessions[0]?.tolerated).toBeGreaterThan(0);
  });
});

test.each([
  ["a string over its limit", `313233343536 00 ${addresses} 00 00 00 00 00 00 00 00 00 00`, 0xc2],
  ["a TLV of a wrong size", submission(ascii("hi"), "0204 0001 01"), 0xc2],
  ["TLVs that fit nowhere", submission(ascii("hi"), "00 020c 0003 12"), 0xc0],
])("%s is still refused: the simulator teaches the standard", async (_, body, status) => {
  const esme = RawEsme.join(smscWith());
  await esme.bind();
  esme.write(frame("00000004", body, 9));
  expect((await esme.read("submit_sm_resp")).command_status).toBe(status);
});
