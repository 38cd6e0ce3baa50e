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

  test("ignores configuration keys that are not its own", () => {
    const config: object = { ignored_by_this_class: true };
    expect(new InMemorySequencer(config).next()).toBe(1);
  });
});
