import { expect, test } from "vitest";
import { MessageStore } from "../src/message-store.ts";
import { stored } from "./stored.ts";

/** The ids that a store with this limit has after these were stored. */
function kept(limit: number, ids: readonly string[]): string[] {
  const store = new MessageStore(limit);
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
  const store = new MessageStore(10);
  store.store(stored("id"));
  expect(store.fetch(system_id, message_id, source_addr) !== undefined).toBe(found);
});

test("of several with one id the first is kept", () => {
  const store = new MessageStore(10);
  store.store(stored("id", { destination_addr: "1001" }));
  store.store(stored("id", { destination_addr: "1002" }));
  expect(store.fetch("esme", "id", "")?.destination.addr).toBe("1001");
});
