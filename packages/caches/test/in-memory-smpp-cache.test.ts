import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { smppCacheContract } from "../src/contract.ts";
import {
  checkMessageId,
  checkPart,
  type IncompleteMessage,
  InMemorySmppCache,
  type MessagePart,
} from "../src/index.ts";

const part = (fields: Partial<MessagePart>): MessagePart => ({
  source: "27820001001",
  destination: "123456",
  reference: 7,
  total: 2,
  sequence: 1,
  octets: Uint8Array.of(1),
  ...fields,
});

function clock() {
  let time = 1_700_000_000_000;
  return {
    now: () => new Date(time),
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
  };
}

describe("InMemorySmppCache keeps the contract", () => {
  test.each(smppCacheContract({ create: () => new InMemorySmppCache() }))("$name", ({ run }) =>
    run(),
  );
});

describe("time", () => {
  test("an id is kept for `timeout` seconds, a day unless given", async () => {
    for (const [options, seconds] of [[{ timeout: 60 }, 60] as const, [{}, 86_400] as const]) {
      const { now, pass } = clock();
      const cache = new InMemorySmppCache(options, { now });
      await cache.storeSmppMessageId("smsc-1", "msg-1");
      pass(seconds - 0.001);
      expect(await cache.fetchSmppMessageId("smsc-1")).toEqual({ messageId: "msg-1" });
      pass(0.001);
      expect(await cache.fetchSmppMessageId("smsc-1")).toBeUndefined();
    }
  });

  test("an id stored again begins its time again", async () => {
    const { now, pass } = clock();
    const cache = new InMemorySmppCache({ timeout: 60 }, { now });
    await cache.storeSmppMessageId("a", "1");
    await cache.storeSmppMessageId("b", "2");
    pass(40);
    await cache.storeSmppMessageId("a", "3");
    pass(40);
    await cache.storeSmppMessageId("c", "4");
    expect(await cache.fetchSmppMessageId("a")).toEqual({ messageId: "3" });
    expect(await cache.fetchSmppMessageId("b")).toBeUndefined();
  });

  test("an incomplete message is given up `multipartTimeout` seconds after its last part, and told", async () => {
    const { now, pass } = clock();
    const told: IncompleteMessage[] = [];
    const cache = new InMemorySmppCache(
      { multipartTimeout: 60 },
      { now, onIncomplete: (message) => told.push(message) },
    );
    await cache.storeMultipart(part({ total: 3, sequence: 3 }));
    pass(59);
    await cache.storeMultipart(part({ total: 3, sequence: 1 }));
    pass(59);
    await cache.storeMultipart(part({ source: "other" }));
    expect(told).toEqual([]);
    pass(1);
    expect(await cache.storeMultipart(part({ total: 3, sequence: 2 }))).toBeUndefined();
    expect(told).toEqual([
      {
        source: "27820001001",
        destination: "123456",
        reference: 7,
        total: 3,
        received: [1, 3],
        parts: [1, 3].map((sequence) => ({ sequence, octets: Uint8Array.of(1) })),
        reason: "expired",
      },
    ]);
  });

  test("an incomplete message is given up after an hour, unless given, and a report after a day", async () => {
    const { now, pass } = clock();
    const told: IncompleteMessage[] = [];
    const cache = new InMemorySmppCache({}, { now, onIncomplete: (message) => told.push(message) });
    const report = { kind: "report", reference: 0 } as const;
    await cache.storeMultipart(part({ dataCoding: 8 }));
    await cache.storeMultipart(part(report));
    pass(3_599.999);
    await cache.storeMultipart(part({ source: "other" }));
    expect(told).toEqual([]);
    pass(0.001);
    await cache.storeMultipart(part({ source: "other" }));
    expect(told).toMatchObject([{ reference: 7, dataCoding: 8, reason: "expired" }]);
    pass(82_799);
    expect(await cache.storeMultipart(part({ ...report, sequence: 2 }))).toHaveLength(2);
  });

  test("a deleted id is known as settled for `settledTimeout` seconds", async () => {
    const { now, pass } = clock();
    const cache = new InMemorySmppCache({}, { now });
    await cache.storeSmppMessageId("a", "1");
    await cache.deleteSmppMessageId("a");
    const name = { key: "a", exact: ["a"], folded: [] };
    pass(299.999);
    expect(await cache.matchReceipt(name)).toEqual({ kind: "settled" });
    pass(0.001);
    expect(await cache.matchReceipt(name)).toEqual({ kind: "unknown" });
  });

  test("a receipt that nobody recalls is forgotten a minute after its time", async () => {
    const { now, pass } = clock();
    const cache = new InMemorySmppCache({ maxEarlyOctets: 900 }, { now });
    const keep = async (id: string) => {
      const name = { key: id, exact: [id], folded: [] };
      return (await cache.matchReceipt(name, { receipt: "text", seconds: 2 })).kind;
    };
    expect(await keep("a")).toBe("kept");
    pass(61.999);
    expect(await keep("b")).toBe("unknown");
    pass(0.001);
    expect(await keep("b")).toBe("kept");
  });
});

