// Bodies that no program of the contract writes: read as the contract says, or refused with a MessageError.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { fuzz, fuzzTimeout, must, noise, type Random, spoilText, strangeValue } from "@esme/fuzz";
import { test } from "vitest";
import {
  isMessageError,
  newMessage,
  parseEvent,
  parseMessage,
  reply,
  serialise,
} from "../src/index.ts";

const rows: { body_text: string }[] = JSON.parse(
  readFileSync(new URL("./data/bodies.json", import.meta.url), "utf8"),
);
const samples = rows.map(({ body_text }) => body_text);
const keys = [...new Set(samples.flatMap((body) => Object.keys(JSON.parse(body))))];

/** What may stand in JSON, and what is dangerous to copy. */
const words = [
  ...keys.map((key) => `"${key}":`),
  ...['"__proto__":{"a":1},', '"constructor":{"prototype":{}},', '"toString":null,', "[[[[", "{}"],
  ...[
    "null",
    "1e999",
    "-0",
    '"\\ud800"',
    '"\\u0000"',
    "true",
    '"user_message"',
    '"event"',
    '"ack"',
  ],
  ...['"2024-01-02 03:04:05.678901"', '"2024-02-30 00:00:00"', '"2024-01-02T03:04:05Z"'],
];

type Body = string | Uint8Array;

function make(random: Random): Body {
  const sample = random.pick(samples);
  switch (random.below(8)) {
    case 0:
      return nested(random);
    case 1: {
      const octets = Buffer.from(spoilText(sample, random, words), "utf8");
      octets.set(
        noise(Math.min(3, octets.length), random),
        random.below(Math.max(1, octets.length - 2)),
      );
      return octets;
    }
    case 2:
    case 3:
    case 4: {
      const tree: Record<string, unknown> = JSON.parse(sample);
      for (let times = 1 + random.below(3); times > 0; times--) {
        tree[random.pick(keys)] = strangeValue(random, { depth: 3, json: true });
      }
      return JSON.stringify(tree);
    }
    default:
      return spoilText(sample, random, words);
  }
}

/** Objects in lists in objects, deeper than a stack is. */
function nested(random: Random): string {
  const depth = random.pick([99, 100, 101, 102, 5_000, 200_000]);
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"__proto__":[', "]}"],
  ] as const);
  const value = `${open.repeat(depth)}1${close.repeat(depth)}`;
  const key = random.pick([...keys, "other"]);
  return random.pick(samples).replace("{", `{"${key}":${value},`);
}

function check(body: Body): void {
  for (const parse of [parseMessage, parseEvent]) {
    const read = outcome(() => parse(body));
    if (read === undefined) continue;
    const text = serialise(read);
    must(isDeepStrictEqual(parse(text), read), "what was read is written and read as the same");
    must(!hasTraps(read), "no key changes a prototype");
    if (read.message_type === "user_message") {
      outcome(() => reply(read));
      outcome(() => newMessage(read));
    }
  }
  must(({} as { a?: unknown }).a === undefined, "no prototype was changed");
}

function outcome<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!isMessageError(error)) throw error;
    must(error.issues.length > 0 && error.message.length < 100_000, "it says what is wrong");
    must((error.message_id ?? "").length <= 255, "ids have a limit");
    return undefined;
  }
}

/** Not by recursion: a body may be nested deeply. */
function hasTraps(body: object): boolean {
  const pending: unknown[] = [body];
  for (const value of pending) {
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, "__proto__")) return true;
    pending.push(...Object.values(value));
  }
  return false;
}

test("every body is read as the contract says, or refused", { timeout: fuzzTimeout }, async () => {
  await fuzz({
    name: "bodies",
    cases: 1_000,
    make,
    check,
    show: (body) =>
      (typeof body === "string" ? body : Buffer.from(body).toString("latin1")).slice(0, 2_000),
  });
});
