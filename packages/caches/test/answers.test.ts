import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RedisSmppCache } from "../src/redis.ts";
import {
  readDue,
  readEntry,
  readGivenUp,
  readKnown,
  readMatch,
  readTakenOver,
} from "../src/redis-answers.ts";

const part = {
  source: "27820001001",
  destination: "27820001002",
  reference: 7,
  total: 2,
  sequence: 1,
  octets: Uint8Array.of(1),
};
const name = { key: "a", exact: ["a"], folded: [] };

/** A cache over a client whose every answer is this one. */
function over(answer: unknown): RedisSmppCache {
  const answers = async () => answer;
  const client = { eval: answers, evalSha: answers };
  return new RedisSmppCache({ client }, { onIncomplete: () => {} });
}

const calls: Record<string, (cache: RedisSmppCache) => Promise<unknown>> = {
  storeMultipart: (cache) => cache.storeMultipart(part),
  leaseMultipart: (cache) => cache.leaseMultipart(part, 1),
  settleMultipart: (cache) => cache.settleMultipart(part, true),
  storeSmppMessageId: (cache) => cache.storeSmppMessageId("a", "b"),
  fetchSmppMessageId: (cache) => cache.fetchSmppMessageId("a"),
  deleteSmppMessageId: (cache) => cache.deleteSmppMessageId("a"),
  matchReceipt: (cache) => cache.matchReceipt(name, { receipt: "text", seconds: 1 }),
  claimReceipts: (cache) => cache.claimReceipts("a", "b", undefined, 1),
  settleReceipt: (cache) => cache.settleReceipt("a", "token", true),
  recallReceipt: (cache) => cache.recallReceipt(name, "token"),
  claimOverdueReceipts: (cache) => cache.claimOverdueReceipts(1),
};

const word = fc.constantFrom(
  "whole",
  "leased",
  "incomplete",
  "known",
  "kept",
  "settled",
  "unknown",
  "claimed",
  "overdue",
  "gone",
  '["a","token","1"]',
  "2",
  "1e3",
  "",
  '["a",1,2]',
  '["a","b",7]',
  "AQI=",
  "AQI= AQI=",
);
const value = fc.oneof(
  word,
  fc.string(),
  fc.integer(),
  fc.constant(null),
  fc.uint8Array(),
  fc.anything(),
);
const answer = fc.oneof(
  value,
  fc.array(value, { maxLength: 6 }),
  fc.array(fc.oneof(value, fc.array(value)), { maxLength: 4 }),
);

test.each(Object.entries(calls))(
  "%s reads any answer, or says that it is none",
  async (_, call) => {
    await fc.assert(
      fc.asyncProperty(answer, async (given) => {
        const error: unknown = await call(over(given)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error === undefined) return;
        expect(error).toMatchObject({ name: "RedisError", code: "failed" });
        expect(inspect(error)).not.toContain("27820001001");
      }),
    );
  },
);

test.each<[string, unknown, string]>([
  [
    "storeMultipart",
    "OK",
    "Redis, esme:smpp:parts:* gives a string: another program uses this key, or the server is no Redis",
  ],
  ["storeMultipart", ["whole", 7, []], "Redis, esme:smpp:parts:* gives an array"],
  ["leaseMultipart", ["taken", "", []], "Redis, esme:smpp:parts:* gives an array"],
  ["leaseMultipart", ["incomplete", "", ["2", "", "1"]], "Redis, esme:smpp:parts:* gives an array"],
  [
    "leaseMultipart",
    ["incomplete", "", ["two", "", "1", "AQ=="]],
    "Redis, esme:smpp:parts:* gives an array",
  ],
  [
    "leaseMultipart",
    ["incomplete", "", ["2", "", "1.5", "AQ=="]],
    "Redis, esme:smpp:parts:* gives an array",
  ],
  [
    "leaseMultipart",
    ["incomplete", "", ["2", "eight", "1", "AQ=="]],
    "Redis, esme:smpp:parts:* gives an array",
  ],
  ["fetchSmppMessageId", 7, "Redis, esme:smpp:ids:* gives a number"],
  ["fetchSmppMessageId", { a: 1 }, "Redis, esme:smpp:ids:* gives an object"],
  ["matchReceipt", null, "Redis, esme:smpp:ids:* gives null"],
  ["matchReceipt", ["known"], "Redis, esme:smpp:ids:* gives an array"],
  ["matchReceipt", [], "Redis, esme:smpp:ids:* gives an array"],
  ["claimReceipts", ["token"], "Redis, esme:smpp:ids:* gives an array"],
  ["claimReceipts", ["token", 7], "Redis, esme:smpp:ids:* gives an array"],
  ["recallReceipt", ["kept"], "Redis, esme:smpp:ids:* gives an array"],
  ["recallReceipt", "claimed", "Redis, esme:smpp:ids:* gives a string"],
  ["matchReceipt", ["kept"], "Redis, esme:smpp:ids:* gives an array"],
  ["matchReceipt", ["kept", "1e3"], "Redis, esme:smpp:ids:* gives an array"],
  ["settleReceipt", "yes", "Redis, esme:smpp:ids:* gives a string"],
  ["settleReceipt", 7, "Redis, esme:smpp:ids:* gives a number"],
  ["claimOverdueReceipts", "OK", "Redis, esme:smpp:early gives a string"],
  ["claimOverdueReceipts", [7], "Redis, esme:smpp:early gives an array"],
  ["claimOverdueReceipts", ['["a","b","1"]'], "Redis, esme:smpp:ids:* gives an array"],
])("%s says so when the answer is %j", async (method, given, says) => {
  await expect(calls[method]?.(over(given))).rejects.toThrow(says);
});

