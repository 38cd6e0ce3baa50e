/** Files with very many keys that are none. */
import { describe, expect, test } from "vitest";
import { loadConfig } from "../src/config/config.ts";

/** As many keys as a megabyte has room for. */
const manyKeys = Array.from({ length: 80_000 }, (_, index) => `key${index}: v`).join("\n");

describe("very many unknown keys", () => {
  test("80,000 at the top: a few are told, with the number of the others", () => {
    const { warnings } = loadConfig({ file: { name: "f", text: manyKeys } });
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toBe("... and 79,950 more");
  });

  test.each([
    ["inside a group", `tls:\n${manyKeys.replaceAll("key", " key").slice(0, 800_000)}`],
    ["in as many binds", `binds:\n${"- {hots: a}\n".repeat(25_000)}`],
  ])("unknown keys %s: the same", { timeout: 15_000 }, (_, text) => {
    const load = () => loadConfig({ file: { name: "f", text } });
    expect(load).toThrow(/; \.\.\. and [\d,]+ more$/);
  });
});
