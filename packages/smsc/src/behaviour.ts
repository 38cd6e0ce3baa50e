/** How the message centre misbehaves: requests to lists of timed actions, repeatable by seed. Pure. */
import { type Pdu, type RequestName, Status } from "@esme/pdu";

/**
 * One thing done about a request, `after` that many milliseconds (default 0). Actions of equal
 * time happen in the order of the list.
 *
 * - `answer`: the answer the message centre gives. With a `command_status` other than 0 it never
 *   sees the request and the refusal is answered in its place. `edit` changes the octets on their
 *   way out; no octets, no answer.
 * - `write`: these octets, as they are.
 * - `unbind`: a request to unbind. `close`: the connection is torn down. `silence`: the connection
 *   stays open, nothing is read or written any more (a half-open link).
 *
 * A list without an `answer` means that the message centre never sees the request.
 */
export type Action =
  | {
      readonly do: "answer";
      readonly after?: number;
      readonly command_status?: number;
      readonly edit?: (octets: Uint8Array) => Uint8Array;
    }
  | { readonly do: "write"; readonly after?: number; readonly octets: Uint8Array }
  | { readonly do: "unbind" | "close" | "silence"; readonly after?: number };

/** What a script knows besides the request. */
export interface Circumstances {
  /** Requests that this behaviour has been asked about, this one included. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 0 up to 1; the same sequence for the same seed. */
  readonly random: () => number;
}

/** The one hook: what to do about a request; undefined leaves it to the other behaviours. */
export type Script = (request: Pdu, circumstances: Circumstances) => readonly Action[] | undefined;

/** Milliseconds: always the same, or anything between two values. */
export type Delay = number | readonly [from: number, to: number];

/** Which requests a behaviour is about. All conditions given must hold. */
export interface Occasion {
  /** Default: the submissions `submit_sm`, `submit_multi` and `data_sm`. */
  readonly on?: RequestName | readonly RequestName[] | "any";
  readonly where?: (request: Pdu) => boolean;
  /** Requests let through first. Default 0. */
  readonly skip?: number;
  /** Only each n-th of them. Default 1. */
  readonly every?: number;
  /** Only this part of them, 0 to 1, drawn at random by seed. Default 1. */
  readonly rate?: number;
  /** The behaviour ends after so many of them. Default: never. */
  readonly times?: number;
  /** The behaviour ends after so many milliseconds. Default: never. */
  readonly for?: number;
}

/** The named scripts. Plain data, so that it can come from a file. */
export type Fault =
  /** Answers late. A range lets answers overtake each other. */
  | { readonly fault: "delay"; readonly ms: Delay }
  /** Every other answer comes `ms` late (default 50), behind the one that follows it. */
  | { readonly fault: "reorder"; readonly ms?: number }
  /** Refuses with this command_status. */
  | { readonly fault: "refuse"; readonly status: number }
  /** Refuses what is above so many in a second (default status ESME_RTHROTTLED). */
  | { readonly fault: "throttle"; readonly perSecond: number; readonly status?: number }
  /** Neither takes the request nor answers. */
  | { readonly fault: "ignore" }
  /** Takes the request, but the answer is lost. */
  | { readonly fault: "lose_answer" }
  /** Answers twice. */
  | { readonly fault: "duplicate" }
  /** Answers with a sequence number that nobody used. */
  | { readonly fault: "wrong_sequence" }
  /** Answers with a TLV that runs over the end of the PDU. */
  | { readonly fault: "malformed" }
  /** Answers with a command_length of 2 GiB. */
  | { readonly fault: "bad_length" }
  /** Closes the connection in the middle of the answer. */
  | { readonly fault: "cut" }
  /** Closes the connection instead of an answer. */
  | { readonly fault: "close" }
  /** Answers, then asks to unbind. */
  | { readonly fault: "unbind" }
  /** Leaves the connection open and says nothing more. */
  | { readonly fault: "silence" };

/** A fault or a script, and the requests it is about. */
export type Behaviour = Occasion & (Fault | { readonly script: Script });

const submissions: readonly RequestName[] = ["submit_sm", "submit_multi", "data_sm"];

/** The behaviours in force. The newest is asked first; the first that has actions decides. */
export class Behaviours {
  readonly #seed: number;
  #added = 0;
  #rules: Rule[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** False when every request is left alone. */
  get active(): boolean {
    return this.#rules.length > 0;
  }

