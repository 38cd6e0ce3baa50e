// Responses whose body cannot be decoded: their status says what became of the request.
import { type Codec, createCodec, decode, encode, type RequestName, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { bound, connect, once, settled } from "./connect.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

/** A response by hand, its body in hexadecimal digits. */
function response(id: number, sequence_number: number, body: string, status = 0): Buffer {
  const octets = Buffer.concat([Buffer.alloc(16), Buffer.from(body.replaceAll(" ", ""), "hex")]);
  [octets.length, id, status, sequence_number].forEach((value, index) => {
    octets.writeUInt32BE(value, index * 4);
  });
  return octets;
}

/** Answers the next request of the session. */
async function answer(peer: ScriptedPeer, id: number, body: string, status = 0): Promise<void> {
  const { sequence_number } = await peer.next();
  peer.write(response(id, sequence_number, body, status));
}

/** What another copy of @esme/pdu throws has the facts of a PduError and is none of ours. */
class PduError extends Error {
  override readonly name = "PduError";
  readonly code = "truncated";
  readonly command_status = Status.ESME_RINVCMDLEN;
  readonly sequence_number = 2;
}

function throwing(error: () => Error): Codec {
  const read = (frame: Uint8Array) => {
    if (frame[3] === 16 + 4) throw error();
    return decode(frame);
  };
  return { encode, decode: read };
}

describe("status 0 with a damaged body is a success", () => {
  test.each<[RequestName, number, string, object]>([
    ["submit_sm", 0x80000004, "4142433200 04280001", { message_id: "ABC2" }],
    ["submit_sm", 0x80000004, "41424331", { message_id: "ABC1" }],
    ["submit_multi", 0x80000021, "31323300", { message_id: "123", unsuccess_sme: [] }],
    ["data_sm", 0x80000103, "4142", { message_id: "AB" }],
    ["query_sm", 0x80000003, "3100", { message_id: "1", message_state: 0, error_code: 0 }],
    ["cancel_sm", 0x80000008, "00", {}],
    ["replace_sm", 0x80000007, "ff", {}],
    ["broadcast_sm", 0x80000111, "41", { message_id: "A" }],
    ["enquire_link", 0x80000015, "00", {}],
  ])("%s answered by %i with %s", async (command, id, body, expected) => {
    const [session, peer] = await bound();
    const problems: string[] = [];
    session.on("tolerated", ({ code }) => problems.push(code));
    const errors: Error[] = [];
    session.on("error", (error) => errors.push(error));
    const sending = session.request({ command });
    await answer(peer, id, body);
    const pdu = await sending;
    expect(pdu).toMatchObject({ ...expected, command_status: 0, damaged: true });
    expect(pdu.damaged).toBe(true);
    expect(session.stats()).toMatchObject({ damaged: 1, tolerated: 1, malformed: 0, stray: 0 });
    expect([problems.length, errors]).toEqual([1, []]);
  });

  test.each([
    ["bind_transceiver", 0x80000009],
    ["bind_transmitter", 0x80000002],
    ["bind_receiver", 0x80000001],
  ] as const)("%s: the session is bound", async (command, id) => {
    const [session, peer] = connect();
    const binding = session.request({ command });
    await answer(peer, id, "736d7363");
    expect(await binding).toMatchObject({ system_id: "smsc", damaged: true });
    expect(session.state).toContain("BOUND");
  });

  test.each<[string, Codec]>([
    ["a strict codec", createCodec()],
    ["a tolerant codec", createCodec({ tolerate: () => {} })],
    ["a codec of another copy of @esme/pdu", throwing(() => new PduError("cut"))],
    ["a codec that throws something else", throwing(() => new TypeError("no such octet"))],
  ])("with %s", async (_name, codec) => {
    const [session, peer] = await bound({ codec });
    const sending = session.request({ command: "submit_sm" });
    await answer(peer, 0x80000004, "41424331");
    expect(await sending).toMatchObject({ message_id: "ABC1", damaged: true });
    expect(session.state).toBe("BOUND_TRX");
  });

  test("a whole body is not called damaged", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    await answer(peer, 0x80000004, "414200");
    expect(await sending).not.toHaveProperty("damaged");
    expect(session.stats()).toMatchObject({ damaged: 0, tolerated: 0 });
  });
});

test("an error status with a damaged body is that refusal, with what can be read", async () => {
  const [session, peer] = await bound();
  const sending = session.request({ command: "submit_sm" });
  await answer(peer, 0x80000004, "41", Status.ESME_RMSGQFUL);
  await expect(sending).rejects.toMatchObject({
    name: "StatusError",
    statusName: "ESME_RMSGQFUL",
    response: { command: "submit_sm_resp", message_id: "A", damaged: true },
  });
});

test("a damaged response that comes late is reported as one", async () => {
  const [session, peer] = await bound({ requestTimeout: 1 });
  const stray = once<[{ command: string }, boolean]>(session, "stray");
  const sending = session.request({ command: "submit_sm" });
  const { sequence_number } = await peer.next();
  await expect(sending).rejects.toMatchObject({ code: "response_timeout" });
  peer.write(response(0x80000004, sequence_number, "41"));
  expect(await stray).toMatchObject([{ command: "submit_sm_resp", message_id: "A" }, true]);
});

test.each([
  [new PduError("cut"), Status.ESME_RINVCMDLEN],
  [new TypeError("no such octet"), Status.ESME_RSYSERR],
])(
  "a request that a codec throws %s about is refused, and the session lives",
  async (error, command_status) => {
    const [session, peer] = await bound({ codec: throwing(() => error) });
    const reported = once<[Error]>(session, "error");
    peer.write(response(0x00000005, 9, "41414141"));
    expect(await peer.next()).toMatchObject({
      command: "deliver_sm_resp",
      sequence_number: 9,
      command_status,
    });
    expect(await reported).toEqual([error]);
    await settled();
    expect(session.state).toBe("BOUND_TRX");
  },
);
