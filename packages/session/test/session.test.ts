import { Status } from "@esme/pdu";
import { afterEach, describe, expect, test } from "vitest";
import { LinkError, Session, type SessionOptions } from "../src/index.ts";
import { duplexPair, ScriptedPeer } from "./scripted-peer.ts";

const sessions: Session[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});

function connect(options: Partial<SessionOptions> = {}): [Session, ScriptedPeer] {
  const [ours, theirs] = duplexPair();
  const session = new Session(ours, { role: "esme", ...options });
  sessions.push(session);
  return [session, new ScriptedPeer(theirs)];
}

async function bound(options: Partial<SessionOptions> = {}): Promise<[Session, ScriptedPeer]> {
  const [session, peer] = connect(options);
  const binding = session.request({ command: "bind_transceiver", system_id: "a", password: "b" });
  const { sequence_number } = await peer.expect("bind_transceiver");
  peer.send({ command: "bind_transceiver_resp", sequence_number, system_id: "smsc" });
  await binding;
  return [session, peer];
}

describe("requests", () => {
  test("a bind that is accepted makes the session bound", async () => {
    const [session] = await bound();
    expect(session.state).toBe("BOUND_TRX");
  });

  test("a request resolves with its response", async () => {
    const [session, peer] = await bound();
    const sending = session.request({
      command: "submit_sm",
      destination_addr: "1",
      short_message: Buffer.from("hi"),
    });
    const submit = await peer.expect("submit_sm");
    peer.send({
      command: "submit_sm_resp",
      sequence_number: submit.sequence_number,
      message_id: "7",
    });
    expect(await sending).toMatchObject({ command: "submit_sm_resp", message_id: "7" });
  });

  test("no more requests are written than the window holds", async () => {
    const [session, peer] = await bound({ window: 2 });
    const all = [1, 2, 3].map((n) =>
      session.request({ command: "submit_sm", destination_addr: String(n) }),
    );
    const first = await peer.expect("submit_sm");
    await peer.expect("submit_sm");
    expect(session.stats()).toMatchObject({ inFlight: 2, waiting: 1 });
    peer.send({
      command: "submit_sm_resp",
      sequence_number: first.sequence_number,
      message_id: "1",
    });
    const third = await peer.expect("submit_sm");
    expect(third.destination_addr).toBe("3");
    const [results] = await Promise.all([Promise.allSettled(all), session.close()]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  });

  test("a refusal rejects with StatusError that names the status", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm", destination_addr: "1" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({
      command: "submit_sm_resp",
      sequence_number,
      command_status: Status.ESME_RINVDSTADR,
    });
    await expect(sending).rejects.toMatchObject({ code: "status", statusName: "ESME_RINVDSTADR" });
  });

  test("a link that dies tells which requests were written", async () => {
    const [session, peer] = await bound({ window: 1 });
    const first = session.request({ command: "submit_sm", destination_addr: "1" });
    const second = session.request({ command: "submit_sm", destination_addr: "2" });
    await peer.expect("submit_sm");
    peer.stream.destroy();
    await expect(first).rejects.toMatchObject({ code: "closed_by_peer", written: true });
    await expect(second).rejects.toMatchObject({ code: "closed_by_peer", written: false });
    await expect(session.request({ command: "enquire_link" })).rejects.toBeInstanceOf(LinkError);
  });
});

describe("inbound", () => {
  test("deliver_sm_resp has its empty message_id, 17 octets, also with an error status", async () => {
    const [session, peer] = await bound();
    peer.send({ command: "deliver_sm", sequence_number: 5 });
    expect(await peer.frame()).toHaveLength(17);
    session.setCallbacks({ deliver_sm: () => Status.ESME_RX_T_APPN });
    peer.send({ command: "deliver_sm", sequence_number: 6 });
    const frame = await peer.frame();
    expect(frame).toHaveLength(17);
    expect(frame?.[11]).toBe(Status.ESME_RX_T_APPN);
  });

  test("unbind drains, asks and closes", async () => {
    const [session, peer] = await bound();
    const ending = session.unbind();
    const { sequence_number } = await peer.expect("unbind");
    peer.send({ command: "unbind_resp", sequence_number });
    await peer.ended();
    peer.stream.end();
    await ending;
    expect(session.state).toBe("CLOSED");
  });

  test("a length that cannot be trusted is answered with generic_nack and the end", async () => {
    const [session, peer] = await bound();
    peer.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    expect(await peer.next()).toMatchObject({ command: "generic_nack", command_status: 2 });
    await peer.ended();
    expect(session.state).toBe("CLOSED");
  });
});
