/** The queues of deliver_sm by themselves: who gets what, in which order, at what cost. */
import { decode, encode, Status } from "@esme/pdu";
import { LinkError, StatusError } from "@esme/session";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Delivered } from "../src/life/receipt.ts";
import {
  Deliveries,
  type DeliveryOptions,
  type DeliveryResponse,
  type Receiver,
} from "../src/sessions/deliveries.ts";
import { Timers } from "../src/structures/timers.ts";

const open: Deliveries[] = [];

function deliveriesWith(options: Partial<DeliveryOptions> = {}): Deliveries {
  const all = {
    limit: 100_000,
    octets: 1 << 30,
    window: 10,
    retryDelay: 1_000,
    attempts: 3,
    ...options,
  };
  const deliveries = new Deliveries(all, new Timers());
  open.push(deliveries);
  return deliveries;
}

afterEach(() => {
  vi.useRealTimers();
  for (const deliveries of open.splice(0)) deliveries.close();
});

const text = (words: string): Delivered => ({
  command: "deliver_sm",
  short_message: Buffer.from(words),
});

function responseWith(command_status: number): DeliveryResponse {
  const pdu = decode(encode({ command: "deliver_sm_resp", sequence_number: 7, command_status }));
  if (pdu.command !== "deliver_sm_resp") throw new Error("encoded one thing, decoded another");
  return pdu;
}
const taken = responseWith(0);
const later = new StatusError("deliver_sm", responseWith(Status.ESME_RX_T_APPN));

/** A receiver that notes what it gets; `answer` says what becomes of it. */
function receiver(system_id: string, answer: () => Promise<DeliveryResponse> = async () => taken) {
  const got: Delivered[] = [];
  const deliver = (pdu: Delivered) => {
    got.push(pdu);
    return answer();
  };
  const words = () =>
    got.map((pdu) => String("short_message" in pdu && Buffer.from(pdu.short_message ?? [])));
  return { system_id, deliver, got, words };
}

describe("all or nothing", () => {
  test.each([
    [2, 3],
    [0, 1],
  ])("where %i fit, %i at once are refused and none is queued", (limit, count) => {
    const deliveries = deliveriesWith({ limit });
    const pdus = Array.from({ length: count }, () => text("part"));
    expect(() => deliveries.deliverAll(pdus, undefined)).toThrow(
      expect.objectContaining({ code: "queue_full" }),
    );
    expect(deliveries.pending).toBe(0);
  });

  test("what fits is queued and taken in order", async () => {
    const deliveries = deliveriesWith({ limit: 3 });
    const esme = receiver("esme");
    const answers = deliveries.deliverAll(["a", "b", "c"].map(text), undefined);
    deliveries.add(esme);
    expect(await Promise.all(answers)).toHaveLength(3);
    expect(esme.words()).toEqual(["a", "b", "c"]);
    expect(deliveries.pending).toBe(0);
  });
});

describe("whose it is", () => {
  test("an account with an empty name has a queue of its own", async () => {
    const deliveries = deliveriesWith();
    const [nameless, other] = [receiver(""), receiver("other")];
    deliveries.add(other);
    const answer = deliveries.deliver(text("for the nameless"), "");
    expect(other.got).toEqual([]);
    deliveries.add(nameless);
    await answer;
    expect(nameless.words()).toEqual(["for the nameless"]);
  });

  test("what is for one account and what is for anybody comes in the order of its queueing", async () => {
    const deliveries = deliveriesWith({ window: 1 });
    const esme = receiver("esme");
    const answers = ["a", undefined, "b", "c", undefined].map((own, index) =>
      deliveries.deliver(text(`${own ?? "any"} ${index}`), own === undefined ? own : "esme"),
    );
    deliveries.add(esme);
    await Promise.all(answers);
    expect(esme.words()).toEqual(["a 0", "any 1", "b 2", "c 3", "any 4"]);
  });
});

describe("again", () => {
  test("a receiver that is leaving costs no attempt: the next one gets it at once", async () => {
    const deliveries = deliveriesWith({ attempts: 1 });
    const left = new LinkError("unbound", "the session is being unbound");
    const leaving = receiver("esme", () => Promise.reject(left));
    deliveries.add(leaving);
    const answers = deliveries.deliverAll(["a", "b", "c"].map(text), "esme");
    await vi.waitFor(() => expect(leaving.got).toHaveLength(3));
    const staying = receiver("esme");
    deliveries.add(staying);
    await Promise.all(answers);
    expect(staying.words().sort()).toEqual(["a", "b", "c"]);
  });

  test("a number that another session is using is given up, not the message", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const deliveries = deliveriesWith();
    const inFlight = new LinkError("sequence_number", "7 is in flight");
    const errors = [later, inFlight];
    const esme = receiver("esme", () => {
      const error = errors.shift();
      return error === undefined ? Promise.resolve(taken) : Promise.reject(error);
    });
    deliveries.add(esme);
    const answer = deliveries.deliver(text("hi"), "esme");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answer).toEqual(taken);
    expect(esme.got.map((pdu) => pdu.sequence_number)).toEqual([undefined, 7, undefined]);
  });

  test("what no session of this version can carry is given up at once", async () => {
    const deliveries = deliveriesWith();
    const tooOld = new LinkError("version", "3.3 has no TLVs");
    deliveries.add(receiver("esme", () => Promise.reject(tooOld)));
    await expect(deliveries.deliver(text("hi"), "esme")).rejects.toBe(tooOld);
  });
});

/** Microseconds of one delivery to a receiver that answers at once: the best of some rounds. */
async function cost(deliveries: Deliveries): Promise<number> {
  const me: Receiver = receiver("me");
  deliveries.add(me);
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    for (let count = 0; count < 200; count++) await deliveries.deliver(text("hi"), "me");
    rounds.push((performance.now() - begun) * 5);
  }
  return Math.min(...rounds);
}

test.each([
  [
    "accounts that had a receipt and are gone",
    async (deliveries: Deliveries, name: string) => {
      const esme = receiver(name);
      deliveries.add(esme);
      await deliveries.deliver(text("hi"), name);
      deliveries.remove(esme);
    },
  ],
  [
    "accounts with a receipt that waits",
    async (deliveries: Deliveries, name: string) => {
      deliveries.deliver(text("hi"), name).catch(() => {});
    },
  ],
  [
    "bound receivers whose windows are full",
    async (deliveries: Deliveries, name: string) => {
      deliveries.add(receiver(name, () => new Promise(() => {})));
      deliveries.deliver(text("hi"), name).catch(() => {});
    },
  ],
] as const)("a delivery costs the same beside 20,000 %s", async (_, happened) => {
  const alone = await cost(deliveriesWith({ window: 1 }));
  const crowded = deliveriesWith({ window: 1 });
  for (let count = 0; count < 20_000; count++) await happened(crowded, `account ${count}`);
  // It was thirty times and more when all queues were walked.
  expect(await cost(crowded)).toBeLessThan(8 * alone + 20);
});
