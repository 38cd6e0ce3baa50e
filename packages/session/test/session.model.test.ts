// Any order of what an application and a peer may do: every request ends once and tells the truth.
import { getEventListeners } from "node:events";
import type { Duplex } from "node:stream";
import { modelTimeout, runModel } from "@esme/model";
import { decode, encode, Framer, type Pdu, type PduInput, Status } from "@esme/pdu";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  LinkError,
  RequestQueue,
  type Role,
  requestQueueOptionsOf,
  Session,
  type SessionOptions,
} from "../src/index.ts";
import { settled } from "./connect.ts";
import { duplexPair } from "./scripted-peer.ts";

const { ESME_RTHROTTLED, ESME_RINVBNDSTS, ESME_RSYSERR, ESME_RX_T_APPN } = Status;

/** Times of every session; small against each other in all orders. */
const options = {
  window: 2,
  requestTimeout: 1_000,
  enquireLinkInterval: 2_000,
  enquireLinkTimeout: 900,
  unbindTimeout: 500,
  partialPduTimeout: 400,
  bindTimeout: 3_000,
  inboundConcurrency: 2,
  inboundBacklog: 2,
  throttleStatuses: [ESME_RTHROTTLED],
  throttlePause: 300,
  maxThrottlePause: 600,
} as const satisfies Partial<SessionOptions>;

/** How the peer answers a message. `lost`: as one that forgot the session. */
const answers = ["ok", "damaged", "refuse", "throttle", "nack", "lost", "twice"] as const;
/** What the callback for a message of the peer does. */
const callbacks = ["ok", "later", "late status", "never", "throw", "reject", "status"] as const;

const times = [1, 50, 299, 300, 399, 400, 500, 899, 900, 999, 1_000, 2_000] as const;

/** One step: something that the application, the peer or the time does. `link`: on which session. */
const step = fc.record({
  link: fc.nat(1),
  /** Whether all that is under way arrives before the next step. */
  settle: fc.boolean(),
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant({ do: "request" } as const) },
    { weight: 2, arbitrary: fc.constant({ do: "request on the queue" } as const) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(9) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("answer" as const),
        how: fc.constantFrom(...answers),
        which: fc.nat(2),
      }),
    },
    { weight: 5, arbitrary: fc.constant({ do: "message of the peer" } as const) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("callback" as const),
        is: fc.constantFrom(...callbacks),
      }),
    },
    { weight: 3, arbitrary: fc.constant({ do: "finish callbacks" } as const) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(...times) }),
    },
    { weight: 2, arbitrary: fc.constant({ do: "bind" } as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { do: "unbind" } as const,
        { do: "close" } as const,
        { do: "cut" } as const,
        { do: "our stream is destroyed" } as const,
        { do: "our stream fails" } as const,
        { do: "peer ends" } as const,
        { do: "peer unbinds" } as const,
        { do: "peer is deaf" } as const,
        { do: "garbage" } as const,
        { do: "half a PDU" } as const,
        { do: "stray" } as const,
        { do: "new link" } as const,
      ),
    },
  ),
});

type Act = (typeof step extends fc.Arbitrary<infer S> ? S : never)["act"];

const plans = fc.record({
  role: fc.constantFrom<Role>("esme", "smsc"),
  shared: fc.boolean(),
  onLinkLoss: fc.constantFrom("resend" as const, "reject" as const),
  waitTimeout: fc.constantFrom(0, 700),
  /** Whether numbers come from far away. */
  late: fc.boolean(),
  /** Whether listeners and all_commands throw. */
  rude: fc.boolean(),
  bound: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: "max" }),
});
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never;

/** A message that was written: what the peer said to it, if it did. */
interface Written {
  link: Link;
  number: number;
  said?: "taken" | "refused" | "not yet";
}

/** A request of the application and what became of it. */
interface Asked {
  to: string;
  abort: AbortController;
  end?: { resolved: Pdu } | { rejected: Error };
}

