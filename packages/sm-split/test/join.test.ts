import { describe, expect, test } from "vitest";
import { joinParts } from "../src/index.ts";
import { bytes, hex } from "./vectors.ts";

const part = (reference: number, total: number, sequence: number, body: string) =>
  Uint8Array.of(5, 0, 3, reference, total, sequence, ...Buffer.from(body));

const sar = (sequence: number, body: string, reference = 1, total = 2) => ({
  short_message: Uint8Array.from(Buffer.from(body)),
  esm_class: 0,
  sar_msg_ref_num: reference,
  sar_total_segments: total,
  sar_segment_seqnum: sequence,
});

const joined = (parts: Parameters<typeof joinParts>[0]) => Buffer.from(joinParts(parts)).toString();

describe("joinParts", () => {
  test("puts parts in their order, whatever order they came in", () => {
    expect(joined([part(9, 3, 3, "c"), part(9, 3, 1, "a"), part(9, 3, 2, "b")])).toBe("abc");
    expect(joined([sar(2, "b"), sar(1, "a")])).toBe("ab");
  });

  test("takes a part twice", () => {
    expect(joined([part(9, 2, 2, "b"), part(9, 2, 1, "a"), part(9, 2, 2, "b")])).toBe("ab");
  });

  test("takes headers off parts that are tied by TLVs", () => {
    const headed = { short_message: bytes("0324010161"), esm_class: 0x40 };
    expect(
      joined([
        { ...headed, sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 1 },
        sar(2, "b"),
      ]),
    ).toBe("ab");
  });

  test("takes a lone part as it is, unless esm_class or a whole element says there is a header", () => {
    expect(joined([Uint8Array.from(Buffer.from("hello"))])).toBe("hello");
    expect(hex(joinParts([bytes("0324010161")]))).toBe("0324010161");
    expect(hex(joinParts([{ short_message: bytes("0324010161"), esm_class: 0x40 }]))).toBe("61");
    expect(hex(joinParts([{ short_message: bytes("0324010161"), esm_class: 0 }]))).toBe(
      "0324010161",
    );
    expect(hex(joinParts([{ short_message: bytes("0324010161") }]))).toBe("0324010161");
    expect(joined([part(1, 1, 1, "a")])).toBe("a");
  });

  test.each([
    ["none", [], { code: "missing_parts", missing: [1] }],
    ["one of two", [part(1, 2, 2, "b")], { code: "missing_parts", missing: [1] }],
    ["one of 255", [sar(255, "x", 1, 255), sar(1, "a", 1, 255)], { code: "missing_parts" }],
    ["two references", [part(1, 2, 1, "a"), part(2, 2, 2, "b")], { code: "mixed_parts", index: 1 }],
    ["two totals", [part(1, 2, 1, "a"), part(1, 3, 2, "b")], { code: "mixed_parts", index: 1 }],
    ["two parts of one number", [part(1, 2, 1, "a"), part(1, 2, 1, "b")], { code: "mixed_parts" }],
    [
      "a part without number",
      [part(1, 2, 1, "a"), bytes("6162")],
      { code: "unnumbered_part", index: 1 },
    ],
    ["part 3 of 2", [sar(1, "a"), sar(3, "b")], { code: "unnumbered_part", index: 1 }],
    ["part 0", [sar(0, "a"), sar(1, "b")], { code: "unnumbered_part", index: 0 }],
  ])("refuses %s", (_, parts, error) => {
    expect(() => joinParts(parts)).toThrow(expect.objectContaining(error));
  });
});
