/** From a delivery of the broker to one event, or back to its queue: on its own, without a link. */
import { InMemorySmppCache, type SmppCache } from "@esme/caches";
import { LinkError, StatusError } from "@esme/client";
import { newMessage, serialise } from "@esme/messages";
import { decode, encode, type PduInputOf, Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { MemoryBroker, type MemoryBrokerOptions } from "../src/broker/memory-broker.ts";
import { StatusTable } from "../src/config/values/status-table.ts";
import { DeadLetters } from "../src/flow/dead-letters.ts";
import { Intake } from "../src/flow/intake.ts";
import { Outbound, type OutboundDeps } from "../src/flow/outbound.ts";
import { PartSender } from "../src/flow/part-sender.ts";
import { Publisher, type PublisherDeps } from "../src/flow/publisher.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

type SubmitSm = PduInputOf<"submit_sm">;

/** What the SMSC says to a part: an id, or an error. */
type Answer = string | Error;

interface Wishes extends Partial<OutboundDeps> {
  readonly event?: PublisherDeps["middlewares"]["event"];
  /** One for each part in the order of sending, the last one for all others. */
  readonly answers?: readonly Answer[];
  /** Parts of each message. */
  readonly parts?: number;
  readonly limits?: MemoryBrokerOptions;
}

/** Milliseconds. */
const holdTimeout = 900_000;

const taken = decode(encode({ command: "submit_sm_resp", sequence_number: 1 }));

/** A flow, and everything that happened in order: submits, what is on which queue, ends of deliveries. */
async function open({ answers = ["7"], parts = 1, limits, event, ...wishes }: Wishes = {}) {
  const broker = new MemoryBroker(limits);
  await broker.connect();
  const [log, metrics, stop] = [new RecordingLogger(), new Metrics(), new AbortController()];
  const drained = new AbortController();
  const cache = new InMemorySmppCache();
  onTestFinished(() => cache.close());
  const happened: string[] = [];
  const bodies: Record<"event" | "failed", Record<string, unknown>[]> = { event: [], failed: [] };
  const hear = (queue: "event" | "failed") =>
    broker.listen(`smpp.${queue}`, (body) => {
      bodies[queue].push(JSON.parse(Buffer.from(body).toString()));
      happened.push(queue);
    });
  if (limits === undefined) for (const queue of ["event", "failed"] as const) hear(queue);
  const common = { logger: log, metrics, stopped: stop.signal, expiry: wishes.expiry ?? 0 };
  const intake = new Intake({ ...common, holdTimeout, onChange: () => {} });
  intake.linked(true);
  let submits = 0;
  // Generic in its command, of which a part has but one.
  const requestQueue = {
    request: async (_pdu, options) => {
      for (;;) {
        const answer = answers[Math.min(submits, answers.length - 1)] ?? "7";
        submits += 1;
        happened.push("submit");
        // Longer ids come in than go out.
        if (!(answer instanceof Error)) return { ...taken, message_id: answer };
        const isLost = answer instanceof LinkError && answer.written;
        if (!isLost || options?.onLinkLoss?.(answer) !== "resend") throw answer;
      }
    },
  } as ReturnType<OutboundDeps["requestQueue"]>;
  const flow = new Outbound({
    ...common,
    publisher: new Publisher({
      ...common,
      transportName: "smpp",
      broker,
      middlewares: { event },
      deadLetters: new DeadLetters({
        transportName: "smpp",
        keep: true,
        broker,
        logger: log,
        metrics,
      }),
    }),
    cache,
    early: {
      claimed: async (all) => {
        if (all.length > 0) happened.push("claimed");
      },
    },
    processor: {
      handleOutboundMessage: async () =>
        Array.from({ length: parts }, (): SubmitSm => ({ command: "submit_sm" })),
    },
    middlewares: { outbound: undefined },
    contentOf: () => ({}),
    sender: new PartSender({
      ...common,
      sequencer: "sequencer_class",
      onLinkLoss: "requeue",
      statuses: new StatusTable({}),
      throttleStatuses: [],
      tlvs: {},
      retryPauses: { initial: 1_000, max: 1_000 },
      intake,
    }),
    intake,
    consumerSettled: async () => {},
    drained: drained.signal,
    maxDeliveries: 20,
    holdTimeout,
    requestQueue: () => requestQueue,
    onSettled: () => happened.push("settled"),
    ...wishes,
  });
  const handle = (body: string | Uint8Array, given: Partial<Delivery> = {}): void => {
    const end = (word: string) => () => happened.push(word) > 0;
    flow.handle({
      body: Buffer.from(body),
      redelivered: false,
      givenBack: 0,
      ack: end("ack"),
      requeue: end("requeue"),
      ...given,
    });
  };
  const count = (name: Parameters<Metrics["counts"]>[0], value = "") =>
    metrics.counts(name).get(value);
  return { bodies, broker, cache, count, drained, flow, handle, happened, intake, log, stop };
}

const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });
const id = message.message_id;
const body = serialise(message);

