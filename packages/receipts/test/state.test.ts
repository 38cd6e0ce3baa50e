import { MessageState } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import {
  defaultStatusMapping,
  isFinalState,
  receiptStates,
  stateName,
  statOf,
  statusOfStat,
  statusOfState,
} from "../src/index.ts";

test("the states are those of the codec, by number and name", () => {
  const named = receiptStates.map(({ name, message_state }) => [name, message_state]);
  expect(Object.fromEntries(named)).toEqual(MessageState);
});

test.each([
  [0, "SCHEDULED", "SCHEDULED", "pending"],
  [1, "ENROUTE", "ENROUTE", "pending"],
  [2, "DELIVERED", "DELIVRD", "delivered"],
  [3, "EXPIRED", "EXPIRED", "failed"],
  [4, "DELETED", "DELETED", "failed"],
  [5, "UNDELIVERABLE", "UNDELIV", "failed"],
  [6, "ACCEPTED", "ACCEPTD", "delivered"],
  [7, "UNKNOWN", "UNKNOWN", "pending"],
  [8, "REJECTED", "REJECTD", "failed"],
  [9, "SKIPPED", "SKIPPED", "failed"],
  [10, "10", "UNKNOWN", "pending"],
  [255, "255", "UNKNOWN", "pending"],
])("message_state %i is %s, %s in a receipt, and means %s", (state, name, stat, status) => {
  expect(stateName(state)).toBe(name);
  expect(statOf(state)).toBe(stat);
  expect(statusOfState(state)).toBe(status);
});

describe("a stat", () => {
  test.each([
    ["DELIVRD", "delivered"],
    ["DELIVERED", "delivered"],
    ["delivrd", "delivered"],
    ["ACCEPTD", "delivered"],
    ["UNDELIVERABLE", "failed"],
    ["FAILED", "failed"],
    ["BUFFRED", "pending"],
    ["0", "delivered"],
    ["1", "pending"],
    ["2", "delivered"],
    ["5", "failed"],
    ["BLACKLST", "pending"],
    ["", "pending"],
    ["toString", "pending"],
    ["__proto__", "pending"],
  ])("%j means %s", (stat, status) => {
    expect(statusOfStat(stat)).toBe(status);
  });

  test("means what a table of one's own says, and nothing else", () => {
    const mapping = { UNDELIV: "pending" } as const;
    expect(statusOfStat("undeliv", mapping)).toBe("pending");
    expect(statusOfStat("DELIVRD", mapping)).toBe("pending");
  });
});

test("a table in either spelling serves message_state, the name first", () => {
  expect(statusOfState(5, { UNDELIV: "failed" })).toBe("failed");
  expect(statusOfState(5, { UNDELIVERABLE: "delivered", UNDELIV: "failed" })).toBe("delivered");
  expect(statusOfState(42, { "42": "failed" })).toBe("failed");
  expect(statusOfState(42, { UNDELIV: "failed" })).toBe("pending");
});

test.each([
  ["DELIVRD", "delivered", true],
  ["0", "delivered", true],
  ["UNDELIV", "failed", true],
  ["ACCEPTD", "delivered", false],
  ["accepted", "delivered", false],
  ["6", "delivered", false],
  ["ACCEPTD", "failed", false],
  ["ENROUTE", "pending", false],
  ["ENROUTE", "delivered", true],
  ["BLACKLST", "failed", true],
] as const)("%s, taken for %s, is final: %s", (state, status, final) => {
  expect(isFinalState(state, status)).toBe(final);
});

test("every state of the default table is one of three", () => {
  const statuses = new Set(Object.values(defaultStatusMapping));
  expect([...statuses].sort()).toEqual(["delivered", "failed", "pending"]);
});
