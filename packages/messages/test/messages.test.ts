import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ack,
  deliveryReport,
  type Event,
  type Message,
  MessageError,
  nack,
  newId,
  newMessage,
  parseEvent,
  parseMessage,
  reply,
  serialise,
} from "../src/index.ts";

const bodies: { from: string; dir: string; body_text: string }[] = JSON.parse(
  readFileSync(new URL("./data/bodies.json", import.meta.url), "utf8"),
);

const readerOf = (body: string): ((body: string | Uint8Array) => Message | Event) =>
  /"message_type":\s*"event"/.test(body) ? parseEvent : parseMessage;

const outbound = {
  to_addr: "27820001001",
  from_addr: "123456",
  transport_name: "smpp",
  transport_type: "sms",
};

function errorOf(run: () => unknown): MessageError {
  try {
    run();
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("recorded bodies", () => {
  test.each(bodies)("$from is the same after parse and serialise", ({ body_text }) => {
    const parse = readerOf(body_text);
    expect(JSON.parse(serialise(parse(body_text)))).toEqual(JSON.parse(body_text));
  });

  test.each(bodies)("$from is read from octets as from text", ({ body_text }) => {
    const parse = readerOf(body_text);
    const octets = new TextEncoder().encode(body_text);
    expect(parse(octets)).toEqual(parse(body_text));
  });

  const made = { timestamp: "2026-11-21 22:48:23.902042", event_id: "5".repeat(32) };
  test.each([
    ["ack", "outbound-ack", () => ack("msg-1", made)],
    ["nack", "outbound-nack", () => nack({ message_id: "msg-1" }, "Invalid Dest Addr", made)],
    [
      "delivery report",
      "dr-delivered-esm-class",
      () =>
        deliveryReport("msg-1", "delivered", {
          ...made,
          transport_metadata: { smpp_delivery_status: "DELIVRD" },
        }),
    ],
  ])("an %s has the keys, in their order, and the values of the recorded one", (_, from, make) => {
    const recorded = bodies
      .filter((b) => b.from.startsWith(from) && b.dir === "from-worker")
      .at(-1);
    const wanted = { ...JSON.parse(recorded?.body_text ?? "null"), ...made };
    expect(make()).toEqual(wanted);
    expect(Object.keys(make())).toEqual(Object.keys(wanted));
  });

  test("a new message has the keys, in their order, and the nulls of the recorded one", () => {
    const recorded = bodies.find(({ from }) => from.startsWith("inbound-mo"));
    const wanted = JSON.parse(recorded?.body_text ?? "null");
    const { to_addr, from_addr, content, timestamp, message_id } = wanted;
    const message = newMessage({ to_addr, from_addr, content, timestamp, message_id });
    expect(serialise(message)).toBe(JSON.stringify(wanted));
  });
});

describe("a body that leaves out what has a default", () => {
  test("gets a new id, the present time, nulls and empty objects", () => {
    const before = Date.now();
    const message = parseMessage(JSON.stringify(outbound));
    expect(message).toEqual({
      ...outbound,
      message_version: "20110921",
      message_type: "user_message",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
      routing_metadata: {},
      helper_metadata: {},
      message_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      in_reply_to: null,
      provider: null,
      session_event: null,
      content: null,
      transport_metadata: {},
      group: null,
      to_addr_type: null,
      from_addr_type: null,
    });
    expect(Date.parse(`${message.timestamp.replace(" ", "T")}Z`)).toBeGreaterThanOrEqual(before);
  });

  test("shares no object with the next body", () => {
    const one = parseMessage(JSON.stringify(outbound));
    one.transport_metadata["mark"] = 1;
    expect(parseMessage(JSON.stringify(outbound)).transport_metadata).toEqual({});
  });
});

describe("a body that does not fit", () => {
  const message = (fields: object) => JSON.stringify({ ...outbound, message_id: "m-1", ...fields });
  const event = (fields: object) => JSON.stringify({ user_message_id: "m-1", ...fields });
  const missing = (key: string) => message({ [key]: undefined });

  test.each<[string, (body: string) => unknown, string, string, string]>([
    [
      "an address is missing",
      parseMessage,
      missing("to_addr"),
      "to_addr",
      "missing, expected text",
    ],
    [
      "a sender is missing",
      parseMessage,
      missing("from_addr"),
      "from_addr",
      "missing, expected text",
    ],
    [
      "an address is a number",
      parseMessage,
      message({ to_addr: 27820001001 }),
      "to_addr",
      "expected text, got a number",
    ],
    [
      "content is a list",
      parseMessage,
      message({ content: [] }),
      "content",
      "expected text or null, got a list",
    ],
    [
      "metadata is null",
      parseMessage,
      message({ transport_metadata: null }),
      "transport_metadata",
      "expected an object, got null",
    ],
    [
      "metadata is text",
      parseMessage,
      message({ helper_metadata: "x" }),
      "helper_metadata",
      "expected an object, got text",
    ],
    [
      "the session event is unknown",
      parseMessage,
      message({ session_event: "start" }),
      "session_event",
      'expected "new", "resume", "close" or null, got "start"',
    ],
    [
      "it is an event",
      parseMessage,
      message({ message_type: "event" }),
      "message_type",
      'expected "user_message", got "event"',
    ],
    [
      "the time is no time",
      parseMessage,
      message({ timestamp: "yesterday" }),
      "timestamp",
      'expected a time, YYYY-MM-DD HH:MM:SS.ffffff in UTC, got "yesterday"',
    ],
    [
      "the time is a number",
      parseMessage,
      message({ timestamp: 1700000000 }),
      "timestamp",
      "expected a time, YYYY-MM-DD HH:MM:SS.ffffff in UTC, got a number",
    ],
    [
      "the event type is unknown",
      parseEvent,
      event({ event_type: "sent" }),
      "event_type",
      'expected "ack" or "nack" or "delivery_report", got "sent"',
    ],
    [
      "the event type is missing",
      parseEvent,
      event({}),
      "event_type",
      'missing, expected "ack" or "nack" or "delivery_report"',
    ],
    [
      "a nack has no reason",
      parseEvent,
      event({ event_type: "nack" }),
      "nack_reason",
      "missing, expected text",
    ],
    [
      "an ack has no sent_message_id",
      parseEvent,
      event({ event_type: "ack" }),
      "sent_message_id",
      "missing, expected text",
    ],
    [
      "a delivery report has no status",
      parseEvent,
      event({ event_type: "delivery_report" }),
      "delivery_status",
      'missing, expected "pending" or "delivered" or "failed"',
    ],
  ])("says where and what when %s", (_, read, body, path, says) => {
    const error = errorOf(() => read(body));
    expect(error).toMatchObject({ code: "invalid", path, message_id: "m-1" });
    expect(error.message).toBe(`${path}: ${says}`);
  });

  test("is refused with every fault it has", () => {
    const error = errorOf(() => parseMessage('{"content":1}'));
    expect(error.issues.map(({ path }) => path)).toEqual([
      "to_addr",
      "from_addr",
      "transport_name",
      "transport_type",
      "content",
    ]);
    expect(error.message_id).toBeUndefined();
  });

  test.each([
    ["[]", "a list"],
    ["null", "null"],
    ['"text"', "text"],
    ["7", "a number"],
  ])("%s is not an object", (body, got) => {
    for (const read of [parseMessage, parseEvent]) {
      expect(errorOf(() => read(body)).message).toBe(`body: expected a JSON object, got ${got}`);
    }
  });

  test.each(["", "hello", '{"content": "secret', '{"content": "secret"} x', "{'a': 1}"])(
    "%j is not JSON, and the error does not repeat it",
    (body) => {
      const error = errorOf(() => parseMessage(body));
      expect(error.code).toBe("not_json");
      expect(error.message).toMatch(
        /^body: expected a JSON object, got (nothing|\d+ characters that are not JSON)/,
      );
      expect(error.message).not.toContain("secret");
    },
  );

  test("in octets that are not UTF-8 says so", () => {
    expect(errorOf(() => parseMessage(Uint8Array.of(0x7b, 0xff, 0x7d)))).toMatchObject({
      code: "not_utf8",
      message: "body: expected UTF-8, got other octets",
    });
  });

  test("never repeats a long value", () => {
    const error = errorOf(() => parseMessage(message({ timestamp: "9".repeat(100_000) })));
    expect(error.message.length).toBeLessThan(200);
  });

  test("whatever it is, throws nothing but a MessageError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (body) => {
        for (const read of [parseMessage, parseEvent]) errorOf(() => read(body));
      }),
    );
  });
});

