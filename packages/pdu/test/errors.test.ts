// What kind of error this is, also when another copy of the package made it.

import { expect, test, vi } from "vitest";
import { encode, Framer, isFrameError, isPduError, isSmppError, PduError } from "../src/index.ts";

vi.resetModules();
const copy = await import("../src/index.ts");

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const badField = { command: "submit_sm", source_addr: "x".repeat(30) } as const;
const badLength = new Uint8Array(16);

test.each([
  ["PduError", thrownBy(() => encode(badField)), { isPdu: true, isSmpp: true }],
  ["PduError of a copy", thrownBy(() => copy.encode(badField)), { isPdu: true, isSmpp: true }],
  ["FrameError", thrownBy(() => new Framer().push(badLength)), { isFrame: true, isSmpp: true }],
  [
    "FrameError of a copy",
    thrownBy(() => new copy.Framer().push(badLength)),
    { isFrame: true, isSmpp: true },
  ],
  ["SmppError of a copy", new copy.SmppError("queue_full", "full"), { isSmpp: true }],
  ["error of the system", Object.assign(new Error("x"), { code: "ECONNRESET" }), {}],
  ["TypeError", new TypeError("x"), {}],
  ["string", "PduError", {}],
  ["undefined", undefined, {}],
])("a %s is known by its name and code, not by its class", (_name, error, expected) => {
  expect({
    isPdu: isPduError(error),
    isFrame: isFrameError(error),
    isSmpp: isSmppError(error),
  }).toEqual({ isPdu: false, isFrame: false, isSmpp: false, ...expected });
});

test("the copy is a copy: its classes are others", () => {
  expect(copy.PduError).not.toBe(PduError);
});
