import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NodeWatch } from "../src/broker/node-watch.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const heartbeat = 4_000;

/** A watch over a node that answers as it is told. */
function watch(answer: () => Promise<unknown>) {
  const seen = { asked: 0, silentAt: Number.NaN };
  const since = Date.now();
  const node = new NodeWatch({
    heartbeat,
    ask: () => {
      seen.asked += 1;
      return answer();
    },
    onSilent: () => {
      seen.silentAt = Date.now() - since;
    },
  });
  return { node, seen };
}

const never = () => new Promise<unknown>(() => {});

describe("a node", () => {
  test("that answers is asked every half of a heartbeat, and stays", async () => {
    const { node, seen } = watch(async () => {});
    await vi.advanceTimersByTimeAsync(10 * heartbeat);
    expect(seen).toEqual({ asked: 20, silentAt: Number.NaN });
    node.close();
  });

  test("that sends is not asked", async () => {
    const { node, seen } = watch(never);
    for (let count = 0; count < 100; count++) {
      await vi.advanceTimersByTimeAsync(heartbeat / 4);
      node.heard();
    }
    expect(seen).toEqual({ asked: 0, silentAt: Number.NaN });
    node.close();
  });

  test("that says nothing is left after two heartbeats, once", async () => {
    const { seen } = watch(never);
    await vi.advanceTimersByTimeAsync(10 * heartbeat);
    expect(seen).toEqual({ asked: 1, silentAt: 2 * heartbeat });
  });

  test("that is gone is left too, if nobody closes the watch", async () => {
    const { seen } = watch(async () => {
      throw new Error("gone");
    });
    await vi.advanceTimersByTimeAsync(10 * heartbeat);
    expect(seen.silentAt).toBe(2 * heartbeat);
  });

  test("that reads nothing for now is not left", async () => {
    const { node, seen } = watch(never);
    node.pause(true);
    await vi.advanceTimersByTimeAsync(10 * heartbeat);
    expect(seen).toEqual({ asked: 0, silentAt: Number.NaN });
    node.pause(false);
    await vi.advanceTimersByTimeAsync(10 * heartbeat);
    expect(seen.silentAt).toBe(12 * heartbeat);
  });

  test("is not left since the process was frozen", async () => {
    const { node, seen } = watch(never);
    await vi.advanceTimersByTimeAsync(heartbeat);
    // A frozen process misses its timers, and on waking hears what came.
    vi.setSystemTime(Date.now() + 100 * heartbeat);
    await vi.advanceTimersByTimeAsync(heartbeat / 4);
    node.heard();
    await vi.advanceTimersByTimeAsync(heartbeat);
    expect(seen.silentAt).toBeNaN();
    node.close();
  });
});