describe("a lease", () => {
  test("ends when its time is over, and the message `multipartTimeout` seconds later", async () => {
    const { now, pass } = clock();
    const cache = new InMemorySmppCache({ multipartTimeout: 60 }, { now });
    await cache.leaseMultipart(part({ sequence: 2 }), 10);
    const ask = async () => (await cache.leaseMultipart(part({}), 10)).kind;
    expect(await ask()).toBe("whole");
    pass(9.999);
    expect(await ask()).toBe("leased");
    pass(0.001);
    expect(await ask()).toBe("whole");
    pass(60);
    await cache.storeMultipart(part({ source: "other" }));
    expect(await ask()).toBe("incomplete");
  });

  test("takes room like parts do, the oldest gives way", async () => {
    const cache = new InMemorySmppCache({ maxMultipartOctets: 2 * (512 + 40) });
    const single = (reference: number) => part({ reference, total: 1, octets: new Uint8Array(40) });
    for (const reference of [1, 2, 3]) await cache.leaseMultipart(single(reference), 60);
    expect((await cache.leaseMultipart(single(2), 60)).kind).toBe("leased");
    expect((await cache.leaseMultipart(single(3), 60)).kind).toBe("leased");
    expect((await cache.leaseMultipart(single(1), 60)).kind).toBe("whole");
  });
});

describe("a message that stays incomplete", () => {
  test.each<[string, Partial<MessagePart>]>([
    ["other octets with a sequence number that is there", { octets: Uint8Array.of(9) }],
    ["another total", { total: 4, sequence: 3 }],
  ])("is told when a part comes with %s", async (_, fields) => {
    const told: IncompleteMessage[] = [];
    const cache = new InMemorySmppCache({}, { onIncomplete: (message) => told.push(message) });
    const octets = Buffer.from([1]);
    await cache.storeMultipart(part({ total: 3, octets }));
    octets.fill(0);
    await cache.storeMultipart(part({ total: 3, sequence: 2 }));
    await cache.storeMultipart(part({ total: 3, ...fields }));
    const parts = [1, 2].map((sequence) => ({ sequence, octets: Uint8Array.of(1) }));
    expect(told).toMatchObject([{ total: 3, received: [1, 2], parts, reason: "replaced" }]);
  });
});

describe("whoever is told of incomplete messages", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("of the listener");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("of the listener");
      },
    ],
  ])("harms nothing when it %s: the process warns", async (_, onIncomplete) => {
    const warned = once(process, "warning");
    const cache = new InMemorySmppCache({}, { onIncomplete });
    await cache.storeMultipart(part({ total: 3 }));
    expect(await cache.storeMultipart(part({ total: 2 }))).toBeUndefined();
    expect(await warned).toMatchObject([{ message: "of the listener" }]);
    expect(await cache.storeMultipart(part({ sequence: 2 }))).toEqual(Uint8Array.of(1, 1));
  });

  test("gets octets that keep nothing of the network's buffers", async () => {
    const told: IncompleteMessage[] = [];
    const cache = new InMemorySmppCache({}, { onIncomplete: (message) => told.push(message) });
    const octets = new Uint8Array(65_536).subarray(100, 236);
    await cache.storeMultipart(part({ total: 3, octets }));
    await cache.storeMultipart(part({ total: 2 }));
    const [kept] = told[0]?.parts ?? [];
    expect(kept?.octets.buffer.byteLength).toBe(136);
  });
});

