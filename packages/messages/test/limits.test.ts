/** Bodies above the limits: nested too deeply, ids too long, very large. */
import { describe, expect, test } from "vitest";
import {
  ack,
  deliveryReport,
  type Event,
  type Message,
  MessageError,
  nack,
  newMessage,
  parseEvent,
  parseMessage,
  parseTimestamp,
  serialise,
} from "../src/index.ts";

const message = newMessage({ to_addr: "1", from_addr: "2", message_id: "m-1" });
const event = nack("m-1", "no");
const longId = "i".repeat(256);

const messageWith = (helper_metadata: Record<string, unknown>): Message => ({
  ...message,
  helper_metadata,
});
const eventWith = (helper_metadata: Record<string, unknown>): Event => ({
  ...event,
  helper_metadata,
});

/** So many lists, one inside the other. */
function lists(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** JSON by hand: `JSON.stringify` has no stack for 100,000 levels. */
function bodyWith(body: object, key: string, json: string): string {
  const rest = Object.entries(body).filter(([name]) => name !== key);
  return JSON.stringify({ ...Object.fromEntries(rest), [key]: "HERE" }).replace('"HERE"', json);
}

function errorOf(work: () => unknown): MessageError {
  try {
    work();
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a body that is nested too deeply", () => {
  test.each([101, 8_000, 100_000])("is refused with the place: %i levels", (levels) => {
    const json = `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    for (const error of [
      errorOf(() => parseMessage(bodyWith(message, "helper_metadata", json))),
      errorOf(() => parseEvent(bodyWith(event, "helper_metadata", json))),
    ]) {
      expect(error.message).toBe(
        "helper_metadata.a.0.0...: expected at most 100 levels, got a value nested more than 100 deep",
      );
      expect(error).toMatchObject({ code: "invalid", message_id: "m-1" });
    }
  });

  test("is refused under a key that the contract does not know, its long name cut", () => {
    const json = `{"${"k".repeat(60_000)}":${"[".repeat(200)}${"]".repeat(200)}}`;
    const error = errorOf(() => parseMessage(bodyWith(message, "own", json)));
    expect(error.message).toMatch(
      /^own\.k{40}\.\.\.\.0\.0\.\.\.: expected at most 100 levels, got a value nested/,
    );
  });

  test("is neither made nor written", () => {
    const helper_metadata = { a: lists(9_000) };
    const says =
      /^helper_metadata\.a\.0\.0\.\.\.: expected at most 100 levels, got a value nested more than 100 deep/;
    expect(errorOf(() => newMessage({ ...message, helper_metadata })).message).toMatch(says);
    expect(errorOf(() => serialise(messageWith(helper_metadata))).message).toMatch(says);
    expect(errorOf(() => serialise(eventWith(helper_metadata))).message).toMatch(says);
  });

  test("with a circle is refused too", () => {
    const helper_metadata: Record<string, unknown> = {};
    helper_metadata["self"] = helper_metadata;
    expect(errorOf(() => serialise(messageWith(helper_metadata))).message).toMatch(/nested/);
  });

  test("is taken with 100 levels, the body's own included", () => {
    const deep = messageWith({ a: lists(98) });
    expect(parseMessage(serialise(deep))).toEqual(deep);
    expect(() => serialise(messageWith({ a: lists(99) }))).toThrow(/nested/);
  });
});

describe("an id of more than 255 characters", () => {
  const says = (key: string) => `${key}: expected at most 255, got 256 characters`;

  test.each(["message_id", "in_reply_to"])("is refused in a message: %s", (key) => {
    const body = { ...message, [key]: longId };
    for (const work of [
      () => parseMessage(JSON.stringify(body)),
      () => newMessage(body),
      () => serialise(body),
    ]) {
      expect(errorOf(work)).toMatchObject({ code: "invalid", path: key, message: says(key) });
    }
  });

  test.each(["user_message_id", "sent_message_id", "event_id"])(
    "is refused in an event: %s",
    (key) => {
      for (const made of [ack("m-1"), event, deliveryReport("m-1", "delivered")]) {
        const body = { ...made, [key]: longId };
        expect(errorOf(() => parseEvent(JSON.stringify(body))).message).toBe(says(key));
        expect(errorOf(() => serialise(body)).message).toBe(says(key));
      }
    },
  );

  test("is no id to send a nack to", () => {
    const error = errorOf(() => parseMessage(JSON.stringify({ ...message, message_id: longId })));
    expect(error.message_id).toBeUndefined();
  });

  test("is reported with what else is wrong", () => {
    const body = { ...message, in_reply_to: longId, to_addr: 1 };
    expect(errorOf(() => parseMessage(JSON.stringify(body))).message).toBe(
      `to_addr: expected text, got a number; ${says("in_reply_to")}`,
    );
  });

  test("is one too many: 255 are taken", () => {
    const body = { ...message, message_id: "i".repeat(255) };
    expect(parseMessage(serialise(body))).toEqual(body);
  });
});

describe("errors are short, however large the body is", () => {
  test.each<[string, () => unknown]>([
    ["a word", () => parseMessage(JSON.stringify({ ...message, session_event: longText }))],
    ["a type", () => parseMessage(JSON.stringify({ ...message, message_type: longText }))],
    ["a time", () => parseMessage(JSON.stringify({ ...message, timestamp: longText }))],
    ["no JSON", () => parseMessage(longText)],
    ["80,000 keys", () => parseMessage(JSON.stringify(manyKeys))],
    ["an event type", () => parseEvent(JSON.stringify({ ...event, event_type: longText }))],
    ["80,000 keys of an event", () => parseEvent(JSON.stringify(manyKeys))],
  ])("%s", (_, work) => {
    expect(errorOf(work).message.length).toBeLessThan(700);
  });

  test("a time on its own", () => {
    expect(() => parseTimestamp(longText)).toThrow(
      /^timestamp: expected YYYY-\S+ \S+, got "x{40}\.\.\."/,
    );
  });

  const longText = "x".repeat(60_000);
  const manyKeys = Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 1]));

  test("80,000 keys that the contract does not know survive", () => {
    const body = { ...message, ...manyKeys };
    expect(Object.keys(parseMessage(JSON.stringify(body)))).toHaveLength(80_018);
  });
});
