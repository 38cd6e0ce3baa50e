import { describe, expect, test } from "vitest";
import { isUrgent, mostMessages, readPosted } from "../src/http/posted-messages.ts";

const worker = { transportName: "smpp", hasPriority: true };

const good = { to_addr: "27820001001", from_addr: "4711", content: "hello" };

const read = (value: unknown) => readPosted(Buffer.from(JSON.stringify(value)), worker);

/** The paths at which a body is wrong. */
function paths(value: unknown): string[] {
  const posted = read(value);
  return "issues" in posted ? posted.issues.map(({ path }) => path) : [];
}

test("what senders need not know is filled in", () => {
  const posted = read(good);
  if ("issues" in posted) throw new Error(JSON.stringify(posted.issues));
  expect(posted.isList).toBe(false);
  expect(posted.messages[0]).toMatchObject({
    ...good,
    transport_name: "smpp",
    transport_type: "sms",
    message_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test("all that a message can have is kept", () => {
  const rich = { ...good, message_id: "m-1", helper_metadata: { tag: ["a"] }, own_key: 7 };
  const posted = read([rich, good]);
  if ("issues" in posted) throw new Error(JSON.stringify(posted.issues));
  expect(posted.isList).toBe(true);
  expect(posted.messages[0]).toMatchObject(rich);
});

describe("what is wrong is told with its path:", () => {
  test.each([
    [{}, ["to_addr", "from_addr"]],
    [{ ...good, to_addr: 27820001001 }, ["to_addr"]],
    [{ ...good, to_addr: "" }, ["to_addr"]],
    [{ ...good, content: null }, ["content"]],
    [{ to_addr: "1", from_addr: "2" }, ["content"]],
    [{ ...good, message_id: "x".repeat(256) }, ["message_id"]],
    [{ ...good, message_id: "" }, ["message_id"]],
    [{ ...good, transport_name: "other" }, ["transport_name"]],
    [{ ...good, timestamp: "yesterday" }, ["timestamp"]],
    [
      [good, { ...good, to_addr: null }, good, "text"],
      ["1.to_addr", "3"],
    ],
    [[], [""]],
    [Array(mostMessages + 1).fill(good), [""]],
    ["text", [""]],
    [null, [""]],
    [7, [""]],
  ])("%j", (value, expected) => {
    expect(paths(value)).toEqual(expected);
  });

  test.each([
    ["nothing", ""],
    ["half of it", '{"to_addr": "1'],
    ["no UTF-8", Buffer.from([0xff])],
  ])("%s", (_, body) => {
    expect(readPosted(Buffer.from(body), worker)).toMatchObject({ issues: [{ path: "" }] });
  });
});

test("what people wrote is not in what is told", () => {
  const posted = [
    read({ ...good, to_addr: 27820001001 }),
    readPosted(Buffer.from('{"content": "private", '), worker),
    read({ ...good, to_addr: null, content: "private" }),
  ];
  expect(JSON.stringify(posted)).not.toMatch(/27820001001|private/);
});

test("a body with __proto__ changes no prototype", () => {
  const body = '{"to_addr":"1","from_addr":"2","content":"x","__proto__":{"polluted":true}}';
  const posted = readPosted(Buffer.from(body), worker);
  expect("issues" in posted ? [] : posted.messages.map((message) => "polluted" in message)).toEqual(
    [false],
  );
  expect({}).not.toHaveProperty("polluted");
});

describe("priority", () => {
  test.each([undefined, "normal", "high"])("may be %s", (priority) => {
    const posted = read({ ...good, priority });
    const messages = "messages" in posted ? posted.messages : [];
    expect(messages.map(isUrgent)).toEqual([priority === "high"]);
  });

  test.each([3, "urgent", null])("%j is refused", (priority) => {
    const wants = '"high" or "normal"';
    expect(read({ ...good, priority })).toMatchObject({ issues: [{ path: "priority", wants }] });
  });

  test("high needs a queue of its own", () => {
    const octets = Buffer.from(JSON.stringify({ ...good, priority: "high" }));
    const posted = readPosted(octets, { ...worker, hasPriority: false });
    const wants = expect.stringContaining("priority_queue: true");
    expect(posted).toMatchObject({ issues: [{ path: "priority", wants }] });
  });
});
