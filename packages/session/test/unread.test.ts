// While our callbacks are so busy that nothing is read, no time counts against the peer.
import { encode, type PduInput } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session, type SessionOptions } from "../src/index.ts";
import { bound, once, settled } from "./connect.ts";
import { duplexPair, type ScriptedPeer } from "./scripted-peer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const submit = { command: "submit_sm" } as const;

/** A session whose backlog is full; `finish` ends the callback that holds it up. */
async function full(
  options: Partial<SessionOptions>,
): Promise<[Session, ScriptedPeer, () => Promise<void>]> {
  const [session, peer] = await bound({
    enquireLinkInterval: 0,
    ...options,
    inboundConcurrency: 1,
    inboundBacklog: 1,
  });
  const waiting: (() => void)[] = [];
  session.setCallbacks({
    deliver_sm: () => new Promise<void>((resolve) => waiting.push(resolve)),
  });
  const finish = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next();
      await settled();
    }
  };
  const deliver = (sequence_number: number): PduInput => ({
    command: "deliver_sm",
    sequence_number,
  });
  peer.send(deliver(1), deliver(2));
  await settled();
  expect(session.stats()).toMatchObject({ inboundRunning: 1, inboundWaiting: 1 });
  return [session, peer, finish];
}

/** Lets so much time pass, in steps, as a process does that lives. */
async function pass(milliseconds: number): Promise<void> {
  for (let step = 0; step < 10; step++) {
    vi.advanceTimersByTime(milliseconds / 10);
    await settled();
  }
}

/** Skips the answers to the deliver_sm of {@link full}. */
async function expectAnswers(peer: ScriptedPeer): Promise<void> {
  for (const _ of [1, 2]) await peer.expect("deliver_sm_resp");
}

describe("while nothing is read", () => {
  test("a peer whose answer to enquire_link lies in the socket is not silent", async () => {
    const [session, peer, finish] = await full({
      enquireLinkInterval: 1_000,
      enquireLinkTimeout: 500,
    });
    await pass(60_000);
    expect(session.state).toBe("BOUND_TRX");
    await finish();
    await expectAnswers(peer);
    vi.advanceTimersByTime(1_000);
    const { sequence_number } = await peer.expect("enquire_link");
    peer.send({ command: "enquire_link_resp", sequence_number });
    await settled();
    await pass(900);
    expect(session.state).toBe("BOUND_TRX");
  });

  test("silence counts on where it stood when reading goes on", async () => {
    const [session, peer, finish] = await full({
      enquireLinkInterval: 1_000,
      enquireLinkTimeout: 500,
    });
    const closed = once<[{ code: string }]>(session, "close");
    await pass(60_000);
    await finish();
    await expectAnswers(peer);
    vi.advanceTimersByTime(1_000);
    await peer.expect("enquire_link");
    vi.advanceTimersByTime(500);
    expect(await closed).toMatchObject([{ code: "silent" }]);
  });

  test("the rest of a PDU may lie in the socket", async () => {
    const [session, peer, finish] = await full({ partialPduTimeout: 1_000 });
    const rest = encode({ command: "enquire_link", sequence_number: 7 });
    // The first octets came with what filled the backlog.
    await finish();
    await expectAnswers(peer);
    peer.write(
      Buffer.concat([
        encode({ command: "deliver_sm", sequence_number: 3 }),
        encode({ command: "deliver_sm", sequence_number: 4 }),
        rest.subarray(0, 10),
      ]),
    );
    await settled();
    peer.write(rest.subarray(10));
    await pass(60_000);
    expect(session.state).toBe("BOUND_TRX");
    await finish();
    await peer.expect("deliver_sm_resp");
    expect(await peer.expect("enquire_link_resp")).toMatchObject({ sequence_number: 7 });
  });

  test("an answer may lie in the socket: its request does not time out", async () => {
    const [session, peer, finish] = await full({ requestTimeout: 1_000 });
    const sending = session.request(submit);
    const { sequence_number } = await peer.expect("submit_sm");
    await pass(900);
    peer.send({ command: "submit_sm_resp", sequence_number, message_id: "1" });
    await pass(60_000);
    await finish();
    expect((await sending).message_id).toBe("1");
    expect(session.stats()).toMatchObject({ timeouts: 0, stray: 0 });
  });

  test("a request that was in flight has what was left of its time when reading goes on", async () => {
    const [session, peer] = await bound({ inboundConcurrency: 1, inboundBacklog: 1 });
    const waiting: (() => void)[] = [];
    session.setCallbacks({ deliver_sm: () => new Promise<void>((end) => waiting.push(end)) });
    const sending = session.request(submit, { timeout: 1_000 });
    const outcome = expect(sending).rejects.toMatchObject({ code: "response_timeout" });
    await peer.expect("submit_sm");
    await pass(900);
    peer.send(
      { command: "deliver_sm", sequence_number: 1 },
      { command: "deliver_sm", sequence_number: 2 },
    );
    await settled();
    await pass(5_000);
    expect(session.stats().timeouts).toBe(0);
    waiting.shift()?.();
    await settled();
    vi.advanceTimersByTime(99);
    expect(session.stats().timeouts).toBe(0);
    vi.advanceTimersByTime(1);
    await outcome;
  });

  test("unbind() keeps its own time all the same", async () => {
    const [session, peer] = await full({ unbindTimeout: 1_000, requestTimeout: 0 });
    const sending = session.request(submit);
    const outcome = expect(sending).rejects.toMatchObject({ code: "unbound", written: true });
    await peer.expect("submit_sm");
    const ending = session.unbind();
    await settled();
    vi.advanceTimersByTime(1_000);
    await peer.expect("unbind");
    vi.advanceTimersByTime(1_000);
    await settled();
    // The peer closes its side when it sees the end of ours.
    await Promise.all([ending, outcome]);
    expect(session.state).toBe("CLOSED");
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("after an unbind the answers on their way are read, however busy the callbacks are", async () => {
  const [session, peer, finish] = await full({ unbindTimeout: 1_000, requestTimeout: 0 });
  const sending = session.request(submit);
  const { sequence_number } = await peer.expect("submit_sm");
  peer.send({ command: "submit_sm_resp", sequence_number, message_id: "1" });
  peer.stream.removeAllListeners("end");
  const ending = session.unbind();
  for (const _ of [1, 2]) {
    await settled();
    vi.advanceTimersByTime(1_000);
  }
  expect((await sending).message_id).toBe("1");
  expect(session.state).toBe("UNBOUND");
  vi.advanceTimersByTime(1_000);
  await ending;
  await finish();
});

test("a peer that does not read what we write has no such excuse", async () => {
  const [ours, theirs] = duplexPair();
  const session = new Session(ours, {
    role: "smsc",
    enquireLinkInterval: 1_000,
    enquireLinkTimeout: 500,
  });
  const closed = once<[{ code: string }]>(session, "close");
  theirs.write(encode({ command: "bind_transceiver", sequence_number: 1 }));
  await settled();
  // Nobody reads `theirs`, and its writes are never done: our answers pile up.
  vi.spyOn(ours, "write").mockReturnValue(false);
  const one = encode({ command: "enquire_link", sequence_number: 2 });
  const many = Buffer.concat(Array.from({ length: 70_000 }, () => one));
  for (const _ of ["handed to the stream", "kept by the session"]) {
    theirs.write(many);
    await settled();
  }
  expect(ours.isPaused()).toBe(true);
  await pass(2_000);
  expect(await closed).toMatchObject([{ code: "silent" }]);
});