  /** Puts a behaviour in force until its own end or the call of the returned function. */
  add(behaviour: Behaviour, now: number): () => void {
    const { on = submissions, where = () => true, skip = 0, every = 1, rate = 1 } = behaviour;
    const { times = Number.POSITIVE_INFINITY } = behaviour;
    const commands: readonly string[] = typeof on === "string" ? [on] : on;
    const rule: Rule = {
      concerns: (pdu) => (on === "any" || commands.includes(pdu.command)) && where(pdu),
      skip,
      every,
      rate,
      left: times,
      count: 0,
      until: now + (behaviour.for ?? Number.POSITIVE_INFINITY),
      random: mulberry32(this.#seed + this.#added++),
      script: "script" in behaviour ? behaviour.script : scriptOf(behaviour),
    };
    this.#rules.unshift(rule);
    return () => this.#drop(rule);
  }

  /** Ends all behaviours. */
  clear(): void {
    this.#rules = [];
  }

  /** What to do about a request; undefined: the usual. */
  actionsFor(request: Pdu, now: number): readonly Action[] | undefined {
    for (const rule of [...this.#rules]) {
      if (now >= rule.until || rule.left <= 0) {
        this.#drop(rule);
        continue;
      }
      if (!rule.concerns(request)) continue;
      const count = ++rule.count - rule.skip;
      if (count <= 0 || count % rule.every !== 0) continue;
      if (rule.rate < 1 && rule.random() >= rule.rate) continue;
      const actions = rule.script(request, { count, now, random: rule.random });
      if (actions === undefined) continue;
      rule.left--;
      return actions;
    }
    return undefined;
  }

  #drop(rule: Rule): void {
    this.#rules = this.#rules.filter((each) => each !== rule);
  }
}

interface Rule {
  readonly concerns: (request: Pdu) => boolean;
  readonly skip: number;
  readonly every: number;
  readonly rate: number;
  readonly until: number;
  readonly random: () => number;
  readonly script: Script;
  left: number;
  count: number;
}

function scriptOf(given: Fault): Script {
  switch (given.fault) {
    case "delay":
      return (_, { random }) => [{ do: "answer", after: draw(given.ms, random) }];
    case "reorder":
      return (_, { count }) => [{ do: "answer", after: count % 2 === 1 ? (given.ms ?? 50) : 0 }];
    case "refuse":
      return () => [{ do: "answer", command_status: given.status }];
    case "throttle":
      return throttle(given.perSecond, given.status ?? Status.ESME_RTHROTTLED);
    case "ignore":
      return () => [];
    case "lose_answer":
      return () => [{ do: "answer", edit: () => new Uint8Array() }];
    case "duplicate":
      return () => [{ do: "answer" }, { do: "answer" }];
    case "wrong_sequence":
      return () => [{ do: "answer", edit: withWrongSequence }];
    case "malformed":
      return () => [{ do: "answer", edit: withOverlongTlv }];
    case "bad_length":
      return () => [{ do: "answer", edit: (octets) => withUint32(octets, 0, 0x7fff_ffff) }];
    case "cut":
      return () => [
        { do: "answer", edit: (octets) => octets.subarray(0, octets.length >> 1) },
        { do: "close" },
      ];
    case "close":
      return () => [{ do: "close" }];
    case "unbind":
      return () => [{ do: "answer" }, { do: "unbind" }];
    case "silence":
      return () => [{ do: "silence" }];
    default:
      return refuseUnknown(given);
  }
}

function refuseUnknown(given: never): never {
  throw new TypeError(
    `unknown fault in ${JSON.stringify(given)}: see the type Fault for the names`,
  );
}

function throttle(perSecond: number, status: number): Script {
  let second = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return (_, { now }) => {
    if (now - second >= 1000) {
      second = now;
      taken = 0;
    }
    return ++taken > perSecond ? [{ do: "answer", command_status: status }] : undefined;
  };
}

function draw(delay: Delay, random: () => number): number {
  return typeof delay === "number" ? delay : delay[0] + random() * (delay[1] - delay[0]);
}

/** Bit 30 turned over: inside the range of the standard and far from what is in use. */
function withWrongSequence(octets: Uint8Array): Uint8Array {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return withUint32(octets, 12, view.getUint32(12) ^ 0x4000_0000);
}

/** receipted_message_id (0x001E) that claims 255 octets and has none. */
function withOverlongTlv(octets: Uint8Array): Uint8Array {
  const longer = new Uint8Array(octets.length + 4);
  longer.set(octets);
  longer.set([0x00, 0x1e, 0x00, 0xff], octets.length);
  return withUint32(longer, 0, longer.length);
}

function withUint32(octets: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = octets.slice();
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}

/** Small generator with one 32-bit state: good enough for faults, the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
