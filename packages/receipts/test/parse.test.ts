/** Where the rules of reading draw their lines: each row is on one side of one of them. */
import { describe, expect, test } from "vitest";
import {
  formatReceipt,
  parseReceipt,
  type ReceiptOptions,
  type ReceiptPdu,
  type ReceiptText,
  receiptPdu,
  statusOfState,
} from "../src/index.ts";

const octetsOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

/** A receipt by its esm_class. */
const said = (text: string): ReceiptPdu => ({ esm_class: 4, short_message: octetsOf(text) });

/** A PDU that does not say what it is. */
const unsaid = (text: string): ReceiptPdu => ({ esm_class: 0, short_message: octetsOf(text) });

describe("a value", () => {
  test.each<[string, object]>([
    ["id:  \t 7 stat:DELIVRD", { id: "7" }],
    ["id: 12345 IMSI:1 stat:DELIVRD", { id: "12345" }],
    ["id:7 err: IMSI:2191 MSC:3859 stat:DELIVRD", { err: "" }],
    ["id:7 err: sub:001 stat:DELIVRD", { err: "", sub: "001" }],
    ["id:7 err:IMSI:2191 stat:DELIVRD", { err: "IMSI:2191" }],
    ["id:a,b;c|d stat:DELIVRD", { id: "a,b;c|d" }],
    ["id:7 err:MI:0024,x stat:DELIVRD", { err: "MI:0024,x" }],
    ["id:7 stat:DELIVRD,x sub:1|2 dlvrd:3;4", { stat: "DELIVRD", sub: "1", dlvrd: "3" }],
    ["id:7\u0085 stat:DELIVRD\0", { id: "7", stat: "DELIVRD" }],
    ["submit date:2013-02-17 00:04 id:7 stat:DELIVRD", { submit_date: "2013-02-17 00:04" }],
    ["done date:2013-02-17T00:04:29 id:7 stat:DELIVRD", { done_date: "2013-02-17T00:04:29" }],
    ["submit date:on 2013-02-17 00:04 id:7 stat:DELIVRD", { submit_date: "on" }],
    ["id:2013-02-17 00:04 stat:DELIVRD", { id: "2013-02-17" }],
    ["id:7 stat:DELIVRD text:end\0", { text: "end" }],
    ["id:7 stat:DELIVRD text:e\0nd", { text: "e\0nd" }],
  ])("%j has %j", (text, fields) => {
    expect(parseReceipt(said(text))).toMatchObject(fields);
  });

  test.each([
    ["id", 255, 256],
    ["sub", 255, 256],
    ["dlvrd", 255, 256],
    ["submit_date", 255, 256],
    ["done_date", 255, 256],
    ["stat", 255, 256],
    ["err", 255, 256],
  ])("of %s has up to %i characters, none of %i", (field, most, more) => {
    const label = field.replace("_", " ");
    expect(parseReceipt(said(`${label}:${"x".repeat(most)}`))).toHaveProperty(
      field,
      "x".repeat(most),
    );
    expect(parseReceipt(said(`${label}:${"x".repeat(more)}`))).toHaveProperty(field, null);
  });

  test("of text has its first 1,000 characters", () => {
    expect(parseReceipt(said(`id:1 text:${"x".repeat(1001)}`))?.text).toBe("x".repeat(1000));
  });

  test.each([11, 12, 13, 14])("of %i characters is what was written", (length) => {
    const id = "0123456789abcdef".slice(0, length);
    expect(parseReceipt(said(`id:${id} stat:DELIVRD`))?.id).toBe(id);
  });
});

describe("behind text:", () => {
  test.each<[string, object]>([
    [
      "id:7 stat:DELIVRD text:x sub:002 dlvrd:003 done date:2401010000",
      { sub: null, dlvrd: null, done_date: null, text: "x sub:002 dlvrd:003 done date:2401010000" },
    ],
    ["id:7 text:hi stat:UNDELIV err:009", { stat: "UNDELIV", err: "009" }],
    ["id:7 stat:DELIVRD err:000 text:hi stat:UNDELIV err:009", { stat: "DELIVRD", err: "000" }],
    ["id:7 text:one text:two stat:DELIVRD", { text: "one text:two stat:DELIVRD" }],
    ["sub:001 text:hi id:8", { id: null }],
  ])("%j has %j", (text, fields) => {
    expect(parseReceipt(said(text))).toMatchObject(fields);
  });
});

