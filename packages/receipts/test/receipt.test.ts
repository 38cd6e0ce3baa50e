import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatReceipt, parseReceipt, type ReceiptPdu, receiptTime } from "../src/index.ts";

interface Row {
  id: string;
  kind: "receipt" | "not_receipt";
  dialect: string;
  esm_class: number;
  in: "short_message" | "message_payload" | "tlv_only";
  text?: string;
  text_hex?: string;
  short_message?: string;
  tlvs?: { receipted_message_id?: string; message_state?: number };
  expect?: Record<string, string | null>;
  contested?: Record<string, string>;
}

const rows: Row[] = JSON.parse(
  readFileSync(new URL("./data/receipts.json", import.meta.url), "utf8"),
);

const octetsOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

function pduOf(row: Row): ReceiptPdu {
  const body = row.text_hex
    ? Uint8Array.from(Buffer.from(row.text_hex, "hex"))
    : octetsOf(row.text ?? "");
  return {
    esm_class: row.esm_class,
    short_message: octetsOf(row.short_message ?? ""),
    ...(row.in === "message_payload" ? { message_payload: body } : { short_message: body }),
    receipted_message_id: row.tlvs?.receipted_message_id,
    message_state: row.tlvs?.message_state,
  };
}

const uncontested = (row: Row, what: string) =>
  row.contested?.["*"] === undefined && row.contested?.[what] === undefined;

describe("receipts from the field", () => {
  const receipts = rows.filter((row) => row.kind === "receipt" && uncontested(row, "kind"));

  test.each(receipts)("$id ($dialect)", (row) => {
    const receipt = parseReceipt(pduOf(row));
    const fields = [
      "id",
      "sub",
      "dlvrd",
      "submit_date",
      "done_date",
      "stat",
      "err",
      "status",
    ] as const;
    for (const field of fields.filter((field) => uncontested(row, field))) {
      expect(receipt, field).toHaveProperty(field, row.expect?.[field] ?? null);
    }
    if (uncontested(row, "text")) {
      expect(receipt?.text?.trim()).toBe(row.expect?.["text"]?.trim());
    }
  });

  test.each(receipts.filter((row) => row.expect?.["done_date"]))(
    "$id has its dates",
    ({ expect: wanted }) => {
      for (const field of ["submit_date", "done_date"]) {
        expect(receiptTime(wanted?.[field] ?? "") ?? null, field).toBe(
          wanted?.[`${field}_iso`] ?? null,
        );
      }
    },
  );
});

describe("texts of people", () => {
  const texts = rows.filter((row) => row.kind === "not_receipt" && uncontested(row, "kind"));

  test.each(texts)("$id is no receipt: $text", (row) => {
    expect(parseReceipt(pduOf(row))).toBeUndefined();
    expect(parseReceipt(row.text ?? "")).toBeUndefined();
  });

  test("with TLV receipted_message_id alone are no receipt", () => {
    const pdu = { esm_class: 0, short_message: octetsOf("hello"), receipted_message_id: "7" };
    expect(parseReceipt(pdu)).toBeUndefined();
  });
});

describe("where a PDU may say that it is a receipt", () => {
  const body = octetsOf("id:1 sub:001 stat:DELIVRD");
  const none = { tlvs: false, esm_class: false, body: false };
  const ways: [keyof typeof none, ReceiptPdu][] = [
    ["body", { esm_class: 0, short_message: body }],
    ["esm_class", { esm_class: 4 }],
    ["tlvs", { esm_class: 0, receipted_message_id: "1", message_state: 2 }],
  ];
  test.each(ways)("%s can be switched off", (source, pdu) => {
    expect(parseReceipt(pdu, { sources: { ...none, [source]: true } })).toBeDefined();
    expect(parseReceipt(pdu, { sources: none })).toBeUndefined();
  });
});

describe("a receipt", () => {
  const text = "id:7 sub:001 stat:DELIVRD err:000";

  test("may have a header before its text", () => {
    const short_message = Uint8Array.of(5, 0, 3, 1, 1, 1, ...octetsOf(text));
    expect(parseReceipt({ esm_class: 0x44, short_message })).toMatchObject({ id: "7" });
  });

  const utf16 = (written: string) => Uint8Array.from(Buffer.from(written, "utf16le"));
  const swapped = (written: string) => Uint8Array.from(Buffer.from(written, "utf16le").swap16());
  test.each<[string, ReceiptPdu]>([
    ["big-endian", { esm_class: 4, short_message: swapped(text) }],
    ["big-endian with a mark", { esm_class: 4, short_message: swapped(`\ufeff${text}`) }],
    ["little-endian", { esm_class: 4, short_message: utf16(text) }],
    ["little-endian with a mark", { esm_class: 4, short_message: utf16(`\ufeff${text}`) }],
    ["with a mark in a payload", { esm_class: 4, message_payload: utf16(`\ufeff${text}`) }],
    ["with a mark, without esm_class", { esm_class: 0, short_message: utf16(`\ufeff${text}`) }],
    [
      "with a mark behind a header",
      {
        esm_class: 0x44,
        short_message: Uint8Array.of(5, 0, 3, 1, 1, 1, ...utf16(`\ufeff${text}`)),
      },
    ],
  ])("may be UTF-16: %s", (_, pdu) => {
    const wanted = { id: "7", sub: "001", stat: "DELIVRD", err: "000", status: "delivered" };
    expect(parseReceipt(pdu)).toMatchObject(wanted);
  });

  test("with an empty TLV has the id of its text", () => {
    const pdu = { esm_class: 4, short_message: octetsOf(text), receipted_message_id: "" };
    expect(parseReceipt(pdu)).toMatchObject({ id: "7" });
  });

  test("with a state that only the configuration knows is one without esm_class too", () => {
    const pdu = { esm_class: 0, short_message: octetsOf("id:7 stat:BLACKLST err:1") };
    expect(parseReceipt(pdu)).toBeUndefined();
    const status_mapping = { BLACKLST: "failed" } as const;
    expect(parseReceipt(pdu, { status_mapping })).toMatchObject({ status: "failed" });
  });
});

