// Bodies posted to the worker's gateway that no client means: messages, or what is wrong with them, never a throw.
import { fuzz, fuzzTimeout, must, noise, type Random, spoilText, strangeValue } from "@esme/fuzz";
import { type MessageIssue, parseMessage, serialise } from "@esme/messages";
import { test } from "vitest";
import { mostMessages, readPosted } from "../src/http/posted-messages.ts";

const worker = { transportName: "smpp", hasPriority: false };

const good = { to_addr: "27820001001", from_addr: "4711", content: "hello" };
const samples = [
  good,
  [good, good],
  {
    ...good,
    message_id: "1",
    session_event: "new",
    transport_metadata: { smpp: { esm_class: 4 } },
  },
  { ...good, message_id: "x".repeat(256), helper_metadata: { a: [1] }, in_reply_to: null },
];
const keys = [
  ...new Set(samples.flatMap((sample) => Object.keys([sample].flat()[0] ?? {}))),
  ...["timestamp", "group", "message_version", "message_type", "__proto__", "transport_name"],
];
const words = [
  ...keys.map((key) => `"${key}":`),
  ...['"__proto__":{"a":1},', "[[[[", "{}", "null", "1e999", '"\\ud800"', '"2024-02-30 00:00:00"'],
];

function make(random: Random): Uint8Array {
  const sample = random.pick(samples);
  switch (random.below(6)) {
    case 0: {
      const count = random.pick([0, 1, 150, mostMessages, mostMessages + 1]);
      return Buffer.from(
        JSON.stringify(Array.from({ length: count }, () => random.pick([good, 1, {}]))),
      );
    }
    case 1: {
      const depth = random.pick([99, 100, 101, 5_000, 100_000]);
      const nested = `${"[".repeat(depth)}1${"]".repeat(depth)}`;
      return Buffer.from(JSON.stringify(good).replace("{", `{"${random.pick(keys)}":${nested},`));
    }
    case 2: {
      const octets = Buffer.from(spoilText(JSON.stringify(sample), random, words));
      return Buffer.concat([octets, noise(random.below(3), random)]);
    }
    case 3:
    case 4: {
      const [first] = [sample].flat();
      const strange = { [random.pick(keys)]: strangeValue(random, { depth: 3, json: true }) };
      return Buffer.from(JSON.stringify({ ...first, ...strange }));
    }
    default:
      return Buffer.from(spoilText(JSON.stringify(sample), random, words));
  }
}

function check(octets: Uint8Array): void {
  const posted = readPosted(octets, worker);
  if ("issues" in posted) {
    checkIssues(posted.issues);
    return;
  }
  must(posted.messages.length >= 1 && posted.messages.length <= mostMessages, "it is 1 to 1,000");
  for (const message of posted.messages) {
    const again = parseMessage(serialise(message));
    must(again.message_id === message.message_id, "what is taken can be written and read");
  }
}

function checkIssues(issues: readonly MessageIssue[]): void {
  must(issues.length > 0 && issues.length <= 100, "it says what is wrong, in at most 100 places");
  must(JSON.stringify(issues).length < 100_000, "and in few words");
}

test("every body is taken or refused", { timeout: fuzzTimeout }, async () => {
  const show = (octets: Uint8Array) => Buffer.from(octets).toString("latin1").slice(0, 2_000);
  await fuzz({ name: "gateway", cases: 500, make, check, show });
});
