import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withTimeout } from "../src/index.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => {});

test("what is done in time comes as it is, and leaves no timer", async () => {
  const onLate = vi.fn();
  await expect(withTimeout(100, Promise.resolve(7), onLate)).resolves.toBe(7);
  const reason = new Error("no");
  await expect(withTimeout(100, Promise.reject(reason), onLate)).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(onLate).not.toHaveBeenCalled();
});

test("when the time is over the value of onLate comes instead", async () => {
  const waited = withTimeout(100, never, () => "late");
  vi.advanceTimersByTime(99);
  expect(await Promise.race([waited, turn("waits")])).toBe("waits");
  vi.advanceTimersByTime(1);
  expect(await waited).toBe("late");
});

test("without onLate undefined comes, and a time too long for a timer is no short one", async () => {
  const waited = withTimeout(2 ** 31, never);
  vi.advanceTimersByTime(2 ** 31 - 2);
  expect(await Promise.race([waited, turn("waits")])).toBe("waits");
  vi.advanceTimersByTime(1);
  expect(await waited).toBeUndefined();
});

test("what onLate throws comes as a rejection", async () => {
  const waited = withTimeout(100, never, () => {
    throw new RangeError("too late");
  });
  vi.advanceTimersByTime(100);
  await expect(waited).rejects.toThrow(new RangeError("too late"));
});

test.each([
  ["a rejection", (ended: AbortSignal) => Promise.reject(ended.reason)],
  ["a value", () => Promise.resolve("done")],
])("onLate may end the work, and %s that comes then is ignored", async (_, settle) => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const end = new AbortController();
  const work = new Promise<string>((resolve, reject) => {
    end.signal.addEventListener("abort", () => settle(end.signal).then(resolve, reject));
  });
  const waited = withTimeout(100, work, () => {
    end.abort();
    return "late";
  });
  vi.advanceTimersByTime(100);
  expect(await waited).toBe("late");
  await turn();
  await turn();
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
