// Deliveries are read from the octets that a broker sends (AMQP 0-9-1, section 4.2.3).
import { expect, test } from "vitest";
import { Deliveries } from "../deliveries.ts";

function frame(kind: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(kind, 0);
  head.writeUInt16BE(1, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

const shortString = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

/** basic.deliver, its header with the field of a count, and a body. */
function delivery(isRedelivered: boolean, field: Buffer = Buffer.alloc(0)): Buffer {
  const method = Buffer.concat([
    Buffer.from("003c003c", "hex"),
    shortString("a consumer's tag"),
    Buffer.from("0000000000000007", "hex"),
    Buffer.from([isRedelivered ? 1 : 0]),
    shortString("vumi"),
    shortString("smpp.outbound"),
  ]);
  const table =
    field.length === 0 ? field : Buffer.concat([shortString("x-delivery-count"), field]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(table.length);
  const header = Buffer.concat([
    Buffer.from("003c0000", "hex"),
    Buffer.from("0000000000000005", "hex"),
    Buffer.from("2000", "hex"),
    length,
    table,
  ]);
  return Buffer.concat([frame(1, method), frame(2, header), frame(3, Buffer.from("hello"))]);
}

const long = (count: number): Buffer => {
  const field = Buffer.alloc(9);
  field.write("l");
  field.writeBigInt64BE(BigInt(count), 1);
  return field;
};
const int = (count: number): Buffer => {
  const field = Buffer.alloc(5);
  field.write("I");
  field.writeInt32BE(count, 1);
  return field;
};
const heartbeat = frame(8, Buffer.alloc(0));
/** basic.ack of what the worker published. */
const confirm = frame(1, Buffer.from("003c0050000000000000000100", "hex"));

test.each([
  ["nothing but a heartbeat and a confirm", [heartbeat, confirm], [0, 0, 0]],
  ["a first delivery", [delivery(false)], [1, 0, 0]],
  ["a classic queue, which counts nothing", [delivery(true)], [1, 1, 0]],
  ["a quorum queue", [delivery(true, long(3)), delivery(true, long(2))], [2, 2, 3]],
  ["a count of four octets", [delivery(false), delivery(true, int(1)), confirm], [2, 1, 1]],
])("%s, in pieces of any size", (_, frames, [all, again, highestCount]) => {
  const octets = Buffer.concat(frames);
  for (let size = 1; size <= octets.length; size++) {
    const deliveries = new Deliveries();
    const read = deliveries.reader();
    for (let at = 0; at < octets.length; at += size) read(octets.subarray(at, at + size));
    expect(deliveries.counts).toEqual({ all, again, highestCount });
  }
});