test.each<[string[], object | undefined]>([
  [["gone"], { kind: "gone" }],
  [["leased"], { kind: "leased" }],
  [["overdue", "text", "unknown"], { receipt: "text", match: { kind: "unknown" } }],
  [["overdue", "", "known", "a", '["m"]'], { match: { kind: "known", smppId: "a" } }],
  [["overdue"], undefined],
  [["overdue", "text"], undefined],
  [["overdue", "text", "kept", "1"], undefined],
  [["known", "a", '["m"]'], undefined],
])("a receipt that is taken over with %j is %j", (given, taken) => {
  if (taken === undefined) expect(() => readTakenOver(given)).toThrow(TypeError);
  else expect(readTakenOver(given)).toMatchObject(taken);
});

test.each(["", "x", "{}", "[]", '["a","b"]', '["a","b",1]', '[1,"b","1"]', '["a",1,"1"]'])(
  "%j is no receipt on the list",
  (text) => expect(readEntry(text)).toBeUndefined(),
);

test("of the list of what is due, what is no name is left out", () => {
  const names = ['["a","b",7]', '["a",1,7]', '[1,"b",7]', '["a","b","7"]', '["a"]', "{}", "x", ""];
  expect(readDue(names)).toEqual([{ source: "a", destination: "b", reference: 7 }]);
});

test.each<[unknown, object | undefined]>([
  [null, undefined],
  [undefined, undefined],
  ['["m"]', { messageId: "m" }],
  ['["m",1,2]', { messageId: "m", info: { part: 1, total: 2 } }],
  ['["m",1]', { messageId: "m" }],
  ['["m","1",2]', { messageId: "m" }],
  ['["m",1,"2"]', { messageId: "m" }],
  ["[7]", undefined],
  ["{}", undefined],
  ["[", undefined],
])("an id whose value is %j stands for %j", (value, message) => {
  expect(readKnown(value)).toStrictEqual(message);
});

test("an id whose value another program wrote is unknown, and another word is no answer", () => {
  expect(readMatch(["known", "a", "[]"])).toEqual({ kind: "unknown" });
  expect(() => readMatch(["odd", "a", '["m"]'])).toThrow("no match");
});

test("numbers of parts and totals have up to five digits", () => {
  expect(readGivenUp(["12", "245", "10", "AQ=="])).toMatchObject({ total: 12, dataCoding: 245 });
  expect(() => readGivenUp(["123456", "", "1", "AQ=="])).toThrow("no integer");
});

test("a client that is shared may give texts as octets", async () => {
  const octets = (...texts: string[]) => texts.map((text) => Buffer.from(text));
  const cache = over([...octets("whole", "AQI= AQ=="), []]);
  expect(await cache.storeMultipart(part)).toEqual(Uint8Array.of(1, 2, 1));
  const known = { kind: "known", smppId: "a", message: { messageId: "m" } };
  expect(await over(octets("known", "a", '["m"]')).matchReceipt(name)).toEqual(known);
  const id = over(Buffer.from('["m",1,2]'));
  const message = { messageId: "m", info: { part: 1, total: 2 } };
  expect(await id.fetchSmppMessageId("a")).toEqual(message);
});

test("what comes back keeps nothing of the client's buffers", async () => {
  const octets = Buffer.from("AQ==").toString();
  const whole = await over(["whole", octets, []]).storeMultipart(part);
  expect(whole?.buffer.byteLength).toBe(1);
  const told: Uint8Array[] = [];
  const older = ["2", "", "1", octets];
  const answers = async () => ["whole", octets, older];
  const cache = new RedisSmppCache(
    { client: { eval: answers, evalSha: answers } },
    { onIncomplete: ({ parts }) => told.push(...parts.map(({ octets }) => octets)) },
  );
  await cache.storeMultipart(part);
  expect(told.map(({ buffer }) => buffer.byteLength)).toEqual([1]);
});