const acked = ["submit", "event", "ack", "settled"];
const refusal = new StatusError(
  "submit_sm",
  decode(
    encode({
      command: "submit_sm_resp",
      sequence_number: 1,
      command_status: Status.ESME_RINVDSTADR,
    }),
  ),
);
const away = "no more messages are taken: a store is out of reach";
const unavailable = Object.assign(new Error("Redis is away"), { code: "unavailable" });

describe("a message", () => {
  test("is acknowledged once its event is on the queue", async () => {
    const { bodies, count, flow, handle, happened } = await open();
    handle(body);
    expect(flow.inHand).toBe(1);
    await flow.settled();
    expect(happened).toEqual(acked);
    expect(bodies.event).toEqual([
      expect.objectContaining({ event_type: "ack", user_message_id: id, transport_metadata: {} }),
    ]);
    await vi.advanceTimersByTimeAsync(0);
    expect([flow.inHand, count("esme_events_total", "ack")]).toEqual([0, 1]);
    expect(count("esme_outbound_requeued_total")).toBe(0);
    expect(count("esme_outbound_messages_total", "false")).toBe(1);
    expect(count("esme_outbound_parts_total")).toBe(1);
  });

  test("is not acknowledged while the broker does not confirm its event", async () => {
    const { bodies, broker, count, handle, happened } = await open();
    await broker.close();
    handle(body);
    await vi.advanceTimersByTimeAsync(600);
    expect(happened).toEqual(["submit"]);
    expect(count("esme_broker_unconfirmed_total")).toBe(2);
    await broker.connect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(happened).toEqual(acked);
    expect(bodies.event).toHaveLength(1);
  });

  test("goes back at the stop when its event could not be told", async () => {
    const { broker, count, handle, happened, log, stop } = await open();
    await broker.close();
    handle(body);
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(["submit", "requeue", "settled"]);
    expect(count("esme_outbound_requeued_total")).toBe(1);
    expect(count("esme_broker_unconfirmed_total")).toBe(2);
    expect(log.messages("warn")).toContain("not sent, back on the queue");
  });

  test("whose event the broker will never take leaves its queue, and the event is dead-lettered", async () => {
    const { broker, count, flow, handle, happened, log } = await open({
      limits: { maxQueueOctets: 10 },
    });
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 2)).toEqual(["submit", "ack"]);
    expect(count("esme_broker_refused_total")).toBe(1);
    expect(count("esme_events_total", "ack")).toBe(0);
    expect(broker.left).toEqual({});
    expect(log.messages("error")).toEqual([
      "message that the broker refuses dropped, no queue takes it",
    ]);
  });

  test("that is refused has one nack with the SMSC's reason", async () => {
    const { bodies, flow, handle, happened, log } = await open({ answers: [refusal] });
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 3)).toEqual(["submit", "event", "ack"]);
    expect(bodies.event).toMatchObject([
      { event_type: "nack", user_message_id: id, nack_reason: "Invalid Dest Addr" },
    ]);
    expect(log.messages("warn")).toEqual(["outbound message refused"]);
  });

  test("that cannot be read, nor its id, is dead-lettered without an event", async () => {
    const { bodies, flow, handle, happened } = await open();
    handle("{");
    await flow.settled();
    expect(happened.slice(0, 2)).toEqual(["failed", "ack"]);
    expect(bodies.failed).toMatchObject([{ body: "{" }]);
  });

  test("that cannot be read but for its id has a nack", async () => {
    const { bodies, flow, handle, happened } = await open();
    handle(JSON.stringify({ ...JSON.parse(body), to_addr: 5 }));
    await flow.settled();
    expect(happened.slice(0, 2)).toEqual(["event", "ack"]);
    expect(bodies.event).toMatchObject([
      { event_type: "nack", user_message_id: id, nack_reason: expect.stringMatching(/to_addr/) },
    ]);
  });

  test("that cannot even be dead-lettered is held until the stop, and goes back", async () => {
    const { broker, handle, happened, stop } = await open();
    await broker.close();
    handle("{");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual([]);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(["requeue", "settled"]);
  });

  test("whose event cannot even be made is dead-lettered, and not sent again", async () => {
    const { bodies, flow, handle, happened, log } = await open({
      event: () => Promise.reject(new Error("no event")),
    });
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 3)).toEqual(["submit", "failed", "ack"]);
    expect(log.messages("error")).toContain("outbound message dead-lettered without its nack");
    expect(bodies.event).toEqual([]);
  });

  test("whose end fails is held, goes back when its hold is over, and is not sent again", async () => {
    const { bodies, handle, happened, log } = await open({
      limits: {},
      event: () => Promise.reject(new Error("no event")),
      publisher: {
        event: () => Promise.reject(new Error("no event")),
        deadLetter: () => Promise.reject(new Error("no dead letter")),
      } as unknown as Publisher,
    });
    handle(body);
    await vi.advanceTimersByTimeAsync(holdTimeout - 1);
    expect(happened).toEqual(["submit"]);
    expect(log.messages("error")).toContain(
      "outbound message failed, held until it goes back to its queue",
    );
    await vi.advanceTimersByTimeAsync(1);
    expect(happened).toEqual(["submit", "requeue", "settled"]);
    handle(body, { redelivered: true, givenBack: 1 });
    await vi.advanceTimersByTimeAsync(holdTimeout);
    expect(happened.slice(3)).toEqual(["requeue", "settled"]);
    expect(bodies.event).toEqual([]);
  });

  test("that is given up has no nack before it is dead-lettered", async () => {
    const { broker, handle, happened, stop } = await open({ limits: { declareQueues: false } });
    await broker.declareQueue("smpp.event");
    handle(body, { givenBack: 20 });
    await vi.advanceTimersByTimeAsync(60_000);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect([happened, broker.left]).toEqual([["requeue", "settled"], {}]);
  });

  test.each([
    [10, 9, false],
    [10, 10, true],
    [10, 15, true],
    [1, 0, false],
    [1, 1, true],
    [0, 500, false],
  ])("with a limit of %i, given back %i times, is given up: %s", async (limit, times, isOver) => {
    const { bodies, flow, handle, happened } = await open({ maxDeliveries: limit });
    handle(body, { givenBack: times, redelivered: times > 0 });
    await flow.settled();
    expect(happened.slice(0, 3)).toEqual(isOver ? ["failed", "event", "ack"] : acked.slice(0, 3));
    expect(bodies.event).toMatchObject([{ event_type: isOver ? "nack" : "ack" }]);
  });

  test.each([
    [-60_001, false],
    [-60_000, false],
    [-59_999, true],
  ])("that is %i ms old, of 60 s, is sent: %s", async (age, isSent) => {
    const now = Date.now();
    const timestamp = new Date(now + age).toISOString().replace("T", " ").replace("Z", "000");
    const { bodies, count, flow, handle } = await open({ expiry: 60_000 });
    handle(JSON.stringify({ ...JSON.parse(body), timestamp }));
    await flow.settled();
    const expired = "expired: not sent within 60 s (submit_expiry)";
    expect(bodies.event).toMatchObject([
      isSent ? { event_type: "ack" } : { event_type: "nack", nack_reason: expired },
    ]);
    expect(count("esme_outbound_expired_total")).toBe(isSent ? 0 : 1);
  });

  test("passes the middlewares, and so does its event", async () => {
    const seen: unknown[] = [];
    const { bodies, flow, handle } = await open({
      middlewares: { outbound: async (given) => ({ ...given, content: "changed" }) },
      event: async (event) => ({ ...event, helper_metadata: { seen: true } }),
      processor: {
        handleOutboundMessage: async (given) => {
          seen.push(given.content);
          return [{ command: "submit_sm" }];
        },
      },
    });
    handle(body);
    await flow.settled();
    expect(seen).toEqual(["changed"]);
    expect(bodies.event).toMatchObject([{ helper_metadata: { seen: true } }]);
  });
});

