import { getEventListeners } from "node:events";
import type { Duplex } from "node:stream";
import { encode, type Pdu, PduError, type PduInput, Status } from "@esme/pdu";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  AbortError,
  LinkError,
  RequestQueue,
  Session,
  StatusError,
  TimeoutError,
} from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";
import { duplexPair, ScriptedPeer } from "./scripted-peer.ts";

const submit = (destination_addr = "1") => ({ command: "submit_sm", destination_addr }) as const;

test("a request resolves with its response", async () => {
  const [session, peer] = await bound();
  const sending = session.request(submit("447937954654"));
  const { sequence_number, destination_addr } = await peer.expect("submit_sm");
  expect(destination_addr).toBe("447937954654");
  peer.send({ command: "submit_sm_resp", sequence_number, message_id: "7" });
  expect(await sending).toMatchObject({ command: "submit_sm_resp", message_id: "7" });
});

test("a refusal rejects with StatusError, which names the status and has the response", async () => {
  const [session, peer] = await bound();
  const sending = session.request(submit());
  const { sequence_number } = await peer.expect("submit_sm");
  const command_status = Status.ESME_RINVDSTADR;
  peer.send({ command: "submit_sm_resp", sequence_number, command_status });
  const error: unknown = await sending.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StatusError);
  expect(error).toMatchObject({
    code: "status",
    command: "submit_sm",
    status: 0x0b,
    statusName: "ESME_RINVDSTADR",
    response: { sequence_number },
  });
});

test("a field that does not fit rejects at once, and nothing is written", async () => {
  const [session, peer] = await bound();
  await expect(session.request(submit("x".repeat(21)))).rejects.toBeInstanceOf(PduError);
  const next = session.request({ command: "enquire_link" });
  const { sequence_number } = await peer.expect("enquire_link");
  peer.send({ command: "enquire_link_resp", sequence_number });
  await next;
});