/** A session and its peer. */
class Link {
  readonly session: Session;
  readonly events: string[] = [];
  /** Messages of the session that the peer has not answered. */
  readonly unanswered: Pdu[] = [];
  /** What the session answered to the peer's messages, by their number. */
  readonly answered = new Map<number, number[]>();
  /** What the callback was given, and whether its answer was ESME_ROK in the end. */
  readonly handed = new Map<number, boolean>();
  isDeaf = false;
  readonly #world: World;
  readonly #ours: Duplex;
  readonly #theirs: Duplex;
  #lastNumber = 100;

  constructor(world: World, ours: Duplex, theirs: Duplex, given: SessionOptions) {
    this.#world = world;
    this.#ours = ours;
    this.#theirs = theirs;
    this.#watchWrites();
    this.session = new Session(ours, given);
    this.#listen();
    const framer = new Framer();
    theirs.on("data", (chunk: Uint8Array) => {
      for (const frame of framer.push(chunk)) this.#receive(decode(frame));
    });
    theirs.on("error", () => {});
    theirs.on("end", () => {
      if (!this.isDeaf) theirs.end();
    });
  }

  /** Whether all that the peer wrote has been read, as far as that can be known. */
  get isRead(): boolean {
    return this.session.stats().inboundWaiting < options.inboundBacklog;
  }

  get isOver(): boolean {
    return this.session.state === "CLOSED";
  }

