// A hostile peer: whatever it sends, in whatever pieces, every request ends, nothing is thrown, and the session closes.
import {
  fuzz,
  fuzzTimeout,
  must,
  noise,
  type Random,
  samplePdus,
  spoilOctets,
  strangeValue,
} from "@esme/fuzz";
import { commands, createCodec, encode, Framer, type RequestName } from "@esme/pdu";
import { afterAll, beforeAll, test, vi } from "vitest";
import { type Callbacks, noAnswer, type Role, Session } from "../src/index.ts";
import { settled } from "./connect.ts";
import { duplexPair } from "./scripted-peer.ts";

const seeds = samplePdus();
const ids = Object.values(commands).map(({ id }) => id);

interface Case {
  readonly role: Role;
  readonly tolerant: boolean;
  readonly vumi: boolean;
  readonly steps: readonly Step[];
  readonly answers: readonly unknown[];
  readonly end: "close" | "unbind" | "peer ends" | "peer breaks";
}

type Step =
  | { readonly octets: Uint8Array; readonly size: number }
  | { readonly pass: number }
  | RequestName
  | "wait";

const ours = {
  esme: ["submit_sm", "query_sm", "data_sm", "enquire_link", "bind_transceiver", "submit_multi"],
  smsc: ["deliver_sm", "data_sm", "enquire_link", "unbind"],
} as const satisfies Record<Role, readonly RequestName[]>;

/** A PDU whose command, status and number mean something here, with whatever for a body. */
function plausible(random: Random): Uint8Array {
  const body = noise(random.below(60), random);
  const header = Buffer.alloc(16);
  const id = random.oneIn(10) ? random.below(2 ** 32) : random.pick(ids);
  const status = random.pick([0, 0, 8, 0x14, 0x58, 0xffff_ffff]);
  const sequence = random.oneIn(10) ? random.below(2 ** 32) : random.below(6);
  [16 + body.length, id, status, sequence].forEach((value, index) => {
    header.writeUInt32BE(value >>> 0, index * 4);
  });
  return Buffer.concat([header, body]);
}

/** What a real peer once sent, or nearly; its number is often one that is waited for. */
function recorded(random: Random): Uint8Array {
  const octets = random.pick(seeds);
  const spoilt = Buffer.from(random.oneIn(2) ? octets : spoilOctets(octets, random, seeds));
  if (spoilt.length < 16) return spoilt;
  if (!random.oneIn(20)) spoilt.writeUInt32BE(spoilt.length, 0);
  if (!random.oneIn(3)) spoilt.writeUInt32BE(random.below(6), 12);
  return spoilt;
}

function step(random: Random, role: Role): Step {
  if (random.oneIn(6)) return "wait";
  if (random.oneIn(6)) return { pass: random.pick([1, 100, 1_000, 30_000]) };
  if (random.oneIn(3)) return random.pick(ours[role]);
  const count = 1 + random.below(8);
  const pdus = Array.from({ length: count }, () =>
    random.oneIn(2) ? plausible(random) : recorded(random),
  );
  return { octets: Buffer.concat(pdus), size: 1 + random.below(random.oneIn(3) ? 20 : 2_000) };
}

/** The bind goes well in most cases: more stands open to a peer that is bound. */
function opening(random: Random, role: Role): Step[] {
  const binds = {
    esme: encode({ command: "bind_transceiver_resp", sequence_number: 1, system_id: "smsc" }),
    smsc: encode({ command: "bind_transceiver", sequence_number: 1, system_id: "esme" }),
  };
  const octets = random.oneIn(6) ? spoilOctets(binds[role], random, seeds) : binds[role];
  const bind: Step = { octets, size: 1 + random.below(100) };
  return role === "esme" ? ["bind_transceiver", "wait", bind] : [bind];
}

function make(random: Random): Case {
  const role = random.pick(["esme", "smsc"] as const);
  const steps = Array.from({ length: 1 + random.below(8) }, () => step(random, role));
  return {
    role,
    tolerant: random.oneIn(2),
    vumi: random.oneIn(4),
    steps: [...(random.oneIn(8) ? [] : opening(random, role)), ...steps],
    answers: Array.from({ length: 3 }, () =>
      random.oneIn(2) ? strangeValue(random) : random.pick([undefined, 8, noAnswer, {}, "throw"]),
    ),
    end: random.pick(["close", "unbind", "peer ends", "peer breaks"]),
  };
}

