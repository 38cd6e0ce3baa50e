/** The texts of phones: how they change, and how many are kept. */
import { afterEach, describe, expect, test } from "vitest";
import { Conversations, type TextLimits } from "../src/http/views/conversations.ts";
import { Smsc } from "../src/index.ts";

const open: Smsc[] = [];

function followed(texts?: number, limits: TextLimits = {}) {
  const smsc = new Smsc({ port: 0 });
  open.push(smsc);
  const conversations = new Conversations({ texts, ...limits });
  conversations.watch(smsc);
  return { smsc, conversations };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

const page = (texts: number, octets = 1 << 20) => ({ texts, octets });

const submitted = (message_id: string, to = "2") => ({
  system_id: "esme",
  from: "1",
  to,
  message_id,
  command_status: 0,
});
const shown = (ids: string[], text: string) => ({
  from: "1",
  to: "2",
  text,
  parts: ids.length,
  ids,
  system_id: "esme",
});
const receipt = (message_id: string, stat: string) => ({
  system_id: "esme",
  message_id,
  from: "1",
  to: "2",
  stat,
});

test("parts on their way are several texts, and one when they are whole", () => {
  const { smsc, conversations } = followed();
  for (const id of ["a", "b", "c"]) smsc.emit("submit", submitted(id));
  smsc.emit("receipt", receipt("b", "DELIVRD"));
  expect(conversations.texts()).toHaveLength(3);
  smsc.emit("message", shown(["a", "b", "c"], "hello"));
  smsc.emit("receipt", receipt("c", "DELIVRD"));
  expect(conversations.texts()).toMatchObject([
    {
      id: 1,
      state: "shown",
      text: "hello",
      parts: 3,
      message_ids: ["a", "b", "c"],
      receipts: [{ message_id: "b" }, { message_id: "c" }],
    },
  ]);
});

test("a text that is not delivered has failed, one that is on its way has not", () => {
  const { smsc, conversations } = followed();
  for (const id of ["a", "b"]) smsc.emit("submit", submitted(id));
  smsc.emit("receipt", receipt("a", "EXPIRED"));
  smsc.emit("receipt", receipt("b", "ENROUTE"));
  expect(conversations.texts()).toMatchObject([
    { state: "failed", reason: "EXPIRED" },
    { state: "accepted", reason: "" },
  ]);
});

test("one message_id to several phones is a text on each", () => {
  const { smsc, conversations } = followed();
  smsc.emit("submit", submitted("a", "2"));
  smsc.emit("submit", submitted("a", "3"));
  smsc.emit("message", shown(["a"], "hello"));
  expect(conversations.texts({ phone: "3" })).toMatchObject([{ state: "accepted" }]);
  expect(conversations.texts({ phone: "2" })).toMatchObject([{ state: "shown" }]);
});

test("the last ones are kept, and nothing of the others", () => {
  const { smsc, conversations } = followed(10);
  for (let count = 1; count <= 1_000; count++) {
    smsc.emit("submit", submitted(String(count)));
    smsc.emit("message", shown([String(count)], `text ${count}`));
  }
  expect(conversations.texts().map(({ id }) => id)).toEqual([
    991, 992, 993, 994, 995, 996, 997, 998, 999, 1000,
  ]);
  expect(conversations.get(990)).toBeUndefined();
  expect(conversations.texts({ after: 998 }, page(1))).toMatchObject([{ text: "text 1000" }]);
  smsc.emit("receipt", receipt("3", "DELIVRD"));
  expect(conversations.phones()).toMatchObject([{ number: "2", texts: 10, last: { id: 1000 } }]);
});

describe("texts that make room while they are on their way", () => {
  test("are kept again when they arrive, under their id and with their receipts", () => {
    const { smsc, conversations } = followed(1_000);
    const ids = Array.from({ length: 3_000 }, (_, index) => `m${index}`);
    for (const id of ids) smsc.emit("submit", submitted(id));
    for (const id of ids) {
      smsc.emit("message", shown([id], `text of ${id}`));
      smsc.emit("receipt", receipt(id, "DELIVRD"));
    }
    const texts = conversations.texts();
    expect(texts.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, at) => 2_001 + at));
    for (const { state, receipts, message_ids } of texts) {
      expect([state, receipts.map(({ message_id }) => message_id)]).toEqual(["shown", message_ids]);
    }
  });

  test("are kept again when they fail, with the reason", () => {
    const { smsc, conversations } = followed(1);
    for (const id of ["a", "b", "c"]) smsc.emit("submit", submitted(id));
    smsc.emit("receipt", receipt("a", "ENROUTE"));
    smsc.emit("receipt", receipt("b", "ENROUTE"));
    expect(conversations.texts()).toMatchObject([{ id: 3 }]);
    smsc.emit("receipt", receipt("b", "EXPIRED"));
    expect(conversations.texts()).toMatchObject([
      { id: 2, state: "failed", reason: "EXPIRED", receipts: [{ stat: "ENROUTE" }, {}] },
    ]);
  });

  test("have the receipts of all parts when they are whole", () => {
    const { smsc, conversations } = followed(2);
    for (const id of ["a1", "a2", "a3", "b", "c"]) smsc.emit("submit", submitted(id));
    for (const id of ["a1", "a2"]) smsc.emit("receipt", receipt(id, "DELIVRD"));
    smsc.emit("message", shown(["a1", "a2", "a3"], "whole"));
    smsc.emit("receipt", receipt("a3", "DELIVRD"));
    const [text] = conversations.texts({ state: "shown" });
    expect(text).toMatchObject({ id: 1, text: "whole", parts: 3 });
    expect(text?.receipts.map(({ message_id }) => message_id)).toEqual(["a1", "a2", "a3"]);
  });

  test("of a phone that sends them: taken or failed under the same id", () => {
    const { smsc, conversations } = followed(1);
    const report = { from: "2", to: "1", text: "hi", parts: 1, reason: "" };
    for (const id of [1, 2]) smsc.emit("mobile", { ...report, id, state: "queued" });
    smsc.emit("mobile", { ...report, id: 1, state: "taken" });
    expect(conversations.texts()).toMatchObject([{ id: 1, state: "taken" }]);
  });

  test.each<[string, (given: ReturnType<typeof followed>) => void]>([
    ["cleared", ({ conversations }) => conversations.clear()],
    [
      "beyond what is followed",
      ({ smsc }) => {
        for (let count = 0; count < 101_000; count++) smsc.emit("submit", submitted(`${count}`));
      },
    ],
  ])("are not shown as texts without a receipt once forgotten: %s", (_, forget) => {
    const given = followed(10);
    for (const id of ["a", "b1", "b2"]) given.smsc.emit("submit", submitted(id));
    given.smsc.emit("receipt", receipt("b1", "DELIVRD"));
    forget(given);
    given.smsc.emit("message", shown(["a"], "alone"));
    given.smsc.emit("message", shown(["b1", "b2"], "whole"));
    expect(given.conversations.texts({ state: "shown" })).toEqual([]);
  });
});

