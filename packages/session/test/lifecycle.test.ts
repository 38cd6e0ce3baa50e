// How a session is kept alive and how it ends.
import type { Duplex } from "node:stream";
import { encode, type PduInput, Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session } from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";
import { duplexPair, type ScriptedPeer } from "./scripted-peer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("keep-alive", () => {
  const times = { enquireLinkInterval: 1_000, enquireLinkTimeout: 300 };

  test("asks after silence, again and again while the peer answers", async () => {
    const [session, peer] = await bound(times);
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(1_000);
      const { sequence_number } = await peer.expect("enquire_link");
      peer.send({ command: "enquire_link_resp", sequence_number });
      await settled();
    }
    expect(session.state).toBe("BOUND_TRX");
  });

  test("asks every interval, also when that is shorter than the timeout", async () => {
    const [session, peer] = await bound({ enquireLinkInterval: 2_000, enquireLinkTimeout: 10_000 });
    const closed = once<[Error]>(session, "close");
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(2_000);
      await peer.expect("enquire_link");
    }
    vi.advanceTimersByTime(1_999);
    await settled();
    expect([session.state, peer.unread]).toEqual(["BOUND_TRX", 0]);
    vi.advanceTimersByTime(1);
    expect((await closed)[0]).toMatchObject({ code: "silent" });
  });

  test("a peer that does not answer is given up, and what was in flight was written", async () => {
    const [session, peer] = await bound(times);
    const closed = once<[Error]>(session, "close");
    const sending = session.request({ command: "submit_sm" });
    const outcome = expect(sending).rejects.toMatchObject({ code: "silent", written: true });
    await peer.expect("submit_sm");
    vi.advanceTimersByTime(1_000);
    await peer.expect("enquire_link");
    vi.advanceTimersByTime(300);
    await outcome;
    expect((await closed)[0]).toMatchObject({ code: "silent" });
  });

  test("any PDU of the peer is a sign of life", async () => {
    const [session, peer] = await bound(times);
    for (let n = 1; n < 8; n++) {
      vi.advanceTimersByTime(900);
      peer.send({ command: "deliver_sm", sequence_number: n });
      await peer.expect("deliver_sm_resp");
    }
    expect(session.stats().sent["enquire_link"]).toBeUndefined();
  });

  test("does not begin before the bind, nor after one without an answer", async () => {
    const [session, peer] = connect({ ...times, bindTimeout: 5_000 });
    vi.advanceTimersByTime(10_000);
    await settled();
    expect(peer.unread).toBe(0);
    const binding = session.request({ command: "bind_transceiver" });
    const outcome = expect(binding).rejects.toMatchObject({ code: "response_timeout" });
    await peer.expect("bind_transceiver");
    vi.advanceTimersByTime(5_000);
    await outcome;
    vi.advanceTimersByTime(10_000);
    await settled();
    expect([peer.unread, session.state]).toEqual([0, "OPEN"]);
  });

  test("inactivityTimeout unbinds when only enquire_link passed", async () => {
    const [, peer] = await bound({ ...times, inactivityTimeout: 1_500 });
    vi.advanceTimersByTime(1_000);
    const { sequence_number } = await peer.expect("enquire_link");
    peer.send({ command: "enquire_link_resp", sequence_number });
    await settled();
    vi.advanceTimersByTime(500);
    await peer.expect("unbind");
  });

  test.each([
    ["of this side", (session: Session) => session.send({ command: "generic_nack" })],
    [
      "of the peer",
      (_: Session, peer: ScriptedPeer) => peer.send({ command: "alert_notification" }),
    ],
  ])("inactivityTimeout begins again with any other PDU %s", async (_, pass) => {
    const [session, peer] = await bound({ enquireLinkInterval: 0, inactivityTimeout: 1_500 });
    vi.advanceTimersByTime(1_000);
    pass(session, peer);
    await settled();
    vi.advanceTimersByTime(1_499);
    await settled();
    expect(session.stats().sent).not.toHaveProperty("unbind");
    vi.advanceTimersByTime(1);
    await settled();
    expect(session.stats().sent).toHaveProperty("unbind");
  });
});

