// Octets of a hostile peer: a session survives or ends, and throws nothing.
import { commands } from "@esme/pdu";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bound, settled } from "./connect.ts";

const ids = Object.values(commands).map(({ id }) => id);

/** A PDU with a known command, a right length and anything for a body. */
const plausible = fc
  .record({
    id: fc.oneof(fc.constantFrom(...ids), fc.nat(0xffff_ffff)),
    status: fc.constantFrom(0, 0, 0x58, 0xffff_ffff),
    sequence: fc.oneof(fc.nat(4), fc.nat(0xffff_ffff)),
    body: fc.uint8Array({ maxLength: 60 }),
  })
  .map(({ id, status, sequence, body }) => {
    const header = Buffer.alloc(16);
    [16 + body.length, id, status, sequence].forEach((value, index) => {
      header.writeUInt32BE(value >>> 0, index * 4);
    });
    return Buffer.concat([header, body]);
  });

const traffic = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: plausible },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
  ),
  {
    minLength: 1,
    maxLength: 30,
  },
);

test("whatever comes in whatever pieces, every request ends and the session can be closed", async () => {
  await fc.assert(
    fc.asyncProperty(traffic, fc.integer({ min: 1, max: 200 }), async (pdus, size) => {
      const [session, peer] = await bound({ window: 2 });
      session.setCallbacks({
        deliver_sm: (pdu) => (pdu.sequence_number % 2 === 0 ? Promise.resolve(8) : undefined),
      });
      const sendings = [1, 2, 3].map(() => session.request({ command: "submit_sm" }));
      const outcomes = Promise.allSettled(sendings);
      const octets = Buffer.concat(pdus);
      for (let at = 0; at < octets.length; at += size) peer.write(octets.subarray(at, at + size));
      await settled();
      await session.close();
      expect(await outcomes).toHaveLength(3);
      expect(session.state).toBe("CLOSED");
      expect(session.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
    }),
    { numRuns: 150 },
  );
});
