// Any operations in any order: every request ends once and correctly, no message is lost, nothing is left.
import { getEventListeners } from "node:events";
import { modelTimeout, runModel } from "@esme/model";
import { type Pdu, Status } from "@esme/pdu";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Callbacks, Client, type ClientOptions, type Logger } from "../src/index.ts";
import { type BindManner, ScriptedSmsc } from "./scripted-smsc.ts";

const fails = () => {
  throw new Error("of the user");
};
const rejects = () => Promise.reject(new Error("of the user"));
const never = () => new Promise<never>(() => {});

/** What the deliver_sm callback does; `hand` notes that the message is in good hands. */
const callbackKinds: Record<string, (hand: (pdu: Pdu) => void) => Callbacks> = {
  none: () => ({}),
  takes: (hand) => ({ deliver_sm: hand }),
  "takes later": (hand) => ({ deliver_sm: async (pdu) => hand(pdu) }),
  refuses: () => ({ deliver_sm: () => Status.ESME_RX_T_APPN }),
  throws: () => ({ deliver_sm: fails }),
  rejects: () => ({ deliver_sm: rejects }),
  "never ends": () => ({ deliver_sm: never }),
  "looks and throws": (hand) => ({ all_commands: fails, deliver_sm: hand }),
  "looks and rejects": () => ({ all_commands: rejects }),
};

