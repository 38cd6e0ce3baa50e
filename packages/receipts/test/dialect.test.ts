import { readFileSync } from "node:fs";
import { decode, encode } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import {
  formatReceipt,
  parseReceipt,
  type ReceiptDialect,
  type ReceiptDialectName,
  type ReceiptFields,
  receiptDialects,
  receiptPdu,
  receiptStates,
} from "../src/index.ts";

const recorded: { dialect: string; text?: string }[] = JSON.parse(
  readFileSync(new URL("./data/receipts.json", import.meta.url), "utf8"),
);

/** For each dialect a receipt as it was recorded, by the name in receipts.json, and what it says. */
const rows: readonly [ReceiptDialectName, string, ReceiptFields][] = [
  ["standard", "Appendix B", said("0123456789", "DELIVRD", { sub: 2, dlvrd: 1, err: 12 })],
  ["text_only", "LINK Mobility", said("e731049e9fc84e61", "DELIVRD", { sub: 0, dlvrd: 0 })],
  ["smppsim", "SMPPSim", said("4", "DELIVRD", {})],
  ["goip", "GoIP", said("88316820", "UNDELIV", { sub: 0, err: 500 })],
  ["ksmppd", "ksmppd", said("7d093bfa-4d65-4757-b0bb-177fc9d0a038", "DELIVRD", {})],
  ["infobip", "Infobip", said("44191696", "ENROUTE", {})],
  ["larvitsmpp", "larvitsmpp 0.4", said("4728", "UNDELIV", { err: 1 })],
  ["numeric_stat", "SMSC with numeric stat (Yo! and others)", said("Smsc2013", "DELIVRD", {})],
];

/** Dates and text are taken from the recorded receipt. */
function said(id: string, stat: string, more: Partial<ReceiptFields>): ReceiptFields {
  return { id, stat, submit_date: new Date(0), done_date: new Date(0), ...more };
}

const dateOf = (digits: string | null | undefined) => {
  const [, yy, month, day, hour, minute, second = "00"] =
    /^(..)(..)(..)(..)(..)(..)?$/.exec(digits ?? "") ?? [];
  return new Date(`20${yy}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

describe("a dialect writes what was recorded", () => {
  test.each(rows)("%s: %s", (name, source, fields) => {
    const { text } =
      recorded.find(
        ({ dialect, text }) => dialect === source && text?.startsWith(`id:${fields.id} `),
      ) ?? {};
    const read = parseReceipt(text ?? "");
    const written = formatReceipt(
      {
        ...fields,
        submit_date: dateOf(read?.submit_date),
        done_date: dateOf(read?.done_date),
        ...(read?.text != null && { text: read.text }),
      },
      name,
    );
    expect(written).toBe(text);
  });

  test("and each has a row here, or no text", () => {
    const named = [...rows.map(([name]) => name), "tlvs_only"];
    expect(named.sort()).toEqual(Object.keys(receiptDialects).sort());
  });
});

const dates = {
  submit_date: new Date("2026-11-22T00:59:08Z"),
  done_date: new Date("2026-11-22T01:05:59Z"),
};

describe("what a dialect says of any state", () => {
  const names = [...rows.map(([name]) => name), "tlvs_only"] as const;
  const cases = names.flatMap((name) =>
    receiptStates.map(({ message_state, stat }) => ({ name, message_state, stat })),
  );
  test.each(cases)("is read from its PDU: $name, $stat", ({ name, message_state }) => {
    const { status } = receiptStates[message_state] ?? {};
    const report = { id: "4711", message_state, ...dates };
    const pdu = decode(encode(receiptPdu(report, name)));
    if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command}`);
    expect(parseReceipt(pdu)).toMatchObject({ id: "4711", status });
  });
});

