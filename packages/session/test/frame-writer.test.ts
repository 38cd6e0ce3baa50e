// Frames leave in the order in which they were added, without a copy where they lie side by side.
import { Duplex } from "node:stream";
import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import { FrameWriter } from "../src/frame-writer.ts";
import { RequestQueue } from "../src/index.ts";

function recorder(): [FrameWriter, Uint8Array[]] {
  const written: Uint8Array[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  const nothing = () => {};
  return [
    new FrameWriter(stream, { onFrame: nothing, onTurn: nothing, onForbidden: nothing }),
    written,
  ];
}

const buffer = Uint8Array.from({ length: 100 }, (_, octet) => octet).buffer;
const other = Uint8Array.from({ length: 100 }, (_, octet) => 100 + octet).buffer;
const at = (start: number, end: number, of: ArrayBuffer = buffer) =>
  new Uint8Array(of, start, end - start);

test.each<[string, Uint8Array[], boolean]>([
  ["one frame", [at(10, 20)], true],
  ["side by side", [at(10, 20), at(20, 21), at(21, 60)], true],
  ["with a gap", [at(10, 20), at(21, 30)], false],
  ["in another order", [at(20, 30), at(10, 20)], false],
  ["the same twice", [at(10, 20), at(10, 20)], false],
  ["overlapping", [at(10, 20), at(19, 30)], false],
  ["of two buffers", [at(10, 20), at(20, 30, other)], false],
  ["of two buffers, and back", [at(10, 20), at(20, 30, other), at(20, 30)], false],
])("%s: the same octets in one write", (_, frames, isShared) => {
  const [writer, written] = recorder();
  for (const frame of frames) writer.add(frame, "submit_sm");
  writer.flush();
  expect(written).toHaveLength(1);
  expect(written.map((chunk) => [...chunk])).toEqual([frames.flatMap((frame) => [...frame])]);
  expect(written[0]?.buffer === buffer).toBe(isShared);
});

test("with a session, requests behind 256 others wait in memory of their own", () => {
  const queue = new RequestQueue();
  const detach = queue.attach({ onRequest: () => {}, maySend: () => true });
  for (let count = 0; count < 300; count++) {
    queue.request({ command: "submit_sm", destination_addr: "1" }).catch(() => {});
  }
  const shared = encode({ command: "enquire_link" }).buffer.byteLength;
  const own: boolean[] = [];
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    own.push(next.frame.buffer.byteLength < shared);
    queue.take(next);
  }
  expect(own).toEqual(Array.from({ length: 300 }, (_, place) => place >= 256));
  detach();
});