describe("keys that the contract does not know", () => {
  test("survive parse and serialise", () => {
    const body = {
      ...outbound,
      extra: { deep: [1, { x: null }] },
      transport_metadata: { a: { b: 1 } },
    };
    expect(JSON.parse(serialise(parseMessage(JSON.stringify(body))))).toMatchObject(body);
  });

  test("named __proto__ or constructor change no prototype", () => {
    const body = `{"to_addr":"1","from_addr":"2","transport_name":"a","transport_type":"sms",
      "__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},
      "transport_metadata":{"__proto__":{"polluted":1}}}`;
    const message = parseMessage(body);
    for (const object of [message, message.transport_metadata, {}]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect(object).not.toHaveProperty("polluted");
    }
    expect(Object.getPrototypeOf(reply(message).transport_metadata)).toBe(Object.prototype);
  });

  const traps = [
    ["beside the keys of the contract", (trap: string) => `"x":1,${trap}`],
    ["in metadata", (trap: string) => `"transport_metadata":{"x":1,${trap}}`],
    ["deep in metadata", (trap: string) => `"helper_metadata":{"a":[{"b":{"x":1,${trap}}}]}`],
    ["in a key of its own", (trap: string) => `"mine":[[{"x":1,${trap}}]]`],
    ["in another trap", (trap: string) => `"mine":{"x":1,"__proto__":{${trap}}}`],
  ] as const;
  const spellings = [
    '"__proto__":{"y":2}',
    '"__proto__":null',
    String.raw`"\u005f_pr\u006fto__":{"y":2}`,
    '"constructor":{"prototype":{"y":2}}',
  ];
  const bodies = traps.flatMap(([place, around]) =>
    spellings.map((trap) => [trap, place, around(trap)] as const),
  );

  test.each(bodies)("%s %s is gone from messages and events", (_, _place, keys) => {
    const message = `{"to_addr":"1","from_addr":"2","transport_name":"a","transport_type":"sms",${keys}}`;
    const event = `{"user_message_id":"1","event_type":"ack","sent_message_id":"2",${keys}}`;
    for (const parsed of [parseMessage(message), parseEvent(event)]) {
      const written = serialise(parsed);
      expect(written).toContain('"x":1');
      expect(written).not.toMatch(/__proto__|constructor|"y":2/);
    }
  });

  test("named constructor without a prototype are like any other", () => {
    const message = parseMessage(
      JSON.stringify({ ...outbound, helper_metadata: { constructor: "Bob", prototype: 1 } }),
    );
    expect(message.helper_metadata).toEqual({ constructor: "Bob", prototype: 1 });
  });
});

