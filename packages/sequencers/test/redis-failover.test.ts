/** A primary that is killed while numbers are drawn: none comes twice. */
import { onPath } from "@esme/services/find";
import { startRedisCluster } from "@esme/services/redis-cluster";
import { laggingPrimary, startRedisSentinels } from "@esme/services/redis-sentinels";
import { expect, onTestFinished, test } from "vitest";
import { RedisSequencer, type RedisSequencerOptions } from "../src/redis.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";

/** Draws with several sequencers at a time, kills the primary meanwhile, and gives all numbers. */
async function drawAcross(
  options: RedisSequencerOptions,
  kill: () => Promise<void>,
  lag = async () => {},
) {
  const create = () => {
    const sequencer = new RedisSequencer({ ...options, blockSize: 2, answerTimeout: 15 });
    onTestFinished(() => sequencer.close());
    return sequencer;
  };
  const drawn: number[] = [];
  const counts = { before: 0, refused: 0 };
  let isKilled = false;
  let tell = () => {};
  const enough = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const draw = async (sequencer: RedisSequencer): Promise<void> => {
    try {
      drawn.push(await sequencer.next());
      if (drawn.length === 200) tell();
    } catch (error) {
      // Sent when the connection was lost: whether it was done is not known, and it is not sent again.
      expect(error).toMatchObject({ name: "RedisError", code: "unavailable" });
      counts.refused += 1;
    }
  };
  const early = Array.from({ length: 4 }, create);
  const load = early.map(async (sequencer) => {
    while (!isKilled) await draw(sequencer);
  });
  await enough;
  await lag();
  isKilled = true;
  await kill();
  await Promise.all(load);
  counts.before = drawn.length;
  // One that has no memory of what there was is the first to ask.
  const late = create();
  for (let i = 0; i < 50; i++) {
    for (const sequencer of [late, ...early]) await draw(sequencer);
  }
  return { drawn, ...counts };
}

test.skipIf(!runs)(
  "optional: redis-server, with Sentinels, whose primary is killed while its replica lags: no number comes twice",
  { timeout: 60_000 },
  async () => {
    const redis = await startRedisSentinels();
    if (redis === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => redis.stop());
    const { name, urls: sentinels } = redis;
    const primary = await laggingPrimary(redis);
    onTestFinished(() => primary.close());
    const key = "sequence";
    // What is written last is kept from the replica.
    const lag = () => primary.lag(`GET ${key}`);
    const url = `redis://${name}`;
    const { drawn, before, refused } = await drawAcross(
      { url, sentinels, key },
      () => primary.kill(),
      lag,
    );
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.length - before).toBe(250);
    // Those who had asked for a block that no replica confirmed.
    expect(refused).toBeGreaterThan(0);
  },
);

test.skipIf(!runs)(
  "optional: redis-server, in a cluster, whose primary is killed: no number comes twice",
  { timeout: 60_000 },
  async () => {
    const redis = await startRedisCluster({ replicas: true });
    if (redis === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => redis.stop());
    // The slot of this key is 2990: the first of three primaries has it.
    const [url = ""] = redis.urls;
    const options = { cluster: redis.urls, key: "sequence" };
    const { drawn, before } = await drawAcross(options, () => redis.kill(url));
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.length - before).toBe(250);
  },
);