describe("a message that the broker delivers again", () => {
  const again = { redelivered: true };

  test("while it is in hand is sent once, has one event, and both deliveries end", async () => {
    const { flow, handle, happened } = await open();
    handle(body);
    handle(body, again);
    await flow.settled();
    expect(happened.filter((word) => word !== "settled")).toEqual([
      "submit",
      "event",
      "ack",
      "ack",
    ]);
  });

  test("after its event is acknowledged, and nothing else", async () => {
    const { flow, handle, happened } = await open();
    handle(body);
    await flow.settled();
    happened.length = 0;
    handle(body, again);
    await flow.settled();
    expect(happened[0]).toBe("ack");
  });

  test("and that this worker never had is sent, and marked", async () => {
    const { bodies, count, flow, handle } = await open();
    handle(body, again);
    await flow.settled();
    expect(bodies.event).toMatchObject([
      { event_type: "ack", transport_metadata: { smpp: { maybe_duplicate: true } } },
    ]);
    expect(count("esme_outbound_messages_total", "true")).toBe(1);
  });

  test.each([
    [
      "was written",
      new LinkError("closed", "stopped", { written: true }),
      { smpp: { maybe_duplicate: true } },
    ],
    ["was not written", new Error("no number"), {}],
  ])("after it went back is sent; marked when it %s", async (_, answer, transport_metadata) => {
    const { bodies, flow, handle, happened } = await open({ answers: [answer, "7"] });
    handle(body);
    // What waits unsent for half of the broker's patience goes back.
    await vi.advanceTimersByTimeAsync(0);
    if (!happened.includes("requeue")) vi.setSystemTime(Date.now() + holdTimeout);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(happened).toEqual(["submit", "requeue", "settled"]);
    handle(body, again);
    await flow.settled();
    expect(bodies.event).toEqual([
      expect.objectContaining({ event_type: "ack", transport_metadata }),
    ]);
  });

  test("after other workers had it has a marked ack, since they may have sent it", async () => {
    const { bodies, flow, handle, happened } = await open();
    handle(body, { givenBack: 1, redelivered: true });
    await flow.settled();
    handle(body, { givenBack: 2, redelivered: true });
    await flow.settled();
    expect(bodies.event).toHaveLength(1);
    handle(body, { givenBack: 4, redelivered: true });
    await flow.settled();
    expect(happened.filter((word) => word === "submit")).toHaveLength(1);
    expect(bodies.event).toHaveLength(2);
    const marked = { event_type: "ack", transport_metadata: { smpp: { maybe_duplicate: true } } };
    expect(bodies.event[1]).toMatchObject(marked);
    handle(body, { givenBack: 5, redelivered: true });
    await flow.settled();
    expect(bodies.event).toHaveLength(2);
  });

  test("after other workers had it has nothing more to tell when it was refused", async () => {
    const { bodies, flow, handle } = await open({ answers: [refusal] });
    handle(body);
    await flow.settled();
    handle(body, { givenBack: 3, redelivered: true });
    await flow.settled();
    expect(bodies.event).toHaveLength(1);
  });

  test("is another one where the broker says that it is new", async () => {
    const { bodies, flow, handle } = await open();
    handle(body);
    handle(body);
    await flow.settled();
    expect(bodies.event).toHaveLength(2);
  });
});

