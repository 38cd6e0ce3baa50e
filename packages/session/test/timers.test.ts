// The times at which a session must do something by itself.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeepAlive } from "../src/keep-alive.ts";
import { PeerTime, Timers } from "../src/timers.ts";
import { settled } from "./connect.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Timers of these lengths, longest first, and the names of those that are over. */
function started(lengths: Record<string, number>): [Timers, string[]] {
  const over: string[] = [];
  const timers = new Timers(() => over.push("checked"));
  for (const [name, length] of Object.entries(lengths)) {
    const clock = name === "peer" ? "peer" : "real";
    timers.create(clock, () => over.push(name)).start(length, performance.now());
  }
  return [timers, over];
}

test("each timer is over in its own time, whichever was started first", () => {
  const [timers, over] = started({ third: 300, second: 200, never: 0, first: 100 });
  for (const names of [[], ["first"], [], ["second"], [], ["third"], []]) {
    vi.advanceTimersByTime(names.length === 0 ? 99 : 1);
    expect(over.filter((name) => name !== "checked")).toEqual(names);
    over.length = 0;
  }
  expect(vi.getTimerCount()).toBe(0);
  timers.close();
});

test("a timer that was stopped or closed does nothing, one that was set again lasts the new time", () => {
  const over: string[] = [];
  const timers = new Timers(() => {});
  const [stopped, again, short] = ["stopped", "again", "short"].map((name) =>
    timers.create("real", () => over.push(name)),
  );
  for (const timer of [stopped, again, short]) timer?.start(100, performance.now());
  stopped?.stop();
  again?.start(200, performance.now());
  short?.startUntil(performance.now() + 150, performance.now());
  expect([stopped, again, short].map((timer) => timer?.isRunning)).toEqual([false, true, true]);
  vi.advanceTimersByTime(100);
  expect([over, short?.isRunning]).toEqual([["short"], false]);
  timers.close();
  stopped?.start(50, performance.now());
  vi.advanceTimersByTime(1_000);
  expect([over, vi.getTimerCount()]).toEqual([["short"], 0]);
});

test("the peer's timer stands still while the peer's time does, the others do not", async () => {
  const [timers, over] = started({ peer: 100, real: 200 });
  vi.advanceTimersByTime(50);
  timers.stopPeerTime();
  vi.advanceTimersByTime(200);
  expect(over).toEqual(["checked", "real", "checked"]);
  timers.startPeerTime();
  await settled();
  over.length = 0;
  vi.advanceTimersByTime(49);
  expect(over).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(over).toEqual(["peer", "checked"]);
});

test("the peer's time stands still, and says when it will show what", () => {
  const time = new PeerTime();
  expect([time.at(100), time.when(150)]).toEqual([100, 150]);
  time.stop(100);
  time.stop(120);
  expect([time.at(170), time.when(150)]).toEqual([100, Number.POSITIVE_INFINITY]);
  time.start(200);
  time.start(250);
  expect([time.at(250), time.when(150)]).toEqual([150, 250]);
});

test.each([
  ["late by less than an interval, it asks on in step", 1_300, 2_000],
  ["late by one, it waits for another", 2_000, 3_000],
  ["late by more, it begins anew", 4_700, 5_700],
])("%s", (_, checked, next) => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 0, inactivity: 0 }, 0);
  expect(keepAlive.check(checked)).toBe("enquire");
  expect(keepAlive.nextAt).toBe(next);
});
