import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatReceiptId,
  type IdForm,
  meantIds,
  type ReceiptIdFormat,
  receiptIdForms,
  spelledIds,
} from "../src/index.ts";

describe("the id in a receipt", () => {
  test.each<[string, ReceiptIdFormat, string | undefined, string[]]>([
    ["6AAD5", "as_is", "6AAD5", []],
    ["6AAD5", "hex_to_decimal", "6AAD5", ["436949"]],
    ["0x6AAD5", "hex_to_decimal", "0x6AAD5", ["436949"]],
    ["436949", "decimal_to_hex", "436949", ["6aad5"]],
    ["0000436949", "decimal_to_hex", "0000436949", ["6aad5"]],
    ["6AAD5", "decimal_to_hex", "6AAD5", []],
    ["000X1", "strip_zeros", "000X1", ["x1"]],
    ["0x006AAD5", "strip_zeros", "0x006AAD5", ["6aad5"]],
    ["000", "strip_zeros", "000", ["0"]],
    ["0x", "strip_zeros", "0x", ["x"]],
    ["10x12", "strip_zeros", "10x12", ["10x12"]],
    ["0x12g", "strip_zeros", "0x12g", ["x12g"]],
    ["0000012", "auto", "0000012", ["12", "c", "18"]],
    ["6AAD5", "auto", "6AAD5", ["6aad5", "436949"]],
    ["3f0c-uuid", "auto", "3f0c-uuid", ["3f0c-uuid"]],
    ["7", "auto", "7", ["7"]],
    ["436949", { response: "hex", receipt: "decimal" }, undefined, ["6aad5"]],
    ["006AAD5", { response: "decimal", receipt: "hex" }, undefined, ["436949"]],
    ["0012", { response: "decimal", receipt: "decimal" }, undefined, ["12"]],
    ["0x12", { response: "hex", receipt: "hex" }, undefined, ["12"]],
    ["6AAD5", { response: "hex", receipt: "decimal" }, "6AAD5", []],
    ["1".repeat(65), { response: "hex", receipt: "decimal" }, "1".repeat(65), []],
  ])("%s by %j means %j and %j", (id, format, exact, loose) => {
    expect(meantIds(id, format)).toEqual({ exact, loose });
  });

  test("of 64 digits is a number, of 65 none", () => {
    const digits = "f".repeat(64);
    expect(meantIds(digits, "hex_to_decimal").loose).toEqual([BigInt(`0x${digits}`).toString()]);
    expect(meantIds(`f${digits}`, "hex_to_decimal").loose).toEqual([]);
  });

  test("is found in any base, case and width", () => {
    const number = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const widths = fc.constantFrom(0, 8, 10, 16, 20);
    const forms = fc.constantFrom("decimal", "hex", "upper_hex");
    const written = (value: bigint, form: IdForm["form"], digits: number) =>
      formatReceiptId(value.toString(), { form, digits });
    fc.assert(
      fc.property(number, forms, forms, widths, widths, (value, one, other, short, long) => {
        const response = written(value, one, short);
        expect(receiptIdForms(written(value, other, long))).toContain(response);
      }),
    );
  });
});

describe("receiptIdForms", () => {
  test("begins with the id as it is", () => {
    expect(receiptIdForms("06AAD5").slice(0, 4)).toEqual(["06AAD5", "6aad5", "6AAD5", "0006aad5"]);
  });

  test("of an empty id are none", () => {
    expect(receiptIdForms("")).toEqual([]);
  });

  test("has no form twice", () => {
    const forms = receiptIdForms("0000000012");
    expect(new Set(forms).size).toBe(forms.length);
  });

  test("by both forms has the converted id alone", () => {
    const forms = receiptIdForms("436949", { response: "hex", receipt: "decimal" });
    expect(forms).toEqual([
      ...["6aad5", "6AAD5", "0006aad5", "0006AAD5", "000006aad5", "000006AAD5"],
      ...["000000000006aad5", "000000000006AAD5", "0000000000000006aad5", "0000000000000006AAD5"],
    ]);
  });

  test("of several ids has those as they are first", () => {
    const ids = spelledIds({ exact: ["B", "A"], loose: ["1"] });
    expect(ids.slice(0, 3)).toEqual(["B", "A", "1"]);
  });
});

test.each<[string, IdForm | undefined, string]>([
  ["3735928559", undefined, "3735928559"],
  ["3735928559", { form: "hex" }, "deadbeef"],
  ["3735928559", { form: "upper_hex" }, "DEADBEEF"],
  ["3735928559", { form: "hex", digits: 10 }, "00deadbeef"],
  ["255", { form: "decimal", digits: 10 }, "0000000255"],
  ["0255", { form: "decimal" }, "255"],
  ["3f0c-uuid", { form: "hex", digits: 4 }, "3f0c-uuid"],
  ["a12", { form: "hex" }, "a12"],
  ["12a", { form: "hex" }, "12a"],
  ["", { form: "hex", digits: 4 }, ""],
])("%s in %j is %s", (id, form, written) => {
  expect(formatReceiptId(id, form)).toBe(written);
});
