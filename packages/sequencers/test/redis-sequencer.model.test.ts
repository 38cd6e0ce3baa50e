/** Several RedisSequencers on one counter, in any order of drawing, closing, opening, and of trouble on the way to Redis. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { modelTimeout, runModel } from "@esme/model";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER } from "../src/index.ts";
import { RedisError, RedisSequencer } from "../src/redis.ts";

type Step =
  | { readonly do: "draw"; readonly by: number; readonly count: number; readonly wait: boolean }
  | { readonly do: "close" | "open"; readonly by: number; readonly blockSize: number }
  | { readonly do: "holdAnswers" | "cut" | "refuse" | "relay" }
  | { readonly do: "pause"; readonly milliseconds: number };

const instances = 3;
const by = fc.nat(instances - 1);
const blockSize = fc.constantFrom(1, 2, 7, 100);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("draw" as const),
      by,
      count: fc.integer({ min: 1, max: 12 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("close" as const, "open" as const), by, blockSize }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("holdAnswers", "cut", "refuse", "relay"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("pause" as const),
      milliseconds: fc.constantFrom(0, 1, 20, 80),
    }),
  },
);

/** In seconds: shorter than the longest pause, so that answers come too late, too. */
const answerTimeout = 0.06;
/** In milliseconds: a promise has ended by then, on a busy machine too. A run must not take longer than the model may. */
const patience = 2_000;

async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = delay(patience, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`${what} did not end`);
  });
  late.catch(() => {}); // aborted, as a rule
  return Promise.race([promise, late]).finally(() => timer.abort());
}

describe.skipIf(!redisUrl)("RedisSequencers on one counter", () => {
  const direct = new URL(redisUrl ?? "redis://127.0.0.1:1");
  const client = createClient({ url: direct.href });
  const prefix = `esme-test:${randomUUID()}`;

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${prefix}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  /** Runs the steps; gives all numbers that were drawn. */
  async function play(steps: readonly Step[], before: number): Promise<number[]> {
    const key = `${prefix}:${randomUUID()}`;
    const proxy = await TcpProxy.to(direct.href);
    // Where the counter stands: at the beginning, or shortly before it begins again.
    if (before > 0) await client.set(key, String(before));
    const open = (size: number) =>
      new RedisSequencer({ url: proxy.url, key, blockSize: size, answerTimeout });
    const sequencers = Array.from({ length: instances }, () => open(2));
    const drawn: number[] = [];
    const pending: Promise<void>[] = [];
    /** Waited for at the end, where a failure is told. */
    const keep = (promise: Promise<void>) => {
      promise.catch(() => {});
      pending.push(promise);
    };
    const draw = async (sequencer: RedisSequencer) => {
      try {
        drawn.push(await sequencer.next());
      } catch (error) {
        expect(error).toBeInstanceOf(RedisError);
        expect(error).toMatchObject({ code: "unavailable" });
      }
    };
    try {
      for (const step of steps) {
        if (step.do === "pause") await delay(step.milliseconds);
        else if (!("by" in step)) {
          proxy[step.do]();
          if (step.do === "refuse") proxy.cut();
        } else {
          const sequencer = sequencers[step.by] ?? open(1);
          if (step.do === "draw") {
            const draws = Array.from({ length: step.count }, () => draw(sequencer));
            const all = inTime(
              Promise.all(draws).then(() => {}),
              "next()",
            );
            if (step.wait) await all;
            else keep(all);
          } else {
            keep(inTime(sequencer.close(), "close()"));
            if (step.do === "open") sequencers[step.by] = open(step.blockSize);
          }
        }
      }
      await Promise.all(pending);
      proxy.relay();
      // Whatever happened, who is open draws again as soon as Redis answers.
      const last = open(1);
      sequencers.push(last);
      await inTime(
        (async () => {
          const count = drawn.length;
          while (drawn.length === count) await draw(last);
        })(),
        "drawing after all",
      );
      return drawn;
    } finally {
      await Promise.allSettled(pending);
      await Promise.all(sequencers.map((one) => inTime(one.close(), "close() at the end")));
      await proxy.close();
    }
  }

  test(
    "never hand out a number twice, nor one out of range, and every promise ends",
    {
      timeout: modelTimeout,
    },
    () =>
      runModel(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 25 }),
          fc.constantFrom(0, LAST_SEQUENCE_NUMBER - 20, 5 * LAST_SEQUENCE_NUMBER - 3),
          async (steps, before) => {
            const drawn = await play(steps, before);
            for (const number of drawn) {
              expect(Number.isInteger(number)).toBe(true);
              expect(number).toBeGreaterThanOrEqual(FIRST_SEQUENCE_NUMBER);
              expect(number).toBeLessThanOrEqual(LAST_SEQUENCE_NUMBER);
            }
            expect(new Set(drawn).size).toBe(drawn.length);
          },
        ),
      ),
  );
});
