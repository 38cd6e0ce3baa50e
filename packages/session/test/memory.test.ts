// What outlives the handling of a PDU holds its own octets, not the whole chunk of the network they came in.
import { Duplex } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encode, type PduInput, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { FrameWriter } from "../src/frame-writer.ts";
import { LinkError, RequestQueue, type SessionOptions } from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

const text = { short_message: Buffer.from("a part of a message"), source_addr: "447700900123" };
const tlvs = {
  network_error_code: Uint8Array.of(3, 0, 1),
  callback_num: [Uint8Array.of(1, 1, 1, 0x31)],
  unknown_tlvs: [{ tag: 0x1400, value: Buffer.from("vendor") }],
};

/** All in one piece of the stream, with so much behind it that the piece is large. */
function sendInLargeChunk(peer: ScriptedPeer, ...frames: Uint8Array[]): void {
  const stray = encode({ command: "enquire_link_resp", sequence_number: 0x7fff_ffff });
  const padding = Array.from({ length: 4_000 }, () => stray);
  peer.write(Buffer.concat([...frames, ...padding]));
}

/** The memory of all octets that can be reached from here. */
function heldBy(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return heldBy(value.buffer, seen);
  if (value instanceof ArrayBuffer) return value.byteLength;
  const values = [...Object.values(value), value instanceof Error ? value.cause : undefined];
  return values.reduce((sum: number, one) => sum + heldBy(one, seen), 0);
}

const submit = { command: "submit_sm", destination_addr: "1" } as const;

async function received(keep: (value: unknown) => void, frame: Uint8Array) {
  const [session, peer] = await bound({
    callbacks: {
      all_commands: (pdu) => keep(pdu),
      deliver_sm: (pdu) => keep(pdu),
      malformed: (octets) => keep(octets),
    },
  });
  session.setReader((pdu) => {
    keep(pdu);
    return true;
  });
  sendInLargeChunk(peer, frame);
  await settled();
}

/** What the user hears of the answer to a request. */
async function answered(
  keep: (value: unknown) => void,
  answer: { command_status?: number },
  options: Partial<SessionOptions> = {},
) {
  const [session, peer] = await bound(options);
  session.on("throttled", (error) => keep(error));
  const outcome = session.request(submit).then(keep, keep);
  const { sequence_number } = await peer.expect("submit_sm");
  const response = { command: "submit_sm_resp", message_id: "1", sequence_number } as const;
  sendInLargeChunk(peer, encode({ ...response, ...tlvs, ...answer } as PduInput));
  await settled();
  await session.close();
  await outcome;
}

const cases: [string, (keep: (value: unknown) => void) => Promise<void>][] = [
  ["a message", (keep) => received(keep, encode({ command: "deliver_sm", ...text, ...tlvs }))],
  [
    "a request without its end",
    (keep) => received(keep, cut(encode({ command: "deliver_sm", ...text }))),
  ],
  ["a command that is none", (keep) => received(keep, unknown())],
  ["a successful response", (keep) => answered(keep, {})],
  ["a refusal", (keep) => answered(keep, { command_status: Status.ESME_RSYSERR })],
  [
    "a throttling answer",
    (keep) =>
      answered(
        keep,
        { command_status: Status.ESME_RTHROTTLED },
        { throttleStatuses: [Status.ESME_RTHROTTLED] },
      ),
  ],
  [
    "a response that nobody waits for",
    async (keep) => {
      const [session, peer] = await bound();
      session.on("stray", (pdu) => {
        if (pdu.command === "submit_sm_resp") keep(pdu);
      });
      sendInLargeChunk(peer, encode({ command: "submit_sm_resp", sequence_number: 99, ...tlvs }));
      await settled();
    },
  ],
  [
    "a damaged response",
    async (keep) => {
      const [session, peer] = await bound();
      session.on("tolerated", (problem) => keep(problem));
      const outcome = session.request(submit).then(keep, keep);
      const { sequence_number } = await peer.expect("submit_sm");
      const response = { command: "submit_sm_resp", sequence_number, message_id: "1" } as const;
      sendInLargeChunk(peer, cut(encode({ ...response, ...tlvs })));
      await outcome;
    },
  ],
  [
    "a bind",
    async (keep) => {
      const [session, peer] = connect({ role: "smsc" });
      session.on("bound", (pdu) => keep(pdu));
      const { unknown_tlvs } = tlvs;
      sendInLargeChunk(peer, encode({ command: "bind_transceiver", system_id: "a", unknown_tlvs }));
      await settled();
    },
  ],
  [
    "the end of a session that lost step",
    async (keep) => {
      const [session, peer] = await bound();
      const closed = once<[LinkError]>(session, "close");
      peer.write(
        Buffer.concat([
          ...Array(1_000).fill(encode({ command: "enquire_link" })),
          text.short_message,
        ]),
      );
      const [reason] = await closed;
      expect(reason.code).toBe("untrusted_length");
      keep(reason);
    },
  ],
  [
    "a request of this side, as the callbacks see it",
    async (keep) => {
      const [session] = await bound({ callbacks: { submit_sm: (pdu) => keep(pdu) } });
      void session.request({ ...submit, ...text }).catch(() => {});
      await settled();
    },
  ],
];