describe("a receipt behind a prefix", () => {
  const rows: [string, string, string][] = [
    [
      "4790000000SMSAlert^id:1054BC63 sub:0 dlvrd:0 stat:DELIVRD err:0 text:",
      "1054BC63",
      "DELIVRD",
    ],
    ["419300000001112#id:11f8c-3 sub:001 dlvrd:001 stat:UNDELIV err:1 text:", "11f8c-3", "UNDELIV"],
    ["id :0123456789 sub :001 dlvrd :001 stat :UNDELIV err :034 text :", "0123456789", "UNDELIV"],
    ["msg-id:7 stat:DELIVRD", "7", "DELIVRD"],
  ];

  test.each(rows)("is read where esm_class says that it is one: %s", (text, id, stat) => {
    for (const esm_class of [4, 0x20]) {
      const receipt = parseReceipt({ esm_class, short_message: octetsOf(text) });
      expect(receipt).toMatchObject({ id, stat });
    }
  });

  test.each(rows)("is a text where it does not: %s", (text) => {
    expect(parseReceipt({ esm_class: 0, short_message: octetsOf(text) })).toBeUndefined();
  });

  test.each([
    "I got id:5 stat:DELIVRD text:hi what is it?",
    "what is this: id:5 sub:001 dlvrd:001 stat:DELIVRD err:000 text:",
    "Fwd:\nid:5 sub:001 stat:DELIVRD err:000",
    "(id:5 sub:001 stat:DELIVRD err:000)",
  ])("is a text of a person who quotes it: %j", (text) => {
    expect(parseReceipt({ esm_class: 0, short_message: octetsOf(text) })).toBeUndefined();
  });

  test.each([" id:5 sub:001 stat:DELIVRD", "\r\nsub:001 id:5 stat:DELIVRD err:000"])(
    "that is blank is one all the same: %j",
    (text) => {
      const receipt = parseReceipt({ esm_class: 0, short_message: octetsOf(text) });
      expect(receipt).toMatchObject({ id: "5" });
    },
  );
});

describe("formatReceipt", () => {
  const fields = {
    id: "0123456789",
    submit_date: new Date("2024-01-15T12:30:00Z"),
    done_date: new Date("2024-01-15T12:31:00Z"),
    stat: "DELIVRD",
    text: "Hello",
  };

  test("writes the form of Appendix B", () => {
    expect(formatReceipt(fields)).toBe(
      "id:0123456789 sub:001 dlvrd:001 submit date:2401151230 done date:2401151231 stat:DELIVRD err:000 text:Hello",
    );
  });

  test("counts nothing as delivered in another state, and cuts the text after 20 characters", () => {
    const text = `${"x".repeat(19)}\u{1f600}yz`;
    expect(formatReceipt({ ...fields, stat: "UNDELIV", err: "045", text })).toBe(
      `id:0123456789 sub:001 dlvrd:000 submit date:2401151230 done date:2401151231 stat:UNDELIV err:045 text:${"x".repeat(19)}\u{1f600}`,
    );
  });

  test("is read back by parseReceipt", () => {
    expect(parseReceipt(formatReceipt(fields))).toEqual({
      id: "0123456789",
      sub: "001",
      dlvrd: "001",
      submit_date: "2401151230",
      done_date: "2401151231",
      stat: "DELIVRD",
      err: "000",
      text: "Hello",
      status: "delivered",
    });
  });
});

describe("any text", () => {
  const pieces = [
    "id:",
    " ",
    "\t",
    "submit ",
    "date:",
    "text:",
    "stat:",
    "DELIVRD",
    ":",
    ",",
    "\0",
    "0",
  ];

  test("is read without an error", () => {
    const text = fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string()))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(text, fc.nat(255), (body, esm_class) => {
        parseReceipt(body);
        parseReceipt({ esm_class, short_message: octetsOf(body) });
      }),
    );
  });

  test.each(pieces)("of 64 KiB of %j is read in a moment", (piece) => {
    const body = piece.repeat(Math.ceil(65_536 / piece.length));
    const before = process.hrtime.bigint();
    parseReceipt({ esm_class: 4, message_payload: octetsOf(body) });
    expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(3000);
  });
});