describe("reply", () => {
  const question = newMessage({
    to_addr: "*120*1#",
    from_addr: "27820001001",
    transport_name: "ussd",
    transport_type: "ussd",
    session_event: "new",
    provider: "mno",
    group: "g",
    to_addr_type: "short",
    from_addr_type: "msisdn",
    transport_metadata: { session_id: 7 },
    helper_metadata: { note: 1 },
    routing_metadata: { hops: 1 },
  });

  test("goes back the way the message came, in the same session", () => {
    expect(reply(question, { content: "1. Yes" })).toMatchObject({
      to_addr: "27820001001",
      from_addr: "*120*1#",
      transport_name: "ussd",
      transport_type: "ussd",
      in_reply_to: question.message_id,
      session_event: "resume",
      provider: "mno",
      group: "g",
      to_addr_type: "msisdn",
      from_addr_type: "short",
      transport_metadata: { session_id: 7 },
      helper_metadata: { note: 1 },
      routing_metadata: {},
      content: "1. Yes",
    });
  });

  test("has an id and a time of its own", () => {
    expect(reply(question).message_id).not.toBe(question.message_id);
  });

  test("ends the session on request, and starts none where there was none", () => {
    expect(reply(question, { session_event: "close" }).session_event).toBe("close");
    expect(reply({ ...question, session_event: null }).session_event).toBeNull();
  });

  test("leaves the metadata of the message alone", () => {
    reply(question).transport_metadata["mark"] = 1;
    expect(question.transport_metadata).toEqual({ session_id: 7 });
  });
});

test("ids are 32 hexadecimal digits and differ", () => {
  const ids = Array.from({ length: 1000 }, newId);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
