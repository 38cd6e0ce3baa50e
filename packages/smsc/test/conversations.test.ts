/** The texts of phones: how they change, and how many are kept. */
import { afterEach, expect, test } from "vitest";
import { Conversations } from "../src/http/conversations.ts";
import { Smsc } from "../src/index.ts";

const open: Smsc[] = [];

function followed(limit?: number) {
  const smsc = new Smsc({ port: 0 });
  open.push(smsc);
  const conversations = new Conversations(limit);
  conversations.watch(smsc);
  return { smsc, conversations };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

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
  expect(conversations.texts({ after: 998 }, 1)).toMatchObject([{ text: "text 1000" }]);
  smsc.emit("receipt", receipt("3", "DELIVRD"));
  expect(conversations.phones()).toMatchObject([{ number: "2", texts: 10, last: { id: 1000 } }]);
});

test("whoever waits hears of the next change, or that the time is over", async () => {
  const { smsc, conversations } = followed();
  const aborted = new AbortController();
  const [changed, over] = [
    conversations.changed(new AbortController().signal),
    conversations.changed(aborted.signal),
  ];
  aborted.abort();
  await over;
  smsc.emit("submit", submitted("a"));
  await changed;
  expect(conversations.changes).toBe(1);
});
