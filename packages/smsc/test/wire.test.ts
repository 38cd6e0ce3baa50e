/** The line under a session by itself: what it keeps of what passes. */
import { Duplex } from "node:stream";
import { encode } from "@esme/pdu";
import { afterEach, expect, test, vi } from "vitest";
import { soundLine } from "../src/wire/line.ts";
import type { Action } from "../src/wire/script.ts";
import { Wire } from "../src/wire/wire.ts";

afterEach(() => {
  vi.useRealTimers();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Notes every write, as it was written. */
function wireWith(actions: readonly Action[]) {
  const written: Uint8Array[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _, done) => {
      written.push(chunk);
      done();
    },
    decodeStrings: false,
  });
  const wire = new Wire(socket, {
    judge: () => ({ actions, refusal: () => new Uint8Array() }),
    watch: () => {},
    attentive: () => true,
    line: () => soundLine,
    unbind: () => {},
    onError: () => {},
  });
  wire.stream.resume();
  return { wire, socket, written };
}

test.each([
  ["submit_sm", "submit_sm_resp"],
  ["bind_transceiver", "bind_transceiver_resp"],
] as const)(
  "an answer to %s that is kept back is no view into a chunk",
  async (request, answer) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { wire, socket, written } = wireWith([{ do: "answer", after: 1_000 }]);
    socket.push(encode({ command: request, sequence_number: 7 }));
    await turn();
    // The session writes everything of one turn together, in one large buffer.
    const octets = encode({ command: answer, sequence_number: 7 });
    const others = encode({ command: "enquire_link", sequence_number: 8 });
    const chunk = new Uint8Array(1 << 16);
    chunk.set(octets);
    chunk.set(others, octets.length);
    wire.stream.write(chunk.subarray(0, octets.length + others.length));
    await turn();
    const before = written.length;
    chunk.fill(0);
    vi.advanceTimersByTime(1_000);
    const late = written.slice(before);
    expect(Buffer.concat(late).includes(Buffer.from(octets))).toBe(true);
    for (const { buffer } of late) expect(buffer.byteLength).toBeLessThan(1 << 13);
  },
);
