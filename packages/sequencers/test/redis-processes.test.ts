import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { redisUrl } from "@esme/services";
import { createClient } from "redis";
import { expect, onTestFinished, test } from "vitest";
import { LAST_SEQUENCE_NUMBER } from "../src/index.ts";

const url = redisUrl ?? "redis://127.0.0.1:1";

/** The ranges that a process of its own draws. */
async function draw(url: string, key: string, count: number): Promise<[number, number][]> {
  const script = fileURLToPath(new URL("draw.ts", import.meta.url));
  const loader = ["--conditions=@esme/source", "--import", "tsx"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...loader, script, url, key, String(count)],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout);
}

test.skipIf(!redisUrl)(
  "8 processes get a million different numbers, rolling over on the way",
  async () => {
    const client = await createClient({ url }).connect();
    const key = `esme-test:${randomUUID()}`;
    onTestFinished(async () => {
      await client.del(key);
      await client.close();
    });
    const first = LAST_SEQUENCE_NUMBER - 500_000;
    await client.set(key, String(first - 1));
    const draws = await Promise.all(Array.from({ length: 8 }, () => draw(url, key, 125_000)));
    const drawn = new Uint8Array(1_000_000);
    for (const [from, to] of draws.flat()) {
      for (let number = from; number <= to; number++) {
        const place = number >= first ? number - first : number + (LAST_SEQUENCE_NUMBER - first);
        drawn[place] = (drawn[place] ?? 0) + 1;
      }
    }
    expect(drawn.every((times) => times === 1)).toBe(true);
  },
  60_000,
);