  bind(): void {
    const command = "bind_transceiver";
    if (this.session.role === "smsc") this.send({ command, sequence_number: ++this.#lastNumber });
    else this.session.request({ command }).catch(() => {});
  }

  message(): void {
    const command = this.session.role === "esme" ? "deliver_sm" : "submit_sm";
    this.send({ command, sequence_number: ++this.#lastNumber });
  }

  /** Answers one of the messages that wait for it. */
  answer(how: (typeof answers)[number], which: number): void {
    if (this.isDeaf) return;
    const [pdu] = this.unanswered.splice(which % Math.max(this.unanswered.length, 1), 1);
    if (pdu === undefined) return;
    const { sequence_number } = pdu;
    const command = pdu.command === "submit_sm" ? "submit_sm_resp" : "deliver_sm_resp";
    const statuses = { refuse: ESME_RSYSERR, throttle: ESME_RTHROTTLED, lost: ESME_RINVBNDSTS };
    const ok: PduInput = { command, sequence_number, message_id: `${sequence_number}` };
    const written = this.#world.written.find(
      ({ link, number, said }) => link === this && number === sequence_number && said === undefined,
    );
    if (how === "ok" || how === "damaged" || how === "twice") {
      if (written) written.said = "taken";
      if (how === "damaged") this.write(damaged(encode(ok)));
      else this.send(...(how === "twice" ? [ok, ok] : [ok]));
      return;
    }
    if (written) written.said = how === "throttle" ? "not yet" : "refused";
    if (how === "nack") {
      this.send({ command: "generic_nack", command_status: ESME_RSYSERR, sequence_number });
    } else this.send({ command, sequence_number, command_status: statuses[how] });
  }

  send(...pdus: PduInput[]): void {
    this.write(Buffer.concat(pdus.map((pdu) => encode(pdu))));
  }

  write(octets: Uint8Array): void {
    if (!this.#theirs.destroyed && !this.#theirs.writableEnded) this.#theirs.write(octets);
  }

  end(): void {
    this.#theirs.end();
  }

  cut(): void {
    this.#theirs.destroy();
  }

  /** What happens to this side of the connection. */
  destroy(error?: Error): void {
    this.#ours.destroy(error);
  }

  /** Whether nothing of the session is left on its stream. */
  get isGone(): boolean {
    const listeners = this.#ours.listenerCount("data") + this.#ours.listenerCount("drain");
    return this.#ours.destroyed && listeners === 0;
  }

  /** Notes which messages the session hands to its stream. */
  #watchWrites(): void {
    const write = this.#ours.write.bind(this.#ours);
    const framer = new Framer();
    const watched = (chunk: Uint8Array) => {
      if (this.#ours.destroyed || this.#ours.writableEnded) return write(chunk);
      for (const frame of framer.push(chunk)) {
        const pdu = decode(frame);
        if (pdu.command !== "submit_sm" && pdu.command !== "deliver_sm") continue;
        this.#world.onWritten(pdu.destination_addr, { link: this, number: pdu.sequence_number });
      }
      return write(chunk);
    };
    this.#ours.write = watched;
  }

  #listen(): void {
    const { session, events } = this;
    for (const event of ["bound", "unbound", "close"] as const) {
      session.on(event, () => {
        events.push(`${event} ${session.state}`);
        if (this.#world.plan.rude) throw new Error("a rude listener");
      });
    }
    const take = ({ sequence_number }: Pdu, direction: string) => {
      if (direction === "in") return this.#take(sequence_number);
      return undefined;
    };
    session.setCallbacks({
      all_commands: () => {
        if (this.#world.plan.rude) throw new Error("a rude callback");
      },
      [session.role === "esme" ? "deliver_sm" : "submit_sm"]: take,
    });
  }

  #take(number: number): unknown {
    const { handed } = this;
    const { callback, later } = this.#world;
    handed.set(number, false);
    switch (callback) {
      case "ok":
        handed.set(number, true);
        return undefined;
      case "later":
        return new Promise<void>((resolve) => {
          later.push(() => {
            handed.set(number, true);
            resolve();
          });
        });
      case "late status":
        return new Promise<number>((resolve) => later.push(() => resolve(ESME_RX_T_APPN)));
      case "never":
        return new Promise<void>(() => {});
      case "throw":
        throw new Error("a callback that throws");
      case "reject":
        return Promise.reject(new Error("a callback that rejects"));
      case "status":
        return ESME_RX_T_APPN;
    }
  }

  #receive(pdu: Pdu): void {
    const { command, sequence_number, command_status } = pdu;
    if (command === "submit_sm" || command === "deliver_sm") this.unanswered.push(pdu);
    if (command === "submit_sm_resp" || command === "deliver_sm_resp") {
      const before = this.answered.get(sequence_number) ?? [];
      this.answered.set(sequence_number, [...before, command_status]);
    }
    if (this.isDeaf) return;
    if (command === "enquire_link") this.send({ command: "enquire_link_resp", sequence_number });
    if (command === "unbind") this.send({ command: "unbind_resp", sequence_number });
    if (command === "bind_transceiver") {
      this.send({ command: "bind_transceiver_resp", sequence_number });
    }
  }
}

/** The application, its sessions and what was seen of them. */
class World {
  readonly plan: Plan;
  readonly links: Link[] = [];
  readonly asked: Asked[] = [];
  readonly written: Written[] = [];
  readonly writtenTo = new Map<string, Written[]>();
  callback: (typeof callbacks)[number] = "ok";
  readonly later: (() => void)[] = [];
  /** Requests that were written before older ones. */
  readonly #disorder: string[] = [];
  readonly #queue: RequestQueue | undefined;
  readonly #release: (reason: LinkError) => void;
  #lastNumber = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    const { waitTimeout } = plan;
    this.#queue = plan.shared
      ? new RequestQueue({ ...requestQueueOptionsOf(options), waitTimeout })
      : undefined;
    this.#release = this.#queue?.retain() ?? (() => {});
    this.addLink();
    if (plan.shared) this.addLink();
  }

  addLink(): void {
    const { role, onLinkLoss, waitTimeout, late } = this.plan;
    const next = () => {
      const number = ++this.#lastNumber;
      return late ? new Promise<number>((resolve) => setImmediate(resolve, number)) : number;
    };
    const given = {
      ...options,
      role,
      waitTimeout,
      sequencer: { next },
      queue: this.#queue,
      onLinkLoss,
    };
    this.links.push(new Link(this, ...duplexPair(), given));
  }

  onWritten(to: string, written: Written): void {
    const before = this.asked.slice(0, Number(to));
    const overtaken = before.find(
      (asked) => asked.end === undefined && !this.writtenTo.has(asked.to),
    );
    if (overtaken !== undefined) this.#disorder.push(`${to} before ${overtaken.to}`);
    this.written.push(written);
    this.writtenTo.set(to, [...(this.writtenTo.get(to) ?? []), written]);
  }

  /** The newest link, or the one before it. */
  #linkAt(index: number): Link {
    const link = this.links.at(-1 - (index % Math.min(this.links.length, 2)));
    if (link === undefined) throw new Error("there is always a link");
    return link;
  }

  do(act: Act, index: number): void {
    const link = this.#linkAt(index);
    switch (act.do) {
      case "request":
        this.#ask(link.session);
        break;
      case "request on the queue":
        this.#ask(this.#queue ?? link.session);
        break;
      case "abort":
        this.asked[act.which % Math.max(this.asked.length, 1)]?.abort.abort();
        break;
      case "answer":
        link.answer(act.how, act.which);
        break;
      case "message of the peer":
        link.message();
        break;
      case "callback":
        this.callback = act.is;
        break;
      case "finish callbacks":
        for (const finish of this.later.splice(0)) finish();
        break;
      case "wait":
        vi.advanceTimersByTime(act.ms);
        break;
      case "bind":
        link.bind();
        break;
      case "unbind":
        void link.session.unbind();
        break;
      case "close":
        void link.session.close();
        break;
      case "cut":
        link.cut();
        break;
      case "our stream is destroyed":
        link.destroy();
        break;
      case "our stream fails":
        link.destroy(new Error("ECONNRESET"));
        break;
      case "peer ends":
        link.end();
        break;
      case "peer unbinds":
        link.send({ command: "unbind", sequence_number: 99 });
        break;
      case "peer is deaf":
        link.isDeaf = true;
        break;
      case "garbage":
        link.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
        break;
      case "half a PDU":
        link.write(encode({ command: "enquire_link" }).subarray(0, 9));
        break;
      case "stray":
        link.send({ command: "submit_sm_resp", sequence_number: 77 });
        break;
      case "new link":
        if (this.links.every(({ isOver }) => isOver) || this.plan.shared) this.addLink();
        if (this.plan.bound) this.links.at(-1)?.bind();
        break;
    }
  }

  /** What must hold at any moment, and when all that was under way has arrived. */
  check(isSettled: boolean): void {
    let waiting = this.#queue?.size ?? 0;
    let inFlight = 0;
    for (const { session, unanswered, isRead, isOver } of this.links) {
      const stats = session.stats();
      expect(stats.inFlight).toBeLessThanOrEqual(options.window);
      if (isSettled && isRead && !isOver) {
        expect(stats.inFlight, "answered is not in flight").toBeLessThanOrEqual(unanswered.length);
      }
      inFlight += stats.inFlight;
      if (this.#queue === undefined) waiting += stats.waiting;
    }
    const open = this.asked.filter(({ end }) => end === undefined).length;
    if (isSettled) {
      expect(waiting, "what waits is somebody's").toBeLessThanOrEqual(open);
      expect(open, "what is open waits or is in flight").toBeLessThanOrEqual(waiting + inFlight);
    }
    expect(this.#disorder).toEqual([]);
  }

  /** Ends everything; nothing may be left. */
  async end(): Promise<void> {
    const reason = new LinkError("closed", "the application ends");
    for (const { session } of this.links) void session.close();
    this.#release(reason);
    // A queue without sessions rejects what waits when nobody keeps it.
    await settled();
    for (const link of this.links) link.cut();
    await settled();
  }

  checkEnd(): void {
    for (const asked of this.asked) this.#checkRequest(asked);
    for (const link of this.links) this.#checkLink(link);
    expect(this.#queue?.size ?? 0).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  }

  #ask(to: Pick<RequestQueue, "request">): void {
    const command = this.plan.role === "esme" ? "submit_sm" : "deliver_sm";
    const asked: Asked = { to: `${this.asked.length}`, abort: new AbortController() };
    this.asked.push(asked);
    const pdu = { command, destination_addr: asked.to } as const;
    const sending = to.request<"submit_sm" | "deliver_sm">(pdu, { signal: asked.abort.signal });
    sending.then(
      (resolved) => {
        asked.end = { resolved };
      },
      (rejected: Error) => {
        asked.end = { rejected };
      },
    );
  }

  #checkRequest({ to, end, abort }: Asked): void {
    const writes = this.writtenTo.get(to) ?? [];
    const said = writes.map((write) => write.said);
    const where = JSON.stringify({ to, said, end: String(end && Object.values(end)[0]) });
    expect(end, `ended: ${where}`).toBeDefined();
    expect(getEventListeners(abort.signal, "abort"), where).toHaveLength(0);
    if (end === undefined) return;
    if ("resolved" in end) expect(said, `was taken: ${where}`).toContain("taken");
    else if ("written" in end.rejected) {
      if (end.rejected.written) expect(writes.length, `was written: ${where}`).toBeGreaterThan(0);
      else {
        const taken = said.filter((word) => word !== "refused" && word !== "not yet");
        expect(taken, `was not written, or refused: ${where}`).toEqual([]);
      }
    } else if (end.rejected.name === "StatusError") {
      expect(said, `was refused: ${where}`).toEqual(
        expect.arrayContaining([expect.stringMatching("refused|not yet")]),
      );
    }
    // Twice only after a refusal that said "later", or when a link died and the policy is to send again.
    const again = said.filter((word) => word === "not yet").length;
    if (!this.plan.shared || this.plan.onLinkLoss === "reject") {
      expect(writes.length, `not sent twice: ${where}`).toBeLessThanOrEqual(1 + again);
    }
  }

  #checkLink({ session, events, answered, handed, isGone }: Link): void {
    expect(session.state).toBe("CLOSED");
    expect(session.stats()).toMatchObject({ inFlight: 0 });
    expect(isGone, "nothing of the session is left on the stream").toBe(true);
    expect(events.filter((event) => event.startsWith("close "))).toEqual(["close CLOSED"]);
    expect(events.at(-1)).toBe("close CLOSED");
    expect(events.filter((event) => event.startsWith("bound ")).length).toBeLessThanOrEqual(1);
    const unbound = events.filter((event) => event.startsWith("unbound "));
    expect(unbound.length, events.join()).toBeLessThanOrEqual(1);
    for (const [number, statuses] of answered) {
      expect(statuses, `one answer to ${number}`).toHaveLength(1);
      if (statuses[0] === Status.ESME_ROK) expect(handed.get(number), "handed out").toBe(true);
    }
  }
}

/** The same PDU without its last octet: the NUL of its message_id. */
function damaged(frame: Uint8Array): Uint8Array {
  const cut = Buffer.from(frame.subarray(0, -1));
  cut.writeUInt32BE(cut.length, 0);
  return cut;
}

test("every request ends once and tells the truth, and nothing is left, in any order", {
  timeout: modelTimeout,
}, async () => {
  await runModel(
    fc.asyncProperty(plans, async (plan) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
      try {
        const world = new World(plan);
        if (plan.bound) {
          for (const link of world.links) link.bind();
          await settled();
        }
        for (const { act, link, settle } of plan.steps) {
          world.do(act, link);
          if (settle) await settled();
          world.check(settle);
        }
        await world.end();
        world.checkEnd();
      } finally {
        vi.useRealTimers();
      }
    }),
  );
});