describe("the window", () => {
  test("holds no more requests than it may; the others wait in order", async () => {
    const [session, peer] = await bound({ window: 2 });
    const all = ["1", "2", "3", "4"].map((to) => session.request(submit(to)));
    const first = await peer.expect("submit_sm");
    const second = await peer.expect("submit_sm");
    await settled();
    expect(peer.unread).toBe(0);
    expect(session.stats()).toMatchObject({ window: 2, inFlight: 2, waiting: 2 });
    for (const { sequence_number } of [second, first]) {
      peer.send({ command: "submit_sm_resp", sequence_number });
    }
    const third = await peer.expect("submit_sm");
    const fourth = await peer.expect("submit_sm");
    expect([third.destination_addr, fourth.destination_addr]).toEqual(["3", "4"]);
    for (const { sequence_number } of [third, fourth]) {
      peer.send({ command: "submit_sm_resp", sequence_number });
    }
    await Promise.all(all);
    expect(session.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test("is not needed for enquire_link and unbind", async () => {
    const [session, peer] = await bound({ window: 1 });
    const sending = session.request(submit());
    const { sequence_number } = await peer.expect("submit_sm");
    const asking = session.request({ command: "enquire_link" });
    const enquiry = await peer.expect("enquire_link");
    peer.send({ command: "enquire_link_resp", sequence_number: enquiry.sequence_number });
    await asking;
    peer.send({ command: "submit_sm_resp", sequence_number });
    await sending;
  });

  test("a request beyond maxWaiting rejects at once", async () => {
    const [session] = await bound({ window: 1, maxWaiting: 1 });
    const taken = [session.request(submit())];
    const outcomes = Promise.allSettled(taken);
    const error: unknown = await session.request(submit()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "queue_full", written: false });
    await Promise.all([outcomes, session.close()]);
  });
});

test("what is made in one turn, and by those who hear of an answer, leaves in one write", async () => {
  const [ours, theirs] = duplexPair();
  const peer = new ScriptedPeer(theirs);
  const session = new Session(ours, { role: "esme", window: 3 });
  onTestFinished(() => session.close());
  const binding = session.request({ command: "bind_transceiver" });
  const bind = await peer.expect("bind_transceiver");
  peer.send({ command: "bind_transceiver_resp", sequence_number: bind.sequence_number });
  await binding;
  const write = vi.spyOn(ours, "write");
  const first = ["1", "2", "3"].map((to) => session.request(submit(to)));
  const second = first.map(async (answer) => {
    await answer;
    await session.request(submit("next"));
  });
  const seen = [await peer.next(), await peer.next(), await peer.next()];
  expect(write).toHaveBeenCalledTimes(1);
  const answers = (pdus: Pdu[]) =>
    pdus.map(({ sequence_number }) => ({ command: "submit_sm_resp", sequence_number }) as const);
  peer.send(...answers(seen));
  const next = [await peer.next(), await peer.next(), await peer.next()];
  expect(write).toHaveBeenCalledTimes(2);
  peer.send(...answers(next));
  await Promise.all(second);
});

describe("sequence numbers", () => {
  test("come from the sequencer, in the order of the wire", async () => {
    let last = 40;
    const [session, peer] = await bound({ sequencer: { next: () => ++last } });
    const all = Promise.allSettled([session.request(submit()), session.request(submit())]);
    expect((await peer.next()).sequence_number).toBe(42);
    expect((await peer.next()).sequence_number).toBe(43);
    await Promise.all([all, session.close()]);
  });

  test("may come later; the order of the requests stays", async () => {
    let last = 0;
    const [session, peer] = await bound({ sequencer: { next: () => Promise.resolve(++last) } });
    const all = Promise.allSettled(["a", "b", "c"].map((to) => session.request(submit(to))));
    const seen = [await peer.expect("submit_sm"), await peer.expect("submit_sm")];
    expect(seen.map((pdu) => [pdu.sequence_number, pdu.destination_addr])).toEqual([
      [2, "a"],
      [3, "b"],
    ]);
    await Promise.all([all, session.close()]);
  });

  test("in flight are not used again after the sequencer began again", async () => {
    const numbers = [1, 5, 5, 5, 6];
    const [session, peer] = await bound({ sequencer: { next: () => numbers.shift() ?? 99 } });
    const all = Promise.allSettled(["a", "b"].map((to) => session.request(submit(to))));
    expect((await peer.next()).sequence_number).toBe(5);
    await settled();
    expect(peer.unread).toBe(0);
    await Promise.all([all, session.close()]);
    const error = (await all)[1];
    expect(error).toMatchObject({ status: "rejected", reason: { code: "sequence_number" } });
  });

  test("a sequencer that fails rejects the request that asked, and the next one asks again", async () => {
    let asked = 0;
    const next = async () => {
      asked++;
      if (asked === 2) throw new Error("no redis");
      return asked;
    };
    const [session, peer] = await bound({ sequencer: { next } });
    const first = session.request(submit("a"));
    const second = session.request(submit("b"));
    await expect(first).rejects.toThrow("no redis");
    const { sequence_number, destination_addr } = await peer.expect("submit_sm");
    expect([sequence_number, destination_addr]).toEqual([3, "b"]);
    peer.send({ command: "submit_sm_resp", sequence_number });
    await second;
  });

  test("a sequencer that fails does not keep enquire_link from being sent", async () => {
    let asked = 0;
    const next = () => {
      asked++;
      if (asked > 1) throw new Error("no redis");
      return asked;
    };
    const [session, peer] = await bound({ sequencer: { next } });
    const asking = session.request({ command: "enquire_link" });
    const { sequence_number } = await peer.expect("enquire_link");
    expect(sequence_number).toBe(0x7fffffff);
    peer.send({ command: "enquire_link_resp", sequence_number });
    await asking;
    await expect(session.request(submit())).rejects.toThrow("no redis");
  });

  const bad = [-1, Number.NaN, 1.5, 0x8000_0000, 2 ** 32 + 5, "7", undefined, null];
  const sequencers = bad.flatMap((number) => [
    [number, "at once", () => number] as const,
    [number, "later", () => Promise.resolve(number)] as const,
  ]);

  test.each(sequencers)(
    "%s, which a sequencer returns %s, fails the message that asked; binds go out with one of ours",
    async (number, _when, next) => {
      const [session, peer] = connect({ sequencer: Object({ next }) });
      const reported: string[] = [];
      session.on("error", ({ message }) => reported.push(message));
      const binding = session.request({ command: "bind_transceiver" });
      const bind = await peer.expect("bind_transceiver");
      expect(bind.sequence_number).toBe(0x7fffffff);
      peer.send({ command: "bind_transceiver_resp", sequence_number: bind.sequence_number });
      await binding;
      const what = `not sent: the sequencer returned ${number}, expected an integer from 0 to 2147483647`;
      await expect(session.request(submit())).rejects.toMatchObject({
        code: "sequence_number",
        written: false,
        message: expect.stringContaining(what),
      });
      const asking = session.request({ command: "enquire_link" });
      const { sequence_number } = await peer.expect("enquire_link");
      peer.send({ command: "enquire_link_resp", sequence_number });
      await asking;
      const ending = session.unbind();
      const unbind = await peer.expect("unbind");
      peer.send({ command: "unbind_resp", sequence_number: unbind.sequence_number });
      await ending;
      expect(reported).toEqual([1, 2, 3].map(() => expect.stringContaining(what)));
    },
  );

  test.each([
    ["at once", () => 5],
    ["later", async () => 5],
  ])(
    "in flight, which a sequencer returns again %s, fails the message that asked",
    async (_when, next) => {
      const [session, peer] = await bound({ sequencer: { next } });
      const first = session.request(submit("a"));
      expect((await peer.next()).sequence_number).toBe(5);
      await expect(session.request(submit("b"))).rejects.toMatchObject({
        code: "sequence_number",
        message: expect.stringContaining("hands out only numbers that are in flight"),
      });
      const asking = session.request({ command: "enquire_link" });
      const { sequence_number } = await peer.expect("enquire_link");
      peer.send(
        { command: "enquire_link_resp", sequence_number },
        { command: "submit_sm_resp", sequence_number: 5 },
      );
      await Promise.all([asking, first]);
    },
  );

  test.each([[2 ** 32 + 5], [-1], [1.5], [Number.NaN]])(
    "%d of the caller's own is refused, wherever it is given",
    async (sequence_number) => {
      const [session, peer] = await bound();
      const refusal = {
        name: "PduError",
        code: "out_of_range",
        field: "sequence_number",
        message: `sequence_number is ${sequence_number}: expected an integer from 0 to 4294967295`,
      };
      const queue = new RequestQueue({});
      await expect(session.request({ ...submit(), sequence_number })).rejects.toMatchObject(
        refusal,
      );
      await expect(queue.request({ ...submit(), sequence_number })).rejects.toMatchObject(refusal);
      const asking = session.request({ command: "enquire_link", sequence_number });
      await expect(asking).rejects.toMatchObject(refusal);
      const send = () => session.send({ command: "generic_nack", sequence_number });
      expect(send).toThrow(expect.objectContaining(refusal));
      await settled();
      expect(peer.unread).toBe(0);
    },
  );

  test("a request that waits for its number when the peer unbinds was not written", async () => {
    let number = 0;
    let give = (_number: number) => {};
    const late = () =>
      new Promise<number>((resolve) => {
        give = resolve;
      });
    const [session, peer] = await bound({
      sequencer: { next: () => (number === 0 ? ++number : late()) },
    });
    const closed = once<[{ code: string }]>(session, "close");
    const all = Promise.allSettled([
      session.request({ command: "enquire_link" }),
      session.request(submit()),
    ]);
    await settled();
    peer.send({ command: "unbind", sequence_number: 9 });
    await peer.expect("unbind_resp");
    give(2);
    expect(await all).toMatchObject([
      { reason: { code: "unbound", written: false } },
      { reason: { code: "unbound", written: false } },
    ]);
    expect(await closed).toMatchObject([{ code: "unbound" }]);
  });

  test.each([
    ["destroyed, which it tells later,", (stream: Duplex) => stream.destroy()],
    ["ended", (stream: Duplex) => stream.end()],
  ])("a stream that was %s takes nothing: written tells so", async (_name, end) => {
    const [ours, theirs] = duplexPair();
    vi.spyOn(ours, "_destroy").mockImplementation((error, done) => setImmediate(done, error));
    const peer = new ScriptedPeer(theirs);
    const session = new Session(ours, { role: "smsc" });
    peer.send({ command: "bind_transceiver", sequence_number: 1 });
    await peer.expect("bind_transceiver_resp");
    const sending = session.request({ command: "deliver_sm" });
    end(ours);
    await expect(sending).rejects.toMatchObject({ code: "closed_by_peer", written: false });
  });

  test.each([[0], [0x01020304], [0xffff_ffff]])(
    "of the caller's own, %i, are written; one in flight is refused",
    async (sequence_number) => {
      const [session, peer] = await bound();
      const first = session.request({ ...submit(), sequence_number });
      expect((await peer.next()).sequence_number).toBe(sequence_number);
      const second = session.request({ ...submit(), sequence_number });
      await expect(second).rejects.toMatchObject({ code: "sequence_number", written: false });
      peer.send({ command: "submit_sm_resp", sequence_number });
      await first;
    },
  );
});

describe("with a clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("requestTimeout runs from the writing; a late answer is reported as late", async () => {
    const [session, peer] = await bound({ window: 1, requestTimeout: 1_000 });
    const late: unknown[] = [];
    session.on("stray", (_pdu, wasLate) => late.push(wasLate));
    const first = session.request(submit("1"));
    const second = session.request(submit("2"));
    const { sequence_number } = await peer.expect("submit_sm");
    const outcomes = Promise.allSettled([first, second]);
    vi.advanceTimersByTime(999);
    expect(session.stats().timeouts).toBe(0);
    vi.advanceTimersByTime(1);
    const next = await peer.expect("submit_sm");
    expect(next.destination_addr).toBe("2");
    peer.send({ command: "submit_sm_resp", sequence_number });
    peer.send({ command: "submit_sm_resp", sequence_number: next.sequence_number });
    expect(await outcomes).toMatchObject([
      { reason: { name: "TimeoutError", code: "response_timeout", written: true } },
      { status: "fulfilled" },
    ]);
    expect(late).toEqual([true]);
  });

  test("each request may have its own timeout, in any order", async () => {
    const [session, peer] = await bound();
    const order: string[] = [];
    const all = (
      [
        ["slow", 3_000],
        ["quick", 1_000],
        ["middle", 2_000],
      ] as const
    ).map(([name, timeout]) =>
      session.request(submit(), { timeout }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(TimeoutError);
        order.push(name);
      }),
    );
    for (const _ of all) await peer.expect("submit_sm");
    for (let second = 0; second < 3; second++) vi.advanceTimersByTime(1_000);
    await Promise.all(all);
    expect(order).toEqual(["quick", "middle", "slow"]);
  });

  test("waitTimeout ends the waiting of what was never written", async () => {
    const [session, peer] = await bound({ window: 1, waitTimeout: 500, requestTimeout: 0 });
    const first = session.request(submit("1"));
    const second = session.request(submit("2"));
    const { sequence_number } = await peer.expect("submit_sm");
    vi.advanceTimersByTime(600);
    await expect(second).rejects.toMatchObject({ code: "wait_timeout", written: false });
    expect(session.stats()).toMatchObject({ waiting: 0, inFlight: 1 });
    peer.send({ command: "submit_sm_resp", sequence_number });
    await first;
  });

  test("maxPerSecond spreads messages, and only messages", async () => {
    const [session, peer] = await bound({ maxPerSecond: 10 });
    const all = Promise.allSettled([1, 2, 3].map(() => session.request(submit())));
    await peer.expect("submit_sm");
    await settled();
    expect(peer.unread).toBe(0);
    vi.advanceTimersByTime(100);
    await peer.expect("submit_sm");
    await settled();
    expect(peer.unread).toBe(0);
    vi.advanceTimersByTime(100);
    await peer.expect("submit_sm");
    await Promise.all([all, session.close()]);
  });

  test("a throttling answer pauses the queue, keeps the order and resolves the same promise", async () => {
    const throttleStatuses = [Status.ESME_RTHROTTLED];
    const [session, peer] = await bound({ window: 2, throttleStatuses, throttlePause: 1_000 });
    const told: [string, number][] = [];
    session.on("throttled", ({ statusName }, until) => told.push([statusName, until]));
    const all = ["1", "2", "3"].map((to) => session.request(submit(to)));
    const [one, two] = [await peer.expect("submit_sm"), await peer.expect("submit_sm")];
    const command_status = Status.ESME_RTHROTTLED;
    // Refused in the wrong order, together.
    for (const { sequence_number } of [two, one]) {
      peer.send({ command: "submit_sm_resp", sequence_number, command_status });
    }
    await settled();
    expect(session.stats()).toMatchObject({ throttled: 2, waiting: 3, inFlight: 0 });
    expect(told).toEqual([
      ["ESME_RTHROTTLED", performance.now() + 1_000],
      ["ESME_RTHROTTLED", performance.now() + 1_000],
    ]);
    vi.advanceTimersByTime(999);
    await settled();
    expect(peer.unread).toBe(0);
    const seen: string[] = [];
    for (let n = 0; n < 3; n++) {
      vi.advanceTimersByTime(2_000);
      const { sequence_number, destination_addr } = await peer.expect("submit_sm");
      seen.push(destination_addr);
      peer.send({ command: "submit_sm_resp", sequence_number, message_id: destination_addr });
      await settled();
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect((await Promise.all(all)).map(({ message_id }) => message_id)).toEqual(seen);
  });

  test("throttled until its waitTimeout is over, a request rejects with what the peer said", async () => {
    const [session, peer] = await bound({
      throttleStatuses: [Status.ESME_RMSGQFUL],
      waitTimeout: 500,
    });
    const sending = session.request(submit());
    const { sequence_number } = await peer.expect("submit_sm");
    const command_status = Status.ESME_RMSGQFUL;
    peer.send({ command: "submit_sm_resp", sequence_number, command_status });
    await settled();
    vi.advanceTimersByTime(600);
    await expect(sending).rejects.toMatchObject({ statusName: "ESME_RMSGQFUL" });
  });
});

