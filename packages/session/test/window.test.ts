// Requests in flight, and the times at which a session must do something by itself.
import { expect, test } from "vitest";
import { Alarm, type DeadlineName, Deadlines, PeerTime } from "../src/deadlines.ts";
import { KeepAlive } from "../src/keep-alive.ts";
import type { PendingRequest } from "../src/pending-request.ts";
import { Window } from "../src/window.ts";

/** What the window knows of a request. */
const request = (deadline: number, counted = true) => ({ deadline, counted }) as PendingRequest;

test("only those count that take a place, and the earliest deadline is the next", () => {
  const window = new Window();
  window.add(1, request(300));
  window.add(2, request(200, false));
  window.add(3, request(250));
  expect([window.size, window.used, window.nextDeadline]).toEqual([3, 2, 200]);
  window.remove(2);
  window.remove(9);
  expect([window.size, window.used]).toEqual([2, 2]);
  window.remove(3);
  expect([window.size, window.used]).toEqual([1, 1]);
});

test("the only one is told when there is just one", () => {
  const window = new Window();
  const first = request(1);
  expect(window.only).toBeUndefined();
  window.add(1, first);
  expect(window.only).toEqual([1, first]);
  window.add(2, request(2));
  expect(window.only).toBeUndefined();
});

test("those whose time is over leave it, and the next deadline is that of the others", () => {
  const window = new Window();
  for (const [number, deadline] of [
    [1, 100],
    [2, 300],
    [3, 200],
    [4, 400],
  ] as const) {
    window.add(number, request(deadline));
  }
  expect(window.expire(99)).toEqual([]);
  expect(window.expire(200).map(([number]) => number)).toEqual([1, 3]);
  expect([window.size, window.used, window.nextDeadline]).toEqual([2, 2, 300]);
  expect(window.clear().map(({ deadline }) => deadline)).toEqual([300, 400]);
  expect([window.size, window.used, window.nextDeadline]).toEqual([0, 0, Infinity]);
});

test("the earliest of all deadlines is the next, that of the peer on the peer's clock", () => {
  const peerTime = new PeerTime();
  const alarm = new Alarm(() => {});
  const deadlines = new Deadlines(alarm, peerTime);
  expect(deadlines.next).toBe(Infinity);
  const after: [DeadlineName, number][] = [
    ["linger", 600],
    ["answers", 500],
    ["unbind", 400],
    ["drain", 300],
    ["bind", 200],
    ["partialPdu", 100],
  ];
  for (const [name, time] of after) {
    deadlines.set(name, time, 0);
    expect([name, deadlines.next]).toEqual([name, time]);
  }
  peerTime.stop(50);
  expect(deadlines.next).toBe(200);
  peerTime.start(250);
  expect(deadlines.next).toBe(200);
  expect([deadlines.takeDue("bind", 199), deadlines.takeDue("bind", 200)]).toEqual([false, true]);
  expect([deadlines.has("bind"), deadlines.next]).toEqual([false, 300]);
  // 200 ms of it stood still.
  expect(deadlines.takeDue("partialPdu", 299)).toBe(false);
  expect(deadlines.takeDue("partialPdu", 300)).toBe(true);
  alarm.clear();
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