describe("an ESME that does not bind in time", () => {
  test("is disconnected, also after binds that were refused", async () => {
    const [session, peer] = connect({ role: "smsc", bindTimeout: 2_000 });
    session.setCallbacks({ bind_transceiver: () => Status.ESME_RINVPASWD });
    const closed = once<[Error]>(session, "close");
    peer.send({ command: "bind_transceiver", sequence_number: 1 });
    await peer.expect("bind_transceiver_resp");
    vi.advanceTimersByTime(1_999);
    expect(session.state).toBe("OPEN");
    vi.advanceTimersByTime(1);
    await peer.ended();
    expect((await closed)[0]).toMatchObject({
      code: "inactive",
      message: "no bind within 2000 ms",
    });
  });

  test("is not, if bindTimeout is 0; nor is one that did", async () => {
    const [patient] = connect({ role: "smsc", bindTimeout: 0 });
    const [session] = await serving({ bindTimeout: 2_000, enquireLinkInterval: 0 });
    vi.advanceTimersByTime(600_000);
    expect([patient.state, session.state]).toEqual(["OPEN", "BOUND_TRX"]);
  });

  test("nor is an SMSC by an ESME, which has its own time for the answer", async () => {
    const [session] = connect({ bindTimeout: 2_000 });
    vi.advanceTimersByTime(2_000);
    expect(session.state).toBe("OPEN");
  });
});

describe("half a PDU", () => {
  const whole = encode({ command: "enquire_link", sequence_number: 1 });

  test("ends the session after partialPduTimeout, however slowly more of it comes", async () => {
    const [session, peer] = await bound({ partialPduTimeout: 1_000 });
    const closed = once<[Error]>(session, "close");
    peer.write(whole.subarray(0, 2));
    await settled();
    vi.advanceTimersByTime(900);
    peer.write(whole.subarray(2, 3));
    await settled();
    vi.advanceTimersByTime(99);
    expect(session.state).toBe("BOUND_TRX");
    vi.advanceTimersByTime(1);
    expect((await closed)[0]).toMatchObject({ code: "partial_pdu" });
  });

  test("has its time from its own first octets, not from those of the PDU before", async () => {
    const [session, peer] = await bound({ partialPduTimeout: 1_000 });
    peer.write(whole.subarray(0, 8));
    await settled();
    vi.advanceTimersByTime(900);
    peer.write(Buffer.concat([whole.subarray(8), whole.subarray(0, 8)]));
    await peer.expect("enquire_link_resp");
    vi.advanceTimersByTime(900);
    expect(session.state).toBe("BOUND_TRX");
    vi.advanceTimersByTime(100);
    expect(session.state).toBe("CLOSED");
  });

  test.each([
    ["that became a whole one", 1_000, whole.subarray(8)],
    ["of a session without partialPduTimeout", 0, Buffer.of()],
  ])("%s ends nothing", async (_, partialPduTimeout, rest) => {
    const [session, peer] = await bound({ partialPduTimeout, enquireLinkInterval: 0 });
    peer.write(whole.subarray(0, 8));
    await settled();
    peer.write(rest);
    await settled();
    vi.advanceTimersByTime(60_000);
    expect(session.state).toBe("BOUND_TRX");
  });
});

