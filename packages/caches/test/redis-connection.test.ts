import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test.each(["redis-connection.ts", "options.ts"])(
  "%s is that of the sequencers, which may not be imported",
  (file) => {
    expect(read(`../src/${file}`)).toBe(read(`../../sequencers/src/${file}`));
  },
);
