/** The log of PDUs: what it keeps, and that it never keeps more. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { PduLog } from "../src/log/pdu-log.ts";

const nothing = new Uint8Array();
const session = { id: 1, remote: "127.0.0.1:5", system_id: "esme" };

/** PDUs of some size, each filled with the number of its turn. */
function octetsOf(length: number, turn: number): Uint8Array {
  return new Uint8Array(length).fill(turn & 0xff);
}

test("what is kept comes back as it was, newest to oldest, in whatever sizes it came", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      (sizes, entries) => {
        const log = new PduLog({ octets: 65_536, entries });
        for (const [turn, size] of sizes.entries()) {
          const direction = turn % 2 === 0 ? "in" : "out";
          log.add({ session, direction, octets: octetsOf(size, turn) });
        }
        expect(log.last).toBe(sizes.length);
        expect(log.last - log.first + 1).toBeLessThanOrEqual(entries);
        let total = 0;
        for (let id = log.first; id <= log.last; id++) {
          const logged = log.get(id);
          const size = sizes[id - 1] ?? 0;
          const isSame = Buffer.from(octetsOf(size, id - 1)).equals(logged?.octets ?? nothing);
          expect(isSame).toBe(true);
          if (size > 0) expect(logged?.direction).toBe(id % 2 === 1 ? "in" : "out");
          total += size;
        }
        expect(total).toBeLessThanOrEqual(65_536);
        expect(log.get(log.first - 1)).toBeUndefined();
        expect(log.get(log.last + 1)).toBeUndefined();
      },
    ),
  );
});

test("forgetting leaves nothing, and ids go on", () => {
  const log = new PduLog();
  for (let turn = 0; turn < 3; turn++)
    log.add({ session, direction: "in", octets: octetsOf(16, 1) });
  log.clear();
  expect([log.first, log.last, log.get(3)]).toEqual([4, 3, undefined]);
  log.add({ session, direction: "out", octets: octetsOf(20, 2) });
  expect(log.get(4)).toMatchObject({ id: 4, direction: "out", peer: { system_id: "esme" } });
});

test("of what is longer than any PDU the beginning is kept", () => {
  const log = new PduLog({ octets: 65_536 });
  log.add({ session, direction: "out", octets: octetsOf(100_000, 7) });
  expect(log.get(1)?.octets).toHaveLength(65_536);
});

test("the names of sessions are kept for the last ten thousand alone", () => {
  const log = new PduLog({ entries: 20_000 });
  for (let id = 1; id <= 10_001; id++) {
    log.add({ session: { ...session, id }, direction: "in", octets: octetsOf(16, id) });
  }
  expect(log.get(1)?.peer).toEqual({ session: 1, remote: "", system_id: "" });
  expect(log.get(2)?.peer.system_id).toBe("esme");
});

test.each([
  ["bind_transceiver", 0x09],
  ["bind_receiver", 0x01],
  ["bind_transmitter", 0x02],
  ["outbind", 0x0b],
])("the password of a %s is kept as asterisks", (_, command_id) => {
  const head = Buffer.from("00000000000000000000000000000001", "hex");
  head.writeUInt32BE(command_id, 4);
  const log = new PduLog();
  const kept = (body: string) => {
    log.add({
      session,
      direction: "in",
      octets: Buffer.concat([head, Buffer.from(body, "latin1")]),
    });
    return Buffer.from(log.get(log.last)?.octets.subarray(16) ?? []).toString("latin1");
  };
  expect(kept("esme\0secret\0type\0")).toBe("esme\0******\0type\0");
  expect(kept("esme\0\0type\0")).toBe("esme\0\0type\0");
  expect(kept("esme\0secre")).toBe("esme\0*****");
  expect(kept("secret")).toBe("******");
  expect(kept("")).toBe("");
});

test.each([
  [{ octets: 1_000 }, "octets is 1000: expected an integer from 65536"],
  [{ entries: 0 }, "entries is 0: expected an integer from 1"],
])("%j is refused", (options, message) => {
  expect(() => new PduLog(options)).toThrow(new RangeError(message));
});
