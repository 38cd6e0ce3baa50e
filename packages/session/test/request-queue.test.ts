// One queue for several sessions: one order, one rate, a window each.
import { Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LinkError, type RequestOptions, RequestQueue, type SessionOptions } from "../src/index.ts";
import { bound, connect, settled } from "./connect.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

const submit = (destination_addr: string) => ({ command: "submit_sm", destination_addr }) as const;

/** Answers the next submit_sm of this peer; returns where it went. */
async function serve(peer: ScriptedPeer): Promise<string> {
  const { sequence_number, destination_addr } = await peer.expect("submit_sm");
  peer.send({ command: "submit_sm_resp", sequence_number, message_id: destination_addr });
  return destination_addr;
}

test("each session takes, in order, what its window has room for", async () => {
  const queue = new RequestQueue({});
  const [, left] = await bound({ queue, window: 2 });
  const [, right] = await bound({ queue, window: 1 });
  const all = ["1", "2", "3", "4", "5"].map((to) => queue.request(submit(to)));
  await settled();
  expect([left.unread, right.unread, queue.size]).toEqual([2, 1, 2]);
  const seen = [await serve(left), await serve(left), await serve(right)];
  expect(seen.sort()).toEqual(["1", "2", "3"]);
  await settled();
  for (const peer of [left, right]) while (peer.unread > 0) seen.push(await serve(peer));
  expect(seen.slice(3).sort()).toEqual(["4", "5"]);
  expect((await Promise.all(all)).map(({ message_id }) => message_id)).toEqual([
    "1",
    "2",
    "3",
    "4",
    "5",
  ]);
});

describe("a request with priority", () => {
  const priority = { priority: true };

  test("goes before all that wait without, behind those that came with it before", async () => {
    const queue = new RequestQueue({});
    const all = [
      queue.request(submit("1")),
      queue.request(submit("2")),
      queue.request(submit("first"), priority),
      queue.request(submit("second"), priority),
    ];
    expect(queue.size).toBe(4);
    const [, peer] = await bound({ queue, window: 1 });
    const seen: string[] = [];
    for (let count = 0; count < 4; count++) seen.push(await serve(peer));
    expect(seen).toEqual(["first", "second", "1", "2"]);
    await Promise.all(all);
    expect(queue.size).toBe(0);
  });

  test("goes before one that comes back, which keeps its place among the others", async () => {
    const queue = new RequestQueue({});
    const [, left] = await bound({ queue, window: 1, onLinkLoss: "resend" });
    const all = ["1", "2"].map((to) => queue.request(submit(to)));
    await left.expect("submit_sm");
    left.stream.destroy();
    all.push(queue.request(submit("first"), priority));
    const [, right] = await bound({ queue, window: 1 });
    expect([await serve(right), await serve(right), await serve(right)]).toEqual([
      "first",
      "1",
      "2",
    ]);
    await Promise.all(all);
  });

  test.each([
    ["all but what is kept for it", 3, 1, 2],
    ["one place at least", 2, 5, 1],
  ])("finds room in a window of which the others take %s", async (_, window, kept, others) => {
    const queue = new RequestQueue({});
    const [, peer] = await bound({ queue, window, priorityWindow: kept });
    const all = ["1", "2", "3", "4"].map((to) => queue.request(submit(to)));
    await settled();
    expect(peer.unread).toBe(others);
    all.push(queue.request(submit("first"), priority));
    await settled();
    expect(peer.unread).toBe(others + 1);
    const seen: string[] = [];
    while (peer.unread > 0) {
      seen.push(await serve(peer));
      await settled();
    }
    expect(seen.indexOf("first")).toBe(others);
    expect(seen).toHaveLength(5);
    await Promise.all(all);
  });

  test("waits no longer than it may, and no longer than it is wanted", async () => {
    const queue = new RequestQueue({});
    const release = queue.retain();
    const abort = new AbortController();
    const late = queue.request(submit("1"), { priority: true, waitTimeout: 1 });
    const unwanted = queue.request(submit("2"), { priority: true, signal: abort.signal });
    abort.abort();
    await expect(unwanted).rejects.toMatchObject({ name: "AbortError" });
    await expect(late).rejects.toMatchObject({ code: "wait_timeout" });
    expect(queue.size).toBe(0);
    const waiting = queue.request(submit("3"), priority);
    release(new LinkError("closed", "over"));
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
  });
});

