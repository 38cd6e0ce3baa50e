// What a peer may do before it is bound: little.
import { encode, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import type { LinkError, SessionOptions } from "../src/index.ts";
import { connect, once, settled } from "./connect.ts";

const bind = { command: "bind_transceiver", system_id: "a", password: "wrong" } as const;

/** A bind of exactly so many octets. */
function bindOf(octets: number): Uint8Array {
  const plain = encode({ ...bind, sequence_number: 7 }).length + 4;
  const value = new Uint8Array(octets - plain);
  return encode({ ...bind, sequence_number: 7, unknown_tlvs: [{ tag: 0x1400, value }] });
}

describe("before the bind a PDU has 1,024 octets at most:", () => {
  test.each<[string, Uint8Array, number]>([
    ["a longer one, whole", bindOf(1_025), 7],
    ["a longer one, as soon as its length is there", bindOf(1_025).subarray(0, 4), 0],
    ["one after a shorter one in the same piece", Buffer.concat([unbound(), bindOf(1_025)]), 7],
  ])("%s is answered by a generic_nack, and the session ends", async (_, octets, number) => {
    for (const role of ["smsc", "esme"] as const) {
      const [session, peer] = connect({ role });
      const closed = once<[LinkError]>(session, "close");
      peer.write(octets);
      let answer = await peer.next();
      if (answer.command === "enquire_link_resp") answer = await peer.next();
      expect(answer).toMatchObject({
        command: "generic_nack",
        command_status: Status.ESME_RINVCMDLEN,
        sequence_number: number,
      });
      expect(await peer.frame()).toBeUndefined();
      const [reason] = await closed;
      expect(reason).toMatchObject({
        code: "untrusted_length",
        message: expect.stringContaining("before the bind the limit is maxBindLength"),
      });
    }
  });

  test("one of just so many is taken, in pieces too", async () => {
    for (const size of [1, 500, 1_024]) {
      const [session, peer] = connect({ role: "smsc" });
      const octets = bindOf(1_024);
      for (let at = 0; at < octets.length; at += size) peer.write(octets.subarray(at, at + size));
      await peer.expect("bind_transceiver_resp");
      expect(session.state).toBe("BOUND_TRX");
    }
  });

  test("maxBindLength changes that", async () => {
    const [session, peer] = connect({ role: "smsc", maxBindLength: 5_000 });
    peer.write(bindOf(5_000));
    await peer.expect("bind_transceiver_resp");
    expect(session.state).toBe("BOUND_TRX");
  });
});

test.each([
  [1_000, 1_001],
  [70_000, 70_001],
])("a session that is bound takes PDUs of maxPduLength %i, none of %i", async (most, more) => {
  const [session, peer] = connect({ role: "smsc", maxPduLength: most });
  peer.send({ ...bind, sequence_number: 1 });
  await peer.expect("bind_transceiver_resp");
  peer.write(unknownOf(most));
  expect(await peer.next()).toMatchObject({ command: "generic_nack", sequence_number: 9 });
  expect(session.state).toBe("BOUND_TRX");
  const closed = once<[LinkError]>(session, "close");
  peer.write(unknownOf(more));
  expect(await peer.next()).toMatchObject({
    command: "generic_nack",
    command_status: Status.ESME_RINVCMDLEN,
    sequence_number: 9,
  });
  expect((await closed)[0].code).toBe("untrusted_length");
});

test("a long PDU behind the bind in the same piece is taken", async () => {
  const [session, peer] = connect({ role: "smsc" });
  const seen: number[] = [];
  session.setCallbacks({
    data_sm: ({ message_payload }) => void seen.push(message_payload?.length ?? 0),
  });
  const message_payload = new Uint8Array(60_000);
  const data = encode({ command: "data_sm", sequence_number: 8, message_payload });
  const octets = Buffer.concat([bindOf(100), data]);
  peer.write(octets.subarray(0, 30_000));
  await settled();
  peer.write(octets.subarray(30_000));
  await peer.expect("bind_transceiver_resp");
  await peer.expect("data_sm_resp");
  expect(seen).toEqual([60_000]);
});

describe("refused binds", () => {
  const refuse = { bind_transceiver: () => Status.ESME_RINVPASWD };

  /** The status of each answer until the session closes. */
  async function answersTo(count: number, options: Partial<SessionOptions>) {
    const [session, peer] = connect({ role: "smsc", ...options });
    const closed = once<[LinkError]>(session, "close");
    const binds = Array.from({ length: count }, (_, n) => ({ ...bind, sequence_number: n + 1 }));
    const statuses: number[] = [];
    for (const pdu of binds) {
      peer.send(pdu);
      await settled();
      while (peer.unread > 0) statuses.push((await peer.next()).command_status);
    }
    return { session, statuses, closed, peer };
  }

  test("close the connection at the fifth, which is still answered", async () => {
    const { statuses, closed, peer } = await answersTo(8, { callbacks: refuse });
    expect(statuses).toEqual(Array(5).fill(Status.ESME_RINVPASWD));
    expect(await peer.frame()).toBeUndefined();
    expect((await closed)[0]).toMatchObject({
      code: "binds_refused",
      message: "5 binds of the peer were refused (maxRefusedBinds)",
    });
  });

  test("that come in one piece do, too", async () => {
    const [session, peer] = connect({ role: "smsc", callbacks: refuse });
    const closed = once<[LinkError]>(session, "close");
    peer.send(...Array.from({ length: 8 }, (_, sequence_number) => ({ ...bind, sequence_number })));
    for (let answers = 0; answers < 5; answers++) await peer.expect("bind_transceiver_resp");
    expect(await peer.frame()).toBeUndefined();
    expect((await closed)[0].code).toBe("binds_refused");
  });

  test("by a callback that throws count as well", async () => {
    const fails = () => {
      throw new Error("no directory");
    };
    const { statuses, closed } = await answersTo(6, { callbacks: { bind_transceiver: fails } });
    expect(statuses).toEqual(Array(5).fill(Status.ESME_RSYSERR));
    expect((await closed)[0].code).toBe("binds_refused");
  });

  test("fewer do no harm: the next one may bind", async () => {
    let tries = 0;
    const bind_transceiver = () => (++tries < 5 ? Status.ESME_RINVPASWD : 0);
    const { session, statuses } = await answersTo(5, { callbacks: { bind_transceiver } });
    expect(statuses).toEqual([...Array(4).fill(Status.ESME_RINVPASWD), 0]);
    expect(session.state).toBe("BOUND_TRX");
  });

  test("of a session that is bound do not count", async () => {
    const { session, statuses } = await answersTo(9, {});
    expect(statuses).toEqual([0, ...Array(8).fill(Status.ESME_RALYBND)]);
    expect(session.state).toBe("BOUND_TRX");
  });

  test("maxRefusedBinds changes their number", async () => {
    const { statuses, closed } = await answersTo(3, { callbacks: refuse, maxRefusedBinds: 1 });
    expect(statuses).toHaveLength(1);
    expect((await closed)[0].code).toBe("binds_refused");
  });
});

/** A PDU of exactly so many octets, of no known command. */
function unknownOf(octets: number): Uint8Array {
  const body = new Uint8Array(octets - 16);
  return encode({ command: "unknown", command_id: 0x999, sequence_number: 9, body });
}

function unbound(): Uint8Array {
  return encode({ command: "enquire_link", sequence_number: 3 });
}
