/** Deliveries by themselves: who gets what, in which order, at what cost; and over TCP. */
import { getEventListeners } from "node:events";
import { decode, encode, Status } from "@esme/pdu";
import { LinkError, StatusError, TimeoutError } from "@esme/session";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Deliverable,
  Deliveries,
  type DeliveryOptions,
  type DeliveryResponse,
  type Receiver,
} from "../src/deliveries/deliveries.ts";
import { RawEsme } from "./raw-esme.ts";
import { bound, deferred, serverOf, text } from "./serve.ts";

const open: Deliveries[] = [];

function deliveriesWith(options: Partial<DeliveryOptions> = {}): Deliveries {
  const deliveries = new Deliveries({
    queueLimit: 100_000,
    queueOctets: 1 << 30,
    totalQueueLimit: 100_000,
    totalQueueOctets: 1 << 30,
    window: 10,
    retryDelay: 1_000,
    attempts: 3,
    ...options,
  });
  open.push(deliveries);
  return deliveries;
}

afterEach(() => {
  vi.useRealTimers();
  for (const deliveries of open.splice(0)) deliveries.close();
});

const sms = (words: string): Deliverable => ({ command: "deliver_sm", ...text(words) });

function responseWith(command_status: number): DeliveryResponse {
  const pdu = decode(encode({ command: "deliver_sm_resp", sequence_number: 7, command_status }));
  if (pdu.command !== "deliver_sm_resp") throw new Error("encoded one thing, decoded another");
  return pdu;
}
const taken = responseWith(0);
const refusedWith = (status: number) => new StatusError("deliver_sm", responseWith(status));
const later = refusedWith(Status.ESME_RX_T_APPN);

/** A receiver that notes what it gets; `answer` says what becomes of it. */
function receiver(system_id: string, answer: () => Promise<DeliveryResponse> = async () => taken) {
  const got: Deliverable[] = [];
  const deliver = (pdu: Deliverable) => {
    got.push(pdu);
    return answer();
  };
  const words = () =>
    got.map((pdu) => String("short_message" in pdu && Buffer.from(pdu.short_message ?? [])));
  return { system_id, deliver, got, words };
}

const all = (deliveries: Deliveries, owner: string | undefined, ...words: string[]) =>
  Promise.all(deliveries.deliver(owner, words.map(sms)));

describe("whose it is", () => {
  test("it waits for its account, in order, and is nobody else's", async () => {
    const deliveries = deliveriesWith();
    const [mine, other] = [receiver("mine"), receiver("other")];
    deliveries.add(other);
    const answers = all(deliveries, "mine", "a", "b", "c");
    expect(deliveries.queues()).toMatchObject([{ system_id: "mine", messages: 3 }]);
    deliveries.add(mine);
    await answers;
    expect([mine.words(), other.words()]).toEqual([["a", "b", "c"], []]);
    expect(deliveries.queues()).toEqual([]);
    expect(deliveries.pending).toEqual({ messages: 0, octets: 0 });
  });

  test("receivers of one account are served in turn", async () => {
    const deliveries = deliveriesWith();
    const receivers = [receiver("mine"), receiver("mine"), receiver("mine")];
    for (const each of receivers) deliveries.add(each);
    await all(deliveries, "mine", ..."abcdefghi");
    expect(receivers.map(({ got }) => got.length)).toEqual([3, 3, 3]);
  });

  test("a receiver whose window is full is passed over", async () => {
    const deliveries = deliveriesWith({ window: 2 });
    const slow = receiver("mine", () => new Promise(() => {}));
    const quick = receiver("mine");
    for (const each of [slow, quick]) deliveries.add(each);
    const answers = deliveries.deliver("mine", [..."abcdefgh"].map(sms));
    for (const answer of answers) answer.catch(() => {}); // those of the slow one, at the end
    await vi.waitFor(() => expect(quick.got).toHaveLength(6));
    expect(slow.got).toHaveLength(2);
    expect(deliveries.pending.messages).toBe(2);
  });

  test("what is for one account and what is for anybody comes in the order of its queueing", async () => {
    const deliveries = deliveriesWith({ window: 1 });
    const esme = receiver("esme");
    const answers = ["a", undefined, "b", "c", undefined].map((own, index) =>
      all(deliveries, own === undefined ? own : "esme", `${own ?? "any"} ${index}`),
    );
    deliveries.add(esme);
    await Promise.all(answers);
    expect(esme.words()).toEqual(["a 0", "any 1", "b 2", "c 3", "any 4"]);
  });
});

