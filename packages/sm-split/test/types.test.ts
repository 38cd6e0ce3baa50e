import { expect, expectTypeOf, test } from "vitest";
import {
  type Charset,
  charsetOf,
  countSegments,
  type InformationElement,
  type National,
  readUdh,
  type SarTlvs,
  splitShortMessage,
} from "../src/index.ts";

test("a compiler finds what is misspelt or out of place", () => {
  // @ts-expect-error: a method that there is not
  const wrongMethod = () => splitShortMessage("x", 0, { method: "udhi" });
  // @ts-expect-error: an option that there is not
  const wrongOption = () => splitShortMessage("x", 0, { keepGrapheme: false });
  // @ts-expect-error: references are for splitting
  const wrongPlace = () => countSegments("x", { reference: 1 });
  expectTypeOf([wrongMethod, wrongOption, wrongPlace]).toBeArray();
});

test("what a compiler does not see is refused", () => {
  const options: object = { method: "toString" };
  expect(() => splitShortMessage("x", 0, options)).toThrow(
    expect.objectContaining({ code: "invalid_option" }),
  );
});

test("results say what they are", () => {
  expectTypeOf(charsetOf(0)).toEqualTypeOf<Charset>();
  expectTypeOf(charsetOf(0, { 0: "latin1" })).toEqualTypeOf<string>();
  expectTypeOf(splitShortMessage("x").segments[0]?.tlvs).toEqualTypeOf<SarTlvs | undefined>();
  const udh = readUdh(new Uint8Array(0));
  expectTypeOf(udh.elements).toEqualTypeOf<readonly InformationElement[]>();
  expectTypeOf(udh.national).toEqualTypeOf<National | undefined>();
});
