// Frames out of a stream: any chunking, no copies inside a chunk, no trust in bad lengths, linear work.

import { describe, expect, test, vi } from "vitest";
import { encode, FrameError, Framer } from "../src/index.ts";
import { octetsOf } from "./hex.ts";

const ping = (sequence_number: number) => encode({ command: "enquire_link", sequence_number });
const text = encode({ command: "submit_sm", short_message: new Uint8Array(100).fill(0x41) }, 9);

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function errorOf(run: () => unknown): FrameError {
  try {
    run();
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("whole frames", () => {
  test("of one chunk are views into it", () => {
    const chunk = join(ping(1), text, ping(2));
    const frames = new Framer().push(chunk);
    expect(frames).toEqual([ping(1), text, ping(2)]);
    expect(frames.map(({ buffer }) => buffer)).toEqual([chunk.buffer, chunk.buffer, chunk.buffer]);
    expect(frames.map(({ byteOffset }) => byteOffset)).toEqual([0, 16, 16 + text.length]);
  });

  test("come out of two chunks, wherever they are cut", () => {
    const stream = join(ping(1), text, ping(2));
    for (let cut = 0; cut <= stream.length; cut++) {
      const framer = new Framer();
      const frames = [
        ...framer.push(stream.subarray(0, cut)),
        ...framer.push(stream.subarray(cut)),
      ];
      expect(frames).toEqual([ping(1), text, ping(2)]);
      expect(framer.pending).toBe(0);
    }
  });

  test("are not there until their last octet is", () => {
    const framer = new Framer();
    for (const octet of text.subarray(0, -1)) expect(framer.push(Uint8Array.of(octet))).toEqual([]);
    expect(framer.pending).toBe(text.length - 1);
    expect(framer.push(text.subarray(-1))).toEqual([text]);
  });

  test("an empty chunk changes nothing", () => {
    const framer = new Framer();
    expect(framer.push(new Uint8Array(0))).toEqual([]);
    expect(framer.push(ping(1))).toEqual([ping(1)]);
  });
});

describe("a length that cannot be trusted", () => {
  test.each([
    ["0", "00000000"],
    ["15", "0000000f"],
    ["above the limit", "00010001"],
    ["that of a web browser", "47455420"],
    ["4 GB", "ffffffff"],
  ])("%s is refused as soon as it is there", (_, hex) => {
    const framer = new Framer();
    const octets = octetsOf(hex);
    expect(framer.push(octets.subarray(0, 3))).toEqual([]);
    const error = errorOf(() => framer.push(octets.subarray(3)));
    expect(error).toMatchObject({
      name: "FrameError",
      code: "bad_frame_length",
      command_length: Number.parseInt(hex, 16),
      limit: 65_536,
      command_status: 0x02,
      sequence_number: 0,
    });
  });

  test("gives the frames before it, and the header to answer", () => {
    const bad = octetsOf("0000000f000000040000000000000007");
    const error = errorOf(() => new Framer().push(join(ping(1), ping(2), bad)));
    expect(error.frames).toEqual([ping(1), ping(2)]);
    expect(error).toMatchObject({ command_id: 4, sequence_number: 7 });
  });

  test("ends the stream: every later chunk is refused too", () => {
    const framer = new Framer();
    const error = errorOf(() => framer.push(octetsOf("00000000")));
    expect(errorOf(() => framer.push(ping(1)))).toMatchObject({ ...error });
  });

  test("gives the frames before it once: later chunks are refused without frames", () => {
    const framer = new Framer();
    const chunk = join(ping(1), octetsOf("00000000"));
    const counts = [1, 2, 3].map(() => errorOf(() => framer.push(chunk)).frames.length);
    expect(counts).toEqual([1, 0, 0]);
  });

  test("is above the limit that was set", () => {
    expect(new Framer({ maxPduLength: 16 }).push(ping(1))).toEqual([ping(1)]);
    expect(() => new Framer({ maxPduLength: 16 }).push(text)).toThrow(FrameError);
  });

  test.each([15, 16.5, Number.NaN])("cannot be set to %d", (maxPduLength) => {
    expect(() => new Framer({ maxPduLength })).toThrow(RangeError);
  });
});

describe("memory", () => {
  const long = octetsOf(`00010000000000050000000000000001${"41".repeat(65_520)}`);

  test("is taken as octets come, not for a length that a peer says", () => {
    const framers = Array.from({ length: 1_000 }, () => new Framer());
    const before = process.memoryUsage().arrayBuffers;
    for (const framer of framers) framer.push(long.subarray(0, 4));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(framers[0]).toMatchObject({ pending: 4, awaited: 65_536 });
    for (const framer of framers) framer.push(long.subarray(4, 1_000));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });

  test.each([1, 7, 100, 1460, 16_384, 65_535])(
    "a long PDU in chunks of %i octets is put together in exactly its own, copied three times at most",
    (size) => {
      const typedArray: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
      const copy = vi.spyOn(typedArray, "set");
      const framer = new Framer();
      const frames: Uint8Array[] = [];
      for (let at = 0; at < long.length; at += size) {
        frames.push(...framer.push(long.subarray(at, at + size)));
      }
      const copied = copy.mock.calls.reduce((sum, [octets]) => sum + octets.length, 0);
      copy.mockRestore();
      expect(frames).toEqual([long]);
      expect(frames[0]?.buffer.byteLength).toBe(long.length);
      expect(copied).toBeLessThan(3 * long.length);
      expect(framer).toMatchObject({ pending: 0, awaited: 0 });
    },
  );
});

describe("the work is linear", () => {
  const stream = join(...Array.from({ length: 200 }, () => text));

  test.each([1, 7, 64, 1000, stream.length])(
    "in chunks of %i octets no octet is copied twice",
    (size) => {
      const typedArray: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
      const copy = vi.spyOn(typedArray, "set");
      const framer = new Framer();
      let frames = 0;
      for (let at = 0; at < stream.length; at += size) {
        frames += framer.push(stream.subarray(at, at + size)).length;
      }
      const copied = copy.mock.calls.reduce((sum, [octets]) => sum + octets.length, 0);
      copy.mockRestore();
      expect(frames).toBe(200);
      expect(copied).toBeLessThanOrEqual(size === stream.length ? 0 : stream.length);
    },
  );
});
