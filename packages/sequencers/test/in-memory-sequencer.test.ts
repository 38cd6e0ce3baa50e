import { describe, expect, test } from "vitest";
import { sequencerContract } from "../src/contract.ts";
import { InMemorySequencer } from "../src/index.ts";

describe("InMemorySequencer keeps the contract", () => {
  const cases = sequencerContract({ create: (options) => new InMemorySequencer(options) });
  test.each(cases)("$name", ({ run }) => run());
});

describe("InMemorySequencer", () => {
  test("answers at once, without a promise", () => {
    expect(new InMemorySequencer().next()).toBe(1);
  });

  test.each([0, -1, 1.5, Number.NaN, 0x8000_0000, Number.POSITIVE_INFINITY])(
    "refuses to start at %s",
    (first) => {
      expect(() => new InMemorySequencer({ first })).toThrow(
        `first: got ${first}, wants an integer from 1 to 2147483647`,
      );
    },
  );

  test("takes a number in quotes, as files and variables have it", () => {
    expect(new InMemorySequencer(JSON.parse('{"first":"4711"}')).next()).toBe(4711);
  });

  test.each<[unknown, string]>([
    [{ firts: 1 }, "TypeError: firts: unknown, got a number; InMemorySequencer takes first"],
    [{ key: "s3cret" }, "TypeError: key: unknown, got text; InMemorySequencer takes first"],
    [{ first: "one" }, "TypeError: first: got text, wants an integer from 1 to 2147483647"],
    [{ first: null }, "TypeError: first: got null, wants an integer"],
    [{ first: "0" }, "RangeError: first: got 0, wants an integer"],
    ["4711", "TypeError: InMemorySequencer: got text, wants a mapping of options"],
    [null, "TypeError: InMemorySequencer: got null, wants a mapping of options"],
  ])("refuses %j", (options, says) => {
    let problem = "";
    try {
      Reflect.construct(InMemorySequencer, [options]);
    } catch (error) {
      problem = String(error);
    }
    expect(problem).toContain(says);
    expect(problem).not.toContain("s3cret");
  });
});