test("the rate counts over all of them", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    const queue = new RequestQueue({ maxPerSecond: 2 });
    const [session, peer] = await bound({ queue });
    const peers = [peer, (await bound({ queue }))[1]];
    expect([queue.rate, session.stats().rate]).toEqual([2, 2]);
    const all = ["1", "2", "3", "4"].map((to) => queue.request(submit(to)).catch(() => {}));
    const written = () => peers.reduce((sum, peer) => sum + peer.unread, 0);
    await settled();
    expect(written()).toBe(1);
    for (const count of [2, 3, 4]) {
      vi.advanceTimersByTime(500);
      await settled();
      expect(written()).toBe(count);
    }
    queue.rejectAll(new LinkError("closed", "over"));
    for (const peer of peers) while (peer.unread > 0) await serve(peer);
    await Promise.all(all);
  } finally {
    vi.useRealTimers();
  }
});

describe("when one of the sessions", () => {
  test("is lost, what it had in flight goes to the other with `resend`", async () => {
    const queue = new RequestQueue({});
    const [, left] = await bound({ queue, window: 1, onLinkLoss: "resend" });
    const [, right] = await bound({ queue, window: 1 });
    const all = ["1", "2"].map((to) => queue.request(submit(to)));
    const { destination_addr } = await left.expect("submit_sm");
    left.stream.destroy();
    const seen = [await serve(right), await serve(right)];
    expect(seen[1]).toBe(destination_addr);
    expect(seen.sort()).toEqual(["1", "2"]);
    await Promise.all(all);
  });

  test("unbinds, it takes nothing more and does not wait for what the other will take", async () => {
    const queue = new RequestQueue({});
    const [left, leftPeer] = await bound({ queue, window: 1 });
    const [, right] = await bound({ queue, window: 1 });
    const all = ["1", "2", "3"].map((to) => queue.request(submit(to)));
    await settled();
    const unbinding = left.unbind();
    const seen = [await serve(leftPeer)];
    const unbind = await leftPeer.expect("unbind");
    expect(queue.size).toBe(1);
    leftPeer.send({ command: "unbind_resp", sequence_number: unbind.sequence_number });
    await unbinding;
    seen.push(await serve(right), await serve(right));
    expect(seen.sort()).toEqual(["1", "2", "3"]);
    await Promise.all(all);
  });

  test("is bound to receive only, it takes no submit_sm", async () => {
    const queue = new RequestQueue({});
    const [receiver, peer] = connect({ queue });
    const binding = receiver.request({ command: "bind_receiver" });
    const { sequence_number } = await peer.expect("bind_receiver");
    peer.send({ command: "bind_receiver_resp", sequence_number });
    await binding;
    const [, other] = await bound({ queue });
    const sending = queue.request(submit("1"));
    expect(await serve(other)).toBe("1");
    await sending;
    expect(peer.unread).toBe(0);
  });
});

test("those who keep a queue keep what waits in it; the last to give it up rejects it", async () => {
  const queue = new RequestQueue({});
  const [first, second] = [queue.retain(), queue.retain()];
  const outcome = expect(queue.request(submit("1"))).rejects.toMatchObject({
    code: "closed",
    written: false,
  });
  const reason = new LinkError("closed", "over");
  first(reason);
  first(reason);
  expect(queue.size).toBe(1);
  second(reason);
  await outcome;
  expect(queue.size).toBe(0);
  // Nobody is left who could bring a session: what comes late must not wait for ever.
  await expect(queue.request(submit("2"))).rejects.toMatchObject({
    code: "closed",
    written: false,
  });
  const third = queue.retain();
  const waiting = expect(queue.request(submit("3"))).rejects.toMatchObject({ code: "closed" });
  expect(queue.size).toBe(1);
  third(reason);
  await waiting;
});

test("what comes back when nobody keeps the queue goes to a session that is left", async () => {
  const queue = new RequestQueue({});
  const release = queue.retain();
  const [first, peer] = await bound({ queue, window: 1, onLinkLoss: "resend" });
  const [, other] = await bound({ queue, window: 1 });
  const all = ["1", "2"].map((to) => queue.request(submit(to)));
  const lost = await peer.expect("submit_sm");
  await serve(other);
  release(new LinkError("closed", "over"));
  await first.close();
  expect(await serve(other)).toBe(lost.destination_addr);
  await Promise.all(all);
});

