// The command line of a run.
import { expect, test } from "vitest";
import { wishesOf } from "../options.ts";

test.each([
  ["single", "classic"],
  ["cluster", "quorum"],
])("on a %s broker the queues are %s, where nothing is said", (broker, queueType) => {
  const wishes = wishesOf(["--broker", broker]);
  expect(wishes).toMatchObject({ broker, queueType, messages: 20_000, minutes: 0, workers: 3 });
});

test("hours and minutes are one time", () => {
  expect(wishesOf(["--hours", "2", "--minutes", "0.5"]).minutes).toBe(120.5);
});

test.each([
  ["--messages", "many", "--messages: expected a number of at least 1, got many"],
  ["--workers", "0", "--workers: expected a number of at least 1, got 0"],
  ["--broker", "two", "--broker: expected single or cluster, got two"],
  ["--queues", "stream", "--queues: expected classic or quorum, got stream"],
  ["--store", "cluster", "--store: expected single or sentinel, got cluster"],
  ["--sed", "1", "Unknown option '--sed'"],
])("%s %s is refused", (name, value, sentence) => {
  expect(() => wishesOf([name, value])).toThrow(sentence);
});
