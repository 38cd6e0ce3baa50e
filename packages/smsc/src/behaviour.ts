/** How the message centre misbehaves: requests to lists of timed actions, repeatable by seed. Pure. */
import type { Pdu, RequestName } from "@esme/pdu";
import { type Fault, scriptOf } from "./faults.ts";

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

/** A fault or a script, and the requests it is about. */
export type Behaviour = Occasion & (Fault | { readonly script: Script });

/** A behaviour in force, and what it has done so far. */
export interface BehaviourInForce {
  /** Counts the behaviours of one message centre from 1. */
  readonly id: number;
  readonly behaviour: Behaviour;
  /** Requests that it was asked about. */
  readonly asked: number;
  /** Requests that it acted on. */
  readonly acted: number;
  readonly end: () => void;
}

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
      id: this.#added + 1,
      behaviour,
      concerns: (pdu) => (on === "any" || commands.includes(pdu.command)) && where(pdu),
      skip,
      every,
      rate,
      left: times,
      count: 0,
      acted: 0,
      until: now + (behaviour.for ?? Number.POSITIVE_INFINITY),
      random: mulberry32(this.#seed + this.#added++),
      script: "script" in behaviour ? behaviour.script : scriptOf(behaviour),
    };
    this.#rules.unshift(rule);
    return () => this.#drop(rule);
  }

  /** Those that have not come to their end, newest first. */
  inForce(now: number): BehaviourInForce[] {
    return this.#rules
      .filter(({ until, left }) => now < until && left > 0)
      .map((rule) => {
        const { id, behaviour, count: asked, acted } = rule;
        return { id, behaviour, asked, acted, end: () => this.#drop(rule) };
      });
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
      rule.acted++;
      return actions;
    }
    return undefined;
  }

  #drop(rule: Rule): void {
    this.#rules = this.#rules.filter((each) => each !== rule);
  }
}

interface Rule {
  readonly id: number;
  readonly behaviour: Behaviour;
  readonly concerns: (request: Pdu) => boolean;
  readonly skip: number;
  readonly every: number;
  readonly rate: number;
  readonly until: number;
  readonly random: () => number;
  readonly script: Script;
  left: number;
  count: number;
  acted: number;
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