test.each(cases)("%s holds no more than twice its octets", async (_, run) => {
  const kept: unknown[] = [];
  await run((value) => void kept.push(value));
  expect(kept.length).toBeGreaterThan(0);
  for (const value of kept) expect(heldBy(value)).toBeLessThan(300);
});

test("requests that wait in a long queue hold their own octets", () => {
  const queue = new RequestQueue();
  const held = new Set<ArrayBufferLike>();
  const message_payload = new Uint8Array(8_000);
  for (let n = 0; n < 500; n++) {
    void queue.request({ ...submit, ...text }).catch(() => {});
    // Others encode meanwhile: the buffer that they share is soon another one.
    for (let others = 0; others < 8; others++) encode({ command: "data_sm", message_payload });
  }
  let octets = 0;
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    held.add(next.frame.buffer);
    octets += next.frame.length;
    queue.take(next);
  }
  const memory = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(memory).toBeLessThan(64 * 65_536 + 2 * octets);
  queue.rejectAll(new LinkError("closed", "over"));
});

describe("of many requests of a queue hardly any is held that", () => {
  /** So many of 6,000 signals, each known to one request alone, are alive when the queue did this. */
  async function heldAfter(
    act: (queue: RequestQueue, abort: AbortController, n: number) => void,
  ): Promise<number> {
    const queue = new RequestQueue();
    const signals: WeakRef<AbortSignal>[] = [];
    for (let n = 0; n < 6_000; n++) {
      const abort = new AbortController();
      signals.push(new WeakRef(abort.signal));
      void queue.request(submit, { signal: abort.signal }).catch(() => {});
      act(queue, abort, n);
    }
    await settled();
    collectGarbage();
    const alive = signals.filter((signal) => signal.deref() !== undefined).length;
    queue.rejectAll(new LinkError("closed", "over"));
    return alive;
  }

  test("was taken back while there was no session", async () => {
    expect(await heldAfter((_, abort) => abort.abort())).toBeLessThan(2_000);
  });

  test("was taken, though the queue is never empty", async () => {
    const took = await heldAfter((queue, _, n) => {
      const head = queue.peek();
      if (n > 0 && head !== undefined) queue.take(head);
    });
    expect(took).toBeLessThan(2_000);
  });
});

test("requests that wait for the callbacks stop the reading by their octets, too", async () => {
  const [session, peer] = await serving({ inboundConcurrency: 1 });
  let answer = () => {};
  session.setCallbacks({
    data_sm: () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  });
  const message_payload = new Uint8Array(60_000);
  for (let sequence_number = 2; sequence_number < 52; sequence_number++) {
    peer.send({ command: "data_sm", sequence_number, message_payload });
    await settled();
  }
  expect(session.stats().inboundWaiting).toBeGreaterThan(15);
  expect(session.stats().inboundWaiting).toBeLessThan(20);
  for (let answered = 0; answered < 50; answered++) {
    answer();
    await settled();
  }
  expect(session.stats()).toMatchObject({ inboundWaiting: 0, inboundRunning: 0 });
  expect(peer.unread).toBe(50);
});

test("frames that a peer does not read let go of the encoder's buffers", async () => {
  const written: Uint8Array[] = [];
  let read = () => {};
  const stream = new Duplex({
    writableHighWaterMark: 1,
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      written.push(chunk);
      read = done;
    },
  });
  const nothing = () => {};
  const writer: FrameWriter = new FrameWriter(stream, {
    onFrame: nothing,
    onTurn: () => writer.flush(),
    onForbidden: nothing,
  });
  const buffers: WeakRef<ArrayBuffer>[] = [];
  const add = (number: number) => {
    const buffer = new ArrayBuffer(65_536);
    buffers.push(new WeakRef(buffer));
    const frame = new Uint8Array(buffer, 0, 17);
    frame.fill(number);
    writer.add(frame, "submit_sm_resp");
  };
  add(0);
  writer.flush();
  for (let number = 1; number <= 1_000; number++) add(number);
  await settled();
  collectGarbage();
  expect(buffers.filter((buffer) => buffer.deref() !== undefined).length).toBeLessThan(70);
  writer.flush();
  read();
  await settled();
  const octets = Buffer.concat(written);
  expect(octets).toEqual(Buffer.concat(buffers.map((_, number) => Buffer.alloc(17, number))));
});

const collectGarbage: () => void = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
})();

function cut(frame: Uint8Array): Uint8Array {
  const short = Buffer.from(frame.subarray(0, -2));
  short.writeUInt32BE(short.length);
  return short;
}

function unknown(): Uint8Array {
  return encode({ command: "unknown", command_id: 0x0000_0999, body: Buffer.from("vendor") });
}
