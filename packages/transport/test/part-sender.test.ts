/** What becomes of one part, whatever its request queue says: sent once more, given back or refused, never lost. */
import { LinkError, StatusError, TimeoutError } from "@esme/client";
import { decode, encode, PduError, Status } from "@esme/pdu";
import { nackReason } from "@esme/processors";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StatusTable } from "../src/config/values/status-table.ts";
import { Intake } from "../src/flow/intake.ts";
import { PartSender, type PartSenderOptions, type SendOptions } from "../src/flow/part-sender.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const [noCredit, later] = [0x401, 0x402];
const never = Number.POSITIVE_INFINITY;

/** What a request queue gives for one try: the SMSC's id, or an error. */
type Answer = string | Error | null;

/** A sender, and a request queue that gives these answers, the last one for ever. */
function sending(answers: readonly Answer[], wishes: Partial<PartSenderOptions> = {}) {
  const stop = new AbortController();
  const log = new RecordingLogger();
  const metrics = new Metrics();
  const holds: string[][] = [];
  const intake: Intake = new Intake({
    logger: log,
    holdTimeout: 900_000,
    stopped: stop.signal,
    onChange: () => holds.push(intake.reasons),
  });
  intake.linked(true);
  holds.length = 0;
  const sender = new PartSender({
    logger: log,
    metrics,
    sequencer: "sequencer_class: Numbers",
    onLinkLoss: "requeue",
    statuses: new StatusTable({
      [noCredit]: { meaning: "no credit", reaction: "stop" },
      [later]: { meaning: "later", reaction: "retry" },
    }),
    throttleStatuses: [Status.ESME_RTHROTTLED],
    tlvs: {},
    retryPauses: { initial: 1_000, max: 30_000 },
    expiry: 60_000,
    stopped: stop.signal,
    intake,
    ...wishes,
  });
  const began = Date.now();
  const tries: number[] = [];
  const waits: unknown[] = [];
  // Generic in its command, of which a part has but one.
  const requestQueue: SendOptions["requestQueue"] = {
    request: async (_pdu, options) => {
      for (;;) {
        const answer = answers[Math.min(tries.length, answers.length - 1)];
        tries.push((Date.now() - began) / 1_000);
        waits.push(options?.waitTimeout);
        if (typeof answer === "string") return accepted(answer);
        const isInFlight =
          answer instanceof LinkError && (answer.written || answer.code === "bind_lost");
        if (!isInFlight || options?.onLinkLoss?.(answer) !== "resend") throw answer;
      }
    },
  } as SendOptions["requestQueue"];
  const send = (until: Partial<SendOptions> = {}) =>
    sender.send(
      { command: "submit_sm" },
      { requestQueue, deadline: never, holdUntil: never, givenBack: 0, priority: false, ...until },
    );
  return { began, holds, intake, log, metrics, send, sender, stop, tries, waits };
}

function accepted(message_id: string) {
  const pdu = decode(encode({ command: "submit_sm_resp", sequence_number: 1, message_id }));
  if (pdu.command !== "submit_sm_resp") throw new Error("no submit_sm_resp");
  return pdu;
}

const refusal = (command_status: number): StatusError =>
  new StatusError(
    "submit_sm",
    decode(encode({ command: "submit_sm_resp", sequence_number: 1, command_status })),
  );

const link = (code: LinkError["code"], written = false): LinkError =>
  new LinkError(code, "the link", { written });

const noAnswer = new TimeoutError("response_timeout", "submit_sm", true, 30_000);
const noTurn = new TimeoutError("wait_timeout", "submit_sm", false, 1_000);

