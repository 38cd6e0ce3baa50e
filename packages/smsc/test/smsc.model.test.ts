/** The message centre under random orders: nothing that it accepted is lost, nothing outlives it. */
import { type Duplex, duplexPair } from "node:stream";
import { modelTimeout, runModel } from "@esme/model";
import {
  decode,
  EsmClass,
  encode,
  Framer,
  type Pdu,
  type PduInput,
  Status,
  UssdServiceOp,
} from "@esme/pdu";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Behaviour, Smsc, type SmscOptions, type UssdScreen } from "../src/index.ts";

const accounts = ["a", "b", ""] as const;
const modes = ["bind_transmitter", "bind_receiver", "bind_transceiver"] as const;
const phones = ["1", "2", "27888805", "27888803"] as const;

/** How an ESME answers deliver_sm: with this status, or not at all. */
const moods = [Status.ESME_ROK, Status.ESME_RX_T_APPN, Status.ESME_RX_R_APPN, "silent"] as const;
type Mood = (typeof moods)[number];

const behaviours: readonly Behaviour[] = [
  { fault: "ignore", times: 1 },
  { fault: "lose_answer", times: 1 },
  { fault: "duplicate", every: 2 },
  { fault: "delay", ms: 30 },
  { fault: "reorder", ms: 10 },
  { fault: "refuse", status: Status.ESME_RSYSERR, every: 3 },
  { fault: "throttle", perSecond: 2 },
  { fault: "cut", times: 1 },
  { fault: "close", times: 1 },
  { fault: "unbind", times: 1 },
  { fault: "silence", times: 1, on: "any" },
  { fault: "delay", ms: 20, on: "any" },
  { fault: "segments", octets: 3 },
  { fault: "slow_reading", octetsPerSecond: 5_000 },
];

/** Turns of the event loop in which PDUs pass from one end to the other. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

type Submitted = Extract<PduInput, { command: "submit_sm" }>;

/** An ESME that answers by itself and notes what it was told. */
class Esme {
  mood: Mood = Status.ESME_ROK;
  /** Submissions that were answered with success, by message_id. */
  readonly accepted = new Map<string, Submitted>();
  /** Ids of receipts that it has answered with success, and of all that came. */
  readonly receipts = new Set<string>();
  readonly system_id: string;
  readonly #stream: Duplex;
  readonly #framer = new Framer();
  /** By sequence_number. */
  readonly #submitted = new Map<number, Submitted>();
  #sequence = 0;

  constructor(smsc: Smsc, system_id: string, mode: (typeof modes)[number]) {
    const [ours, theirs] = duplexPair();
    this.system_id = system_id;
    this.#stream = ours;
    ours.on("data", (chunk: Uint8Array) => {
      for (const frame of this.#framer.push(chunk)) this.#take(decode(frame));
    });
    ours.on("error", () => {});
    ours.on("end", () => ours.end());
    ours.on("close", () => theirs.destroy());
    smsc.accept(theirs);
    this.send({ command: mode, system_id, password: "secret" });
  }

  send(pdu: PduInput): void {
    const sequence = pdu.sequence_number ?? ++this.#sequence;
    if (pdu.command === "submit_sm" && !pdu.ussd_service_op) this.#submitted.set(sequence, pdu);
    this.write(encode(pdu, sequence));
  }

  write(octets: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(octets);
  }

  cut(): void {
    this.#stream.destroy();
  }

  #take(pdu: Pdu): void {
    const { sequence_number } = pdu;
    if (pdu.command === "submit_sm_resp" && pdu.command_status === Status.ESME_ROK) {
      const submitted = this.#submitted.get(sequence_number);
      if (submitted !== undefined) this.accepted.set(pdu.message_id, submitted);
    }
    if (pdu.command === "unbind") this.send({ command: "unbind_resp", sequence_number });
    if (pdu.command === "enquire_link")
      this.send({ command: "enquire_link_resp", sequence_number });
    if (pdu.command !== "deliver_sm" || this.mood === "silent") return;
    this.send({ command: "deliver_sm_resp", sequence_number, command_status: this.mood });
    const isReceipt =
      (pdu.esm_class & EsmClass.message_type.mask) === EsmClass.message_type.smsc_delivery_receipt;
    if (isReceipt && this.mood === Status.ESME_ROK) {
      this.receipts.add(`${this.system_id} ${pdu.receipted_message_id}`);
    }
    if (pdu.ussd_service_op?.[0] === UssdServiceOp.pssr_indication) this.#answerUssd(pdu);
  }

  #answerUssd(pdu: Extract<Pdu, { command: "deliver_sm" }>): void {
    this.send({
      command: "submit_sm",
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      ussd_service_op: Uint8Array.of(UssdServiceOp.ussr_request),
      its_session_info: pdu.its_session_info,
    });
  }
}

/** A message centre with everything that was done to it. */
class World {
  readonly smsc: Smsc;
  readonly esmes: Esme[] = [];
  /** `account id` of every text that was shown, and of every final receipt, as often as it was told. */
  readonly shown: string[] = [];
  readonly receipts: string[] = [];
  readonly cancelled = new Set<string>();
  readonly givenUp = new Map<string, number>();
  /** What was begun and has not ended. */
  readonly begun = new Set<string>();
  readonly screens: UssdScreen[] = [];
  readonly queueLimit: number;
  isClosed = false;
  #count = 0;