describe("unbind", () => {
  test("waits for what waits, what is in flight and callbacks, then asks", async () => {
    const [session, peer] = await bound({ window: 1 });
    let finish = () => {};
    session.setCallbacks({
      deliver_sm: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    });
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    const all = [1, 2].map(() => session.request({ command: "submit_sm" }));
    const one = await peer.expect("submit_sm");
    const ending = session.unbind();
    await expect(session.request({ command: "submit_sm" })).rejects.toMatchObject({
      code: "unbound",
    });
    peer.send({ command: "submit_sm_resp", sequence_number: one.sequence_number });
    const two = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number: two.sequence_number });
    await Promise.all(all);
    await settled();
    expect(peer.unread).toBe(0);
    finish();
    await peer.expect("deliver_sm_resp");
    const { sequence_number } = await peer.expect("unbind");
    peer.send({ command: "unbind_resp", sequence_number });
    await ending;
    expect(session.state).toBe("CLOSED");
  });

  test("does not wait longer than unbindTimeout, for either", async () => {
    const [session, peer] = await bound({ unbindTimeout: 1_000, requestTimeout: 0 });
    const sending = session.request({ command: "submit_sm" });
    const outcome = expect(sending).rejects.toMatchObject({ code: "unbound", written: true });
    await peer.expect("submit_sm");
    const ending = session.unbind();
    await settled();
    vi.advanceTimersByTime(1_000);
    await peer.expect("unbind");
    vi.advanceTimersByTime(1_000);
    await outcome;
    await ending;
  });

  test("with unbindTimeout 0 waits as long as it takes, for either", async () => {
    const [session, peer] = await bound({ unbindTimeout: 0, enquireLinkInterval: 0 });
    const sending = session.request({ command: "submit_sm" }, { timeout: 0 });
    const submit = await peer.expect("submit_sm");
    const ending = session.unbind();
    await settled();
    vi.advanceTimersByTime(600_000);
    await settled();
    expect(peer.unread).toBe(0);
    peer.send({ command: "submit_sm_resp", sequence_number: submit.sequence_number });
    await sending;
    const unbind = await peer.expect("unbind");
    vi.advanceTimersByTime(600_000);
    await settled();
    expect(session.state).toBe("BOUND_TRX");
    peer.send({ command: "unbind_resp", sequence_number: unbind.sequence_number });
    await ending;
    expect(session.state).toBe("CLOSED");
  });

  test.each([[0], [1_000]])(
    "with unbindTimeout %i resolves when close() follows at once",
    async (unbindTimeout) => {
      const [session] = await bound({ unbindTimeout });
      const ending = session.unbind();
      await session.close();
      await ending;
      expect(session.state).toBe("CLOSED");
    },
  );

  test("of both at once ends both", async () => {
    const [session, peer] = await bound();
    const unbound = once<["us" | "peer"]>(session, "unbound");
    const ending = session.unbind();
    await peer.expect("unbind");
    peer.send({ command: "unbind", sequence_number: 1 });
    await peer.expect("unbind_resp");
    await ending;
    expect(await unbound).toEqual(["peer"]);
  });

  test.each([
    ["close()", (session: Session) => void session.close()],
    ["the peer's end", (_session: Session, peer: ScriptedPeer) => void peer.stream.destroy()],
  ])("that waits for the last requests is over with %s", async (_name, end) => {
    const [session, peer] = await bound();
    const outcome = expect(session.request({ command: "submit_sm" })).rejects.toBeDefined();
    await peer.expect("submit_sm");
    const ending = session.unbind();
    end(session, peer);
    await Promise.all([ending, outcome]);
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["this side", (session: Session) => void session.unbind()],
    ["the peer", (_: Session, peer: ScriptedPeer) => peer.send({ command: "unbind" })],
  ])("by %s is the reason of the end, and says so", async (who, unbind) => {
    const [session, peer] = await bound();
    const closed = once<[Error]>(session, "close");
    unbind(session, peer);
    if (who === "this side") {
      const { sequence_number } = await peer.expect("unbind");
      peer.send({ command: "unbind_resp", sequence_number });
    }
    expect(await closed).toMatchObject([
      { code: "unbound", message: `${who} unbound the session` },
    ]);
  });

  test("before a bind just closes", async () => {
    const [session, peer] = connect();
    await session.unbind();
    await peer.ended();
    expect(peer.unread).toBe(0);
  });

  test("may be refused by a callback: the session goes on", async () => {
    const [session, peer] = await bound();
    session.setCallbacks({ unbind: () => Status.ESME_RSYSERR });
    peer.send({ command: "unbind", sequence_number: 1 });
    expect(await peer.expect("unbind_resp")).toMatchObject({ command_status: 8 });
    expect(session.state).toBe("BOUND_TRX");
  });
});

