import { describe, expect, test } from "vitest";
import { MessageStore } from "../src/life/message-store.ts";
import { stored } from "./stored.ts";

/** The ids that a store with this limit has after these were stored. */
function kept(limit: number, ids: readonly string[]): string[] {
  const store = new MessageStore({ messages: limit, octets: 1 << 20 });
  for (const id of ids) store.store(stored(id));
  const found = [...new Set(ids)].filter((id) => store.fetch("esme", id, "") !== undefined);
  expect(store.size).toBe(found.length);
  return found;
}

test.each([
  [3, ["a", "b"], ["a", "b"]],
  [3, ["a", "b", "c", "d", "e"], ["c", "d", "e"]],
  [2, ["a", "a", "b"], ["a", "b"]],
  [1, ["a", "b"], ["b"]],
  [0, ["a"], []],
])("a store of %i keeps the last ones of %j", (limit, ids, expected) => {
  expect(kept(limit, ids)).toEqual(expected);
});

test.each([
  ["esme", "id", "", true],
  ["esme", "id", "1", true],
  ["esme", "id", "3", false],
  ["esme", "other", "", false],
  ["stranger", "id", "", false],
  ["esme", "__proto__", "", false],
])("%s asking for %s from %j finds it: %s", (system_id, message_id, source_addr, found) => {
  const store = new MessageStore({ messages: 10, octets: 1 << 20 });
  store.store(stored("id"));
  expect(store.fetch(system_id, message_id, source_addr) !== undefined).toBe(found);
});

test("of several with one id the first is kept", () => {
  const store = new MessageStore({ messages: 10, octets: 1 << 20 });
  store.store(stored("id", { destination_addr: "1001" }));
  store.store(stored("id", { destination_addr: "1002" }));
  expect(store.fetch("esme", "id", "")?.destination.addr).toBe("1001");
});

describe("octets", () => {
  const text = (length: number) => ({ short_message: Buffer.alloc(length, "x") });

  test("the oldest go when the texts of all take more than they may", () => {
    const store = new MessageStore({ messages: 100, octets: 500 });
    for (const id of ["a", "b", "c", "d", "e", "f"]) {
      store.store(stored(id, text(200)));
      expect(store.octets).toBeLessThanOrEqual(500);
    }
    const found = ["a", "b", "c", "d", "e", "f"].filter((id) => store.fetch("esme", id, ""));
    expect(found).toEqual(["e", "f"]);
  });

  test("a replacement counts as long as it is", () => {
    const store = new MessageStore({ messages: 100, octets: 500 });
    const [first, second] = [stored("a", text(200)), stored("b", text(200))];
    store.store(first);
    store.store(second);
    store.replace(second, new Uint8Array(100));
    expect(store.octets).toBe(300);
    store.replace(second, new Uint8Array(400));
    expect([store.octets, store.fetch("esme", "a", ""), store.size]).toEqual([400, undefined, 1]);
    store.replace(first, new Uint8Array(10_000));
    expect(store.octets).toBe(400);
  });

  test("a message keeps its own octets alone, not the chunk that it came in", () => {
    const chunk = new Uint8Array(1 << 16);
    const short_message = chunk.subarray(100, 240);
    const { octets } = stored("a", { short_message });
    expect([octets.length, octets.buffer.byteLength]).toEqual([140, 140]);
  });
});

describe("what cancel_sm names without a message_id", () => {
  const selection = { service_type: "", source_addr: "1", destination_addr: "2" };
  const taken = (store: MessageStore, system_id = "esme", given = selection) =>
    [...store.takePending(system_id, given)].map(({ message_id }) => message_id);

  test("is looked up: only those that are meant are looked at, and each once", () => {
    const store = new MessageStore({ messages: 4, octets: 1 << 20 });
    const ended = stored("ended");
    for (const message of [
      stored("forgotten"),
      ended,
      stored("a"),
      stored("other", { destination_addr: "3" }),
      stored("b"),
    ]) {
      store.store(message);
    }
    store.settle(ended);
    expect(taken(store, "stranger")).toEqual([]);
    expect(taken(store, "esme", { ...selection, service_type: "WAP" })).toEqual([]);
    expect(taken(store)).toEqual(["a", "b"]);
    expect(taken(store)).toEqual([]);
    expect(store.size).toBe(4);
  });
});
