// What a run is judged by.
import { expect, test } from "vitest";
import { Count, type Judgement } from "../count.ts";

const right: Judgement = {
  lost: 0,
  eventsTwice: 0,
  nacks: 0,
  neverSent: 0,
  receiptsLost: 0,
  textsLost: 0,
  unmarked: 0,
};

/** A message of one part that was published, sent, acknowledged and reported. */
function delivered(count: Count, { submits = 1, isMarked = false } = {}): number {
  const number = count.publish(1);
  count.confirm(number);
  for (let times = 0; times < submits; times++) count.submit(number, 1);
  count.event(number, "ack", "ack", isMarked);
  count.report(number, 1);
  return number;
}

const runs: [name: string, run: (count: Count) => void, wrong: Partial<Judgement>][] = [
  ["nothing happened", () => {}, {}],
  ["a message arrived", (count) => void delivered(count), {}],
  ["the same event came twice", (count) => count.event(delivered(count), "ack", "ack", false), {}],
  [
    "another event came",
    (count) => count.event(delivered(count), "other", "ack", false),
    { eventsTwice: 1 },
  ],
  [
    "two events about what was sent twice",
    (count) => count.event(delivered(count, { submits: 2 }), "other", "ack", true),
    {},
  ],
  ["sent twice and not marked", (count) => void delivered(count, { submits: 2 }), { unmarked: 1 }],
  ["no event", (count) => count.confirm(count.publish(1)), { lost: 1 }],
  ["no event, but the broker never confirmed the message", (count) => void count.publish(1), {}],
  [
    "refused",
    (count) => {
      const number = count.publish(1);
      count.confirm(number);
      count.event(number, "nack", "nack", false);
    },
    { nacks: 1 },
  ],
  [
    "acknowledged and never sent whole",
    (count) => {
      const number = count.publish(2);
      count.confirm(number);
      count.submit(number, 1);
      count.event(number, "ack", "ack", false);
      count.report(number, 1);
      count.report(number, 2);
    },
    { neverSent: 1 },
  ],
  [
    "acknowledged, one part sent twice and the other never",
    (count) => {
      const number = count.publish(2);
      count.confirm(number);
      count.submit(number, 1);
      count.submit(number, 1);
      count.event(number, "ack", "ack", true);
      count.report(number, 1);
      count.report(number, 2);
    },
    { neverSent: 1 },
  ],
  [
    "the report of one part came twice, that of the other never",
    (count) => {
      const number = count.publish(2);
      count.confirm(number);
      count.submit(number, 1);
      count.submit(number, 2);
      count.event(number, "ack", "ack", false);
      count.report(number, 1);
      count.report(number, 1);
    },
    { receiptsLost: 1 },
  ],
  [
    "no delivery report",
    (count) => {
      const number = count.publish(1);
      count.submit(number, 1);
      count.event(number, "ack", "ack", false);
    },
    { receiptsLost: 1 },
  ],
  [
    "nobody knows whether a message was sent, and its nack says so",
    (count) => {
      const number = count.publish(1);
      count.confirm(number);
      count.event(number, "nack", "held", false);
      expect(count.duplicates.held).toBe(1);
    },
    {},
  ],
  [
    "a text was answered and did not arrive",
    (count) => count.taken(count.text()),
    { textsLost: 1 },
  ],
  ["a text was given up and did not arrive", (count) => void count.text(), {}],
  [
    "a text arrived",
    (count) => {
      const number = count.text();
      count.taken(number);
      count.arrive(number);
    },
    {},
  ],
];

test.each(runs)("%s", (_, run, wrong) => {
  const count = new Count();
  run(count);
  expect(count.judgement()).toEqual({ ...right, ...wrong });
  expect(count.strange).toEqual([]);
  const { lost = 0, receiptsLost = 0, textsLost = 0, unmarked = 0 } = wrong;
  expect([...count.missing()]).toHaveLength(lost + receiptsLost + textsLost + unmarked);
  expect(count.isComplete).toBe(lost + receiptsLost + textsLost === 0);
});

test("events and texts that nobody can have sent are strange", () => {
  const count = new Count();
  count.event(7, "ack", "ack", false);
  count.report(Number.NaN, 1);
  count.arrive(3);
  expect(count.strange).toHaveLength(3);
});

test("what is sent twice is counted by messages and by parts", () => {
  const count = new Count();
  delivered(count);
  delivered(count, { submits: 3, isMarked: true });
  expect(count.duplicates).toEqual({ messages: 1, submits: 2, marked: 1, texts: 0, held: 0 });
});
