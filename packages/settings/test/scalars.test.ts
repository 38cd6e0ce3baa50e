/** Values as files, environment variables and flags carry them. */
import { expect, test } from "vitest";
import type { z } from "zod";
import { flag, flagOf, integerOrName, numberOf, seconds, word } from "../src/schema.ts";

const ton = integerOrName({ names: { UNKNOWN: 0, NETWORK_SPECIFIC: 3 } });
const port = integerOrName({ least: 1, most: 65_535 });
const tonExpected = "an integer from 0 to 255 or one of UNKNOWN, NETWORK_SPECIFIC";
const mode = word(["auto", "None"]);

test.each<[string, z.ZodType, unknown, unknown]>([
  ["a name", ton, "NETWORK_SPECIFIC", 3],
  ["a name in another case, with blanks", ton, " network specific ", 3],
  ["a name with -", ton, "network-specific", 3],
  ["digits", ton, "255", 255],
  ["hexadecimal digits", ton, "0x40", 64],
  ["a number", port, 1, 1],
  ["true", flag, true, true],
  ["a word of YAML 1.1", flag, "Off", false],
  ["a word in capitals", flag, "TRUE", true],
  ["seconds", seconds, 0.5, 0.5],
  ["seconds as digits", seconds, "2.5", 2.5],
  ["one of a few words", mode, "NONE", "None"],
])("%s", (_, schema, given, value) => {
  expect(schema.parse(given)).toBe(value);
});

test.each<[string, z.ZodType, unknown, string]>([
  ["a name that there is not", ton, "INTERNAL", tonExpected],
  ["a name of Object.prototype", ton, "constructor", tonExpected],
  ["a number above", ton, 256, tonExpected],
  ["a number below", port, 0, "an integer from 1 to 65535"],
  ["a fraction", port, 1.5, "an integer from 1 to 65535"],
  ["no scalar", port, [1], "an integer from 1 to 65535"],
  ["1 for true", flag, 1, "true or false"],
  ["another word for true", flag, "y", "true or false"],
  ["seconds below 0", seconds, -1, "a number of seconds, 0 or above"],
  ["seconds with a unit", seconds, "1s", "a number of seconds, 0 or above"],
  ["another word", mode, "autos", "one of auto, None"],
  ["no word", mode, 7, "one of auto, None"],
])("%s is refused with what is expected", (_, schema, given, expected) => {
  const { error } = schema.safeParse(given);
  expect(error?.issues.map(({ message }) => message)).toEqual([expected]);
});

test.each([
  ["12", 12],
  [12, 12],
  ["0x7fffffff", undefined],
  ["1234567890", undefined],
  [0.5, undefined],
  ["", undefined],
])("the number of %j without names is %j", (given, number) => {
  expect(numberOf(given)).toBe(number);
});

test("what is no boolean has none", () => {
  expect([flagOf("no"), flagOf(false), flagOf(0), flagOf(null)]).toEqual([
    false,
    false,
    undefined,
    undefined,
  ]);
});
