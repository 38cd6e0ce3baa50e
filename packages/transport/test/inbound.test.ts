/** What an SMSC delivers: on its queue, dead-lettered, or asked for again; and what the answer is. */
import { deliveryReport, newMessage } from "@esme/messages";
import { decode, encode, Status } from "@esme/pdu";
import type { DeliverProcessor, DeliverSm, DeliverSmOutcome } from "@esme/processors";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type InboundWishes, inbound } from "./inbound-flow.ts";

function received(): DeliverSm {
  const pdu = decode(encode({ command: "deliver_sm", sequence_number: 7, source_addr: "1" }));
  if (pdu.command !== "deliver_sm") throw new Error("no deliver_sm");
  return pdu;
}

const pdu = received();

/** A processor that gives these, one after the other, the last one for ever. */
function giving(...outcomes: readonly (DeliverSmOutcome | Error)[]): DeliverProcessor {
  let calls = 0;
  return {
    handleDeliverSm: async () => {
      const outcome = outcomes[Math.min(calls, outcomes.length - 1)] ?? { kind: "not_handled" };
      calls += 1;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
}

const away = Object.assign(new Error("Redis is away"), { code: "unavailable" });
const hello = newMessage({ to_addr: "1", from_addr: "2", content: "hello" });
const report = deliveryReport("m-1", "delivered");
const none = giving({ kind: "not_handled" });
const unmatched = { kind: "unmatched", receipt: { id: "7" } } as DeliverSmOutcome;

/** A flow, what it published, whether what it settled was published, and its counts. */
async function open(wishes: InboundWishes = {}) {
  const own = await inbound({ deliveryReports: none, ...wishes });
  onTestFinished(own.close);
  const published: [queue: string, body: unknown][] = [];
  const listen = (queue: string) =>
    own.broker.listen(`smpp.${queue}`, (body) => {
      published.push([queue, JSON.parse(Buffer.from(body).toString())]);
    });
  const counts = () => ({
    inbound: own.metrics.counts("esme_inbound_messages_total").get(""),
    refused: own.metrics.counts("esme_inbound_refused_total").get(""),
    reports: own.metrics.counts("esme_events_total").get("delivery_report"),
    unconfirmed: own.metrics.counts("esme_broker_unconfirmed_total").get(""),
    tooLarge: own.metrics.counts("esme_broker_refused_total").get(""),
  });
  const deliver = () => own.flow.deliverSm(pdu, {});
  return { ...own, counts, deliver, listen, published };
}

const nothing = { inbound: 0, refused: 0, reports: 0, unconfirmed: 0, tooLarge: 0 };

/** An outcome that notes how it was settled. */
function settling(kind: "message" | "event") {
  const settled: boolean[] = [];
  const settle = async (isPublished: boolean) => void settled.push(isPublished);
  const outcome: DeliverSmOutcome =
    kind === "message" ? { kind, message: hello, settle } : { kind, event: report, settle };
  return { outcome, settled };
}

describe.each([
  ["message", "inbound", { inbound: 1 }, { content: "hello" }],
  ["event", "event", { reports: 1 }, { event_type: "delivery_report" }],
] as const)("an outcome of kind %s", (kind, queue, counted, body) => {
  const processors = (outcome: DeliverSmOutcome): InboundWishes =>
    kind === "message"
      ? { shortMessages: giving(outcome) }
      : { deliveryReports: giving(outcome), shortMessages: giving(new Error("not asked")) };

  test("is published, settled and answered ESME_ROK", async () => {
    const { outcome, settled } = settling(kind);
    const { counts, deliver, listen, published } = await open(processors(outcome));
    listen(queue);
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(published).toEqual([[queue, expect.objectContaining(body)]]);
    expect([settled, counts()]).toEqual([[true], { ...nothing, ...counted }]);
  });

  test("needs no settle", async () => {
    const { deliver, listen, published } = await open(
      processors(kind === "message" ? { kind, message: hello } : { kind, event: report }),
    );
    listen(queue);
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(published).toHaveLength(1);
  });

  test("is given back, and asked for again, while the broker is away", async () => {
    const { outcome, settled } = settling(kind);
    const { broker, counts, deliver, log } = await open(processors(outcome));
    await broker.close();
    expect(await deliver()).toBe(Status.ESME_RX_T_APPN);
    expect([settled, counts()]).toEqual([[false], { ...nothing, refused: 1, unconfirmed: 1 }]);
    expect(log.messages("warn")).toEqual(["deliver_sm not published, the SMSC is asked to retry"]);
    expect(log.text()).toContain("reason: 'the broker is not connected");
  });

  test("is dead-lettered, and answered ESME_ROK, when the broker will never take it", async () => {
    const { outcome, settled } = settling(kind);
    const { counts, deliver, listen, log, published } = await open({
      ...processors(outcome),
      broker: { maxQueueOctets: 10 },
    });
    listen("failed");
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(published).toEqual([
      ["failed", expect.objectContaining({ reason: expect.stringContaining(`to smpp.${queue}`) })],
    ]);
    expect([settled, counts()]).toEqual([[true], { ...nothing, tooLarge: 1 }]);
    expect(log.messages("error")).toEqual(["message that the broker refuses dead-lettered"]);
  });

  test("has its answer when its processor fails on the news", async () => {
    const { outcome } = settling(kind);
    const settle = async () => {
      throw new Error("no disk");
    };
    const { deliver, listen, log, published } = await open(
      processors({ ...outcome, settle } as DeliverSmOutcome),
    );
    listen(queue);
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(published).toHaveLength(1);
    expect(log.messages("error")).toEqual(["the processor did not take note of the publish"]);
    expect(log.text()).toContain("published: true");
  });
});

describe("a message that a middleware stops", () => {
  const stopping = (error: Error) => ({ inbound: () => Promise.reject(error) });

  test("is dead-lettered and answered ESME_ROK", async () => {
    const { outcome, settled } = settling("message");
    const { counts, deliver, listen, published } = await open({
      shortMessages: giving(outcome),
      middlewares: stopping(new Error("no such customer")),
    });
    listen("failed");
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(published).toEqual([
      ["failed", { reason: "no such customer", body: expect.stringContaining("hello") }],
    ]);
    expect([settled, counts()]).toEqual([[true], nothing]);
  });

  test("is asked for again where its store is away", async () => {
    const { outcome, settled } = settling("message");
    const { counts, deliver } = await open({
      shortMessages: giving(outcome),
      middlewares: stopping(away),
    });
    expect(await deliver()).toBe(Status.ESME_RX_T_APPN);
    expect([settled, counts()]).toEqual([[false], { ...nothing, refused: 1 }]);
  });

  test("is asked for again where .failed is out of reach", async () => {
    const { outcome, settled } = settling("message");
    const { broker, deliver } = await open({
      shortMessages: giving(outcome),
      middlewares: stopping(new Error("no such customer")),
    });
    await broker.close();
    expect(await deliver()).toBe(Status.ESME_RX_T_APPN);
    expect(settled).toEqual([false]);
  });
});

test("middlewares change what is published", async () => {
  const { deliver, listen, published } = await open({
    deliveryReports: giving({ kind: "event", event: report }, { kind: "not_handled" }),
    shortMessages: giving({ kind: "message", message: hello }),
    middlewares: {
      inbound: async (message) => ({ ...message, content: "changed" }),
      event: async (event) => ({ ...event, helper_metadata: { seen: true } }),
    },
  });
  listen("inbound");
  listen("event");
  await deliver();
  await deliver();
  expect(published).toEqual([
    ["event", expect.objectContaining({ helper_metadata: { seen: true } })],
    ["inbound", expect.objectContaining({ content: "changed" })],
  ]);
});

describe("a PDU", () => {
  const failing = giving(new Error("no date"));

  test.each<[string, InboundWishes, string]>([
    ["that a receipt's processor fails on", { deliveryReports: failing }, "no date"],
    ["that a message's processor fails on", { shortMessages: failing }, "no date"],
    ["that nobody takes", { shortMessages: none }, "no processor took the PDU"],
    [
      "whose receipt nobody knows",
      { deliveryReports: giving(unmatched), keepUnmatched: true },
      "receipt for an unknown message id",
    ],
  ])("%s is dead-lettered and answered ESME_ROK", async (_, wishes, reason) => {
    const { deliver, listen, published } = await open(wishes);
    listen("failed");
    expect(await deliver()).toBe(Status.ESME_ROK);
    const seen = expect.objectContaining({ command: "deliver_sm", source_addr: "1" });
    expect(published).toEqual([["failed", { reason, pdu: seen }]]);
  });

  test.each<[string, InboundWishes]>([
    ["a receipt", { deliveryReports: giving(away) }],
    ["a message", { shortMessages: giving(away) }],
  ])("whose store is away, as %s, is asked for again", async (_, wishes) => {
    const { counts, deliver, listen, published } = await open(wishes);
    listen("failed");
    expect(await deliver()).toBe(Status.ESME_RX_T_APPN);
    expect([published, counts()]).toEqual([[], { ...nothing, refused: 1 }]);
  });

  test("that cannot be decoded is dead-lettered with the reason", async () => {
    const { flow, listen, published } = await open();
    listen("failed");
    expect(await flow.undecodable(Buffer.of(1, 2), new Error("no NUL"))).toBe(Status.ESME_ROK);
    expect(published).toEqual([
      ["failed", { octets: "0102", reason: "cannot be decoded: no NUL" }],
    ]);
  });

  test("that fails in a way nobody foresaw is not answered as if it were kept", async () => {
    const { deliver } = await open({
      deliveryReports: giving({ kind: "event", event: report }),
      middlewares: { event: () => Promise.reject(new Error("a fault")) },
    });
    await expect(deliver()).rejects.toThrow("a fault");
  });

  test.each<[DeliverSmOutcome, string, string, string]>([
    [{ kind: "incomplete" }, "debug", "part stored", "matched"],
    [{ kind: "repeated" }, "debug", "deliver_sm came once more", ""],
    [{ kind: "settled" }, "debug", "receipt for a message that has its last state", "repeated"],
    [unmatched, "warn", "receipt for an unknown message id", "unmatched"],
    [{ kind: "claimed" }, "debug", "", ""],
  ])("with %j is published nowhere, and told", async (outcome, level, line, counted) => {
    const { broker, deliver, log, metrics } = await open({ deliveryReports: giving(outcome) });
    expect(await deliver()).toBe(Status.ESME_ROK);
    expect(broker.left).toEqual({});
    expect(log.messages(level === "warn" ? "warn" : "debug")).toEqual(line === "" ? [] : [line]);
    const receipts = Object.fromEntries(metrics.counts("esme_receipts_total"));
    const zero = { matched: 0, late: 0, repeated: 0, unmatched: 0 };
    expect(receipts).toEqual({ ...zero, ...(counted !== "" && { [counted]: 1 }) });
    const repeated = metrics.counts("esme_inbound_repeated_total").get("");
    expect(repeated).toBe(outcome.kind === "repeated" ? 1 : 0);
  });
});

describe("while the broker takes long", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  /** A processor that waits until it is told to go on. */
  function waiting() {
    const resume: (() => void)[] = [];
    const handleDeliverSm = () =>
      new Promise<DeliverSmOutcome>((resolve) => {
        resume.push(() => resolve({ kind: "incomplete" }));
      });
    return { deliveryReports: { handleDeliverSm }, resume };
  }

  test("the SMSC is asked to retry when its time is over, and not before", async () => {
    const { deliveryReports, resume } = waiting();
    const { counts, deliver, log } = await open({ deliveryReports, timeout: 5_000 });
    const answers: number[] = [];
    void deliver().then((status) => answers.push(status));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(answers).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers).toEqual([Status.ESME_RX_T_APPN]);
    expect(counts().refused).toBe(1);
    expect(log.text()).toContain("no confirm within 5000 ms");
    for (const go of resume) go();
  });

  test("what was answered in time is not refused later", async () => {
    const { deliveryReports, resume } = waiting();
    const { counts, deliver } = await open({ deliveryReports, timeout: 5_000 });
    const answer = deliver();
    await vi.advanceTimersByTimeAsync(10);
    for (const go of resume) go();
    expect(await answer).toBe(Status.ESME_ROK);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([counts().refused, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test.each([true, false])(
    "a receipt that waits is answered, and done with later (kept: %s)",
    async (keepUnmatched) => {
      const recall = async () => unmatched;
      const { broker, deliver, early, listen, published } = await open({
        deliveryReports: giving({ kind: "kept", time: 20_000, recall }),
        keepUnmatched,
      });
      expect(await deliver()).toBe(Status.ESME_ROK);
      expect(broker.left).toEqual({});
      listen("failed");
      await vi.advanceTimersByTimeAsync(20_000);
      await early.settled();
      const seen = expect.objectContaining({ command: "deliver_sm", source_addr: "1" });
      const reason = "receipt for an unknown message id";
      expect(published).toEqual(keepUnmatched ? [["failed", { reason, pdu: seen }]] : []);
    },
  );

  test("nothing is taken while receipts fill the memory that they may", async () => {
    const { counts, deliver, early } = await open({
      deliveryReports: giving({ kind: "incomplete" }),
    });
    let resume = (): void => {};
    const recall = () =>
      new Promise<DeliverSmOutcome>((resolve) => {
        resume = () => resolve({ kind: "claimed" });
      });
    early.keep({ kind: "kept", time: 20_000, recall }, undefined, 1_000_000_000);
    expect([await deliver(), counts().refused]).toEqual([Status.ESME_RX_T_APPN, 1]);
    resume();
    await vi.advanceTimersByTimeAsync(0);
    expect([await deliver(), counts().refused]).toEqual([Status.ESME_ROK, 1]);
  });

  test("2,000 are in hand at most, those that were answered late among them", async () => {
    const { deliveryReports, resume } = waiting();
    const { counts, deliver } = await open({ deliveryReports, timeout: 5_000 });
    const answers = Array.from({ length: 2_000 }, deliver);
    vi.advanceTimersByTime(5_000);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([Status.ESME_RX_T_APPN]));
    expect(resume).toHaveLength(2_000);
    expect(await deliver()).toBe(Status.ESME_RX_T_APPN);
    expect(counts().refused).toBe(2_001);
    expect(resume).toHaveLength(2_000);
    resume[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    const next = deliver();
    await vi.advanceTimersByTimeAsync(0);
    resume[2_000]?.();
    expect(await next).toBe(Status.ESME_ROK);
    for (const go of resume) go();
  });
});

test("an event that breaks the contract is dead-lettered with its PDU, and does not come again", async () => {
  // As of an id that was stored before ids had a limit.
  const event = deliveryReport("x".repeat(300), "delivered");
  const settled: boolean[] = [];
  const settle = async (published: boolean) => void settled.push(published);
  const outcome: DeliverSmOutcome = { kind: "event", event, settle };
  const { broker, close, flow, metrics } = await inbound({
    deliveryReports: { handleDeliverSm: async () => outcome },
  });
  const failed: unknown[] = [];
  broker.listen("smpp.failed", (body) => failed.push(JSON.parse(String(Buffer.from(body)))));
  expect(await flow.deliverSm(pdu, {})).toBe(Status.ESME_ROK);
  expect(failed).toEqual([
    {
      reason: "user_message_id: expected at most 255, got 300 characters",
      pdu: expect.objectContaining({ command: "deliver_sm", source_addr: "1" }),
    },
  ]);
  expect(settled).toEqual([false]);
  expect(metrics.counts("esme_broker_unconfirmed_total").get("")).toBe(0);
  await close();
});