describe("a part", () => {
  test("that is taken is accepted with its id", async () => {
    const { metrics, send, tries } = sending(["7"]);
    expect(await send()).toEqual({ kind: "accepted", smppId: "7", resent: false });
    expect(tries).toEqual([0]);
    expect(metrics.counts("esme_submit_responses_total").get("ESME_ROK")).toBe(1);
  });

  test.each<[string, Answer, string]>([
    ["refused by the SMSC", refusal(Status.ESME_RINVDSTADR), "Invalid Dest Addr"],
    ["that is not answered in time", noAnswer, noAnswer.message],
    ["that cannot be encoded", new PduError("too_long", "its address"), "its address"],
    ["that the version lacks", link("version"), "the link"],
    ["that no such session carries", link("wrong_state"), "the link"],
    ["whose number is none", link("sequence_number"), "sequencer_class: Numbers: the link"],
  ])("%s is refused after one try", async (_, answer, reason) => {
    const { send, tries } = sending([answer]);
    expect(await send()).toMatchObject({ kind: "refused", reason });
    expect(tries).toEqual([0]);
  });

  test("that was written when its link was lost is sent again, and marked", async () => {
    const lost = link("closed_by_peer", true);
    const { metrics, send, tries } = sending([lost, lost, "7"]);
    expect(await send()).toEqual({ kind: "accepted", smppId: "7", resent: true });
    expect(tries).toEqual([0, 0, 0]);
    expect(metrics.counts("esme_outbound_resent_parts_total").get("")).toBe(2);
  });

  test("is written three times at most", async () => {
    const { send, tries } = sending([link("closed_by_peer", true)]);
    expect(await send()).toEqual({ kind: "refused", reason: "the link (sent 3 times)" });
    expect(tries).toHaveLength(3);
  });

  test("is written once where the configuration says nack", async () => {
    const { send, tries } = sending([link("closed_by_peer", true)], { onLinkLoss: "nack" });
    expect(await send()).toEqual({ kind: "refused", reason: "the link (sent once)" });
    expect(tries).toHaveLength(1);
  });

  test("that was written when the worker closed the link goes back, as written", async () => {
    const { send, tries } = sending([link("closed", true)]);
    expect(await send()).toEqual({ kind: "unsent", reason: "the link", written: true });
    expect(tries).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ["while there is no link", link("closed_by_peer")],
    ["whose turn does not come", noTurn],
    ["that the SMSC wants later", refusal(later)],
    ["that cannot be numbered", new Error("Redis is away")],
    ["that fails with no Error at all", null],
    [
      "that fails without an Error of the client's",
      Object.assign(new Error("x"), { code: "version" }),
    ],
  ])("%s is tried again after a pause, until it is taken", async (_, answer) => {
    const { send, tries } = sending([answer, answer, "7"]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await sent).toEqual({ kind: "accepted", smppId: "7", resent: false });
    expect(tries).toEqual([0, 1, 3]);
  });

  test.each<[string, Answer]>([
    ["a lost link", link("closed_by_peer")],
    ["a turn that does not come", noTurn],
    ["a number that cannot be had", new Error("Redis is away")],
  ])("that waits for %s goes back to its queue at the stop", async (_, answer) => {
    const { send, stop, tries } = sending([answer]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    expect(await sent).toMatchObject({ kind: "unsent", written: false });
    expect(tries).toEqual([0]);
  });

  test("that was written on one link and waits for the next goes back as written", async () => {
    const { send, stop } = sending([link("closed_by_peer", true), link("closed_by_peer")]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    expect(await sent).toEqual({ kind: "unsent", reason: "the link", written: true });
  });

  test("is held no longer than it may be", async () => {
    const { began, send, tries } = sending([link("closed_by_peer")]);
    const sent = send({ holdUntil: began + 3_000 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await sent).toEqual({ kind: "unsent", reason: "the link", written: false });
    expect(tries).toEqual([0, 1]);
  });

  test("is refused when its time is over", async () => {
    const { began, send, tries } = sending([link("closed_by_peer")]);
    const sent = send({ deadline: began + 3_000, holdUntil: began + 3_000 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await sent).toEqual({ kind: "refused", reason: "the link" });
    expect(tries).toEqual([0, 1]);
  });

  test("whose turn did not come in its time has expired", async () => {
    const { began, metrics, send } = sending([noTurn]);
    expect(await send({ deadline: began })).toEqual({
      kind: "refused",
      reason: "expired: not sent within 60 s (submit_expiry)",
    });
    expect(metrics.counts("esme_outbound_expired_total").get("")).toBe(1);
  });

  test.each([
    [{ deadline: 5_000, holdUntil: 9_000 }, 5_000],
    [{ deadline: 9_000, holdUntil: 5_000 }, 5_000],
    [{ deadline: -5, holdUntil: 9_000 }, 1],
  ])("with %j waits for its turn for %i ms", async ({ deadline, holdUntil }, wait) => {
    const { began, send, waits } = sending(["7"]);
    await send({ deadline: began + deadline, holdUntil: began + holdUntil });
    expect(waits).toEqual([wait]);
  });
});

describe("a part that the request queue gave up while the SMSC throttles", () => {
  const throttled = refusal(Status.ESME_RTHROTTLED);
  const reason = "Throttling error (ESME has exceeded allowed message limits";

  test("is refused when its time is over", async () => {
    const { began, send } = sending([throttled]);
    expect(await send({ deadline: began })).toMatchObject({ kind: "refused", reason });
  });

  test("goes back when it was held for long", async () => {
    const { began, send } = sending([throttled]);
    expect(await send({ holdUntil: began })).toEqual({ kind: "unsent", reason, written: false });
  });

  test("goes back at the stop", async () => {
    const { send, stop } = sending([throttled]);
    stop.abort();
    expect(await send()).toEqual({ kind: "unsent", reason, written: false });
  });

  test("is tried again while it has time", async () => {
    const { send, tries } = sending([throttled, "7"]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await sent).toMatchObject({ kind: "accepted" });
    expect(tries).toEqual([0, 1]);
  });
});

describe("what the SMSC refuses together with all others", () => {
  test("is held for the long pause, and told when it begins and ends", async () => {
    const { holds, intake, send, tries } = sending([refusal(noCredit), refusal(noCredit), "7"]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(59_000);
    expect([holds, intake.reasons]).toEqual([[["stop"]], ["stop"]]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await sent).toMatchObject({ kind: "accepted" });
    expect([intake.reasons, tries]).toEqual([[], [0, 30, 60]]);
  });

  test("is sent at once when another part is taken", async () => {
    const { intake, send, tries } = sending([refusal(noCredit), refusal(noCredit), "7", "8"]);
    const first = send();
    await vi.advanceTimersByTimeAsync(10_000);
    const second = send();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await Promise.all([first, second])).toMatchObject([{ smppId: "7" }, { smppId: "8" }]);
    expect([intake.reasons, tries]).toEqual([[], [0, 10, 30, 30]]);
  });

  test("is held no more by another refusal", async () => {
    const { intake, send } = sending([refusal(noCredit), refusal(Status.ESME_RINVDSTADR)]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await sent).toMatchObject({ kind: "refused", reason: "Invalid Dest Addr" });
    expect(intake.reasons).toEqual([]);
  });

  test("is held by what it waits for now", async () => {
    const { holds, send } = sending([refusal(noCredit), new Error("Redis is away"), "7"]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await sent).toMatchObject({ kind: "accepted" });
    expect(holds.at(0)).toEqual(["stop"]);
    expect(holds).toContainEqual(["store"]);
    expect(holds.at(-1)).toEqual([]);
  });

  test("is held no more when it goes back at the stop", async () => {
    const { intake, send, stop } = sending([refusal(noCredit)]);
    const sent = send();
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    expect(await sent).toMatchObject({ kind: "unsent", written: false });
    expect(intake.reasons).toEqual([]);
  });

  test("is held no more when its time is over, and its refusal is told", async () => {
    const { began, intake, send } = sending([refusal(noCredit)]);
    const sent = send({ deadline: began + 29_000 });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(await sent).toEqual({
      kind: "refused",
      reason: expect.stringContaining("no credit"),
      details: {},
    });
    expect(intake.reasons).toEqual([]);
  });
});

describe("a part whose hold is over", () => {
  test.each<[string, Answer, readonly string[]]>([
    ["all are refused", refusal(noCredit), ["stop"]],
    ["it cannot be numbered", new Error("Redis is away"), ["store"]],
    ["its turn does not come", noTurn, ["rate"]],
    ["it alone is refused", refusal(later), []],
  ])("while %s: no more are taken before it goes back", async (_, answer, reasons) => {
    const { began, intake, send } = sending([answer]);
    const sent = send({ holdUntil: began + 7_500 });
    await vi.advanceTimersByTimeAsync(7_499);
    const state = vi.fn();
    void sent.then(() => state(intake.reasons));
    await vi.advanceTimersByTimeAsync(1);
    expect(await sent).toMatchObject({ kind: "unsent", written: false });
    expect(state).toHaveBeenCalledWith(reasons);
    expect(intake.prefetch(20)).toBe(reasons.length === 0 ? 20 : 0);
  });
});

describe("a part that is refused as if the session were not bound", () => {
  const notBound = new LinkError("bind_lost", "not bound", {
    cause: refusal(Status.ESME_RINVBNDSTS),
  });

  test("waits for the next session, however often, while no other part is taken", async () => {
    const { send, tries } = sending([...Array.from({ length: 20 }, () => notBound), "7"]);
    expect(await send()).toEqual({ kind: "accepted", smppId: "7", resent: false });
    expect(tries).toHaveLength(21);
  });

  /** Each try of this part comes back after other parts were taken, or after none. */
  async function amongOthers(answer: LinkError, others: readonly number[]) {
    const { send, sender } = sending(["1"]);
    await send();
    let tries = 0;
    // As above.
    const requestQueue = {
      request: async (_pdu, options) => {
        for (;;) {
          const taken = others[tries] ?? 0;
          tries += 1;
          for (let count = 0; count < taken; count += 1) await send();
          if (tries > others.length) return accepted("7");
          if (options?.onLinkLoss?.(answer) !== "resend") throw answer;
        }
      },
    } as SendOptions["requestQueue"];
    const sendOptions = {
      requestQueue,
      deadline: never,
      holdUntil: never,
      givenBack: 0,
      priority: false,
    };
    return {
      outcome: await sender.send({ command: "submit_sm" }, sendOptions),
      tries: () => tries,
    };
  }

  test.each([
    ["three sessions carried others", [1, 5, 1, 1], 3],
    ["three did, and some carried none", [1, 0, 0, 1, 0, 1, 1], 6],
  ])("is refused by its own status when %s", async (_, others, after) => {
    const { outcome, tries } = await amongOthers(notBound, others);
    expect(outcome).toMatchObject({ kind: "refused", reason: nackReason(Status.ESME_RINVBNDSTS) });
    expect(tries()).toBe(after);
  });

  test("is not refused when two sessions carried others", async () => {
    const { outcome, tries } = await amongOthers(notBound, [1, 0, 1, 0, 0]);
    expect(outcome).toEqual({ kind: "accepted", smppId: "7", resent: false });
    expect(tries()).toBe(6);
  });

  test("is refused by the words of the link where there is no status", async () => {
    const bare = new LinkError("bind_lost", "not bound");
    const { outcome } = await amongOthers(bare, [1, 1, 1, 1]);
    expect(outcome).toEqual({ kind: "refused", reason: "not bound" });
  });

  test("but was written counts as one that was lost with its link", async () => {
    const { send, tries } = sending([new LinkError("bind_lost", "not bound", { written: true })]);
    expect(await send()).toEqual({ kind: "refused", reason: "not bound (sent 3 times)" });
    expect(tries).toHaveLength(3);
  });
});