  constructor(options: SmscOptions & { readonly queueLimit: number }) {
    this.queueLimit = options.queueLimit;
    const warn = (fields: { system_id?: unknown }, message: string) => {
      if (message !== "a receipt was given up") return;
      const account = String(fields.system_id);
      this.givenUp.set(account, (this.givenUp.get(account) ?? 0) + 1);
    };
    const ignore = () => {};
    this.smsc = new Smsc({
      port: 0,
      requestTimeout: 100,
      retryDelay: 20,
      attempts: 4,
      bindTimeout: 500,
      enquireLinkInterval: 200,
      ussdTimeout: 300,
      logger: { debug: ignore, info: ignore, warn, error: ignore },
      ...options,
    });
    this.smsc.on("ussd", (screen) => this.screens.push(screen));
    this.smsc.on("message", ({ ids, system_id }) => {
      for (const id of ids) this.shown.push(`${system_id} ${id}`);
    });
    this.smsc.on("receipt", ({ system_id, message_id, stat }) => {
      if (stat !== "ENROUTE") this.receipts.push(`${system_id} ${message_id}`);
    });
    this.follow(this.#read());
  }

  /** Notes a promise until it is settled, either way. */
  follow(promise: Promise<unknown>): void {
    const name = `promise ${++this.#count}`;
    this.begun.add(name);
    const done = () => this.begun.delete(name);
    promise.then(done, done);
  }

  esme(index: number): Esme | undefined {
    return this.esmes[index % Math.max(1, this.esmes.length)];
  }

  connect(system_id: string, mode: (typeof modes)[number]): Esme | undefined {
    if (this.isClosed) return undefined;
    const esme = new Esme(this.smsc, system_id, mode);
    this.esmes.push(esme);
    return esme;
  }

  async #read(): Promise<void> {
    for await (const _ of this.smsc.messages());
  }
}

type Step = (world: World) => void;

const { ussr_request, ussn_request } = UssdServiceOp;

const nat = fc.nat({ max: 5 });
const registered = fc.constantFrom(0, 1, 1, 1, 2, 3, 0x11);

/** One thing that happens; its name is what a failure shows. */
function step<T>(name: string, given: fc.Arbitrary<T>, act: (world: World, given: T) => void) {
  return given.map((value) =>
    Object.assign<Step, object>((world) => act(world, value), {
      [fc.toStringMethod]: () => `${name}(${JSON.stringify(value)})`,
    }),
  );
}

const steps: fc.Arbitrary<Step>[] = [
  step("connect", fc.tuple(fc.constantFrom(...accounts), fc.constantFrom(...modes)), (world, how) =>
    world.connect(...how),
  ),
  step("bindAgain", fc.tuple(nat, fc.constantFrom(...accounts)), (world, [index, system_id]) =>
    world.esme(index)?.send({ command: "bind_transceiver", system_id, password: "other" }),
  ),
  step(
    "submit",
    fc.tuple(nat, fc.constantFrom(...phones), registered, fc.constantFrom("", "000000000001000R")),
    (world, [index, destination_addr, registered_delivery, validity_period]) =>
      world.esme(index)?.send({
        command: "submit_sm",
        source_addr: "4711",
        destination_addr,
        registered_delivery,
        validity_period,
      }),
  ),
  step("cancel", fc.tuple(nat, nat), (world, [index, which]) => {
    const esme = world.esme(index);
    const message_id = [...(esme?.accepted.keys() ?? [])].at(-1 - which);
    if (esme === undefined || message_id === undefined) return;
    world.cancelled.add(`${esme.system_id} ${message_id}`);
    esme.send({ command: "cancel_sm", message_id });
  }),
  step("unbind", nat, (world, index) => world.esme(index)?.send({ command: "unbind" })),
  step("cut", nat, (world, index) => world.esme(index)?.cut()),
  step("garbage", nat, (world, index) => world.esme(index)?.write(Buffer.alloc(20, 0x7f))),
  step("mood", fc.tuple(nat, fc.constantFrom(...moods)), (world, [index, mood]) => {
    const esme = world.esme(index);
    if (esme !== undefined) esme.mood = mood;
  }),
  step("unbindFromHere", nat, ({ smsc }, index) => void smsc.sessions[index]?.session.unbind()),
  step("destroy", nat, ({ smsc }, index) => smsc.sessions[index]?.destroy()),
  step(
    "deliver",
    fc.record({ parts: fc.integer({ min: 1, max: 3 }), system_id: fc.constantFrom("a", "") }),
    (world, { parts, system_id }) => {
      const whose = system_id === "" ? {} : { system_id };
      const text = { from: "1", to: "4711", text: "abc", parts, ...whose };
      world.follow(world.smsc.deliver(text));
    },
  ),
  step("dial", fc.constantFrom("1", "2"), (world, number) => {
    const dialled = world.smsc.phone(number).dial("*1#");
    world.follow(dialled.then((screen) => world.screens.push(screen)));
  }),
  step(
    "beginDialogue",
    fc.tuple(nat, fc.constantFrom("1", "2"), fc.constantFrom(ussr_request, ussn_request)),
    (world, [index, destination_addr, operation]) =>
      world.esme(index)?.send({
        command: "submit_sm",
        source_addr: "*1#",
        destination_addr,
        ussd_service_op: Uint8Array.of(operation),
      }),
  ),
  step("reply", nat, (world, index) => {
    const screen = world.screens[index];
    if (screen !== undefined) world.follow(screen.reply("1"));
  }),
  step("abandon", nat, (world, index) => {
    const screen = world.screens[index];
    if (screen !== undefined) world.follow(screen.abandon());
  }),
  step("phoneOff", fc.constantFrom(...phones), ({ smsc }, number) => smsc.phone(number).off()),
  step("phoneOn", fc.constantFrom(...phones), ({ smsc }, number) => smsc.phone(number).on()),
  step("alert", nat, ({ smsc }) => void smsc.alert({ source_addr: "1", esme_addr: "4711" })),
  step("behave", fc.constantFrom(...behaviours), ({ smsc }, behaviour) => smsc.behave(behaviour)),
  step("behaveWell", fc.constant(0), ({ smsc }) => smsc.behaveWell()),
  step("wait", fc.constantFrom(1, 5, 25, 120, 600), (_, ms) => vi.advanceTimersByTime(ms)),
  step("close", fc.constant(0), (world) => {
    world.isClosed = true;
    world.follow(world.smsc.close());
  }),
];

