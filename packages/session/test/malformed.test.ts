// Requests that cannot be decoded: refused, or taken by the callback `malformed`.
import { decode as decodeStandard, encode, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { type Callbacks, LinkError } from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";

/** A PDU of this command whose body ends inside its first field. */
function cut(command_id: number, sequence_number = 7): Buffer {
  const frame = Buffer.alloc(18, 0x41);
  frame.writeUInt32BE(18, 0);
  frame.writeUInt32BE(command_id, 4);
  frame.writeUInt32BE(0, 8);
  frame.writeUInt32BE(sequence_number, 12);
  return frame;
}

const deliver_sm = cut(0x0000_0005);

describe("the callback decides the answer:", () => {
  type Malformed = NonNullable<Callbacks["malformed"]>;
  const throws = (thrown: unknown) => () => {
    throw thrown;
  };
  test.each<[string, Malformed, number]>([
    ["a number", () => 0, Status.ESME_ROK],
    ["a promise of a number", async () => 0x64, 0x64],
    ["nothing", () => {}, Status.ESME_RINVCMDLEN],
    ["a promise of nothing", async () => {}, Status.ESME_RINVCMDLEN],
    ["a status that it throws", throws({ command_status: 0x65 }), 0x65],
    ["one that it rejects with", async () => throws({ command_status: 0x64 })(), 0x64],
    ["any other error", throws(new Error("broken")), Status.ESME_RSYSERR],
    ["a number that is no status", () => -1, Status.ESME_RSYSERR],
    ["a promise of such a number", async () => 2 ** 32, Status.ESME_RSYSERR],
  ])("%s", async (_, malformed, command_status) => {
    const seen: unknown[] = [];
    const [, peer] = await bound({
      callbacks: {
        deliver_sm: () => void seen.push("decoded"),
        malformed: (octets, error) => {
          seen.push(Buffer.from(octets).toString("hex"), error.name);
          return malformed(octets, error);
        },
      },
    });
    peer.write(deliver_sm);
    expect(await peer.next()).toMatchObject({
      command: "deliver_sm_resp",
      command_status,
      sequence_number: 7,
    });
    expect(seen).toEqual([deliver_sm.toString("hex"), "PduError"]);
  });
});

test("without the callback it is refused with the error's status", async () => {
  const [session, peer] = await bound();
  peer.write(deliver_sm);
  expect(await peer.next()).toMatchObject({ command_status: Status.ESME_RINVCMDLEN });
  expect(session.stats().malformed).toBe(1);
});

test("it is not asked where the state refuses the command, nor for octets of no command", async () => {
  const asked: unknown[] = [];
  const malformed = () => {
    asked.push("asked");
    return 0;
  };
  const [, unbound] = connect({ callbacks: { malformed } });
  unbound.write(deliver_sm);
  expect(await unbound.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 2 });
  const [, peer] = await bound({ callbacks: { malformed } });
  peer.write(cut(0x0000_0004));
  expect(await peer.next()).toMatchObject({ command: "submit_sm_resp", command_status: 2 });
  expect(asked).toEqual([]);
});

test("it is asked about what an SMSC pushes down a link that is bound another way", async () => {
  const [session, peer] = connect({ callbacks: { malformed: () => 0x64 } });
  const binding = session.request({ command: "bind_transmitter" });
  const { sequence_number } = await peer.expect("bind_transmitter");
  peer.send({ command: "bind_transmitter_resp", sequence_number });
  await binding;
  peer.write(deliver_sm);
  expect(await peer.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 0x64 });
});

test("an SMSC asks it, too", async () => {
  const [, peer] = await serving({ callbacks: { malformed: async () => 0x64 } });
  peer.write(cut(0x0000_0004));
  expect(await peer.next()).toMatchObject({ command: "submit_sm_resp", command_status: 0x64 });
});

test("what has no response gets none, whatever it says", async () => {
  const asked: string[] = [];
  const malformed = (_: Uint8Array, { name }: Error) => {
    asked.push(name);
    return 0x64;
  };
  const [session, peer] = await bound({ callbacks: { malformed } });
  peer.write(cut(0x0000_0102));
  peer.send({ command: "enquire_link", sequence_number: 8 });
  await peer.expect("enquire_link_resp");
  expect(asked).toEqual(["PduError"]);
  expect(session.stats()).toMatchObject({ malformed: 1, unanswered: 0 });
});

test("octets of no command are answered by a generic_nack, unasked", async () => {
  const decode = (octets: Uint8Array) => {
    if (octets[6] === 0x09) throw new Error("no such command");
    return decodeStandard(octets);
  };
  const asked: unknown[] = [];
  const malformed = () => void asked.push("asked");
  const [session, peer] = await bound({ codec: { encode, decode }, callbacks: { malformed } });
  peer.write(cut(0x0000_0999, 21));
  expect(await peer.next()).toMatchObject({
    command: "generic_nack",
    command_status: Status.ESME_RSYSERR,
    sequence_number: 21,
  });
  expect([asked, session.state]).toEqual([[], "BOUND_TRX"]);
});

test("an answer that comes after the end is counted", async () => {
  let answer: (status: number) => void = () => {};
  const decided = new Promise<number>((resolve) => {
    answer = resolve;
  });
  const [session, peer] = await bound({ callbacks: { malformed: () => decided } });
  peer.write(deliver_sm);
  await settled();
  await session.close();
  answer(0);
  await settled();
  expect(session.stats()).toMatchObject({ unanswered: 1, inboundRunning: 0 });
});

test("an unbind waits for it, as for any callback", async () => {
  let answer: (status: number) => void = () => {};
  const decided = new Promise<number>((resolve) => {
    answer = resolve;
  });
  const [session, peer] = await bound({ callbacks: { malformed: () => decided } });
  peer.write(deliver_sm);
  await settled();
  const closed = once<[LinkError]>(session, "close");
  void session.unbind();
  await settled();
  expect([session.stats().inboundRunning, peer.unread]).toEqual([1, 0]);
  answer(0);
  expect(await peer.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
  const { sequence_number } = await peer.expect("unbind");
  peer.send({ command: "unbind_resp", sequence_number });
  expect((await closed)[0]).toBeInstanceOf(LinkError);
});
