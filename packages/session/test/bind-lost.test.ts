// An SMSC that forgot the session: what it refuses was not taken, and the session ends, to be bound again.
import { type PduInput, Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RequestQueue, type Session, type SessionOptions } from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

const { ESME_RINVBNDSTS, ESME_RBINDFAIL, ESME_RSYSERR, ESME_RINVCMDID } = Status;
const submit = (destination_addr = "1") => ({ command: "submit_sm", destination_addr }) as const;

/** Answers the next request of the session. */
async function refuse(
  peer: ScriptedPeer,
  command: PduInput["command"],
  command_status: number,
): Promise<void> {
  const { sequence_number } = await peer.next();
  // Any response can be a refusal: the commands of this table have all their fields by default.
  peer.send({ command, sequence_number, command_status } as PduInput);
}

function closeOf(session: Session): Promise<[{ code: string }]> {
  return once<[{ code: string }]>(session, "close");
}

describe("the bind is lost when", () => {
  test.each([
    ["submit_sm", "submit_sm_resp", ESME_RINVBNDSTS],
    ["submit_sm", "submit_sm_resp", ESME_RBINDFAIL],
    ["submit_sm", "generic_nack", ESME_RINVBNDSTS],
    ["query_sm", "query_sm_resp", ESME_RINVBNDSTS],
    ["data_sm", "data_sm_resp", ESME_RBINDFAIL],
    ["enquire_link", "enquire_link_resp", ESME_RINVBNDSTS],
    ["enquire_link", "enquire_link_resp", ESME_RSYSERR],
    ["enquire_link", "generic_nack", ESME_RINVBNDSTS],
  ] as const)("%s is answered by %s with status %i", async (command, response, status) => {
    const [session, peer] = await bound();
    const closed = closeOf(session);
    const sending = session.request({ command });
    await refuse(peer, response, status);
    await expect(sending).rejects.toMatchObject({
      name: "LinkError",
      code: "bind_lost",
      written: false,
      cause: { status },
    });
    expect(await closed).toMatchObject([{ code: "bind_lost" }]);
    expect(session.state).toBe("CLOSED");
  });
});

describe("the bind is not lost when", () => {
  test.each([
    ["submit_sm", "submit_sm_resp", ESME_RSYSERR],
    ["enquire_link", "generic_nack", ESME_RINVCMDID],
    ["bind_transceiver", "bind_transceiver_resp", ESME_RINVBNDSTS],
    ["bind_transceiver", "bind_transceiver_resp", ESME_RBINDFAIL],
  ] as const)("%s is answered by %s with status %i", async (command, response, status) => {
    const isBind = command === "bind_transceiver";
    const [session, peer] = isBind ? connect() : await bound();
    const sending = session.request({ command });
    await refuse(peer, response, status);
    await expect(sending).rejects.toMatchObject({ name: "StatusError", status });
    await settled();
    expect(session.state).toBe(isBind ? "OPEN" : "BOUND_TRX");
  });

  test("an ESME answers deliver_sm with such a status", async () => {
    const [session, peer] = await serving();
    const sending = session.request({ command: "deliver_sm" });
    await refuse(peer, "deliver_sm_resp", ESME_RINVBNDSTS);
    await expect(sending).rejects.toMatchObject({ name: "StatusError" });
    expect(session.state).toBe("BOUND_TRX");
  });
});

test("each request of the window gets its own answer before the end, and the queue is not asked", async () => {
  const [session, peer] = await bound({ window: 3 });
  const all = Promise.allSettled(["1", "2", "3", "4"].map((to) => session.request(submit(to))));
  await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
  await settled();
  const { sequence_number } = await peer.expect("submit_sm");
  peer.send({ command: "submit_sm_resp", sequence_number, message_id: "2" });
  await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
  expect(await all).toMatchObject([
    { reason: { code: "bind_lost", written: false } },
    { value: { message_id: "2" } },
    { reason: { code: "bind_lost", written: false } },
    { reason: { code: "bind_lost", written: false } },
  ]);
  await peer.ended();
  expect(peer.unread).toBe(0);
});