const plans = fc.record({
  options: fc.record({
    queueLimit: fc.constantFrom(2, 1_000),
    // Room for three messages or deliver_sm of an account, or for all.
    queueOctets: fc.constantFrom(2_000, 1 << 20, 1 << 20),
    window: fc.constantFrom(1, 3),
    receiptDelay: fc.constantFrom(0, 10),
    receipts: fc.constantFrom({}, { early: 5 }),
  }),
  // Closing is the end of most that happens: it comes seldom.
  steps: fc.array(
    fc.record({
      act: fc.oneof(...steps.slice(0, -1).map((arbitrary) => ({ arbitrary, weight: 4 })), {
        arbitrary: steps.at(-1) ?? fc.constant(() => {}),
        weight: 1,
      }),
      isQuick: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  ),
});

/** Everything gets its chance: phones are on, every account has a receiver that takes all. */
async function drain(world: World): Promise<void> {
  const { smsc } = world;
  smsc.behaveWell();
  for (const esme of world.esmes) esme.cut();
  for (const session of smsc.sessions) session.destroy();
  await settled();
  for (const account of accounts) world.connect(account, "bind_transceiver");
  for (const number of phones) smsc.phone(number).on();
  for (let round = 0; round < 200; round++) {
    await settled();
    vi.advanceTimersByTime(20);
  }
  await settled();
}

function check(world: World): void {
  const { smsc, esmes, shown, receipts, cancelled, givenUp } = world;
  expect(smsc.pendingDeliveries).toBe(0);
  expect(smsc.ussdDialogues, "dialogues end").toBe(0);
  const taken = new Set(esmes.flatMap((esme) => [...esme.receipts]));
  for (const account of accounts) {
    const due = receipts.filter((key) => key.startsWith(`${account} `));
    const lost = due.filter((key) => !taken.has(key));
    expect(lost.length, `receipts of ${account}`).toBeLessThanOrEqual(givenUp.get(account) ?? 0);
  }
  expect(new Set(receipts).size, "final receipts, each once").toBe(receipts.length);
  expect(new Set(shown).size, "texts shown, each once").toBe(shown.length);
  for (const key of taken)
    expect(receipts, "receipts that came are of their account").toContain(key);
  for (const { system_id, accepted } of esmes) {
    for (const [message_id, { registered_delivery = 0, ...fields }] of accepted) {
      const key = `${system_id} ${message_id}`;
      if ((registered_delivery & 3) === 1) expect(receipts, "asked for").toContain(key);
      const arrives = fields.destination_addr?.length === 1 && fields.validity_period === "";
      // More than so many may not wait for their phones.
      const mayWait = world.queueLimit > 100 && !cancelled.has(key);
      if (arrives && mayWait) expect(shown, "accepted").toContain(key);
    }
  }
}

test("nothing accepted is lost, whatever happens in whatever order", {
  timeout: modelTimeout,
}, async () => {
  const property = fc.asyncProperty(plans, async ({ options, steps }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    const world = new World(options);
    try {
      for (const { act, isQuick } of steps) {
        act(world);
        if (!isQuick) await settled();
      }
      if (!world.isClosed) {
        await drain(world);
        check(world);
      }
      await world.smsc.close();
      await settled();
      expect([...world.begun], "promises that never end").toEqual([]);
      expect(world.smsc.sessions).toEqual([]);
      expect(vi.getTimerCount(), "timers that are left").toBe(0);
    } finally {
      await world.smsc.close();
      vi.useRealTimers();
    }
  });
  await runModel(property);
});
