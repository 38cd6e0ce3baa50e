import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test("the connection to Redis is that of the sequencers, which may not be imported", () => {
  expect(read("../src/redis-connection.ts")).toBe(read("../../sequencers/src/redis-connection.ts"));
});