describe("limits", () => {
  test.each<[string, Partial<DeliveryOptions>, RegExp]>([
    ["queueLimit", { queueLimit: 2 }, /2 messages wait for "mine", 1 more .*queueLimit 2/],
    ["queueOctets", { queueOctets: 1_200 }, /octets of messages wait for "mine".*queueOctets 1200/],
    ["totalQueueLimit", { totalQueueLimit: 2 }, /for all accounts, 1 more .*totalQueueLimit 2/],
    ["totalQueueOctets", { totalQueueOctets: 1_200 }, /for all accounts.*totalQueueOctets 1200/],
  ])(
    "%s: one more is refused, and there is room when one was taken",
    async (name, options, expected) => {
      const deliveries = deliveriesWith(options);
      const first = all(deliveries, "mine", "a", "b");
      expect(() => deliveries.deliver("mine", [sms("c")])).toThrow(expected);
      expect(() => deliveries.deliver("mine", [sms("c")])).toThrow(
        expect.objectContaining({ code: "queue_full" }),
      );
      if (!name.startsWith("total")) void all(deliveries, "other", "d").catch(() => {});
      deliveries.add(receiver("mine"));
      await first;
      await all(deliveries, "mine", "c");
    },
  );

  test("where two fit, three at once are refused and none is queued", () => {
    const deliveries = deliveriesWith({ queueLimit: 2 });
    expect(() => deliveries.deliver("mine", ["a", "b", "c"].map(sms))).toThrow(/queueLimit/);
    expect(deliveries.pending.messages).toBe(0);
    expect(deliveries.queues()).toEqual([]);
  });

  test("every octet of a message counts", () => {
    const deliveries = deliveriesWith();
    const pdu = {
      command: "deliver_sm",
      unknown_tlvs: [{ tag: 0x1501, value: Buffer.alloc(5_000) }],
    } as const;
    for (const answer of deliveries.deliver("mine", [pdu])) answer.catch(() => {});
    expect(deliveries.pending.octets).toBeGreaterThan(5_500);
    expect(deliveries.pending.octets).toBeLessThan(5_600);
  });
});

describe("again", () => {
  test.each([
    ["refused for now", later, true],
    ["refused for a full queue", refusedWith(Status.ESME_RMSGQFUL), true],
    ["not answered", new TimeoutError("response_timeout", "deliver_sm", true, 1_000), true],
    ["lost with its link", new LinkError("closed_by_peer", "gone", { written: true }), true],
    ["refused for good", refusedWith(Status.ESME_RINVDSTADR), false],
    ["more than the version has", new LinkError("version", "3.3 has no TLVs"), false],
  ])("what was %s", async (_, error, isRepeated) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const deliveries = deliveriesWith();
    const errors: Error[] = [error];
    const esme = receiver("esme", () => {
      const next = errors.shift();
      return next === undefined ? Promise.resolve(taken) : Promise.reject(next);
    });
    deliveries.add(esme);
    const outcome = all(deliveries, "esme", "hi").catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(999);
    expect(esme.got).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(isRepeated ? [taken] : error);
    expect(esme.got).toHaveLength(isRepeated ? 2 : 1);
    expect(deliveries.pending.messages).toBe(0);
  });

  test("it is given up after its attempts, with the last error", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const deliveries = deliveriesWith({ attempts: 3 });
    const esme = receiver("esme", () => Promise.reject(later));
    deliveries.add(esme);
    const outcome = all(deliveries, "esme", "hi").catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome).toBe(later);
    expect(esme.got).toHaveLength(3);
    expect(deliveries.pending).toEqual({ messages: 0, octets: 0 });
  });

  test("a receiver that is leaving costs no attempt: the next one gets it, in order", async () => {
    const deliveries = deliveriesWith({ attempts: 1 });
    const left = new LinkError("unbound", "the session is being unbound");
    const leaving = receiver("esme", () => Promise.reject(left));
    deliveries.add(leaving);
    const answers = all(deliveries, "esme", "a", "b", "c");
    await vi.waitFor(() => expect(leaving.got).toHaveLength(3));
    const more = all(deliveries, "esme", "d");
    const staying = receiver("esme");
    deliveries.add(staying);
    await Promise.all([answers, more]);
    expect(staying.words()).toEqual(["a", "b", "c", "d"]);
  });

  test("a number that another session is using is given up, not the message", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const deliveries = deliveriesWith();
    const errors = [later, new LinkError("sequence_number", "7 is in flight")];
    const esme = receiver("esme", () => {
      const error = errors.shift();
      return error === undefined ? Promise.resolve(taken) : Promise.reject(error);
    });
    deliveries.add(esme);
    const answer = all(deliveries, "esme", "hi");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answer).toEqual([taken]);
    expect(esme.got.map((pdu) => pdu.sequence_number)).toEqual([undefined, 7, undefined]);
  });
});

