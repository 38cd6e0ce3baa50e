import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RingLimits, StreamRing } from "../src/http/stream-ring.ts";

function ring(limits: Partial<RingLimits> = {}) {
  let dropped = 0;
  const kept = new StreamRing({ entries: 3, characters: 1_000, ...limits }, "a", () => {
    dropped += 1;
  });
  return { kept, dropped: () => dropped };
}

/** All that a reader can have now. */
function take(reader: ReturnType<StreamRing["reader"]>): string[] {
  const found: string[] = [];
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) found.push(entry.id);
  return found;
}

describe("a reader", () => {
  test("without an id begins with what nobody has come back for", () => {
    const { kept } = ring();
    for (const json of ["1", "2"]) kept.put("event", json);
    expect(take(kept.reader())).toEqual(["a-1", "a-2"]);
    // It may have arrived nowhere, or at somebody else.
    expect(take(kept.reader())).toEqual(["a-1", "a-2"]);
    expect(take(kept.reader("a-1"))).toEqual(["a-2"]);
    expect(take(kept.reader())).toEqual(["a-2"]);
    kept.put("inbound", "3");
    expect(take(kept.reader("a-2"))).toEqual(["a-3"]);
    expect(take(kept.reader())).toEqual(["a-3"]);
  });

  test.each(["oldest", "a-0", "a-4", "b-3"])("after %s takes nothing from the others", (after) => {
    const { kept } = ring();
    for (const json of ["1", "2", "3"]) kept.put("event", json);
    kept.reader("a-1");
    take(kept.reader(after));
    expect(take(kept.reader())).toEqual(["a-2", "a-3"]);
  });

  test.each([
    ["a-1", ["a-2", "a-3"], 0],
    ["a-3", [], 0],
    ["a-0", ["a-1", "a-2", "a-3"], 0],
    ["oldest", ["a-1", "a-2", "a-3"], 0],
    ["a-4", ["a-1", "a-2", "a-3"], null],
    ["b-2", ["a-1", "a-2", "a-3"], null],
    ["a-x", ["a-1", "a-2", "a-3"], null],
    ["a-1.5", ["a-1", "a-2", "a-3"], null],
    ["__proto__", ["a-1", "a-2", "a-3"], null],
  ])("after %s begins behind it", (after, expected, missed) => {
    const { kept } = ring();
    for (const json of ["1", "2", "3"]) kept.put("event", json);
    const reader = kept.reader(after);
    expect(reader.takeMissed()).toBe(missed);
    expect(reader.takeMissed()).toBe(0);
    expect(take(reader)).toEqual(expected);
  });

  test("hears how many entries went before it came", () => {
    const { kept } = ring();
    const reader = kept.reader();
    for (const json of ["1", "2", "3", "4", "5"]) kept.put("event", json);
    expect(reader.takeMissed()).toBe(2);
    expect(take(reader)).toEqual(["a-3", "a-4", "a-5"]);
  });
});

test("only entries that no reader was given count as dropped", () => {
  const { kept, dropped } = ring();
  for (const json of ["1", "2", "3"]) kept.put("event", json);
  take(kept.reader());
  for (const json of ["4", "5", "6"]) kept.put("event", json);
  expect(dropped()).toBe(0);
  kept.put("event", "7");
  expect(dropped()).toBe(1);
});

test("long entries make room by their length, and the newest one stays", () => {
  const { kept } = ring({ characters: 10 });
  kept.put("event", "12345");
  kept.put("event", "12345");
  expect(kept.size).toBe(2);
  kept.put("event", "1");
  expect(kept.size).toBe(2);
  kept.put("event", "x".repeat(100));
  expect(kept.size).toBe(1);
});

test("whoever reads at whatever times misses nothing that it is not told of", () => {
  const step = fc.oneof(
    fc.record({ put: fc.string({ maxLength: 8 }) }),
    fc.record({ read: fc.nat(2) }),
    fc.record({ restart: fc.nat(2) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, entries) => {
        const { kept } = ring({ entries, characters: 20 });
        let written = 0;
        const readers = [0, 1, 2].map(() => ({ reader: kept.reader("a-0"), seen: 0 }));
        for (const action of steps) {
          if ("put" in action) {
            written += 1;
            kept.put("event", action.put);
            continue;
          }
          const index = "read" in action ? action.read : action.restart;
          const place = readers[index];
          if (place === undefined) throw new Error(`no reader ${index}`);
          if ("restart" in action) place.reader = kept.reader(`a-${place.seen}`);
          place.seen += place.reader.takeMissed() ?? Number.NaN;
          for (const id of take(place.reader)) {
            place.seen += 1;
            expect(id).toBe(`a-${place.seen}`);
          }
          expect(place.seen).toBe(written);
        }
        expect(kept.size).toBeLessThanOrEqual(entries);
      },
    ),
  );
});
