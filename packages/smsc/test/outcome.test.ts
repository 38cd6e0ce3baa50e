import { describe, expect, test } from "vitest";
import { completed, outcomeByEnding } from "../src/life/outcome.ts";

describe("outcomeByEnding", () => {
  test.each([
    ["27820001001", {}],
    ["", {}],
    ["9999", {}],
    ["27999911", { command_status: 0x0b }],
    ["27999988", { command_status: 0x58 }],
    ["279999", {}],
    ["888805", { message_state: 5 }],
    ["27888803", { message_state: 3 }],
    ["888809", {}],
    ["888800", {}],
    ["8888051", {}],
  ])("%s", (destination_addr, outcome) => {
    expect(outcomeByEnding({ destination_addr })).toEqual(outcome);
  });
});

describe("completed", () => {
  test.each([
    [{}, { command_status: 0, message_state: 2, error_code: 0 }],
    [{ message_state: 5 }, { command_status: 0, message_state: 5, error_code: 1 }],
    [
      { message_state: 5, error_code: 27 },
      { command_status: 0, message_state: 5, error_code: 27 },
    ],
  ])("%o", (given, whole) => {
    expect(completed(given)).toEqual(whole);
  });
});