describe("a request with an onLinkLoss of its own", () => {
  test.each([
    ["goes back to its place, whatever the session does with others", "reject", "resend"],
    ["is rejected, whatever the session does with others", "resend", "reject"],
  ] as const)("%s", async (_, others, own) => {
    const queue = new RequestQueue({});
    const release = queue.retain();
    const [first, peer] = await bound({ queue, window: 1, onLinkLoss: others });
    const onLinkLoss = vi.fn(() => own);
    const mine = queue.request(submit("mine"), { onLinkLoss });
    const later = queue.request(submit("later"));
    await peer.expect("submit_sm");
    const isRejected = expect(mine)[own === "reject" ? "rejects" : "resolves"];
    const told = isRejected.toMatchObject(
      own === "reject" ? { code: "closed", written: true } : { message_id: "mine" },
    );
    await first.close();
    expect(onLinkLoss.mock.calls).toEqual([
      [expect.objectContaining({ code: "closed", written: true })],
    ]);
    const [, next] = await bound({ queue, window: 1 });
    if (own === "resend") expect(await serve(next)).toBe("mine");
    expect(await serve(next)).toBe("later");
    await Promise.all([told, later]);
    release(new LinkError("closed", "over"));
  });

  test("is rejected when that throws, which the session reports", async () => {
    const queue = new RequestQueue({});
    const release = queue.retain();
    const [session, peer] = await bound({ queue, onLinkLoss: "resend" });
    const errors: Error[] = [];
    session.on("error", (error) => errors.push(error));
    const onLinkLoss = () => {
      throw new Error("what now?");
    };
    const told = expect(queue.request(submit("1"), { onLinkLoss })).rejects.toMatchObject({
      code: "closed",
    });
    await peer.expect("submit_sm");
    await session.close();
    await told;
    expect(errors.map(({ message }) => message)).toEqual(["what now?"]);
    release(new LinkError("closed", "over"));
  });

  test("is asked after each bind that refuses it, more than three times", async () => {
    const queue = new RequestQueue({});
    const onLinkLoss = vi.fn(() => "resend" as const);
    const sending = queue.request(submit("1"), { onLinkLoss });
    for (let binds = 0; binds < 5; binds += 1) {
      const [, peer] = await bound({ queue });
      const { sequence_number } = await peer.expect("submit_sm");
      const command_status = Status.ESME_RINVBNDSTS;
      peer.send({ command: "submit_sm_resp", sequence_number, command_status });
      await settled();
    }
    const [, last] = await bound({ queue });
    await serve(last);
    expect(await sending).toMatchObject({ message_id: "1" });
    expect(onLinkLoss.mock.calls).toHaveLength(5);
    expect(onLinkLoss).toHaveBeenCalledWith(
      expect.objectContaining({ code: "bind_lost", written: false }),
    );
  });
});

test("a session that unbinds does not wait for what a client without a link will take", async () => {
  const queue = new RequestQueue({});
  const releases = [queue.retain(), queue.retain()];
  const [session, peer] = await bound({ queue, window: 1 });
  const all = Promise.allSettled(["1", "2"].map((to) => queue.request(submit(to))));
  await settled();
  const unbinding = session.unbind();
  expect(await serve(peer)).toBe("1");
  const { sequence_number } = await peer.expect("unbind");
  expect(queue.size).toBe(1);
  peer.send({ command: "unbind_resp", sequence_number });
  await unbinding;
  expect(queue.size).toBe(1);
  for (const release of releases) release(new LinkError("closed", "over"));
  await all;
});

test("what comes back when nobody is left to bring a session is rejected, and may have been taken", async () => {
  const queue = new RequestQueue({});
  const release = queue.retain();
  const [session, peer] = await bound({ queue, window: 1, onLinkLoss: "resend" });
  const all = Promise.allSettled(["1", "2"].map((to) => queue.request(submit(to))));
  await peer.expect("submit_sm");
  release(new LinkError("closed", "over"));
  expect(queue.size).toBe(0);
  // A session is left: it still takes.
  const third = expect(queue.request(submit("3"))).rejects.toMatchObject({
    code: "closed",
    written: false,
  });
  expect(queue.size).toBe(1);
  await session.close();
  expect(await all).toMatchObject([
    { reason: { code: "closed", written: true, message: expect.stringContaining("over") } },
    { reason: { code: "closed", written: false } },
  ]);
  await third;
  expect(queue.size).toBe(0);
});