describe("what is a receipt", () => {
  test.each<[string | ReceiptPdu, boolean]>([
    // A text alone: id and stat, or the word of a state.
    ["id:abc", false],
    ["id:abc stat:WHATEVER", true],
    ["stat:DELIVRD", true],
    ["stat:delivrd", true],
    ["stat:WHATEVER", false],
    ["stat:0", false],
    ["stat:2", false],
    ["", false],
    // A PDU by its text: id, a known stat and one more, from its first letter on.
    [unsaid("id:1 stat:DELIVRD"), false],
    [unsaid("id:1 stat:DELIVRD err:000"), true],
    [unsaid("id:1 stat:DELIVRD text:"), true],
    [unsaid("sub:1 stat:DELIVRD err:000"), false],
    [unsaid("id:1 sub:1 err:000"), false],
    [unsaid("id:1 stat:WHATEVER err:000"), false],
    [unsaid("x id:1 stat:DELIVRD err:000"), false],
    // By TLVs: both of them.
    [{ esm_class: 0, receipted_message_id: "1", message_state: 2 }, true],
    [{ esm_class: 0, receipted_message_id: "", message_state: 2 }, true],
    [{ esm_class: 0, message_state: 2 }, false],
    [{ esm_class: 0, receipted_message_id: "1" }, false],
    // By esm_class, whatever else it says.
    [{ esm_class: 0x04 }, true],
    [{ esm_class: 0x20 }, true],
    [{ esm_class: 0x84 }, true],
    [{ esm_class: 0x08 }, false],
    [{ esm_class: 0x10 }, false],
    [{ esm_class: 0x24 }, false],
    [{ esm_class: 0x18 }, false],
  ])("%j: %s", (source, is) => {
    expect(parseReceipt(source) !== undefined).toBe(is);
  });

  test("by a stat that only a table of one's own has, with a digit in it", () => {
    const status_mapping = { X1: "failed", "1X": "failed" } as const;
    expect(parseReceipt("stat:x1", { status_mapping })?.status).toBe("failed");
    expect(parseReceipt("stat:1x", { status_mapping })).toBeUndefined();
  });

  test("a text with its id behind a prefix has none, a PDU that says what it is has", () => {
    const text = "SMSAlert^id:7 stat:DELIVRD";
    expect(parseReceipt(text)).toMatchObject({ id: null, stat: "DELIVRD" });
    expect(parseReceipt(said(text))).toMatchObject({ id: "7", stat: "DELIVRD" });
  });

  test("a PDU with an id at its beginning does not look for another behind a prefix", () => {
    expect(parseReceipt(said("stat:DELIVRD id:7 x^sub:2"))).toMatchObject({ id: "7", sub: null });
  });
});