describe("an AbortSignal", () => {
  test("takes back a request that waits", async () => {
    const [session, peer] = await bound({ window: 1 });
    const first = session.request(submit("1"));
    const abort = new AbortController();
    const second = session.request(submit("2"), { signal: abort.signal });
    const third = session.request(submit("3"));
    const one = await peer.expect("submit_sm");
    abort.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError", written: false });
    peer.send({ command: "submit_sm_resp", sequence_number: one.sequence_number });
    const { sequence_number, destination_addr } = await peer.expect("submit_sm");
    expect(destination_addr).toBe("3");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await Promise.all([first, third]);
    expect(session.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test("after the writing only stops the waiting: the place stays taken until the answer", async () => {
    const [session, peer] = await bound({ window: 1 });
    const abort = new AbortController();
    const sending = session.request(submit("1"), { signal: abort.signal });
    const { sequence_number } = await peer.expect("submit_sm");
    const next = session.request(submit("2"));
    abort.abort();
    const error: unknown = await sending.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ written: true });
    expect(session.stats()).toMatchObject({ inFlight: 1, waiting: 1 });
    peer.send({ command: "submit_sm_resp", sequence_number });
    const second = await peer.expect("submit_sm");
    expect(session.stats().stray).toBe(0);
    peer.send({ command: "submit_sm_resp", sequence_number: second.sequence_number });
    await next;
  });

  test("has one listener for all requests that wait on it, and none when they have ended", async () => {
    const [session, peer] = await bound({ window: 2 });
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, "abort").length;
    const answer = async () => {
      const { sequence_number } = await peer.expect("submit_sm");
      peer.send({ command: "submit_sm_resp", sequence_number });
    };
    for (const _ of ["at first", "once more"]) {
      const all = [1, 2, 3].map(() => session.request(submit(), { signal }));
      expect(listeners()).toBe(1);
      await answer();
      await all[0];
      expect(listeners()).toBe(1);
      await answer();
      await answer();
      await Promise.all(all);
      expect(listeners()).toBe(0);
    }
  });

  test("ends all requests that wait on it, those that ended before aside", async () => {
    const [session, peer] = await bound();
    const abort = new AbortController();
    const { signal } = abort;
    const all = [1, 2, 3].map(() => session.request(submit(), { signal }));
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await all[0];
    abort.abort(new Error("shutdown"));
    const outcome = { status: "rejected", reason: { name: "AbortError", cause: signal.reason } };
    expect(await Promise.allSettled(all)).toMatchObject([
      { status: "fulfilled" },
      outcome,
      outcome,
    ]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await expect(session.request(submit(), { signal })).rejects.toMatchObject({ written: false });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("that is aborted already keeps the request from being written", async () => {
    const [session] = await bound();
    const signal = AbortSignal.abort();
    await expect(session.request(submit(), { signal })).rejects.toBeInstanceOf(AbortError);
    expect(session.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
  });
});

describe("the time of a request is checked:", () => {
  test.each([
    [{ timeout: Number.NaN }, "timeout", "NaN"],
    [{ timeout: -5 }, "timeout", "-5"],
    [{ timeout: 2 ** 31 }, "timeout", "2147483648"],
    [{ waitTimeout: Number.NaN }, "waitTimeout", "NaN"],
    [{ waitTimeout: Number.POSITIVE_INFINITY }, "waitTimeout", "Infinity"],
  ])("%o", async (options, name, got) => {
    const [session, peer] = await bound();
    for (const request of [submit(), { command: "enquire_link" } as const]) {
      const expected = "expected milliseconds, a number from 0 to 2147483647";
      const message = `${request.command}: ${name}: ${expected}, got ${got}`;
      const refused = expect(session.request(request, options)).rejects;
      await refused.toMatchObject({ name: "RangeError", message });
    }
    await settled();
    expect(peer.unread).toBe(0);
    expect(session.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
  });
});

test("a sequence_number that is none is refused, a text without its letters", async () => {
  const [session] = await bound();
  const request = (number: unknown) =>
    session.request({ ...submit(), sequence_number: Object(number).valueOf() });
  await expect(request(-1)).rejects.toThrow("sequence_number is -1: expected an integer");
  await expect(request("secret")).rejects.toThrow("sequence_number is a string: expected an int");
});

describe("a PDU that is too long", () => {
  const message_payload = Buffer.alloc(65_520, 65);
  const refusal = { name: "PduError", code: "too_long", field: "command_length", limit: 65_536 };

  test("is refused before it is written, and so alone", async () => {
    const [session, peer] = await bound();
    await expect(session.request({ ...submit(), message_payload })).rejects.toMatchObject({
      ...refusal,
      message: "submit_sm has 65558 octets, more than 65536 (maxOutboundPduLength)",
    });
    const queue = new RequestQueue({});
    await expect(queue.request({ ...submit(), message_payload })).rejects.toMatchObject(refusal);
    const response = { command: "data_sm_resp", sequence_number: 1, message_payload } as const;
    expect(() => session.send(Object(response))).toThrow(expect.objectContaining(refusal));
    const next = session.request(submit("2"));
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await next;
  });

  test("as a response is an error of the callback", async () => {
    const [session, peer] = await serving();
    const reported = once<[Error]>(session, "error");
    session.setCallbacks({ data_sm: () => Object({ message_payload }) });
    peer.send({ command: "data_sm", sequence_number: 3 });
    expect(await peer.next()).toMatchObject({ command_status: Status.ESME_RSYSERR });
    expect((await reported)[0]).toMatchObject(refusal);
  });

  test("is not one of just as many octets as maxOutboundPduLength says", async () => {
    const maxOutboundPduLength = encode(submit("12345")).length;
    const [session, peer] = await bound({ maxOutboundPduLength });
    await expect(session.request(submit("123456"))).rejects.toMatchObject({ code: "too_long" });
    const sending = session.request(submit("12345"));
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await sending;
  });

  test("is one of more octets than the option maxOutboundPduLength says", async () => {
    const [session] = await bound({ maxOutboundPduLength: 200 });
    const short = { ...submit(), message_payload: Buffer.alloc(200, 65) };
    await expect(session.request(short)).rejects.toMatchObject({ code: "too_long", limit: 200 });
    const queue = new RequestQueue({ maxOutboundPduLength: 70_000 });
    void queue.request({ ...submit(), message_payload }).catch(() => {});
    expect(queue.size).toBe(1);
    queue.rejectAll(new LinkError("closed", "over"));
    const none = () => new RequestQueue({ maxOutboundPduLength: 8 });
    expect(none).toThrow(
      "RequestQueue: maxOutboundPduLength: expected a number of at least 16, got 8",
    );
  });
});

describe("the operation matrix", () => {
  test.each([
    ["esme", submit(), "not allowed in state OPEN, allowed in BOUND_TX, BOUND_TRX"],
    ["esme", { command: "deliver_sm" }, "an ESME never sends it"],
    ["smsc", { command: "submit_sm" }, "an SMSC never sends it"],
    ["smsc", { command: "deliver_sm" }, "allowed in BOUND_RX, BOUND_TRX"],
  ] as const)("%s: %o before a bind is refused at once", async (role, pdu, why) => {
    const [session] = connect({ role });
    const error: unknown = await session.request(pdu).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code: "wrong_state", written: false });
    expect(String(error)).toContain(why);
  });
});

/** What a peer may do with one request. */
const deeds = fc.constantFrom("ok", "refuse", "nack", "stray", "twice", "nothing");

test("whatever the peer does, every request ends exactly once and the window is not passed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(deeds, { minLength: 1, maxLength: 25 }),
      async (window, script) => {
        const [session, peer] = await bound({ window });
        const ends: number[] = script.map(() => 0);
        const outcomes = script.map((_deed, index) =>
          session
            .request(submit(String(index)))
            .catch(() => undefined)
            .then(() => {
              ends[index] = (ends[index] ?? 0) + 1;
            }),
        );
        const order: string[] = [];
        for (const deed of script) {
          await settled();
          if (peer.unread === 0) break;
          const { sequence_number, destination_addr } = await peer.expect("submit_sm");
          order.push(destination_addr);
          expect(session.stats().inFlight).toBeLessThanOrEqual(window);
          for (const answer of answersFor(deed, sequence_number)) peer.send(answer);
        }
        await settled();
        await session.close();
        await Promise.all(outcomes);
        expect(ends).toEqual(script.map(() => 1));
        expect(order).toEqual(order.map((_to, index) => String(index)));
      },
    ),
    { numRuns: 50 },
  );
});

function answersFor(deed: string, sequence_number: number): PduInput[] {
  const ok: PduInput = { command: "submit_sm_resp", sequence_number, message_id: "1" };
  switch (deed) {
    case "ok":
      return [ok];
    case "refuse":
      return [{ ...ok, command_status: Status.ESME_RSYSERR }];
    case "nack":
      return [{ command: "generic_nack", sequence_number, command_status: 3 }];
    case "stray":
      return [{ ...ok, sequence_number: sequence_number + 1_000 }, ok];
    case "twice":
      return [ok, ok];
    default:
      return [];
  }
}

test.each([
  [{ window: 0 }, "Session: window: expected a number of at least 1, got 0"],
  [
    { requestTimeout: Number.NaN },
    "requestTimeout: expected milliseconds, a number from 0 to 2147483647, got NaN",
  ],
  [{ maxPerSecond: -1 }, "maxPerSecond: expected a number of at least 0.001, got -1"],
])("the options %o are refused: %s", (options, message) => {
  expect(() => connect(options)).toThrow(message);
});