describe("a signal", () => {
  test("takes a message that waits out of its queue", async () => {
    const deliveries = deliveriesWith();
    const stop = new AbortController();
    const [first] = deliveries.deliver("esme", [sms("a")]);
    const [stopped] = deliveries.deliver("esme", [sms("b")], stop.signal);
    const [last] = deliveries.deliver("esme", [sms("c")]);
    stop.abort(new Error("changed my mind"));
    await expect(stopped).rejects.toMatchObject({ name: "AbortError", written: false });
    const esme = receiver("esme");
    deliveries.add(esme);
    await Promise.all([first, last]);
    expect(esme.words()).toEqual(["a", "c"]);
    expect(() => deliveries.deliver("esme", [sms("d")], stop.signal)).toThrow(/aborted/);
  });

  test("may be that of very many messages, and is listened to until they end", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    const deliveries = deliveriesWith();
    const { signal } = new AbortController();
    const answers = deliveries.deliver("esme", [..."abcdefghijklmnopqrstuvwxyz"].map(sms), signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(26);
    deliveries.add(receiver("esme"));
    await Promise.all(answers);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test("ends the waiting for another attempt", async () => {
    const deliveries = deliveriesWith({ retryDelay: 60_000 });
    const esme = receiver("esme", () => Promise.reject(later));
    deliveries.add(esme);
    const stop = new AbortController();
    const [answer] = deliveries.deliver("esme", [sms("a")], stop.signal);
    await vi.waitFor(() => expect(esme.got).toHaveLength(1));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect(deliveries.queues()).toEqual([]);
  });

  test("1,000 that were stopped leave nothing", () => {
    const deliveries = deliveriesWith();
    for (const answer of deliveries.deliver("esme", [sms("first")])) answer.catch(() => {});
    for (let count = 0; count < 1_000; count++) {
      const stop = new AbortController();
      for (const answer of deliveries.deliver("esme", [sms("x")], stop.signal))
        answer.catch(() => {});
      stop.abort();
    }
    expect(deliveries.pending.messages).toBe(1);
  });
});

test("close rejects what waits, is under way or waits for another attempt", async () => {
  const deliveries = deliveriesWith();
  const errors = [later];
  const esme = receiver("esme", () => {
    const error = errors.shift();
    return error === undefined ? new Promise(() => {}) : Promise.reject(error);
  });
  deliveries.add(esme);
  const answers = [
    ...deliveries.deliver("esme", [sms("a"), sms("b")]),
    ...deliveries.deliver("other", [sms("c")]),
  ];
  const outcomes = Promise.allSettled(answers);
  await vi.waitFor(() => expect(esme.got).toHaveLength(2));
  deliveries.close();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ reason: { code: "closed" } });
  expect(() => deliveries.deliver("esme", [sms("d")])).toThrow(
    expect.objectContaining({ code: "closed" }),
  );
});

/** Microseconds of one delivery to a receiver that answers at once: the best of some rounds. */
async function cost(deliveries: Deliveries): Promise<number> {
  const me: Receiver = receiver("me");
  deliveries.add(me);
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    for (let count = 0; count < 200; count++) await all(deliveries, "me", "hi");
    rounds.push((performance.now() - begun) * 5);
  }
  return Math.min(...rounds);
}

test.each([
  [
    "accounts with a message that waits",
    (deliveries: Deliveries, name: string) => {
      all(deliveries, name, "hi").catch(() => {});
    },
  ],
  [
    "bound receivers whose windows are full",
    (deliveries: Deliveries, name: string) => {
      deliveries.add(receiver(name, () => new Promise(() => {})));
      all(deliveries, name, "hi").catch(() => {});
    },
  ],
  [
    "accounts that were there",
    async (deliveries: Deliveries, name: string) => {
      const esme = receiver(name);
      deliveries.add(esme);
      await all(deliveries, name, "hi");
      deliveries.remove(esme);
    },
  ],
])("a delivery costs the same beside 20,000 %s", async (_, happened) => {
  const alone = await cost(deliveriesWith({ window: 1 }));
  const crowded = deliveriesWith({ window: 1 });
  for (let count = 0; count < 20_000; count++) await happened(crowded, `account ${count}`);
  expect(await cost(crowded)).toBeLessThan(8 * alone + 40);
});