describe("room", () => {
  test("a hundred ids with one key are kept, and a hundred receipts that wait under one", async () => {
    const cache = new InMemorySmppCache();
    const ids = Array.from({ length: 102 }, (_, i) => `${"0".repeat(i)}a`);
    for (const id of ids) await cache.storeSmppMessageId(id, id);
    const found = await Promise.all(ids.map((id) => cache.fetchSmppMessageId(id)));
    expect(found.map((known) => known !== undefined)).toEqual(ids.map((_, i) => i >= 2));
    const name = { key: "b", exact: ["b"], folded: [] };
    const kinds = await Promise.all(
      ids.map((receipt) => cache.matchReceipt(name, { receipt, seconds: 2 })),
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(
      ids.map((_, i) => (i < 100 ? "kept" : "unknown")),
    );
  });

  test("beyond `maxMessageIds` the oldest id goes", async () => {
    const cache = new InMemorySmppCache({ maxMessageIds: 2 });
    for (const id of ["a", "b", "a", "c"]) await cache.storeSmppMessageId(id, id);
    expect(await cache.fetchSmppMessageId("b")).toBeUndefined();
    expect(await cache.fetchSmppMessageId("a")).toEqual({ messageId: "a" });
    expect(await cache.fetchSmppMessageId("c")).toEqual({ messageId: "c" });
  });

  test("beyond `maxMultipartOctets` the oldest incomplete message goes, and is told", async () => {
    const told: IncompleteMessage[] = [];
    const cache = new InMemorySmppCache(
      { maxMultipartOctets: 2 * (512 + 256 + 100) },
      { onIncomplete: (message) => told.push(message) },
    );
    const octets = new Uint8Array(100);
    for (const reference of [1, 2, 2, 3]) await cache.storeMultipart(part({ reference, octets }));
    expect(told).toMatchObject([{ reference: 1, received: [1], reason: "evicted" }]);
    expect(await cache.storeMultipart(part({ reference: 2, sequence: 2 }))).toHaveLength(101);
    expect(await cache.storeMultipart(part({ reference: 3, sequence: 2 }))).toHaveLength(101);
    for (const reference of [4, 5]) await cache.storeMultipart(part({ reference, octets }));
    expect(told).toHaveLength(1);
  });
});

test("close() forgets everything", async () => {
  const cache = new InMemorySmppCache();
  await cache.storeMultipart(part({}));
  await cache.leaseMultipart(part({ total: 1 }), 60);
  await cache.storeSmppMessageId("a", "1");
  const name = { key: "b", exact: ["b"], folded: [] };
  await cache.matchReceipt(name, { receipt: "text", seconds: 60 });
  await cache.close();
  expect(await cache.storeMultipart(part({ sequence: 2 }))).toBeUndefined();
  expect((await cache.leaseMultipart(part({ total: 1 }), 60)).kind).toBe("whole");
  expect(await cache.fetchSmppMessageId("a")).toBeUndefined();
  expect(await cache.claimReceipts("b", "2", undefined, 60)).toEqual([]);
});

describe("limits", () => {
  test.each<[object, string]>([
    [{ source: 27820001001 }, "TypeError: source: expected a string, got a number"],
    [
      { destination: "1".repeat(300) },
      "RangeError: destination: expected at most 255 characters, got 300",
    ],
    [{ octets: "text" }, "TypeError: octets: expected a Uint8Array, got a string"],
    [{ octets: [1] }, "TypeError: octets: expected a Uint8Array, got an array"],
    [
      { octets: new Uint8Array(65_536) },
      "RangeError: octets: expected at most 65535 octets, got 65536",
    ],
    [{ dataCoding: 256 }, "RangeError: dataCoding: expected an integer from 0 to 255, got 256"],
    [{ reference: 0.5 }, "RangeError: reference: expected an integer from 0 to 65535, got 0.5"],
  ])("a part with %o is refused in a sentence", (fields, says) => {
    expect(problemOf(() => Reflect.apply(checkPart, undefined, [{ ...part({}), ...fields }]))).toBe(
      says,
    );
  });

  test.each<[unknown[], string]>([
    [[7, "m"], "TypeError: smppId: expected a string, got a number"],
    [["s", "m".repeat(256)], "RangeError: messageId: expected at most 255 characters, got 256"],
    [
      ["s", "m", { part: 2, total: 1 }],
      "RangeError: info.part: expected an integer from 1 to 1, got 2",
    ],
    [
      ["s", "m", { part: 1, total: 0 }],
      "RangeError: info.total: expected an integer from 1 to 255, got 0",
    ],
  ])("an id stored with %j is refused in a sentence", (given, says) => {
    expect(problemOf(() => Reflect.apply(checkMessageId, undefined, given))).toBe(says);
  });
});

describe("options", () => {
  test.each<[object, string]>([
    [
      { timeout: 0 },
      "RangeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got 0",
    ],
    [
      { timeout: "0" },
      "RangeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got 0",
    ],
    [
      { timeout: "60 s" },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got a string",
    ],
    [
      { timeout: "" },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got a string",
    ],
    [
      { timeout: null },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got null",
    ],
    [
      { timeout: true },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got a boolean",
    ],
    [
      { timeout: [60] },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got an array",
    ],
    [
      { timeout: { seconds: 60 } },
      "TypeError: InMemorySmppCache: timeout: expected a number above 0, at most 1000000000000, got an object",
    ],
    [
      { settledTimeout: Number.POSITIVE_INFINITY },
      "RangeError: InMemorySmppCache: settledTimeout: expected a number above 0, at most 1000000000000, got Infinity",
    ],
    [
      { maxMessageIds: 2e7 },
      "RangeError: InMemorySmppCache: maxMessageIds: expected a number above 0, at most 16000000, got 20000000",
    ],
    [
      { maxMultipartOctets: -1 },
      "RangeError: InMemorySmppCache: maxMultipartOctets: expected a number above 0, at most 1000000000000, got -1",
    ],
    [
      { maxEarlyOctets: 0 },
      "RangeError: InMemorySmppCache: maxEarlyOctets: expected a number above 0, at most 1000000000000, got 0",
    ],
    [
      { multipartTimeout: Number.NaN },
      "RangeError: InMemorySmppCache: multipartTimeout: expected a number above 0, at most 1000000000000, got NaN",
    ],
    [
      { timout: 60 },
      "TypeError: InMemorySmppCache: unknown option timout (number), did you mean timeout?",
    ],
    [{ url: "redis://u:s3cret@h:1" }, "TypeError: InMemorySmppCache: unknown option url (string)"],
    [{ ["x".repeat(65)]: 1 }, `unknown option ${"x".repeat(65)} (number), expected timeout`],
    [
      JSON.parse('{"__proto__":1}'),
      "TypeError: InMemorySmppCache: unknown option __proto__ (number)",
    ],
    [Object("60"), "TypeError: InMemorySmppCache: unknown option 0 (string)"],
    [[], "TypeError: InMemorySmppCache: expected an object of options, got an array"],
  ])("%j is refused", (options, says) => {
    const make = () => new InMemorySmppCache(options);
    expect(problemOf(make)).toContain(says);
    expect(problemOf(make)).not.toContain("s3cret");
  });

  test.each(["60", 60, null, true])("%j instead of options is refused", (options) => {
    expect(problemOf(() => Reflect.construct(InMemorySmppCache, [options]))).toMatch(
      /^TypeError: InMemorySmppCache: expected an object of options, got (?:a string|a number|null|a boolean)$/,
    );
  });

  test("a number is taken in quotes, as files and variables have it", async () => {
    const { now, pass } = clock();
    const options = JSON.parse('{"timeout":" 60 ","settledTimeout":"0.5"}');
    const cache = new InMemorySmppCache(options, { now });
    await cache.storeSmppMessageId("a", "1");
    pass(59.999);
    expect(await cache.fetchSmppMessageId("a")).toEqual({ messageId: "1" });
    pass(0.001);
    expect(await cache.fetchSmppMessageId("a")).toBeUndefined();
  });

  test("an option without a value has its default", async () => {
    const cache = new InMemorySmppCache(JSON.parse("{}"), {});
    await cache.storeSmppMessageId("a", "1");
    expect(() => Reflect.construct(InMemorySmppCache, [{ timeout: undefined }])).not.toThrow();
    expect(await cache.fetchSmppMessageId("a")).toEqual({ messageId: "1" });
  });
});

function problemOf(make: () => unknown): string {
  try {
    make();
    return "";
  } catch (error) {
    return String(error);
  }
}
