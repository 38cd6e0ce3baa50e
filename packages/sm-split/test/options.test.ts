// Options that are none are refused: a misspelt one would be ignored without a word.
import { expect, test } from "vitest";
import {
  countSegments,
  decodeShortMessage,
  encodeShortMessage,
  joinParts,
  referenceCounter,
  splitShortMessage,
} from "../src/index.ts";

/** What a program without types could hand over. */
const untyped = (options: unknown) => options as never;

const split = (options: unknown) => splitShortMessage("a", 0, untyped(options));
const count = (options: unknown) => countSegments("a", untyped(options));
const encode = (options: unknown) => encodeShortMessage("a", 0, untyped(options));
const encodeEuro = (options: unknown) => encodeShortMessage("€", 3, untyped(options));
const decode = (options: unknown) => decodeShortMessage(Uint8Array.of(0x41), 0, untyped(options));
const join = (options: unknown) => joinParts([Uint8Array.of(0x41)], untyped(options));
const counter = (options: unknown) => referenceCounter(untyped(options));

test.each([
  ["splitShortMessage: unknown option methd of type string, expected ", split, { methd: "sar" }],
  [
    "splitShortMessage: unknown option dataCoding of type number, expected ",
    split,
    { dataCoding: 8 },
  ],
  ["splitShortMessage: the options are of type string, expected object", split, "udh16"],
  ["splitShortMessage: the options are of type null, expected object", split, null],
  ["splitShortMessage: maxParts is of type string, expected number", split, { maxParts: "3" }],
  ["maxParts is NaN: expected 1 to 255", split, { maxParts: Number.NaN }],
  [
    "splitShortMessage: keepGraphemes is of type string, expected boolean",
    split,
    { keepGraphemes: "no" },
  ],
  ["reference is of type string, expected number or function", split, { reference: "7" }],
  ["limits is of type number, expected object", split, { limits: 70 }],
  ["limit is NaN: expected 1 or more", split, { limit: Number.NaN }],
  ["limits.septet: expected an object with single or part", split, { limits: { septet: null } }],
  ["elements: expected a list of objects", split, { elements: [null] }],
  ["elements: expected a list of objects", split, { elements: Uint8Array.of(1) }],
  ["elements: expected a list of objects", count, { elements: new Map() }],
  ["fallback: expected true, false or a list of", encodeEuro, { fallback: [null] }],
  ["fallback: expected true, false or a list of", encodeEuro, { fallback: {} }],
  ["countSegments: unknown option maxPart of type number, expected ", count, { maxPart: 3 }],
  ["countSegments: dataCoding is of type string, expected number", count, { dataCoding: "8" }],
  [
    "encodeShortMessage: unknown option fallBack of type boolean, expected ",
    encode,
    { fallBack: false },
  ],
  [
    "encodeShortMessage: replacement is of type number, expected string",
    encode,
    { replacement: 1 },
  ],
  [
    "decodeShortMessage: unknown option override of type object, expected ",
    decode,
    { override: {} },
  ],
  ["joinParts: unknown option pack of type boolean, expected packed", join, { pack: true }],
  [
    "referenceCounter: unknown option bit of type number, expected bits, first",
    counter,
    { bit: 16 },
  ],
  ["referenceCounter: bits is of type string, expected number", counter, { bits: "16" }],
  ["bits is 12: expected 8 or 16", counter, { bits: 12 }],
  ["first is NaN: expected a whole number", counter, { first: Number.NaN }],
])("%s", (message, run, options) => {
  expect(() => run(options)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  expect(() => run(options)).toThrow(message);
});

test("a national table by the name of what objects have is refused", () => {
  for (const national of [{ locking: "toString" }, { singleShift: "constructor" }]) {
    expect(() => split({ national })).toThrow(expect.objectContaining({ code: "invalid_option" }));
  }
});

test("a method of 60,000 characters is shortened in the error", () => {
  expect(() => split({ method: "udh".repeat(20_000) })).toThrow(/^method is .{60}: expected udh, /);
});

test("an option that is undefined counts as absent", () => {
  expect(split({ method: undefined, limit: undefined }).parts).toHaveLength(1);
  expect(counter({ bits: undefined })()).toBe(0);
});

test("countSegments takes the options of splitShortMessage as they are", () => {
  expect(count({ reference: 7, maxParts: 1, packed: true })).toMatchObject({ segments: 1 });
});
