import { onPath } from "@esme/services/find";
import { startRedis } from "@esme/services/redis";
import { expect, test } from "vitest";
import { RedisSequencer } from "../src/redis.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";

test.skipIf(!runs)(
  "optional: redis-server, that ends and starts again empty: no number comes twice",
  { timeout: 60_000 },
  async () => {
    const before = await startRedis();
    if (before === undefined) throw new Error("no redis-server on PATH");
    const { url } = before;
    const one = new RedisSequencer({ url, key: "numbers", blockSize: 3, answerTimeout: 10 });
    const hasty = new RedisSequencer({ url, key: "numbers", blockSize: 3, answerTimeout: 0.5 });
    const drawn = [await one.next(), await hasty.next()];
    await hasty.ping();
    await before.stop();
    await expect(hasty.ping()).rejects.toMatchObject({ code: "unavailable" });
    // What is left of the blocks.
    for (const sequencer of [one, hasty, one, hasty]) drawn.push(await sequencer.next());
    await expect(hasty.next()).rejects.toMatchObject({ code: "unavailable" });
    const waiting = [one.next(), one.next()];
    const after = await startRedis({ port: Number(new URL(url).port) });
    if (after === undefined) throw new Error("no redis-server on PATH");
    try {
      drawn.push(...(await Promise.all(waiting)));
      for (let i = 0; i < 6; i++) drawn.push(await one.next());
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(Math.min(...drawn.slice(6))).toBeGreaterThan(3);
    } finally {
      await Promise.all([one.close(), hasty.close()]);
      await after.stop();
    }
  },
);
