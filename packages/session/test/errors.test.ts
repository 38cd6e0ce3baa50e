// Errors are known by their names and codes: two copies of a package may be loaded.
import { describe, expect, test } from "vitest";
import {
  isLinkError,
  isStatusError,
  isTimeoutError,
  LinkError,
  StatusError,
  TimeoutError,
} from "../src/index.ts";

const response = { command: "submit_sm_resp", command_status: 8, sequence_number: 1 } as const;
const status = new StatusError("submit_sm", { ...response, message_id: "" });
const timeout = new TimeoutError("response_timeout", "submit_sm", true, 5);
const link = new LinkError("closed", "over");

/** What another copy throws: of the same name and code, and of another class. */
function copyOf({ name, code }: { name: string; code: string }): Error {
  return Object.assign(new Error("of another copy"), { name, code });
}

const isOf = { isStatusError, isTimeoutError, isLinkError };

test.each([
  [status, "isStatusError"],
  [timeout, "isTimeoutError"],
  [link, "isLinkError"],
] as const)("%s, of any copy, is known by %s alone", (error, name) => {
  for (const each of [error, copyOf(error)]) {
    for (const [other, is] of Object.entries(isOf)) expect(is(each)).toBe(other === name);
  }
});

test.each([
  [undefined],
  [null],
  ["StatusError"],
  [{ name: "StatusError" }],
  [new Error("StatusError")],
])("%o is none of them", (thrown) => {
  for (const is of Object.values(isOf)) expect(is(thrown)).toBe(false);
});

test("the TimeoutError of AbortSignal.timeout() is none of ours", () => {
  expect(isTimeoutError(new DOMException("the operation timed out", "TimeoutError"))).toBe(false);
});

describe("what became of the request stands in the error", () => {
  test.each([
    [timeout, "submit_sm was not answered within 5 ms; the peer may have acted on it"],
    [
      new TimeoutError("wait_timeout", "submit_sm", false, 5),
      "submit_sm could not be sent within 5 ms; it was never written",
    ],
    [
      link.for("submit_sm", true),
      "submit_sm was written but not answered, the peer may have acted on it: over",
    ],
    [link.for("submit_sm", false), "submit_sm was not written: over"],
    [status, "submit_sm was refused: ESME_RSYSERR (internal failure at the peer)"],
  ])("%s", (error, message) => {
    expect(error.message).toBe(message);
  });

  test("with the cause of the link's end, where there is one", () => {
    const cause = new Error("read ECONNRESET");
    const lost = new LinkError("stream_error", "lost", { cause }).for("submit_sm", true);
    expect(lost).toMatchObject({ code: "stream_error", written: true, cause });
    expect(link).toMatchObject({ written: false });
    expect(Object.hasOwn(link, "cause")).toBe(false);
  });
});