describe("over TCP", () => {
  test("a message waits until a receiver binds; a transmitter gets none", async () => {
    const server = await serverOf();
    const got: string[] = [];
    const deliver_sm = ({ short_message }: { short_message: Uint8Array }) =>
      void got.push(String(Buffer.from(short_message)));
    const answer = server.deliver("esme", { source_addr: "27820001001", ...text("hello") });
    await bound(server, { mode: "transmitter", callbacks: { deliver_sm } });
    expect(server.stats()).toMatchObject({
      pending: { messages: 1 },
      queues: [{ system_id: "esme", messages: 1 }],
    });
    await bound(server, { mode: "receiver", callbacks: { deliver_sm } });
    expect(await answer).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
    expect(got).toEqual(["hello"]);
    expect(server.stats().queues).toEqual([]);
  });

  test("what one session did not take goes to another of its account", async () => {
    const server = await serverOf({ retryDelay: 1 });
    const got: string[] = [];
    const client = (name: string, status: number) =>
      bound(server, {
        callbacks: {
          deliver_sm: () => {
            got.push(name);
            return status;
          },
        },
      });
    await client("full", Status.ESME_RX_T_APPN);
    await client("free", Status.ESME_ROK);
    await server.deliver("esme", text("hello"));
    expect(got).toEqual(["full", "free"]);
  });

  test("what was under way when a link died goes over the next one", async () => {
    const server = await serverOf({ retryDelay: 1 });
    const arrived = deferred<void>();
    const dying = await bound(server, {
      callbacks: {
        deliver_sm: () => {
          arrived.resolve();
          return new Promise<undefined>(() => {});
        },
      },
    });
    const answer = server.deliver("esme", text("hello"));
    await arrived.promise;
    await dying.close();
    const got: string[] = [];
    await bound(server, { callbacks: { deliver_sm: () => void got.push("again") } });
    await answer;
    expect(got).toEqual(["again"]);
  });

  test("every message comes to an ESME, whichever of them hang up, and is answered once", async () => {
    const server = await serverOf({ retryDelay: 1, attempts: 1_000 });
    const counts = new Map<string, number>();
    const join = async (): Promise<void> => {
      const esme = await RawEsme.connect(server);
      await esme.bind();
      // Takes some messages, and hangs up with others in its hands.
      for (let taken = 0; ; taken++) {
        const pdu = await esme.next();
        if (pdu?.command !== "deliver_sm") return;
        counts.set(pdu.source_addr, (counts.get(pdu.source_addr) ?? 0) + 1);
        if (taken === 7) {
          esme.stream.destroy();
          return join();
        }
        esme.send({ command: "deliver_sm_resp", sequence_number: pdu.sequence_number });
      }
    };
    const names = Array.from({ length: 500 }, (_, index) => `${index}`);
    const answers = names.map((source_addr) => server.deliver("esme", { source_addr }));
    const esmes = [join(), join(), join()];
    expect(await Promise.all(answers)).toHaveLength(500);
    expect(counts.size).toBe(500);
    expect(server.stats().pending).toEqual({ messages: 0, octets: 0 });
    await server.close();
    await Promise.allSettled(esmes);
  });

  test("what an ESME has not answered is rejected as closed, its last attempt too", async () => {
    const server = await serverOf({ attempts: 1 });
    const esme = await RawEsme.connect(server);
    await esme.bind();
    const ended = expect(server.deliver("esme", text("hello"))).rejects.toMatchObject({
      code: "closed",
      name: "SmppError",
    });
    expect(await esme.next()).toMatchObject({ command: "deliver_sm" });
    await server.close();
    await ended;
  });

  test("a field that does not fit is refused at once, and nothing is queued", async () => {
    const server = await serverOf();
    const wrong = server.deliver("esme", { source_addr: "1".repeat(30) });
    await expect(wrong).rejects.toMatchObject({ name: "PduError", field: "source_addr" });
    expect(server.stats().pending.messages).toBe(0);
  });

  test("deliverAll queues all parts or none", async () => {
    const server = await serverOf({ queueLimit: 2 });
    const parts = (count: number) => Array.from({ length: count }, () => text("part"));
    expect(() => server.deliverAll("esme", parts(3))).toThrow(
      expect.objectContaining({ code: "queue_full" }),
    );
    const answers = server.deliverAll("esme", parts(2));
    await bound(server, { callbacks: { deliver_sm: () => {} } });
    expect(await Promise.all(answers)).toHaveLength(2);
  });

  test("a signal stops the waiting for an answer", async () => {
    const server = await serverOf();
    const arrived = deferred<void>();
    await bound(server, {
      callbacks: {
        deliver_sm: () => {
          arrived.resolve();
          return new Promise<undefined>(() => {});
        },
      },
    });
    const stop = new AbortController();
    const answer = server.deliver("esme", text("hello"), { signal: stop.signal });
    await arrived.promise;
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError", written: true });
    expect(server.stats().pending.messages).toBe(0);
  });
});
