/** What waits in the worker holds its own octets, not the chunk of the network that it came in. */
import { decode, encode } from "@esme/pdu";
import type { DeliverSm } from "@esme/processors";
import { memory } from "@esme/services/memory";
import { expect, test } from "vitest";
import { inbound } from "./inbound-flow.ts";

const chunk = 65_536;
const count = 500;
/** A quarter of what the chunks would take: what waits is small, and the runner has some noise. */
const room = (count * chunk) / 4;

/** As the network gives it: the octet strings are views into a large chunk. */
function received(sequence_number: number, fields: object): DeliverSm {
  const frame = encode({
    command: "deliver_sm",
    sequence_number,
    source_addr: "27820001001",
    destination_addr: "4711",
    ...fields,
  });
  const large = new Uint8Array(chunk);
  large.set(frame, 100);
  const pdu = decode(large.subarray(100, 100 + frame.length));
  if (pdu.command !== "deliver_sm") throw new Error("no deliver_sm");
  return pdu;
}

const receipt = (number: number): object => ({
  esm_class: 4,
  short_message: Buffer.from(`id:smsc-${number} sub:001 dlvrd:001 stat:DELIVRD err:000 text:hello`),
  network_error_code: Buffer.of(3, 0, 8),
});

test.each([
  ["receipts that wait for their ids", receipt, false],
  ["receipts that wait, and are kept whole", receipt, true],
  ["texts on the queue", () => ({ short_message: Buffer.from("hello") }), false],
  [
    "parts of long messages",
    (number: number) => ({
      source_addr: String(1e9 + number),
      esm_class: 0x40,
      short_message: Buffer.from([5, 0, 3, 1, 255, 1, 0x41]),
    }),
    false,
  ],
] as const)("%s hold no chunks", async (_, fieldsOf, keepUnmatched) => {
  const { close, flow } = await inbound({ keepUnmatched });
  const link = {};
  const before = memory();
  for (let number = 1; number <= count; number += 1) {
    expect(await flow.deliverSm(received(number, fieldsOf(number)), link)).toBe(0);
  }
  expect(memory() - before).toBeLessThan(room);
  await close();
});
