// Which PDU of the peer ends which request, and what ends one when none comes.
import { type PduInput, Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { bound, connect, once, settled } from "./connect.ts";

const submit = { command: "submit_sm", destination_addr: "1" } as const;

describe("a request in flight", () => {
  test.each<[string, PduInput]>([
    ["the success of another command", { command: "query_sm_resp" }],
    ["a bind that nobody asked for", { command: "bind_transceiver_resp" }],
  ])("is not ended by %s with its number", async (_, wrong) => {
    const [session, peer] = await bound();
    const strays: string[] = [];
    session.on("stray", ({ command }) => strays.push(command));
    const sending = session.request(submit);
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ ...wrong, sequence_number });
    await settled();
    expect(strays).toEqual([wrong.command]);
    expect(session.stats().inFlight).toBe(1);
    peer.send({ command: "submit_sm_resp", sequence_number, message_id: "m" });
    expect(await sending).toMatchObject({ message_id: "m" });
  });

  test.each<[string, PduInput, number]>([
    ["a refusal of another command", { command: "query_sm_resp", command_status: 8 }, 8],
    ["a generic_nack", { command: "generic_nack", command_status: 3 }, 3],
    ["a generic_nack that says ESME_ROK", { command: "generic_nack" }, 0],
  ])("is refused by %s with its number", async (_, refusal, status) => {
    const [session, peer] = await bound();
    const sending = session.request(submit);
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ ...refusal, sequence_number });
    await expect(sending).rejects.toMatchObject({ name: "StatusError", status });
  });
});

test("a bind is answered by the response to another kind of bind, by nothing else", async () => {
  const [session, peer] = connect();
  const binding = session.request({ command: "bind_transceiver" });
  const { sequence_number } = await peer.expect("bind_transceiver");
  peer.send({ command: "submit_sm_resp", sequence_number });
  await settled();
  expect(session.state).toBe("OPEN");
  peer.send({ command: "bind_receiver_resp", sequence_number, system_id: "smsc" });
  expect(await binding).toMatchObject({ command: "bind_receiver_resp" });
  expect(session.state).toBe("BOUND_TRX");
});

test("an unbind that is refused with ESME_RINVBNDSTS ends the session as any unbind", async () => {
  const [session, peer] = await bound();
  const reason = once<[{ code: string }]>(session, "close");
  const closed = session.unbind();
  const { sequence_number } = await peer.expect("unbind");
  peer.send({ command: "unbind_resp", sequence_number, command_status: Status.ESME_RINVBNDSTS });
  peer.stream.end();
  await closed;
  // Not `bind_lost`, after which a client would bind again.
  expect(await reason).toMatchObject([{ code: "unbound" }]);
});

test("of requests that ran out of time the last 1,000 are remembered, to call their answers late", async () => {
  const [session, peer] = await bound({ window: 1_001, requestTimeout: 1 });
  const late: boolean[] = [];
  session.on("stray", (_, isLate) => late.push(isLate));
  const sendings = Array.from({ length: 1_001 }, () => session.request(submit));
  const outcomes = await Promise.allSettled(sendings);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  const numbers: number[] = [];
  for (const _ of sendings) numbers.push((await peer.expect("submit_sm")).sequence_number);
  const [oldest = 0, second = 0] = numbers;
  for (const sequence_number of [oldest, second, second]) {
    peer.send({ command: "submit_sm_resp", sequence_number });
  }
  await settled();
  expect(late).toEqual([false, true, false]);
});

test("a signal takes an enquire_link back, too", async () => {
  const [session, peer] = await bound();
  const abort = new AbortController();
  const asking = session.request({ command: "enquire_link" }, { signal: abort.signal });
  await peer.expect("enquire_link");
  abort.abort();
  await expect(asking).rejects.toMatchObject({ name: "AbortError" });
});

describe("a sequencer", () => {
  test("may begin at 0 and end at 0x7FFFFFFF, and nothing else is a number", async () => {
    const numbers = [1, 0, 0x7fff_ffff, 0x8000_0000, -1, 0.5];
    const [session, peer] = await bound({ sequencer: { next: () => numbers.shift() ?? 2 } });
    for (const expected of [0, 0x7fff_ffff]) {
      const sending = session.request(submit);
      const { sequence_number } = await peer.expect("submit_sm");
      expect(sequence_number).toBe(expected);
      peer.send({ command: "submit_sm_resp", sequence_number });
      await sending;
    }
    for (const wrong of [0x8000_0000, -1, 0.5]) {
      await expect(session.request(submit)).rejects.toThrow(`returned ${wrong}`);
    }
  });

  test.each<[number | undefined, number[]]>([
    [undefined, [1, 2]],
    [0, [0, 1, 2]],
    [5, [5, 6]],
    [0x7fff_ffff, [0x7fff_ffff, 1]],
  ])("of the session's own begins at firstSequenceNumber %s", async (first, numbers) => {
    const [session, peer] = connect({ role: "smsc", firstSequenceNumber: first });
    for (const _ of numbers) session.send({ command: "outbind" });
    const seen = await Promise.all(numbers.map(() => peer.next()));
    expect(seen.map(({ sequence_number }) => sequence_number)).toEqual(numbers);
  });

  test("that fails leaves the session its own numbers, each of them once", async () => {
    let broken = false;
    const next = () => {
      if (broken) throw new Error("out of reach");
      return 1;
    };
    const [session, peer] = await bound({ sequencer: { next } });
    session.on("error", () => {});
    broken = true;
    const asked = [1, 2, 3].map(() => session.request({ command: "enquire_link" }));
    const numbers: number[] = [];
    for (const _ of asked) numbers.push((await peer.expect("enquire_link")).sequence_number);
    expect(numbers).toEqual([0x7fff_ffff, 0x7fff_fffe, 0x7fff_fffd]);
    peer.send(
      ...numbers.map(
        (sequence_number) => ({ command: "enquire_link_resp", sequence_number }) as const,
      ),
    );
    expect(await Promise.all(asked)).toHaveLength(3);
  });
});