/** Callbacks of a program without types: at once, later, by throwing, with anything. */
function callbacksOf(answers: readonly unknown[]): Callbacks {
  let calls = 0;
  const answer = () => {
    const value = answers[calls++ % answers.length];
    if (value === "throw") throw new Error("thrown by a callback");
    return calls % 2 === 0 ? value : Promise.resolve(value);
  };
  const names = ["deliver_sm", "submit_sm", "data_sm", "query_sm", "bind_transceiver", "malformed"];
  return Object.fromEntries(names.map((name) => [name, answer]));
}

// What a session waits for is over at once; setImmediate, which carries the octets, stays real.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterAll(() => {
  vi.useRealTimers();
});

const outcomes = ["StatusError", "TimeoutError", "LinkError", "PduError"];
const settings = { window: 2, inboundConcurrency: 3, inboundBacklog: 5, inactivityTimeout: 50_000 };

async function check({ role, tolerant, vumi, steps, answers, end }: Case): Promise<void> {
  const [near, far] = duplexPair();
  far.on("error", () => {});
  const session = new Session(near, {
    ...settings,
    role,
    ...(tolerant && { codec: createCodec({ tolerate: () => {} }) }),
    ...(vumi && { unhandled: "accept", peerVersion: 0x33 }),
  });
  session.setCallbacks(callbacksOf(answers));
  let closes = 0;
  session.on("close", () => closes++);
  session.on("error", (error) => must(error instanceof Error, "errors are errors"));
  const written: Uint8Array[] = [];
  const framer = new Framer({ maxPduLength: 70_000 });
  far.on("data", (chunk: Uint8Array) => written.push(...framer.push(chunk)));

  const requests: Promise<unknown>[] = [];
  let octetsIn = 0;
  let passed = 0;
  for (const next of steps) {
    if (next === "wait") await settled();
    else if (typeof next === "string") {
      // Fields have defaults.
      const request = session.request({ command: next } as { command: "submit_sm" });
      request.catch(() => {});
      requests.push(request);
    } else if ("pass" in next) {
      passed += 1;
      vi.advanceTimersByTime(next.pass);
    } else {
      octetsIn += next.octets.length;
      for (let at = 0; at < next.octets.length; at += next.size) {
        if (!far.destroyed && !far.writableEnded)
          far.write(next.octets.subarray(at, at + next.size));
      }
    }
    must(
      session.stats().inboundRunning <= settings.inboundConcurrency,
      "few callbacks run at once",
    );
  }
  if (end === "peer ends") far.end();
  if (end === "peer breaks") far.destroy();
  await settled();
  void (end === "unbind" ? session.unbind() : session.close());
  // It waits a second for a peer that should close, and 5 for what an unbind waits for.
  for (let turn = 0; turn < 20 && closes === 0; turn++) {
    await settled();
    vi.advanceTimersByTime(1_000);
  }
  await settled();

  for (const result of await Promise.allSettled(requests)) {
    if (result.status === "fulfilled") continue;
    must(
      outcomes.includes(String(result.reason?.name)),
      `${result.reason} is an error of a request`,
    );
  }
  must(session.state === "CLOSED", "it is closed in the end");
  must(closes === 1, `it is told once that it is closed, not ${closes} times`);
  const { inFlight, waiting } = session.stats();
  must(inFlight === 0 && waiting === 0, "no request is left");
  // A response or a generic_nack for each frame that came, our requests, what silence asks, and what ends a session.
  const most = octetsIn / 16 + requests.length + passed + 3;
  must(written.length <= most, `${written.length} PDUs are at most ${most}`);
  for (const frame of written) createCodec().decode(frame);
}

test("every request ends, nothing is thrown, and the session closes", {
  timeout: fuzzTimeout,
}, async () => {
  await fuzz({
    name: "session",
    cases: 1_000,
    make,
    check,
    show: (input) => JSON.stringify(input, (_, value: unknown) => shown(value)),
  });
});

function shown(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "octets" in value) {
    const { octets, ...rest } = value;
    return octets instanceof Uint8Array
      ? { octets: Buffer.from(octets).toString("hex"), ...rest }
      : value;
  }
  return ["object", "string", "number"].includes(typeof value) ? value : String(value);
}