test("a stream that was paused is read all the same", async () => {
  const [ours, theirs] = duplexPair();
  ours.pause();
  const session = new Session(ours, { role: "smsc" });
  theirs.write(encode({ command: "bind_transceiver", sequence_number: 1 }));
  await settled();
  expect(session.state).toBe("BOUND_TRX");
  await session.close();
});

describe("a stream that was over before the session began", () => {
  test.each([
    ["destroyed", async (ours: Duplex) => void ours.destroy()],
    [
      "destroyed, which it tells later",
      async (ours: Duplex) => {
        vi.spyOn(ours, "_destroy").mockImplementation((error, done) => setImmediate(done, error));
        ours.destroy();
      },
    ],
    ["closed", async (ours: Duplex) => once(ours.destroy(), "close")],
    [
      "ended by the peer",
      async (ours: Duplex, theirs: Duplex) => {
        ours.resume();
        const ended = once(ours, "end");
        theirs.end();
        return ended;
      },
    ],
    ["ended by us", async (ours: Duplex) => void ours.end()],
  ])("%s: the session ends at once", async (_name, end) => {
    const [ours, theirs] = duplexPair();
    await end(ours, theirs);
    const session = new Session(ours, { role: "esme" });
    const closed = once<[{ code: string }]>(session, "close");
    expect(session.state).toBe("CLOSED");
    await expect(session.request({ command: "bind_transceiver" })).rejects.toMatchObject({
      code: "closed",
      written: false,
    });
    expect(await closed).toMatchObject([{ code: "closed_by_peer" }]);
    await session.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("send() numbers what has no response", () => {
  test("from the sequencer, in order with requests", async () => {
    const [session, peer] = await serving();
    session.send({ command: "alert_notification", source_addr: "1" });
    session.send({ command: "alert_notification", source_addr: "2", sequence_number: 70 });
    void session.request({ command: "deliver_sm" }).catch(() => {});
    session.send({ command: "alert_notification", source_addr: "3" });
    const seen = [await peer.next(), await peer.next(), await peer.next(), await peer.next()];
    expect(seen.map((pdu) => [pdu.command, pdu.sequence_number])).toEqual([
      ["alert_notification", 1],
      ["alert_notification", 70],
      ["alert_notification", 2],
      ["deliver_sm", 3],
    ]);
    expect(session.stats().inFlight).toBe(1);
  });

  test.each<PduInput>([
    { command: "generic_nack", command_status: Status.ESME_RINVCMDID },
    { command: "deliver_sm_resp" },
    { command: "unknown", command_id: 0x999, body: new Uint8Array() },
  ])("but not %o, which answers one or is none", async (pdu) => {
    const [session, peer] = await bound();
    session.send(pdu);
    expect(await peer.next()).toMatchObject({ ...pdu, sequence_number: 0 });
    void session.request({ command: "submit_sm" }).catch(() => {});
    expect((await peer.next()).sequence_number).toBe(2);
  });

  test("an outbind, also right before the close, and with a number that comes late", async () => {
    const [session, peer] = connect({ role: "smsc" });
    session.send({ command: "outbind", system_id: "s" });
    void session.close();
    expect(await peer.next()).toMatchObject({ command: "outbind", sequence_number: 1 });
    const [late, other] = connect({ role: "smsc", sequencer: { next: async () => 9 } });
    late.send({ command: "outbind", system_id: "s" });
    expect(await other.next()).toMatchObject({ command: "outbind", sequence_number: 9 });
  });

  test("with a sequencer that fails, with a number of ours", async () => {
    const next = () => Promise.reject(new Error("no redis"));
    const [session, peer] = connect({ role: "smsc", sequencer: { next } });
    const reported = once<[Error]>(session, "error");
    session.send({ command: "outbind" });
    expect(await peer.next()).toMatchObject({ command: "outbind", sequence_number: 0x7fffffff });
    expect((await reported)[0].message).toBe("no redis");
  });
});

describe("the end", () => {
  test("close() ends everything with LinkError, resolves when the stream is closed, and again", async () => {
    const [session, peer] = await bound({ window: 1 });
    const all = Promise.allSettled([1, 2].map(() => session.request({ command: "submit_sm" })));
    await peer.expect("submit_sm");
    await session.close();
    await session.close();
    expect(await all).toMatchObject([
      { reason: { code: "closed", written: true } },
      { reason: { code: "closed", written: false } },
    ]);
    await expect(session.request({ command: "submit_sm" })).rejects.toMatchObject({
      code: "closed",
    });
    expect(() => session.send({ command: "generic_nack" })).toThrow("the session is closed");
  });

  test("an error of the stream is the reason", async () => {
    const [ours] = duplexPair();
    const session = new Session(ours, { role: "esme" });
    const closed = once<[Error]>(session, "close");
    const cause = new Error("read ECONNRESET");
    const binding = session.request({ command: "bind_transceiver" });
    ours.destroy(cause);
    await expect(binding).rejects.toMatchObject({ code: "stream_error", written: false, cause });
    expect((await closed)[0]).toMatchObject({
      code: "stream_error",
      message: "read ECONNRESET",
      cause,
    });
  });

  test("of the connection ends the session, whoever has it", async () => {
    const [session, peer] = await bound();
    const closed = once<[Error]>(session, "close");
    peer.stream.destroy();
    expect((await closed)[0]).toMatchObject({ code: "closed_by_peer" });
    await session.close();
  });

  /** A peer that never closes its side. */
  function deaf(peer: ScriptedPeer): void {
    peer.stream.removeAllListeners("end");
  }

  test.each<[string, (session: Session, peer: ScriptedPeer) => Promise<unknown>]>([
    [
      "an unbind of ours",
      async (session, peer) => {
        void session.unbind();
        const { sequence_number } = await peer.expect("unbind");
        peer.send({ command: "unbind_resp", sequence_number });
      },
    ],
    [
      "an unbind of the peer",
      async (_, peer) => {
        peer.send({ command: "unbind", sequence_number: 1 });
        await peer.expect("unbind_resp");
      },
    ],
    [
      "octets that are no SMPP",
      async (_, peer) => {
        peer.write(Buffer.from("GET / HTTP/1.1"));
        await peer.expect("generic_nack");
      },
    ],
  ])("after %s waits a second for the peer to close", async (_, end) => {
    const [session, peer] = await bound();
    deaf(peer);
    await end(session, peer);
    await settled();
    const told = vi.fn();
    session.on("close", told);
    vi.advanceTimersByTime(999);
    await settled();
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    await settled();
    expect(told).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("close() waits a second for a peer that does not read, and no longer", async () => {
    const [ours] = duplexPair();
    const session = new Session(ours, { role: "smsc" });
    vi.spyOn(ours, "_write").mockImplementation(() => {});
    session.send({ command: "outbind" });
    const closed = session.close();
    await settled();
    vi.advanceTimersByTime(999);
    expect(ours.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    await closed;
    expect(ours.destroyed).toBe(true);
  });

  test("in a callback: nothing of what came behind in the same piece is handed out", async () => {
    const seen: number[] = [];
    const [session, peer] = await bound();
    session.setCallbacks({
      deliver_sm: ({ sequence_number }) => {
        seen.push(sequence_number);
        void session.close();
      },
    });
    peer.send(
      { command: "deliver_sm", sequence_number: 1 },
      { command: "deliver_sm", sequence_number: 2 },
    );
    await peer.ended();
    expect(seen).toEqual([1]);
    expect(session.stats().received).toMatchObject({ deliver_sm: 1 });
  });

  test("leaves no timer behind", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await sending;
    await session.close();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
