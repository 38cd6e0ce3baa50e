/** Delayed actions: all of them happen, also those of one turn of the event loop that share a timer. */
import { afterEach, expect, test, vi } from "vitest";
import { Timers } from "../src/structures/timers.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("what is added after the shared timer has fired in the same turn happens, too", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const timers = new Timers();
  const happened: string[] = [];
  timers.togetherAfter(1, () => happened.push("first"));
  timers.togetherAfter(1, () => happened.push("second"));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  timers.togetherAfter(1, () => happened.push("third"));
  vi.advanceTimersByTime(1);
  expect(happened).toEqual(["first", "second", "third"]);
});

test("closed, they forget what has not happened and take nothing more", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const timers = new Timers();
  timers.after(1, () => expect.unreachable());
  timers.togetherAfter(1, () => expect.unreachable());
  timers.close();
  timers.after(1, () => expect.unreachable());
  timers.togetherAfter(1, () => expect.unreachable());
  expect(vi.getTimerCount()).toBe(0);
});