describe("an own reader", () => {
  const read = (text: string): ReceiptText | undefined =>
    text.startsWith("{") ? { id: text.slice(1, -1), stat: "DELIVRD" } : undefined;
  const options: ReceiptOptions = { read };

  test.each<[string | ReceiptPdu, object | undefined]>([
    ["{7}", { id: "7", status: "delivered" }],
    ["id:7 stat:DELIVRD", undefined],
    [unsaid("{7}"), { id: "7", status: "delivered" }],
    [unsaid("id:7 sub:1 stat:DELIVRD"), undefined],
    [said("{7}"), { id: "7" }],
    [said("hello"), { id: null, stat: null, text: null, status: "pending" }],
  ])("of %j finds %j", (source, receipt) => {
    const found = parseReceipt(source, options);
    if (receipt === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(receipt);
  });

  test("needs no stat to find a receipt", () => {
    const idAlone = (text: string) => ({ id: text });
    expect(parseReceipt("7", { read: idAlone })).toMatchObject({ id: "7", status: "pending" });
  });

  test("counts for a PDU only where bodies count", () => {
    const sources = { tlvs: true, esm_class: true, body: false };
    expect(parseReceipt(unsaid("{7}"), { read, sources })).toBeUndefined();
    expect(parseReceipt(said("{7}"), { read, sources })).toMatchObject({ id: "7" });
  });

  test("is not given what a PDU has not", () => {
    const seen: string[] = [];
    const noted = (text: string) => {
      seen.push(text);
      return undefined;
    };
    parseReceipt({ esm_class: 4 }, { read: noted });
    expect(seen).toEqual([""]);
  });
});

describe("where TLVs and text differ", () => {
  const text = "id:7 stat:UNDELIV err:000";

  test.each<[Partial<ReceiptPdu>, object]>([
    [{ receipted_message_id: "8" }, { id: "8", status: "failed" }],
    [{ receipted_message_id: "" }, { id: "7" }],
    [{ receipted_message_id: "x".repeat(256) }, { id: "7" }],
    [{ message_state: 2 }, { id: "7", stat: "UNDELIV", status: "delivered" }],
    [{ message_state: 42 }, { status: "pending" }],
    [{ message_payload: octetsOf("id:9 stat:DELIVRD") }, { id: "9" }],
    [{ message_payload: new Uint8Array() }, { id: "7" }],
  ])("%j: %j", (fields, receipt) => {
    expect(parseReceipt({ ...said(text), ...fields })).toMatchObject(receipt);
  });
});

test("a state without a name is not looked up by what it has not", () => {
  expect(statusOfState(42, { undefined: "failed" })).toBe("pending");
});

describe("an unknown option is refused", () => {
  test("with the nearest name, or with all names", () => {
    // @ts-expect-error: no such option
    expect(() => parseReceipt("", { status: {} })).toThrow(TypeError);
    // @ts-expect-error: no such option
    expect(() => parseReceipt("", { wholly_other: {} })).toThrow(
      new TypeError(
        "parseReceipt: unknown option wholly_other (object), expected status_mapping, sources, read",
      ),
    );
  });

  test("whose name is long is cut", () => {
    const options: object = { ["x".repeat(1000)]: 1 };
    expect(() => parseReceipt("", options)).toThrow(/unknown option x{100}\.\.\. /);
  });
});

describe("what is written", () => {
  const receipt = {
    id: "7",
    submit_date: new Date("2024-01-15T12:30:00Z"),
    done_date: new Date("2024-01-15T12:31:00Z"),
  };

  test("has an err as it is given, or a number filled up", () => {
    const dialect = { fields: ["err"] } as const;
    const err = (err?: string | number) =>
      formatReceipt({ ...receipt, stat: "X", ...(err !== undefined && { err }) }, dialect);
    expect([err(), err(7), err(1234), err("A2B"), err("7")]).toEqual([
      ...["err:000", "err:007", "err:1234", "err:A2B", "err:7"],
    ]);
  });

  test("has no text where there is none", () => {
    const dialect = { fields: ["text"], tlvs: false } as const;
    expect(formatReceipt({ ...receipt, stat: "X" }, dialect)).toBe("text:");
    expect(receiptPdu({ ...receipt, message_state: 2 }, dialect)).toMatchObject({
      short_message: octetsOf("text:"),
    });
  });

  test("has one octet a character, also beyond ASCII", () => {
    const dialect = { fields: ["id"], tlvs: false, labels: { id: "né" } } as const;
    const pdu = receiptPdu({ ...receipt, message_state: 2 }, dialect);
    expect(pdu).toMatchObject({ short_message: octetsOf("né:7") });
  });

  test("has 20 characters of a text, however many halves they have", () => {
    const dialect = { fields: ["text"] } as const;
    const written = (text: string) => formatReceipt({ ...receipt, stat: "X", text }, dialect);
    expect(written("👋".repeat(21))).toBe(`text:${"👋".repeat(20)}`);
    expect(written("x".repeat(21))).toBe(`text:${"x".repeat(20)}`);
  });

  test("counts as delivered what the word DELIVRD says", () => {
    const dialect = { fields: ["sub", "dlvrd"] } as const;
    expect(formatReceipt({ ...receipt, stat: "DELIVRD" }, dialect)).toBe("sub:001 dlvrd:001");
    expect(formatReceipt({ ...receipt, stat: "EXPIRED" }, dialect)).toBe("sub:001 dlvrd:000");
    expect(formatReceipt({ ...receipt, stat: "X", sub: 12, dlvrd: 3 }, dialect)).toBe(
      "sub:012 dlvrd:003",
    );
  });
});
