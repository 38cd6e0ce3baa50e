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
  [
    "splitShortMessage: unknown option methd (string), did you mean method?",
    split,
    { methd: "sar" },
  ],
  ["splitShortMessage: unknown option dataCoding (number), expected ", split, { dataCoding: 8 }],
  ["splitShortMessage: expected an object of options, got a string", split, "udh16"],
  ["splitShortMessage: expected an object of options, got null", split, null],
  ["splitShortMessage: maxParts: expected a number, got a string", split, { maxParts: "3" }],
  ["maxParts: expected 1 to 255, got NaN", split, { maxParts: Number.NaN }],
  [
    "splitShortMessage: keepGraphemes: expected a boolean, got a string",
    split,
    { keepGraphemes: "no" },
  ],
  ["reference: expected a number or a function, got a string", split, { reference: "7" }],
  ["limits: expected an object, got a number", split, { limits: 70 }],
  ["limit: expected 1 or more, got NaN", split, { limit: Number.NaN }],
  ["limits.septet: expected an object with single or part", split, { limits: { septet: null } }],
  ["elements: expected a list of objects", split, { elements: [null] }],
  ["elements: expected a list of objects", split, { elements: Uint8Array.of(1) }],
  ["elements: expected a list of objects", count, { elements: new Map() }],
  ["fallback: expected true, false or a list of", encodeEuro, { fallback: [null] }],
  ["fallback: expected true, false or a list of", encodeEuro, { fallback: {} }],
  ["countSegments: unknown option maxPart (number), did you mean maxParts?", count, { maxPart: 3 }],
  ["countSegments: dataCoding: expected a number, got a string", count, { dataCoding: "8" }],
  [
    "encodeShortMessage: unknown option fallBack (boolean), did you mean fallback?",
    encode,
    { fallBack: false },
  ],
  [
    "encodeShortMessage: replacement: expected a string or a function, got a number",
    encode,
    { replacement: 1 },
  ],
  [
    "decodeShortMessage: unknown option override (object), did you mean overrides?",
    decode,
    { override: {} },
  ],
  ["joinParts: unknown option pack (boolean), did you mean packed?", join, { pack: true }],
  ["referenceCounter: unknown option bit (number), did you mean bits?", counter, { bit: 16 }],
  ["referenceCounter: bits: expected a number, got a string", counter, { bits: "16" }],
  ["bits: expected 8 or 16, got 12", counter, { bits: 12 }],
  ["first: expected a whole number, got NaN", counter, { first: Number.NaN }],
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
  expect(() => split({ method: "udh".repeat(20_000) })).toThrow(
    /^method: expected udh, .*, got (?:udh){20}$/,
  );
});

test("an option that is undefined counts as absent", () => {
  expect(split({ method: undefined, limit: undefined }).parts).toHaveLength(1);
  expect(counter({ bits: undefined })()).toBe(0);
});

test("countSegments takes the options of splitShortMessage as they are", () => {
  expect(count({ reference: 7, maxParts: 1, packed: true })).toMatchObject({ segments: 1 });
});