test("what has changed is told in pieces, until all of it is told", () => {
  const { smsc, conversations } = followed();
  for (const id of ["a", "b", "c", "d", "e"]) smsc.emit("submit", submitted(id));
  const first = conversations.changedSince(0, page(2));
  expect(first.texts.map(({ id }) => id)).toEqual([1, 2]);
  smsc.emit("message", shown(["a"], "again"));
  const second = conversations.changedSince(first.changes, page(3));
  expect(second.texts.map(({ id }) => id)).toEqual([3, 4, 5]);
  const third = conversations.changedSince(second.changes, page(3));
  expect(third.texts).toMatchObject([{ id: 1, text: "again" }]);
  expect(conversations.changedSince(third.changes, page(3)).texts).toEqual([]);
});

test("whoever waits hears of the next change of what it waits for, or that the time is over", async () => {
  const { smsc, conversations } = followed();
  const aborted = new AbortController();
  const [changed, over] = [
    conversations.changed({}, new AbortController().signal),
    conversations.changed({}, aborted.signal),
  ];
  aborted.abort();
  await over;
  smsc.emit("submit", submitted("a"));
  await changed;
  expect(conversations.changes).toBe(1);
});

describe("who waits for something else", () => {
  const { signal } = new AbortController();

  test("is not woken, and one who waits for another phone is not even looked at", async () => {
    const { smsc, conversations } = followed();
    let [looks, woken] = [0, 0];
    for (let count = 0; count < 1_000; count++) {
      const filter = {
        phone: `other ${count}`,
        get state() {
          looks++;
          return undefined;
        },
      };
      void conversations.changed(filter, signal).then(() => woken++);
    }
    void conversations.changed({ phone: "2", state: "failed" }, signal).then(() => woken++);
    void conversations.changed({ phone: "2", after: 100 }, signal).then(() => woken++);
    const wanted = conversations.changed({ phone: "2", state: "shown" }, signal);
    for (const id of ["a", "b", "c"]) smsc.emit("submit", submitted(id));
    smsc.emit("message", shown(["a"], "hello"));
    await wanted;
    expect([looks, woken]).toEqual([0, 0]);
  });

  test("is woken when all texts are forgotten: what it waits for may never come", async () => {
    const { conversations } = followed();
    const waiting = conversations.changed({ phone: "2" }, signal);
    conversations.clear();
    await waiting;
  });
});

describe("octets", () => {
  test("the texts that have been kept longest go when the others need the room", () => {
    const { smsc, conversations } = followed(2_000, { octets: 100_000 });
    for (let count = 1; count <= 100; count++) {
      smsc.emit("submit", submitted(String(count)));
      smsc.emit("message", shown([String(count)], "x".repeat(10_000)));
      expect(conversations.octets).toBeLessThanOrEqual(100_000);
    }
    expect(conversations.texts().map(({ id }) => id)).toEqual([97, 98, 99, 100]);
    conversations.clear();
    expect(conversations.octets).toBe(0);
  });

  test("a page has room for so many, and for one text however long it is", () => {
    const { smsc, conversations } = followed();
    for (const id of ["a", "b", "c"]) {
      smsc.emit("submit", submitted(id));
      smsc.emit("message", shown([id], "x".repeat(1_000)));
    }
    const ids = (octets: number, before?: number) =>
      conversations.texts({ before }, page(10, octets)).map(({ id }) => id);
    expect([ids(1), ids(6_000), ids(6_000, 2), ids(1 << 20)]).toEqual([
      [3],
      [2, 3],
      [1],
      [1, 2, 3],
    ]);
    expect(conversations.changedSince(0, page(10, 1)).texts).toMatchObject([{ id: 1 }]);
    expect(conversations.phones(undefined, page(10, 1))).toMatchObject([{ number: "2" }]);
    expect(conversations.phones(3)).toEqual([]);
  });

  test("of one text the last thousand receipts are kept", () => {
    const { smsc, conversations } = followed();
    smsc.emit("submit", submitted("a"));
    for (let count = 0; count < 3_000; count++) smsc.emit("receipt", receipt("a", "ENROUTE"));
    expect(conversations.get(1)?.receipts).toHaveLength(1_000);
  });

  test.each([[{ texts: 0 }], [{ octets: 0.5 }], [{ octets: Number.NaN }]])(
    "%o is refused",
    (limits) => {
      expect(() => new Conversations(limits)).toThrow("expected an integer from 1");
    },
  );
});