describe("a message of several parts", () => {
  test("is acknowledged when all are taken", async () => {
    const { bodies, count, flow, handle, happened } = await open({ parts: 3 });
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 5)).toEqual(["submit", "submit", "submit", "event", "ack"]);
    expect(bodies.event).toEqual([
      expect.objectContaining({ event_type: "ack", transport_metadata: {} }),
    ]);
    expect(count("esme_outbound_parts_total")).toBe(3);
  });

  test.each([
    ["the first", [refusal, "1", "2"]],
    ["the last", ["1", "2", refusal]],
  ])("has a nack when %s is refused", async (_, answers) => {
    const { bodies, flow, handle } = await open({ parts: 3, answers });
    handle(body);
    await flow.settled();
    expect(bodies.event).toMatchObject([{ event_type: "nack", nack_reason: "Invalid Dest Addr" }]);
  });

  test("goes back when one is unsent, and is then marked, since others were taken", async () => {
    const unsent = new Error("no number");
    const { bodies, flow, handle, happened } = await open({
      parts: 2,
      answers: ["1", unsent, "2", "3"],
    });
    handle(body);
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(Date.now() + holdTimeout);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(happened).toEqual(["submit", "submit", "requeue", "settled"]);
    handle(body, { redelivered: true });
    await flow.settled();
    expect(bodies.event).toMatchObject([
      { event_type: "ack", transport_metadata: { smpp: { maybe_duplicate: true } } },
    ]);
  });

  test("that was lost with a link and sent again is marked", async () => {
    const lost = new LinkError("closed_by_peer", "lost", { written: true });
    const { bodies, flow, handle } = await open({ parts: 2, answers: ["1", lost, "2"] });
    handle(body);
    await flow.settled();
    expect(bodies.event).toMatchObject([
      { event_type: "ack", transport_metadata: { smpp: { maybe_duplicate: true } } },
    ]);
  });
});

