// Requests of the peer that its state does not allow: refused, and nothing else happens.
import { type CommandName, commands, encode, type PduInput, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { noAnswer, type Role, type Session, type SessionState } from "../src/index.ts";
import { mayIssue, stateBoundBy } from "../src/lifecycle.ts";
import { connect, once, settled } from "./connect.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

const binds = {
  BOUND_TX: "bind_transmitter",
  BOUND_RX: "bind_receiver",
  BOUND_TRX: "bind_transceiver",
} as const;
type State = "OPEN" | keyof typeof binds;

/** A session of this role in this state. */
async function sessionIn(role: Role, state: State): Promise<[Session, ScriptedPeer]> {
  const [session, peer] = connect({ role });
  if (state === "OPEN") return [session, peer];
  const command = binds[state];
  if (role === "smsc") {
    peer.send({ command, sequence_number: 1, interface_version: 0x34 });
    await peer.expect(`${command}_resp`);
  } else {
    const binding = session.request({ command });
    const { sequence_number } = await peer.expect(command);
    peer.send({ command: `${command}_resp`, sequence_number, sc_interface_version: 0x34 });
    await binding;
  }
  expect(session.state).toBe(state);
  return [session, peer];
}

/** All that a session can be seen to do. */
function watch(session: Session): string[] {
  const seen: string[] = [];
  const named = Object.fromEntries(
    Object.keys(commands).map((name) => [name, (_pdu: object, way: string) => note(way, name)]),
  );
  const note = (way: string, what: string) => {
    if (way === "in") seen.push(what);
  };
  session.setCallbacks({ ...named, all_commands: ({ command }, way) => note(way, command) });
  session.setReader(({ command }) => {
    note("in", `reader ${command}`);
    return true;
  });
  for (const event of ["bound", "unbound", "close", "error", "stray", "tolerated"] as const) {
    session.on(event, () => note("in", `event ${event}`));
  }
  return seen;
}

const states: State[] = ["OPEN", "BOUND_TX", "BOUND_RX", "BOUND_TRX"];
const roles: Role[] = ["esme", "smsc"];
const pushed: readonly CommandName[] = ["deliver_sm", "data_sm", "alert_notification"];

/** The requests that `peer` may not make in `state`. */
function refusedOf(role: Role, state: SessionState): CommandName[] {
  const peer = role === "esme" ? "smsc" : "esme";
  // The keys of the table are the names of the commands.
  const names = Object.keys(commands) as CommandName[];
  return names
    .filter((name) => commands[name].id < 0x8000_0000 && !mayIssue(peer, state, name))
    .filter((name) => !(role === "esme" && state !== "OPEN" && pushed.includes(name)));
}

/** The command_status that the standard has for it. */
function statusFor(role: Role, name: CommandName): number {
  const { issuers } = commands[name];
  if (issuers[role === "esme" ? "smsc" : "esme"].length === 0) return Status.ESME_RINVCMDID;
  return stateBoundBy(name) === undefined ? Status.ESME_RINVBNDSTS : Status.ESME_RALYBND;
}

describe.each(roles)("as %s", (role) => {
  describe.each(states)("in state %s", (state) => {
    test.each(refusedOf(role, state))("%s is refused, and nothing happens", async (command) => {
      const [session, peer] = await sessionIn(role, state);
      const seen = watch(session);
      const before = { ...session.stats(), received: {}, sent: {} };
      const version = session.peerVersion;
      const fields = stateBoundBy(command) === undefined ? {} : { interface_version: 0x33 };
      // Every command of the table has all its other fields by default.
      peer.write(encode({ ...fields, command, sequence_number: 77 } as PduInput));
      const { response } = commands[command];
      if (response === null) await settled();
      else {
        expect(await peer.next()).toMatchObject({
          command: response,
          command_status: statusFor(role, command),
          sequence_number: 77,
        });
      }
      await settled();
      expect(seen).toEqual([]);
      expect({ ...session.stats(), received: {}, sent: {} }).toEqual(before);
      expect([session.state, session.peerVersion, peer.unread]).toEqual([state, version, 0]);
    });
  });
});

describe("what an SMSC pushes down a link that is bound another way", () => {
  test.each([
    ["BOUND_TX", "deliver_sm"],
    ["BOUND_TX", "data_sm"],
    ["BOUND_TX", "alert_notification"],
  ] as const)("in state %s, %s is taken once, counted and told", async (state, command) => {
    const [session, peer] = await sessionIn("esme", state);
    const seen = watch(session);
    const problems: string[] = [];
    session.on("tolerated", ({ code, message }) => problems.push(`${code}: ${message}`));
    peer.send({ command, sequence_number: 5 });
    if (command !== "alert_notification") {
      const answer = await peer.next();
      expect(answer).toMatchObject({ command_status: 0, sequence_number: 5 });
    }
    await settled();
    expect(seen.sort()).toEqual(["event tolerated", `reader ${command}`, command, command].sort());
    expect(problems).toEqual([
      expect.stringMatching(`^wrong_state: ${command} came in state BOUND_TX`),
    ]);
    expect(session.stats()).toMatchObject({ tolerated: 1, damaged: 0 });
    expect(peer.unread).toBe(0);
  });

  test("the callback's answer is the answer", async () => {
    const [session, peer] = await sessionIn("esme", "BOUND_TX");
    session.setCallbacks({ deliver_sm: () => Status.ESME_RX_T_APPN });
    peer.send({ command: "deliver_sm", sequence_number: 5 });
    expect(await peer.next()).toMatchObject({ command_status: Status.ESME_RX_T_APPN });
  });
});

describe("two binds at once", () => {
  test("the second is refused with ESME_RALYBND while the first waits for its answer", async () => {
    const [session, peer] = connect({ role: "smsc" });
    const asked: number[] = [];
    let answer = () => {};
    const callback = ({ sequence_number }: { sequence_number: number }) => {
      asked.push(sequence_number);
      return new Promise<void>((resolve) => {
        answer = resolve;
      });
    };
    session.setCallbacks({ bind_receiver: callback, bind_transmitter: callback });
    peer.send(
      { command: "bind_receiver", sequence_number: 1, interface_version: 0x34 },
      { command: "bind_transmitter", sequence_number: 2, interface_version: 0x33 },
    );
    expect(await peer.next()).toMatchObject({
      command: "bind_transmitter_resp",
      sequence_number: 2,
      command_status: Status.ESME_RALYBND,
    });
    answer();
    expect(await peer.next()).toMatchObject({ sequence_number: 1, command_status: 0 });
    expect([session.state, session.peerVersion, asked]).toEqual(["BOUND_RX", 0x34, [1]]);
  });

  test("after a refused one the next may bind", async () => {
    const [session, peer] = connect({ role: "smsc" });
    session.setCallbacks({ bind_receiver: async () => Status.ESME_RINVPASWD });
    peer.send({ command: "bind_receiver", sequence_number: 1 });
    await peer.next();
    peer.send({ command: "bind_transmitter", sequence_number: 2 });
    expect(await peer.next()).toMatchObject({ sequence_number: 2, command_status: 0 });
    expect(session.state).toBe("BOUND_TX");
  });
});

test("after a bind that got no answer the next may bind", async () => {
  const [session, peer] = connect({ role: "smsc" });
  session.setCallbacks({ bind_receiver: () => noAnswer });
  peer.send({ command: "bind_receiver", sequence_number: 1 });
  await settled();
  peer.send({ command: "bind_transmitter", sequence_number: 2 });
  expect(await peer.next()).toMatchObject({ sequence_number: 2, command_status: 0 });
  expect(session.state).toBe("BOUND_TX");
});

describe("after unbind was exchanged", () => {
  test.each([
    ["a request", encode({ command: "submit_sm", sequence_number: 3 })],
    ["a request that is cut", cut(encode({ command: "submit_sm", sequence_number: 3 }))],
    ["what is no SMPP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ])("%s is not answered, and the reason of the end is the unbind", async (_name, octets) => {
    const [session, peer] = await sessionIn("smsc", "BOUND_TRX");
    const seen = watch(session);
    const closed = once<[{ code: string }]>(session, "close");
    peer.write(Buffer.concat([encode({ command: "unbind", sequence_number: 2 }), octets]));
    expect(await peer.next()).toMatchObject({ command: "unbind_resp" });
    await peer.ended();
    expect(await closed).toMatchObject([{ code: "unbound" }]);
    expect(peer.unread).toBe(0);
    expect(seen).not.toContain("submit_sm");
    expect(session.stats().sent).toEqual({ bind_transceiver_resp: 1, unbind_resp: 1 });
  });
});

/** The same PDU without its last octets. */
function cut(frame: Uint8Array): Uint8Array {
  const rest = Buffer.from(frame.subarray(0, 30));
  rest.writeUInt32BE(rest.length, 0);
  return rest;
}