/** Octets that do not belong on the wire. */
const garbage: Record<string, string> = {
  HTTP: Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex"),
  "half a PDU": "0000002000000005",
  "a body cut off": "00000012000000050000000000000bb84141",
  "a stray response": "00000010800000040000000000007777",
  "a nack of nothing": "00000010800000000000000300000000",
};

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("connect" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("bind" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("request" as const),
      timeout: fc.constantFrom(undefined, 500),
      waitTimeout: fc.constantFrom(undefined, 300),
      signal: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), at: fc.nat(9) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      at: fc.nat(3),
      status: fc.constantFrom(0, 0, 0, Status.ESME_RTHROTTLED, Status.ESME_RSUBMITFAIL),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose the bind" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("deliver" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("loop" as const),
      take: fc.integer({ min: 1, max: 4 }),
      leave: fc.constantFrom("break", "throw"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("listen" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pull" as const), at: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), at: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("callbacks" as const),
      kind: fc.constantFrom(...Object.keys(callbackKinds)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unbind" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("cut" as const),
      how: fc.constantFrom("end", "destroy", "error", "half-open", "unbind"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("garbage" as const),
      what: fc.constantFrom(...Object.keys(garbage)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("binds" as const),
      manner: fc.constantFrom<BindManner>("accept", "accept", "refuse", "silent"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("down" as const), is: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("time" as const),
      ms: fc.constantFrom(1, 50, 300, 600, 1_100, 5_000, 11_000),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

/** A step, and whether all that it begins comes to rest before the next one. */
const steps = fc.array(fc.record({ operation, settles: fc.boolean() }), { maxLength: 30 });

const setting = fc.record({
  reconnect: fc.boolean(),
  bind: fc.boolean(),
  badListeners: fc.boolean(),
  window: fc.integer({ min: 1, max: 3 }),
  onLinkLoss: fc.constantFrom("reject" as const, "resend" as const),
  unbindTimeout: fc.constantFrom(0, 500),
  closesAgain: fc.boolean(),
});
type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;

const rejections = new Set(["StatusError", "TimeoutError", "LinkError", "AbortError"]);

/** A client, the SMSC it talks to, and what is known about both. */
class World {
  readonly client: Client;
  readonly setting: Setting;
  readonly connections: ScriptedSmsc[] = [];
  /** The errors found so far; the next check fails with them. */
  readonly wrong: string[] = [];
  readonly #unfinished = new Map<number, string>();
  readonly #signals: AbortController[] = [];
  readonly #iterators: AsyncGenerator<Pdu, void>[] = [];
  readonly #handed = new Set<string>();
  readonly #written = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  #begun = 0;
  #binds: BindManner = "accept";
  #isDown = false;

  constructor(of: Setting) {
    this.setting = of;
    const options: ClientOptions = {
      stream: () => this.#connection(),
      window: of.window,
      onLinkLoss: of.onLinkLoss,
      unbindTimeout: of.unbindTimeout,
      requestTimeout: 1_000,
      bindTimeout: 1_000,
      enquireLinkInterval: 5_000,
      enquireLinkTimeout: 1_000,
      partialPduTimeout: 1_000,
      throttlePause: 100,
      maxThrottlePause: 200,
      reconnect: of.reconnect && {
        initialDelay: 10,
        maxDelay: 40,
        alreadyBoundDelay: 10,
        refusedDelay: 10,
      },
      logger: this.#logger(),
      ...(of.bind && { bind: { mode: "transceiver", system_id: "esme" } as const }),
    };
    this.client = new Client(options);
    this.#watch();
  }

  do(operation: Operation): void {
    const { client } = this;
    const link = this.connections.at(-1);
    switch (operation.do) {
      case "connect":
        this.#track("connect()", client.connect());
        return;
      case "bind":
        this.#track("bind", client.bindTransceiver({ system_id: "esme" }));
        return;
      case "request":
        this.#request(operation);
        return;
      case "abort":
        this.#signals[operation.at]?.abort();
        return;
      case "answer":
        this.#answer(operation.at, operation.status);
        return;
      case "lose the bind":
        this.#answer(0, Status.ESME_RINVBNDSTS);
        return;
      case "deliver":
        // Before a bind an SMSC has nothing to say.
        if (link?.isBound) link.deliver(String(++this.#begun));
        return;
      case "loop":
        this.#track("loop", this.#loop(operation.take, operation.leave));
        return;
      case "listen":
        this.#iterators.push(client.listen());
        return;
      case "pull":
        this.#take("next()", this.#iterators[operation.at]?.next().then(pduOf));
        return;
      case "leave":
        this.#track("return()", this.#iterators[operation.at]?.return());
        return;
      case "read":
        this.#take("readOnePdu()", client.readOnePdu());
        return;
      case "callbacks":
        client.setCallbacks(callbackKinds[operation.kind]?.((pdu) => this.#hand(pdu)) ?? {});
        return;
      case "unbind":
        this.#track("unbind()", client.unbind());
        return;
      case "disconnect":
        this.#track("disconnect()", client.disconnect());
        return;
      case "cut":
        cut(link, operation.how);
        return;
      case "garbage":
        if (!link?.isBound) return;
        link.write(Buffer.from(garbage[operation.what] ?? "", "hex"));
        if (operation.what === "half a PDU") link.isOutOfStep = true;
        return;
      case "binds":
        this.#binds = operation.manner;
        return;
      case "down":
        this.#isDown = operation.is;
        return;
      case "time":
        vi.advanceTimersByTime(operation.ms);
    }
  }

  /** Rules that hold at any moment at which nothing is on its way. */
  check(): void {
    expect(this.wrong).toEqual([]);
    const { state } = this.client;
    const link = this.connections.at(-1);
    const isHeard = link !== undefined && !link.isHalfOpen && !link.isOutOfStep;
    if (state.startsWith("BOUND") && isHeard) {
      expect([state, link.isBound]).toEqual([state, true]);
    }
    for (const { answers } of this.connections) {
      for (const [id, statuses] of answers) {
        if (statuses.length !== 1) this.wrong.push(`message ${id} was answered ${statuses}`);
        if (statuses.includes(Status.ESME_ROK) && !this.#handed.has(id)) {
          this.wrong.push(`message ${id} was answered ESME_ROK and handed to nobody`);
        }
      }
    }
    expect(this.wrong).toEqual([]);
  }

  /** The end of it all: nothing is left. */
  async end(): Promise<void> {
    const { client } = this;
    const ended = client.disconnect();
    await settled();
    // A connection whose peer is still to read the last words is given this long.
    vi.advanceTimersByTime(1_100);
    await ended;
    await settled();
    this.check();
    expect([...this.#unfinished.values()]).toEqual([]);
    expect(client.state).toBe("CLOSED");
    expect(client.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
    expect(vi.getTimerCount()).toBe(0);
    expect(this.connections.map(({ stream }) => stream.destroyed)).not.toContain(false);
    const listening = this.#signals.map(({ signal }) => getEventListeners(signal, "abort").length);
    expect(listening.filter((count) => count > 0)).toEqual([]);
  }

  #connection(): ScriptedSmsc["stream"] {
    if (this.#isDown) throw new Error("no route");
    const link = new ScriptedSmsc(() => this.#binds, count(this.#written));
    this.connections.push(link);
    return link.stream;
  }

  #request(of: Extract<Operation, { do: "request" }>): void {
    const id = String(++this.#begun);
    const abort = new AbortController();
    if (of.signal) this.#signals.push(abort);
    const options = {
      timeout: of.timeout,
      waitTimeout: of.waitTimeout,
      signal: of.signal ? abort.signal : undefined,
    };
    const sending = this.client.submitSm({ destination_addr: id }, options);
    this.#track(`submit_sm ${id}`, sending);
    sending.then(
      ({ command_status, message_id }) => {
        if (command_status !== 0 || message_id !== id) this.wrong.push(`${id} got ${message_id}`);
      },
      (error) => this.#checkRejection(id, error),
    );
  }

  #checkRejection(id: string, error: Error & { written?: boolean; status?: number }): void {
    if (!rejections.has(error.name)) this.wrong.push(`${id} rejected with ${error}`);
    const written = this.#written.get(id) ?? 0;
    // Throttled: the SMSC did not accept it that time.
    const inDoubt = written - (this.#refused.get(id) ?? 0);
    if (error.written === true && written === 0) this.wrong.push(`${id} was not written: ${error}`);
    if (error.written === false && inDoubt > 0) this.wrong.push(`${id} was written: ${error}`);
  }

  #answer(at: number, command_status: number): void {
    const link = this.connections.at(-1);
    if (link === undefined || link.isHalfOpen || link.isOver) return;
    const [asked] = link.unanswered.splice(at, 1);
    if (asked === undefined) return;
    const { id, sequence_number } = asked;
    if (command_status !== 0) count(this.#refused)(id);
    link.send({ command: "submit_sm_resp", sequence_number, command_status, message_id: id });
  }

  async #loop(take: number, leave: string): Promise<void> {
    let left = take;
    for await (const pdu of this.client.listen()) {
      this.#hand(pdu);
      if (--left > 0) continue;
      if (leave === "throw") throw new Error("of the loop");
      break;
    }
  }

  #take(what: string, taking: Promise<Pdu | undefined> | undefined): void {
    this.#track(
      what,
      taking?.then((pdu) => pdu && this.#hand(pdu)),
    );
  }

  #hand(pdu: Pdu): void {
    if (pdu.command === "deliver_sm") this.#handed.add(pdu.source_addr);
  }

  #track(what: string, promise: Promise<unknown> | undefined): void {
    const number = ++this.#begun;
    const done = () => this.#unfinished.delete(number);
    if (promise !== undefined) this.#unfinished.set(number, what);
    promise?.then(done, done);
  }

  #watch(): void {
    const { client, setting } = this;
    const expectState = (event: string, isRight: (state: string) => boolean) => {
      if (!isRight(client.state)) this.wrong.push(`state ${client.state} in the event ${event}`);
    };
    client.on("bound", () => expectState("bound", (state) => state === "BOUND_TRX"));
    client.on("reconnecting", () => expectState("reconnecting", (s) => s === "RECONNECTING"));
    client.on("closed", () => {
      expectState("closed", (state) => state === "CLOSED" || setting.reconnect);
      if (setting.closesAgain) void client.disconnect();
    });
    if (!setting.badListeners) return;
    for (const event of [
      "bound",
      "closed",
      "reconnecting",
      "error",
      "throttled",
      "stray",
    ] as const) {
      client.prependListener(event, fails);
      client.prependListener(event, rejects);
    }
  }

  /** Failures that no test of a world expects are those of our own code. */
  #logger(): Logger {
    const note = (fields: { err?: unknown }) => {
      if (fields.err instanceof TypeError || fields.err instanceof RangeError) {
        this.wrong.push(String(fields.err.stack));
      }
    };
    return { debug: note, info: note, warn: note, error: note };
  }
}

function pduOf({ value }: IteratorResult<Pdu, void>): Pdu | undefined {
  return value ?? undefined;
}

function count(counts: Map<string, number>): (id: string) => void {
  return (id) => void counts.set(id, (counts.get(id) ?? 0) + 1);
}

function cut(link: ScriptedSmsc | undefined, how: string): void {
  // Until the client has the stream, its errors are its owner's.
  if (link === undefined || link.stream.listenerCount("error") === 0) return;
  if (how === "end") link.end();
  if (how === "destroy") link.cut();
  if (how === "error") link.cut(new Error("ECONNRESET"));
  if (how === "unbind" && link.isBound) link.unbind();
  if (how === "half-open") link.isHalfOpen = true;
}

/** Lets everything that is under way in memory arrive. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 25; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("whatever happens, in whatever order", { timeout: modelTimeout }, async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  await runModel(
    fc.asyncProperty(setting, steps, async (of, all) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
      try {
        const world = new World(of);
        for (const { operation, settles } of all) {
          world.do(operation);
          if (!settles) continue;
          await settled();
          world.check();
        }
        await world.end();
        expect(unhandled).toEqual([]);
      } finally {
        unhandled.length = 0;
        vi.useRealTimers();
      }
    }),
  );
  process.off("unhandledRejection", onUnhandled);
});
