import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { EventStream, eventText } from "../src/index.ts";

/** A reader that takes a piece each time it is told to. */
function reader() {
  const pieces: string[] = [];
  let take = (): void => {};
  const writable = new Writable({
    highWaterMark: 100,
    write: (chunk, _, done) => {
      take = () => {
        pieces.push(String(chunk));
        done();
      };
    },
  });
  return { pieces, take: () => take(), writable };
}

test.each([
  [eventText("state", "{}"), "event: state\ndata: {}\n\n"],
  [eventText("event", "[]", "a-1"), "id: a-1\nevent: event\ndata: []\n\n"],
])("an event is %j", (text, expected) => {
  expect(text).toBe(expected);
});

test("it says whether its reader keeps up", async () => {
  const { take, writable } = reader();
  const stream = new EventStream(writable, 2);
  expect([stream.isTaken, stream.isFull]).toEqual([false, false]);
  take();
  expect(stream.isTaken).toBe(true);
  stream.write("x".repeat(100));
  expect([stream.isTaken, stream.isFull]).toEqual([false, true]);
  const drained = new Promise<void>((resolve) => stream.onDrain(resolve));
  take();
  await drained;
  expect([stream.isTaken, stream.isFull]).toEqual([true, false]);
});

test("beats reach a reader that keeps up; one that takes nothing is ended", async () => {
  const { pieces, take, writable } = reader();
  const stream = new EventStream(writable, 2);
  const closed = new Promise<void>((resolve) => stream.onClose(resolve));
  take();
  for (let beat = 0; beat < 3; beat++) {
    stream.beat();
    take();
  }
  expect(pieces).toEqual(["retry: 1000\n\n", ...Array(3).fill(": heartbeat\n\n")]);
  stream.write("x");
  stream.beat();
  expect(writable.destroyed).toBe(false);
  stream.beat();
  expect(writable.destroyed).toBe(true);
  await closed;
});
