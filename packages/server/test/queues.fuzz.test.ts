// Messages, receivers that come, go and answer anything, signals and time in any order: every message ends once.
import { fuzz, fuzzTimeout, must, type Random } from "@esme/fuzz";
import { decode, encode, Status } from "@esme/pdu";
import { LinkError, StatusError, TimeoutError } from "@esme/session";
import { afterAll, beforeAll, test, vi } from "vitest";
import {
  type Deliverable,
  Deliveries,
  type DeliveryResponse,
  type Receiver,
} from "../src/deliveries/deliveries.ts";

const accounts = ["a", "b", undefined] as const;
const answers = ["taken", "later", "refused", "silent", "number"] as const;

type Step =
  | {
      readonly do: "deliver";
      readonly owner: number;
      readonly count: number;
      readonly signal: boolean;
    }
  | { readonly do: "bind"; readonly owner: number }
  | { readonly do: "leave"; readonly at: number; readonly written: boolean }
  | { readonly do: "answer"; readonly at: number; readonly how: number }
  | { readonly do: "abort"; readonly at: number }
  | { readonly do: "pass"; readonly ms: number };

function step(random: Random): Step {
  const at = random.below(1_000);
  const owner = random.below(3);
  switch (random.below(8)) {
    case 0:
    case 1:
      return { do: "deliver", owner, count: 1 + random.below(3), signal: random.oneIn(3) };
    case 2:
      return { do: "bind", owner: random.below(2) };
    case 3:
      return { do: "leave", at, written: random.oneIn(2) };
    case 4:
      return { do: "abort", at };
    case 5:
      return { do: "pass", ms: random.pick([1, 100, 1_000]) };
    default:
      return { do: "answer", at, how: random.below(answers.length) };
  }
}

function responseWith(command_status: number): DeliveryResponse {
  const pdu = decode(encode({ command: "deliver_sm_resp", sequence_number: 7, command_status }));
  if (pdu.command !== "deliver_sm_resp") throw new Error("encoded one thing, decoded another");
  return pdu;
}
const refusedWith = (status: number) => new StatusError("deliver_sm", responseWith(status));

/** A message that a receiver has and has not answered. */
interface Held {
  readonly pdu: Deliverable;
  readonly resolve: (response: DeliveryResponse) => void;
  readonly reject: (error: Error) => void;
}

const window = 2;

/** A receiver that answers when the case says so. */
class Peer implements Receiver {
  readonly system_id: string;
  readonly held: Held[] = [];
  isGone = false;

  constructor(system_id: string) {
    this.system_id = system_id;
  }

  deliver(pdu: Deliverable, signal: AbortSignal | undefined): Promise<DeliveryResponse> {
    must(!this.isGone, "nobody is served who is gone");
    return new Promise((resolve, reject) => {
      const held = { pdu, resolve, reject };
      this.held.push(held);
      must(this.held.length <= window, "no more are without an answer than the window has");
      signal?.addEventListener("abort", () => this.answer(this.held.indexOf(held), "refused"));
    });
  }

  answer(at: number, how: (typeof answers)[number]): void {
    const [held] = at < 0 ? [] : this.held.splice(at, 1);
    if (how === "taken") held?.resolve(responseWith(0));
    if (how === "later") held?.reject(refusedWith(Status.ESME_RX_T_APPN));
    if (how === "refused") held?.reject(refusedWith(Status.ESME_RINVDSTADR));
    if (how === "silent") held?.reject(new TimeoutError("response_timeout", "deliver_sm", true, 1));
    if (how === "number") held?.reject(new LinkError("sequence_number", "it is in flight"));
  }