test("maxWaiting counts what waits, not what was taken back", async () => {
  const queue = new RequestQueue({ maxWaiting: 2 });
  const abort = new AbortController();
  const outcomes = [
    queue.request(submit("1"), { signal: abort.signal }),
    queue.request(submit("2")),
  ].map((request) => request.catch(({ code }) => code));
  await expect(queue.request(submit("3"))).rejects.toMatchObject({
    code: "queue_full",
    written: false,
    message: "submit_sm was not taken: 2 requests wait already (maxWaiting)",
  });
  abort.abort();
  outcomes.push(queue.request(submit("4")).catch(({ code }) => code));
  expect(queue.size).toBe(2);
  queue.rejectAll(new LinkError("closed", "over"));
  expect(await Promise.all(outcomes)).toEqual(["aborted", "closed", "closed"]);
});

describe("with a clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("each request waits for its own time, and no timer is left", async () => {
    const queue = new RequestQueue({ waitTimeout: 300 });
    const ended: string[] = [];
    const wait = (name: string, options: RequestOptions) =>
      queue.request(submit("1"), options).catch(({ code }) => ended.push(`${name} ${code}`));
    const abort = new AbortController();
    const all = [
      wait("slow", { waitTimeout: 2_000 }),
      wait("default", {}),
      wait("quick", { waitTimeout: 100 }),
      wait("aborted", { waitTimeout: 200, signal: abort.signal }),
      wait("patient", { waitTimeout: 0 }),
    ];
    const after = async (milliseconds: number, expected: string[]) => {
      vi.advanceTimersByTime(milliseconds);
      await settled();
      expect(ended).toEqual(expected);
    };
    await after(99, []);
    await after(1, ["quick wait_timeout"]);
    abort.abort();
    await after(199, ["quick wait_timeout", "aborted aborted"]);
    await after(1, ["quick wait_timeout", "aborted aborted", "default wait_timeout"]);
    expect(queue.size).toBe(2);
    await after(1_699, ["quick wait_timeout", "aborted aborted", "default wait_timeout"]);
    vi.advanceTimersByTime(1);
    await all[0];
    expect(ended.at(-1)).toBe("slow wait_timeout");
    expect(queue.size).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    queue.rejectAll(new LinkError("closed", "over"));
    await Promise.all(all);
    expect(ended.at(-1)).toBe("patient closed");
  });

  test("a request that comes back has what is left of its time to wait", async () => {
    const queue = new RequestQueue({ waitTimeout: 1_000, requestTimeout: 0 });
    const [session, peer] = await bound({ queue, onLinkLoss: "resend", enquireLinkInterval: 0 });
    const release = queue.retain();
    const outcome = expect(queue.request(submit("1"))).rejects.toMatchObject({
      code: "wait_timeout",
      written: true,
    });
    await peer.expect("submit_sm");
    vi.advanceTimersByTime(600);
    await session.close();
    vi.advanceTimersByTime(399);
    expect(queue.size).toBe(1);
    vi.advanceTimersByTime(1);
    await outcome;
    expect(queue.size).toBe(0);
    release(new LinkError("closed", "over"));
  });

  test("a request that comes back when its time is over has waited too long", async () => {
    const queue = new RequestQueue({ waitTimeout: 1_000, requestTimeout: 0 });
    const release = queue.retain();
    const [session, peer] = await bound({ queue, onLinkLoss: "resend", enquireLinkInterval: 0 });
    const outcome = expect(queue.request(submit("1"))).rejects.toMatchObject({
      code: "wait_timeout",
      written: true,
    });
    await peer.expect("submit_sm");
    vi.advanceTimersByTime(1_500);
    await session.close();
    expect(queue.size).toBe(1);
    vi.advanceTimersByTime(1);
    await outcome;
    expect(queue.size).toBe(0);
    release(new LinkError("closed", "over"));
  });

  const throttleStatuses = [Status.ESME_RTHROTTLED];

  /** Answers the next submit_sm: with 0, or slower please. */
  async function answer(peer: ScriptedPeer, isThrottled: boolean): Promise<void> {
    const { sequence_number } = await peer.expect("submit_sm");
    const command_status = isThrottled ? Status.ESME_RTHROTTLED : Status.ESME_ROK;
    peer.send({ command: "submit_sm_resp", sequence_number, command_status });
    await settled();
  }

  test("requests that are refused together keep their order", async () => {
    const [session, peer] = await bound({ throttleStatuses, requestTimeout: 0 });
    const all = ["1", "2", "3"].map((to) => session.request(submit(to)).catch(() => {}));
    for (const _ of all) await answer(peer, true);
    const seen: string[] = [];
    for (const _ of all) {
      vi.advanceTimersByTime(1_000);
      seen.push(await serve(peer));
      await settled();
    }
    expect(seen).toEqual(["1", "2", "3"]);
    await Promise.all(all);
  });

  test("a refused request that is aborted while it waits is not sent, and was not taken", async () => {
    const [session, peer] = await bound({ throttleStatuses, requestTimeout: 0 });
    const abort = new AbortController();
    const { signal } = abort;
    const outcome = expect(session.request(submit("1"), { signal })).rejects.toMatchObject({
      name: "AbortError",
      written: false,
    });
    const other = session.request(submit("2"));
    for (const _ of [1, 2]) await answer(peer, true);
    abort.abort();
    await outcome;
    expect(session.stats()).toMatchObject({ waiting: 1, inFlight: 0 });
    vi.advanceTimersByTime(1_000);
    expect(await serve(peer)).toBe("2");
    await other;
    expect(session.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  test("a request that was aborted in flight does not come back when it is refused", async () => {
    const [session, peer] = await bound({ throttleStatuses, requestTimeout: 0 });
    const abort = new AbortController();
    const sending = session.request(submit("1"), { signal: abort.signal });
    const outcome = expect(sending).rejects.toMatchObject({ name: "AbortError", written: true });
    await settled();
    abort.abort();
    await outcome;
    await answer(peer, true);
    expect(session.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
    vi.advanceTimersByTime(10_000);
    await settled();
    expect(peer.unread).toBe(0);
  });

  test("the rate after a refusal comes from the messages that the peer took, not from questions", async () => {
    const [session, peer] = await bound({ window: 30, throttleStatuses, requestTimeout: 0 });
    const asked = Array.from({ length: 10 }, () => session.request({ command: "query_sm" }));
    for (const _ of asked) {
      const { sequence_number } = await peer.expect("query_sm");
      peer.send({ command: "query_sm_resp", sequence_number });
    }
    const taken = Array.from({ length: 10 }, () => session.request(submit("1")));
    for (const _ of taken) await answer(peer, false);
    await Promise.all([...asked, ...taken]);
    expect(session.stats().rate).toBe(Number.POSITIVE_INFINITY);
    const refused = session.request(submit("1")).catch(() => {});
    await answer(peer, true);
    // 0.7 of 10 in a tenth of a second.
    expect(session.stats().rate).toBeCloseTo(70);
    await session.close();
    await refused;
  });

  test("a question is not slowed down by the rate, but waits for a pause", async () => {
    const [session, peer] = await bound({ maxPerSecond: 1, throttleStatuses, requestTimeout: 0 });
    const all = Promise.allSettled([
      session.request({ command: "query_sm" }),
      session.request(submit("1")),
      session.request({ command: "query_sm" }),
      session.request(submit("2")),
    ]);
    await peer.expect("query_sm");
    const first = await peer.expect("submit_sm");
    await peer.expect("query_sm");
    await settled();
    expect(peer.unread).toBe(0);
    const { sequence_number } = first;
    const command_status = Status.ESME_RTHROTTLED;
    peer.send({ command: "submit_sm_resp", sequence_number, command_status });
    await settled();
    // What was refused stands first again; a question behind it keeps its place.
    const asking = session.request({ command: "query_sm" }).catch(() => {});
    vi.advanceTimersByTime(999);
    await settled();
    expect(peer.unread).toBe(0);
    vi.advanceTimersByTime(1);
    expect((await peer.expect("submit_sm")).destination_addr).toBe("1");
    await session.close();
    await Promise.all([all, asking]);
  });

  test("the pause of a throttled question stops what is behind it", async () => {
    const [session, peer] = await bound({ throttleStatuses, requestTimeout: 0 });
    const asking = session.request({ command: "query_sm" }).catch(() => {});
    const { sequence_number } = await peer.expect("query_sm");
    const command_status = Status.ESME_RTHROTTLED;
    peer.send({ command: "query_sm_resp", sequence_number, command_status });
    await settled();
    vi.advanceTimersByTime(999);
    await settled();
    expect(peer.unread).toBe(0);
    vi.advanceTimersByTime(1);
    await peer.expect("query_sm");
    await session.close();
    await asking;
  });
});

describe("a request that no session may send", () => {
  const deliver = { command: "deliver_sm" } as const;

  /** Bound so; the others of these tests are transceivers. */
  async function boundAs(
    command: "bind_receiver" | "bind_transmitter",
    options: Partial<SessionOptions>,
  ): Promise<ScriptedPeer> {
    const [session, peer] = connect(options);
    const binding = session.request({ command });
    const { sequence_number } = await peer.expect(command);
    peer.send({ command: `${command}_resp`, sequence_number });
    await binding;
    return peer;
  }

  test.each([[1], [2]])(
    "is refused when its turn comes, alone, with %i sessions",
    async (count) => {
      const queue = new RequestQueue({});
      const peers: ScriptedPeer[] = [];
      for (let n = 0; n < count; n++) peers.push((await bound({ queue }))[1]);
      const refused = expect(queue.request(deliver)).rejects.toMatchObject({
        code: "wrong_state",
        written: false,
        message: "deliver_sm was not sent: an ESME never sends it",
      });
      const sending = queue.request(submit("1"));
      await refused;
      await settled();
      const peer = peers.find(({ unread }) => unread > 0);
      expect(peer && (await serve(peer))).toBe("1");
      await sending;
      expect(queue.size).toBe(0);
    },
  );

  test("of its kind of bind is refused when all are bound so", async () => {
    const queue = new RequestQueue({});
    const peers = [
      await boundAs("bind_receiver", { queue }),
      await boundAs("bind_receiver", { queue }),
    ];
    await expect(queue.request(submit("1"))).rejects.toMatchObject({
      code: "wrong_state",
      written: false,
      message: expect.stringContaining("not allowed in state BOUND_RX"),
    });
    expect(peers.map(({ unread }) => unread)).toEqual([0, 0]);
  });

  test("of its kind of bind is refused when each who keeps the queue has such a session", async () => {
    const queue = new RequestQueue({});
    const releases = [queue.retain(), queue.retain()];
    for (const _ of releases) await boundAs("bind_receiver", { queue });
    await expect(queue.request(submit("1"))).rejects.toMatchObject({ code: "wrong_state" });
    for (const release of releases) release(new LinkError("closed", "over"));
  });

  test("waits while somebody who keeps the queue has no session: it may be one that can", async () => {
    const queue = new RequestQueue({});
    const releases = [queue.retain(), queue.retain()];
    await boundAs("bind_receiver", { queue });
    const sending = queue.request(submit("1"));
    await settled();
    expect(queue.size).toBe(1);
    expect(await serve(await boundAs("bind_transmitter", { queue }))).toBe("1");
    await sending;
    for (const release of releases) release(new LinkError("closed", "over"));
  });

  test("waits for one that is not bound yet", async () => {
    const queue = new RequestQueue({});
    await boundAs("bind_receiver", { queue });
    const [other, peer] = connect({ queue });
    const sending = queue.request(submit("1"));
    await settled();
    expect(queue.size).toBe(1);
    void other.request({ command: "bind_transmitter" });
    const { sequence_number } = await peer.expect("bind_transmitter");
    peer.send({ command: "bind_transmitter_resp", sequence_number });
    expect(await serve(peer)).toBe("1");
    await sending;
  });

  test("with TLVs leaves a session of 3.3 to those that know them", async () => {
    const queue = new RequestQueue({});
    const [, old] = await bound({ queue, peerVersion: 0x33 });
    const [session, peer] = await bound({ queue, peerVersion: 0x34 });
    const sending = queue.request({ ...submit("1"), user_message_reference: 7 });
    expect(await serve(peer)).toBe("1");
    await sending;
    await session.close();
    await expect(
      queue.request({ ...submit("2"), user_message_reference: 7 }),
    ).rejects.toMatchObject({ code: "version", written: false });
    const plain = queue.request(submit("3"));
    expect(await serve(old)).toBe("3");
    await plain;
  });
});