describe("what a message needs", () => {
  /** Fails so often, then works. */
  const failing = (error: Error, times: number): Pick<OutboundDeps, "processor"> => {
    let left = times;
    const handleOutboundMessage = async (): Promise<SubmitSm[]> => {
      left -= 1;
      if (left >= 0) throw error;
      return [{ command: "submit_sm" }];
    };
    return { processor: { handleOutboundMessage } };
  };

  test("is waited for while its store is away", async () => {
    const { handle, happened, intake, log } = await open(failing(unavailable, 2));
    handle(body);
    await vi.advanceTimersByTimeAsync(700);
    expect([happened, intake.reasons]).toEqual([[], ["store"]]);
    await vi.advanceTimersByTimeAsync(50);
    expect([happened, intake.reasons]).toEqual([acked, []]);
    expect([...log.messages("warn"), ...log.messages("error")]).toEqual([away]);
  });

  test("is waited for until the stop, and the message goes back", async () => {
    const { handle, happened, stop } = await open(failing(unavailable, 9));
    handle(body);
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(["requeue", "settled"]);
  });

  test("is waited for no longer than a message may be held", async () => {
    const { handle, happened, intake } = await open(failing(unavailable, 10_000));
    handle(body);
    await vi.advanceTimersByTimeAsync(holdTimeout);
    expect(happened).toEqual(["requeue", "settled"]);
    expect([intake.reasons, intake.prefetch(20)]).toEqual([["store"], 0]);
  });

  test("and the message goes back only when the consumer has ended", async () => {
    let end = (): void => {};
    const consumerSettled = () =>
      new Promise<void>((resolve) => {
        end = resolve;
      });
    const { handle, happened } = await open({ ...failing(unavailable, 10_000), consumerSettled });
    handle(body);
    await vi.advanceTimersByTimeAsync(2 * holdTimeout);
    expect(happened).toEqual([]);
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(["requeue", "settled"]);
  });

  test("and is not there before the message's time is over: a nack", async () => {
    const { bodies, handle } = await open({ ...failing(unavailable, 1_000), expiry: 60_000 });
    const timestamp = new Date().toISOString().replace("T", " ").replace("Z", "000");
    handle(JSON.stringify({ ...JSON.parse(body), timestamp }));
    await vi.advanceTimersByTimeAsync(66_000);
    expect(bodies.event).toMatchObject([{ event_type: "nack", nack_reason: "Redis is away" }]);
  });

  test("and fails by the message's own fault: a nack at once", async () => {
    const { bodies, flow, handle } = await open(failing(new Error("no such alphabet"), 1));
    handle(body);
    await flow.settled();
    expect(bodies.event).toMatchObject([{ event_type: "nack", nack_reason: "no such alphabet" }]);
  });

  test("a fault that nobody foresaw: one nack, and the message is dead-lettered", async () => {
    const { bodies, flow, handle, happened } = await open({
      requestQueue: () => {
        throw new Error("no request queue");
      },
    });
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 3)).toEqual(["failed", "event", "ack"]);
    const reason = "internal error: no request queue";
    expect(bodies.event).toMatchObject([{ event_type: "nack", nack_reason: reason }]);
    expect(bodies.failed).toMatchObject([{ reason, body: expect.stringContaining(id) }]);
  });
});

