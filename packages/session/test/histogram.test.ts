import { expect, test } from "vitest";
import { Histogram } from "../src/stats.ts";
import { bound } from "./connect.ts";

const submit = (destination_addr: string) => ({ command: "submit_sm", destination_addr }) as const;

test.each([
  [[], 0, 0, []],
  [[0], 1, 0, [[1, 1]]],
  [
    [7, 3],
    2,
    7,
    [
      [5, 1],
      [10, 1],
    ],
  ],
  [
    [1, 1.5, 2],
    3,
    2,
    [
      [1, 1],
      [2, 2],
    ],
  ],
  [
    [60_000, 60_001],
    2,
    60_001,
    [
      [60_000, 1],
      [Number.POSITIVE_INFINITY, 1],
    ],
  ],
])("%j milliseconds fall into their buckets", (durations, count, max, filled) => {
  const distribution = new Histogram();
  for (const milliseconds of durations) distribution.add(milliseconds);
  const counts = distribution.counts();
  expect(counts).toMatchObject({ count, max, sum: durations.reduce((a, b) => a + b, 0) });
  expect(counts.buckets).toHaveLength(16);
  expect(counts.buckets.at(-1)?.le).toBe(Number.POSITIVE_INFINITY);
  const found = counts.buckets.filter((bucket) => bucket.count > 0);
  expect(found.map((bucket) => [bucket.le, bucket.count])).toEqual(filled);
});

test("a request's wait for its turn and its time on the wire are counted apart", async () => {
  const [session, peer] = await bound({ window: 1 });
  const before = session.stats();
  const requests = ["1", "2"].map((to) => session.request(submit(to)));
  for (const _ of requests) {
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
  }
  await Promise.all(requests);
  const { wait, latency } = session.stats();
  expect(wait.count - before.wait.count).toBe(2);
  expect(latency.count - before.latency.count).toBe(2);
  // The second waited for the first one's answer.
  expect(wait.max).toBeGreaterThan(0);
});

test("the last answer to enquire_link has its time", async () => {
  const [session, peer] = await bound();
  expect(session.stats().enquireLinkAt).toBeUndefined();
  const before = Date.now();
  const asked = session.request({ command: "enquire_link" });
  const { sequence_number } = await peer.expect("enquire_link");
  peer.send({ command: "enquire_link_resp", sequence_number });
  await asked;
  expect(session.stats().enquireLinkAt).toBeGreaterThanOrEqual(before);
});
