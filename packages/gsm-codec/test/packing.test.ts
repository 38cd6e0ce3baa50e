import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pack7bit, unpack7bit } from "../src/index.ts";
import { naivePack } from "./naive.ts";
import { bytes, hex } from "./vectors.ts";

const septet = fc.integer({ min: 0, max: 0x7f });
const septets = fc.array(fc.oneof(septet, fc.constantFrom(0x0d, 0x00)), { maxLength: 40 });
const fillBits = fc.integer({ min: 0, max: 6 });

describe("pack7bit and unpack7bit", () => {
  test("pack as bit by bit", () => {
    fc.assert(
      fc.property(septets, fillBits, (values, fill) => {
        expect([...pack7bit(Uint8Array.from(values), { fillBits: fill })]).toEqual(
          naivePack(values, fill),
        );
      }),
    );
  });

  test("give the septets back when their number is known", () => {
    fc.assert(
      fc.property(septets, fillBits, fc.boolean(), (values, fill, ussd) => {
        const octets = pack7bit(Uint8Array.from(values), { fillBits: fill, ussd });
        const options = { fillBits: fill, septets: values.length, ussd };
        expect([...unpack7bit(octets, options)]).toEqual(values);
      }),
    );
  });

  test("give the septets back by the USSD rule alone, unless they end in a return too many", () => {
    fc.assert(
      fc.property(septets, fillBits, (values, fill) => {
        // A return that ends on an octet boundary after another one looks like padding.
        fc.pre(values.at(-1) !== 0x0d);
        const octets = pack7bit(Uint8Array.from(values), { fillBits: fill, ussd: true });
        expect([...unpack7bit(octets, { fillBits: fill, ussd: true })]).toEqual(values);
      }),
    );
  });

  test("without a number seven spare bits read as one more septet", () => {
    expect(hex(unpack7bit(pack7bit(bytes("61626364656667"))))).toBe("6162636465666700");
    expect(hex(unpack7bit(pack7bit(bytes("61626364656667"), { ussd: true }), { ussd: true }))).toBe(
      "61626364656667",
    );
  });

  test("unpack any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fillBits, fc.boolean(), (octets, fill, ussd) => {
        const got = unpack7bit(octets, { fillBits: fill, ussd });
        const whole = Math.max(0, Math.floor((8 * octets.length - fill) / 7));
        expect(whole - got.length).toBeLessThanOrEqual(ussd ? 1 : 0);
        expect(got.every((value) => value <= 0x7f)).toBe(true);
      }),
    );
  });

  test.each([
    [
      "an octet that is no septet",
      () => pack7bit(bytes("6180")),
      { code: "invalid_septet", index: 1 },
    ],
    [
      "seven fill bits",
      () => pack7bit(bytes("61"), { fillBits: 7 }),
      { code: "invalid_fill_bits" },
    ],
    [
      "half a fill bit",
      () => unpack7bit(bytes("61"), { fillBits: 0.5 }),
      { code: "invalid_fill_bits" },
    ],
    [
      "more septets than there are",
      () => unpack7bit(bytes("61"), { septets: 2 }),
      { code: "short_input" },
    ],
    ["a negative number", () => unpack7bit(bytes("61"), { septets: -1 }), { code: "short_input" }],
  ])("refuse %s", (_, run, error) => {
    expect(run).toThrow(expect.objectContaining(error));
  });
});