describe("the SMSC's id of a part", () => {
  /** A cache of a class of somebody else, which only stores. */
  function storing(store: (...given: unknown[]) => Promise<void>): Pick<OutboundDeps, "cache"> {
    const cache = {
      storeSmppMessageId: (...given: unknown[]) => store(...given),
    };
    // Nothing else of it is asked for here.
    return { cache: cache as unknown as SmppCache };
  }

  test("is stored with its place among the parts", async () => {
    const stored: unknown[] = [];
    const { flow, handle } = await open({
      parts: 2,
      answers: ["a", "b"],
      ...storing(async (...given) => void stored.push(given)),
    });
    handle(body);
    await flow.settled();
    expect(stored).toEqual([
      ["a", id, { part: 1, total: 2 }],
      ["b", id, { part: 2, total: 2 }],
    ]);
  });

  test.each([
    ["empty", "", []],
    [
      "of 256 characters",
      "x".repeat(256),
      ["message id of the SMSC too long, its receipts will not match"],
    ],
  ])("is not stored when it is %s", async (_, smppId, lines) => {
    const stored: unknown[] = [];
    const { flow, handle, happened, log } = await open({
      answers: [smppId],
      ...storing(async (...given) => void stored.push(given)),
    });
    handle(body);
    await flow.settled();
    expect([stored, happened.slice(0, 3)]).toEqual([[], acked.slice(0, 3)]);
    expect(log.messages("error")).toEqual(lines);
  });

  test("of 255 characters is stored", async () => {
    const stored: unknown[] = [];
    const { flow, handle } = await open({
      answers: ["x".repeat(255)],
      ...storing(async (...given) => void stored.push(given)),
    });
    handle(body);
    await flow.settled();
    expect(stored).toHaveLength(1);
  });

  test("holds its message while the store is away for a short time", async () => {
    let isAway = true;
    const { handle, happened, log } = await open(
      storing(async () => {
        if (isAway) throw unavailable;
      }),
    );
    handle(body);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(happened).toEqual(["submit"]);
    isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(happened).toEqual(acked);
    expect(log.messages("error")).toEqual([away]);
  });

  test.each([
    ["comes back", false],
    ["does not", true],
  ])("is tried again during a stop, until its time is over: the store %s", async (_, isGone) => {
    let isAway = true;
    const { drained, handle, happened, log, stop } = await open(
      storing(async () => {
        if (isAway) throw unavailable;
      }),
    );
    handle(body);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(happened).toEqual(["submit"]);
    if (isGone) drained.abort();
    isAway = false;
    await vi.advanceTimersByTimeAsync(isGone ? 0 : 5_000);
    expect(happened).toEqual(acked);
    const line = "message id not stored, its receipts will not match";
    expect(log.messages("error")).toEqual(isGone ? [away, line] : [away]);
  });

  test("is given up when the store is away for long, and then for each message at once", async () => {
    let isAway = true;
    const { handle, happened, log } = await open(
      storing(async () => {
        if (isAway) throw unavailable;
      }),
    );
    const line = "message id not stored, its receipts will not match";
    handle(body);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(happened).toEqual(["submit"]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect([happened, log.messages("error")]).toEqual([acked, [away, line]]);
    happened.length = 0;
    handle(body);
    await vi.advanceTimersByTimeAsync(0);
    expect([happened, log.messages("error")]).toEqual([acked, [away, line, line]]);
    isAway = false;
    handle(body);
    await vi.advanceTimersByTimeAsync(0);
    isAway = true;
    happened.length = 0;
    handle(body);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(happened).toEqual(["submit"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(happened).toEqual(acked);
  });

  test("that no store takes is given up at once", async () => {
    const { flow, handle, happened, log } = await open(
      storing(async () => {
        throw new RangeError("too long");
      }),
    );
    handle(body);
    await flow.settled();
    expect(happened.slice(0, 3)).toEqual(acked.slice(0, 3));
    expect(log.messages("error")).toEqual(["message id not stored, its receipts will not match"]);
  });

  test("brings the receipts that came before it: behind the ack, or at once for one of several parts", async () => {
    for (const parts of [1, 2]) {
      const cache = new InMemorySmppCache();
      onTestFinished(() => cache.close());
      const receipt = { token: "t", smppId: "7" };
      const claiming = Object.assign(Object.create(cache), {
        claimReceipts: async (smppId: string) => (smppId === "7" ? [receipt] : []),
      });
      const { flow, handle, happened } = await open({
        parts,
        answers: ["7", "8"],
        cache: claiming,
        early: {
          claimed: async (all) => {
            for (const { message: known, receipts, smppId } of all) {
              expect(known).toEqual({ messageId: id, info: { part: 1, total: parts } });
              expect([receipts, smppId]).toEqual([[receipt], "7"]);
              happened.push("claimed");
            }
          },
        },
      });
      handle(body);
      await flow.settled();
      expect(happened.slice(0, parts + 3)).toEqual(
        parts === 1
          ? ["submit", "event", "claimed", "ack"]
          : ["submit", "submit", "claimed", "event", "ack"],
      );
    }
  });
});