  leave(written: boolean): void {
    this.isGone = true;
    const reason = new LinkError("closed_by_peer", "gone", { written });
    for (const { reject } of this.held.splice(0)) reject(reason);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

async function check(steps: readonly Step[]): Promise<void> {
  const deliveries = new Deliveries({
    queueLimit: 10,
    queueOctets: 100_000,
    totalQueueLimit: 1_000,
    totalQueueOctets: 200_000,
    window,
    retryDelay: 1_000,
    attempts: 3,
  });
  const peers: Peer[] = [];
  const signals: AbortController[] = [];
  let [begun, ended] = [0, 0];
  const ownerOf = new Map<string, string | undefined>();
  const deliver = (owner: string | undefined, count: number, signal: AbortSignal | undefined) => {
    const pdus = Array.from({ length: count }, (_, index) => {
      const source_addr = `${begun + index}`;
      ownerOf.set(source_addr, owner);
      return { command: "deliver_sm", source_addr } as const;
    });
    let promises: Promise<unknown>[] = [];
    try {
      promises = deliveries.deliver(owner, pdus, signal);
    } catch (error) {
      must(String(error).includes("queueLimit"), `${error} is that of a full queue`);
    }
    begun += promises.length;
    for (const promise of promises) promise.catch(() => {}).finally(() => ended++);
  };
  for (const next of steps) {
    if (next.do === "deliver") {
      const signal = next.signal ? new AbortController() : undefined;
      if (signal !== undefined) signals.push(signal);
      deliver(accounts[next.owner], next.count, signal?.signal);
    } else if (next.do === "bind") {
      const peer = new Peer(accounts[next.owner] ?? "a");
      peers.push(peer);
      deliveries.add(peer);
    } else if (next.do === "pass") vi.advanceTimersByTime(next.ms);
    else if (next.do === "abort")
      signals.splice(next.at % Math.max(1, signals.length), 1)[0]?.abort();
    else if (peers.length > 0) {
      const [peer] = peers.slice(next.at % peers.length);
      if (next.do === "answer") {
        peer?.answer(next.at % Math.max(1, peer.held.length), answers[next.how] ?? "taken");
      } else if (peer !== undefined) {
        peers.splice(peers.indexOf(peer), 1);
        deliveries.remove(peer);
        peer.leave(next.written);
      }
    }
    await settled();
    const { messages, octets } = deliveries.pending;
    const queues = deliveries.queues();
    must(messages === begun - ended, `${messages} are on their way: ${begun} less ${ended}`);
    must(queues.reduce((sum, queue) => sum + queue.messages, 0) === messages, "queues add up");
    must(queues.reduce((sum, queue) => sum + queue.octets, 0) === octets, "octets add up");
    must(
      queues.every((queue) => queue.messages > 0),
      "no empty queue is kept",
    );
    const held = peers.flatMap((peer) => peer.held.map(({ pdu }) => ({ peer, pdu })));
    const names = held.map(({ pdu }) => pdu.source_addr ?? "");
    must(new Set(names).size === names.length, "no message is with two receivers");
    for (const { peer, pdu } of held) {
      const owner = ownerOf.get(pdu.source_addr ?? "");
      must(owner === undefined || owner === peer.system_id, "it is with a receiver of its account");
    }
  }
  // What is left is taken by who binds last, without a wait but that for another attempt.
  const last = accounts.slice(0, 2).map((name) => new Peer(name ?? "a"));
  for (const peer of peers) {
    deliveries.remove(peer);
    peer.leave(false);
  }
  for (const peer of last) deliveries.add(peer);
  for (let turn = 0; turn < 40; turn++) {
    await settled();
    for (const peer of last) peer.answer(0, "taken");
    vi.advanceTimersByTime(1_000);
  }
  await settled();
  must(ended === begun, `all ${begun} ended, ${ended} did`);
  must(deliveries.queues().length === 0 && deliveries.pending.octets === 0, "nothing is left");
  deliver("a", 1, undefined);
  deliveries.close();
  await settled();
  must(ended === begun, "what was queued last ended with the close");
}

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterAll(() => {
  vi.useRealTimers();
});

test("every message ends once, with a receiver of its account", { timeout: fuzzTimeout }, () =>
  fuzz({
    name: "queues",
    cases: 1_000,
    make: (random) => Array.from({ length: 1 + random.below(40) }, () => step(random)),
    check,
    show: (steps) => JSON.stringify(steps),
  }),
);
