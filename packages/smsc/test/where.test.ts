import { decode, encode, type PduInput } from "@esme/pdu";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLike, matcherOf, type Where } from "../src/input/where.ts";

describe("isLike", () => {
  test.each([
    ["2782000", "2782000", true],
    ["2782000", "2782", false],
    ["2782000", "2782*", true],
    ["2782000", "*000", true],
    ["2782000", "27*00", true],
    ["2782000", "*82*", true],
    ["2782000", "*83*", false],
    ["aba", "ab*ba", false],
    ["abxba", "ab*ba", true],
    ["a1b2c", "a*b*c", true],
    ["abc", "a*b*b*c", false],
    ["", "*", true],
    ["", "", true],
    ["a.c", "a?c", false],
  ])("%s against %s: %s", (text, pattern, expected) => {
    expect(isLike(text, pattern)).toBe(expected);
  });

  test("says what the regular expression says", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(letters, patterns, (text, pattern) => {
        const oracle = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        expect(isLike(text, pattern)).toBe(oracle.test(text));
      }),
    );
  });
});

describe("matcherOf", () => {
  const submit: PduInput = {
    command: "submit_sm",
    source_addr: "4711",
    destination_addr: "27820001001",
    short_message: Buffer.from("STOP it"),
    user_message_reference: 7,
  };

  test.each<[Where, PduInput, boolean]>([
    [{}, submit, true],
    [{ source_addr: "4711", destination_addr: "2782*" }, submit, true],
    [{ source_addr: "4711", destination_addr: "2783*" }, submit, false],
    [{ short_message: "*STOP*" }, submit, true],
    [{ user_message_reference: 7 }, submit, true],
    [{ user_message_reference: "7" }, submit, false],
    [{ system_id: "es*" }, submit, true],
    [{ system_id: "other" }, submit, false],
    [{ system_id: "new" }, { command: "bind_receiver", system_id: "new" }, true],
    [{ message_id: "1" }, submit, false],
    [
      { destination_addr: "2*" },
      {
        command: "submit_multi",
        dest_address: [
          { dest_flag: 1, destination_addr: "1" },
          { dest_flag: 1, destination_addr: "2" },
        ],
      },
      true,
    ],
    [
      { destination_addr: "friends" },
      { command: "submit_multi", dest_address: [{ dest_flag: 2, dl_name: "friends" }] },
      true,
    ],
  ])("%j", (where, pdu, expected) => {
    expect(matcherOf(where)(decode(encode(pdu)), "esme")).toBe(expected);
  });
});
