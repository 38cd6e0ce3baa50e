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
        `InMemorySequencer: first: expected an integer from 1 to 2147483647, got ${first}`,
      );
    },
  );

  test("takes a number in quotes, as files and variables have it", () => {
    expect(new InMemorySequencer(JSON.parse('{"first":"4711"}')).next()).toBe(4711);
  });

  test.each<[unknown, string]>([
    [
      { firts: 1 },
      "TypeError: InMemorySequencer: unknown option firts (number), did you mean first?",
    ],
    [
      { key: "s3cret" },
      "TypeError: InMemorySequencer: unknown option key (string), expected first",
    ],
    [
      { first: "one" },
      "TypeError: InMemorySequencer: first: expected an integer from 1 to 2147483647, got a string",
    ],
    [
      { first: null },
      "TypeError: InMemorySequencer: first: expected an integer from 1 to 2147483647, got null",
    ],
    [
      { first: "0" },
      "RangeError: InMemorySequencer: first: expected an integer from 1 to 2147483647, got 0",
    ],
    ["4711", "TypeError: InMemorySequencer: expected an object of options, got a string"],
    [null, "TypeError: InMemorySequencer: expected an object of options, got null"],
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
