/** The cheap check of bodies against the schema: what it says yes to, the schema gives back as it is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Contract } from "../src/body.ts";
import { eventContract } from "../src/event.ts";
import { ack, deliveryReport, messageFrom, nack, newMessage, parseMessage } from "../src/index.ts";
import { guardOf, text, textOrNull } from "../src/keys.ts";
import { limitIssues } from "../src/limits.ts";
import { messageContract } from "../src/message.ts";

const message = newMessage({ to_addr: "1", from_addr: "2", content: "hello" });
const bodies: [string, Contract<z.ZodType>, object][] = [
  ["a message", messageContract, message],
  ["a message of USSD", messageContract, { ...message, session_event: "new" }],
  ["an ack", eventContract, ack("m-1")],
  ["a nack", eventContract, nack("m-1", "no")],
  ["a delivery report", eventContract, deliveryReport("m-1", "failed")],
];

/** What stands in place of a value: what fits sometimes, nearly, or never. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    ...["user_message", "event", "ack", "nack", "resume", "pending", "", null, undefined, 7, true],
    ...["2024-02-28 23:59:59.999999", "2024-02-29 00:00:00.000000", "2023-02-29 00:00:00.000000"],
    ...["2024-01-31 00:00:00.000000", "2024-04-31 00:00:00.000000", "2024-01-02T03:04:05Z"],
    ...["2024-01-02 24:00:00.000000", "2024-01-02 03:04:05", "0000-00-00 00:00:00.000000"],
    ...["i".repeat(255), "i".repeat(256), {}, [], [{}], { a: { b: [1, null] } }],
    ...[JSON.parse('{"__proto__": {"a": 1}}'), { a: { constructor: { prototype: {} } } }],
    ...[nested(98), nested(99), nested(100), nested(101)],
  ),
  fc.jsonValue(),
);

function nested(levels: number): unknown {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

describe.each(bodies)("%s", (_, { guard, schema }, body) => {
  test("is known as complete", () => {
    expect(guard(body)).toBe(true);
    expect(guard({ ...body, own: { a: [1] } })).toBe(true);
  });

  test.each(Object.keys(body))("without %s is left to the schema", (key) => {
    const rest = Object.entries(body).filter(([name]) => name !== key);
    expect(guard(Object.fromEntries(rest))).toBe(false);
  });

  test("with anything in it is what the schema gives back, or left to the schema", () => {
    const keys = [...Object.keys(body), "own", "__proto__", "constructor"];
    const changes = fc.array(fc.tuple(fc.constantFrom(...keys), strange), {
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(changes, (changed) => {
        const given = Object.fromEntries([...Object.entries(body), ...changed]);
        if (!guard(given)) return;
        expect(schema.parse(structuredClone(given))).toStrictEqual(given);
        expect(limitIssues(given)).toEqual([]);
        expect(JSON.stringify(given)).not.toMatch(/"(?:__proto__|constructor)"/);
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each([undefined, null, 7, "text", [], [message]])("%j is left to the schema", (value) => {
  expect([messageContract.guard(value), eventContract.guard(value)]).toEqual([false, false]);
});

test("a row that the check does not know is left to the schema", () => {
  const guard = guardOf({ text, textOrNull });
  expect(guard({ text: "a", textOrNull: null })).toBe(true);
  const own = guardOf({ text, short: z.string().max(3), list: z.array(z.string()) });
  expect(own({ text: "a", short: "abc", list: [] })).toBe(false);
});

test("a message from a value is not the value", () => {
  const value = JSON.parse(JSON.stringify(message));
  const read = messageFrom(value);
  expect(read).toEqual(message);
  expect(read).not.toBe(value);
});

test("days that some months have are times, those that none has are not", () => {
  const at = (timestamp: string) =>
    parseMessage(JSON.stringify({ ...message, timestamp })).timestamp;
  for (let month = 1; month <= 12; month++) {
    for (let day = 28; day <= 32; day++) {
      const date = `2024-${String(month).padStart(2, "0")}-${day}`;
      const isDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) ?? false;
      const written = `${date} 00:00:00.000000`;
      if (isDay) expect(at(written)).toBe(written);
      else expect(() => at(written)).toThrow("timestamp: ");
    }
  }
});