describe("with a clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("what is in flight waits a second for its answer, no longer: the SMSC may have it", async () => {
    const [session, peer] = await bound();
    const all = Promise.allSettled(["1", "2"].map((to) => session.request(submit(to))));
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    await settled();
    expect(session.state).toBe("BOUND_TRX");
    vi.advanceTimersByTime(1_000);
    expect(await all).toMatchObject([
      { reason: { code: "bind_lost", written: false } },
      { reason: { code: "bind_lost", written: true } },
    ]);
    expect(session.state).toBe("CLOSED");
  });

  test("that second is not begun again by another refusal", async () => {
    const [session, peer] = await bound();
    const all = Promise.allSettled(["1", "2", "3"].map((to) => session.request(submit(to))));
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    await settled();
    vi.advanceTimersByTime(600);
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    await settled();
    vi.advanceTimersByTime(399);
    expect(session.state).toBe("BOUND_TRX");
    vi.advanceTimersByTime(1);
    expect(session.state).toBe("CLOSED");
    expect(await all).toMatchObject([
      { reason: { code: "bind_lost", written: false } },
      { reason: { code: "bind_lost", written: false } },
      { reason: { code: "bind_lost", written: true } },
    ]);
  });

  test("a request that times out meanwhile ends the wait, and no timer is left", async () => {
    const [session, peer] = await bound({ requestTimeout: 500 });
    const all = Promise.allSettled(["1", "2"].map((to) => session.request(submit(to))));
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    await settled();
    vi.advanceTimersByTime(500);
    expect(await all).toMatchObject([
      { reason: { code: "bind_lost", written: false } },
      { reason: { code: "response_timeout", written: true } },
    ]);
    expect(session.state).toBe("CLOSED");
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the keep-alive finds it out, too", async () => {
    const [session, peer] = await bound({ enquireLinkInterval: 1_000 });
    const closed = closeOf(session);
    vi.advanceTimersByTime(1_000);
    await refuse(peer, "enquire_link_resp", ESME_RINVBNDSTS);
    expect(await closed).toMatchObject([{ code: "bind_lost" }]);
  });
});

describe("with onLinkLoss resend", () => {
  /** The sessions after each other that have this queue. */
  const next = (queue: RequestQueue, options: Partial<SessionOptions> = {}) =>
    bound({ queue, onLinkLoss: "resend", ...options });

  test("the refused request takes its old place in the queue, and is not inDoubt", async () => {
    const queue = new RequestQueue({});
    const [first, peer] = await next(queue, { window: 1 });
    const closed = closeOf(first);
    const all = ["1", "2"].map((to) => queue.request(submit(to)));
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    expect(await closed).toMatchObject([{ code: "bind_lost" }]);
    expect(queue.size).toBe(2);
    const [, again] = await next(queue, { window: 1 });
    for (const to of ["1", "2"]) {
      const { sequence_number, destination_addr } = await again.expect("submit_sm");
      expect(destination_addr).toBe(to);
      again.send({ command: "submit_sm_resp", sequence_number, message_id: to });
    }
    expect(await Promise.all(all)).toMatchObject([{ message_id: "1" }, { message_id: "2" }]);
  });

  test("an enquire_link is rejected: it was about this session, and no other asks it again", async () => {
    const queue = new RequestQueue({});
    const [session, peer] = await next(queue);
    const asking = session.request({ command: "enquire_link" });
    await refuse(peer, "enquire_link_resp", ESME_RINVBNDSTS);
    await expect(asking).rejects.toMatchObject({ code: "bind_lost" });
    expect(queue.size).toBe(0);
  });

  test("aborted while it waits, it was not taken by anybody", async () => {
    const queue = new RequestQueue({});
    const [session, peer] = await next(queue);
    const closed = closeOf(session);
    const abort = new AbortController();
    const sending = queue.request(submit(), { signal: abort.signal });
    await refuse(peer, "submit_sm_resp", ESME_RINVBNDSTS);
    await closed;
    abort.abort();
    await expect(sending).rejects.toMatchObject({ name: "AbortError", written: false });
  });

  test("a request that three binds in a row refuse is refused itself", async () => {
    const queue = new RequestQueue({});
    const sending = queue.request({ command: "query_sm" });
    const outcome = expect(sending).rejects.toMatchObject({ name: "StatusError" });
    for (const state of ["CLOSED", "CLOSED", "BOUND_TRX"]) {
      const [session, peer] = await next(queue);
      await refuse(peer, "query_sm_resp", ESME_RINVBNDSTS);
      await settled();
      expect(session.state).toBe(state);
    }
    await outcome;
  });
});