describe("a receipt's PDU", () => {
  const report = { id: "255", message_state: 2, text: "Hi", ...dates };
  const text =
    "id:255 sub:001 dlvrd:001 submit date:2611220059 done date:2611220105 stat:DELIVRD err:000 text:Hi";
  const octets = (written: string) => Uint8Array.from(Buffer.from(written, "latin1"));

  test.each<[ReceiptDialect, object]>([
    [
      {},
      {
        command: "deliver_sm",
        esm_class: 4,
        data_coding: 0,
        receipted_message_id: "255",
        message_state: 2,
        short_message: octets(text),
      },
    ],
    [
      { tlvs: false },
      { command: "deliver_sm", esm_class: 4, data_coding: 0, short_message: octets(text) },
    ],
    [
      { where: "message_payload", tlvs: false, esm_class: 0 },
      { command: "deliver_sm", esm_class: 0, data_coding: 0, message_payload: octets(text) },
    ],
    [
      { where: "tlvs", tlvs: false },
      {
        command: "deliver_sm",
        esm_class: 4,
        data_coding: 0,
        receipted_message_id: "255",
        message_state: 2,
      },
    ],
    [
      { command: "data_sm", tlvs: false },
      { command: "data_sm", esm_class: 4, data_coding: 0, message_payload: octets(text) },
    ],
    [
      { command: "data_sm", where: "tlvs" },
      {
        command: "data_sm",
        esm_class: 4,
        data_coding: 0,
        receipted_message_id: "255",
        message_state: 2,
      },
    ],
    [
      { receiptId: { form: "upper_hex", digits: 4 }, fields: ["id", "stat"] },
      {
        command: "deliver_sm",
        esm_class: 4,
        data_coding: 0,
        receipted_message_id: "00FF",
        message_state: 2,
        short_message: octets("id:00FF stat:DELIVRD"),
      },
    ],
    [
      { data_coding: 8, tlvs: false, fields: ["text"] },
      {
        command: "deliver_sm",
        esm_class: 4,
        data_coding: 8,
        short_message: Uint8Array.from(Buffer.from("text:Hi", "utf16le").swap16()),
      },
    ],
  ])("in %j", (dialect, pdu) => {
    expect(receiptPdu(report, dialect)).toEqual(pdu);
  });

  test("is an intermediate notification where it is asked for", () => {
    expect(receiptPdu({ ...report, intermediate: true })).toMatchObject({ esm_class: 0x20 });
    const dialect = { esm_class: 4 };
    expect(receiptPdu({ ...report, intermediate: true }, dialect)).toMatchObject({ esm_class: 4 });
  });

  test.each([
    ["a@b_c{d", "a?b?c?d"],
    ["📦!", "?!"],
    ["📦".repeat(25), "?".repeat(20)],
    ["x\nstat:REJECTD", "x?stat:REJECTD"],
    ["123456789012345678901", "12345678901234567890"],
  ])("has of the text %j: %j", (text, written) => {
    const pdu = receiptPdu({ ...report, text }, { tlvs: false, fields: ["text"] });
    expect(pdu).toMatchObject({ short_message: octets(`text:${written}`) });
  });
});

describe("a dialect that cannot be is refused", () => {
  const receipt = { id: "1", stat: "DELIVRD", ...dates };

  test("by an unknown name", () => {
    // @ts-expect-error: no such name
    expect(() => formatReceipt(receipt, "kanel")).toThrow(
      'formatReceipt: no dialect "kanel", expected one of standard, text_only',
    );
    // @ts-expect-error: no such name
    expect(() => formatReceipt(receipt, "toString")).toThrow(RangeError);
  });

  test("by an unknown key", () => {
    // @ts-expect-error: no such key
    expect(() => receiptPdu({ ...receipt, message_state: 2 }, { lables: {} })).toThrow(
      new TypeError("receiptPdu: unknown option lables (object), did you mean labels?"),
    );
  });

  test("with a date that is none", () => {
    const done_date = new Date(Number.NaN);
    expect(() => formatReceipt({ ...receipt, done_date })).toThrow(RangeError);
  });
});

test("an unknown option of parseReceipt is refused", () => {
  // @ts-expect-error: no such option
  expect(() => parseReceipt("id:1 stat:DELIVRD", { statusMapping: {} })).toThrow(
    new TypeError(
      "parseReceipt: unknown option statusMapping (object), did you mean status_mapping?",
    ),
  );
});
