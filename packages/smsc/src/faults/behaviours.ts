/** How the simulator misbehaves: requests to lists of timed actions, repeatable by seed. Pure. */
import { commands, encode, isPduError, type Pdu, type RequestName, responseTo } from "@esme/pdu";
import { matcherOf, type Where } from "../input/where.ts";
import { type Random, randomFrom } from "../structures/random.ts";
import type { Line } from "../wire/line.ts";
import type { Action, Script } from "../wire/script.ts";
import { decoded } from "../wire/tolerant-codec.ts";
import type { Verdict } from "../wire/wire.ts";
import { checkFault, type Fault, isLineFault, type LineFault, scriptOf } from "./faults.ts";
import { LineFaults, type Period } from "./line-faults.ts";

/** Which requests a behaviour is about. All conditions given must hold. */
export interface Occasion {
  /** Default: the submissions `submit_sm`, `submit_multi` and `data_sm`. */
  readonly on?: RequestName | readonly RequestName[] | "any";
  /** Values of its fields, or a function; `system_id` is the account, empty before a bind. */
  readonly where?: Where | ((request: Pdu, system_id: string) => boolean);
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

const occasionNames = Object.keys({
  on: true,
  where: true,
  skip: true,
  every: true,
  rate: true,
  times: true,
  for: true,
} satisfies Record<keyof Occasion, true>);

const periodNames = Object.keys({ system_id: true, for: true } satisfies Record<
  keyof Period,
  true
>);

/** A fault or a script with the requests it is about, or a fault of the connections themselves. */
export type Behaviour = (Occasion & (Fault | { readonly script: Script })) | (Period & LineFault);

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
  readonly #onError: (error: unknown) => void;
  readonly #lines = new LineFaults();
  #added = 0;
  #rules: Rule[] = [];

  /** `onError` gets what functions of a behaviour throw; they then count as absent. */
  constructor(seed: number, onError: (error: unknown) => void) {
    this.#seed = seed;
    this.#onError = onError;
  }

  /** False when every request is left alone. */
  get active(): boolean {
    return this.#rules.length > 0;
  }

  /**
   * Puts a behaviour in force until its own end or the call of the returned function. Throws TypeError
   * for an unknown fault, an unknown key and a missing key.
   */
  add(behaviour: Behaviour, now: number): () => void {
    if ("fault" in behaviour && isLineFault(behaviour)) {
      checkFault(behaviour, periodNames);
      return this.#lines.add(behaviour, now, ++this.#added);
    }
    if ("fault" in behaviour) checkFault(behaviour, occasionNames);
    return this.#addRule(behaviour, now);
  }

  #addRule(behaviour: Exclude<Behaviour, LineFault>, now: number): () => void {
    const { on = submissions, where = {}, skip = 0, every = 1, rate = 1 } = behaviour;
    const { times = Number.POSITIVE_INFINITY } = behaviour;
    const commands: readonly string[] = typeof on === "string" ? [on] : on;
    const isMeant = typeof where === "function" ? where : matcherOf(where);
    const rule: Rule = {
      id: ++this.#added,
      behaviour,
      concerns: (pdu, system_id) =>
        (on === "any" || commands.includes(pdu.command)) && isMeant(pdu, system_id),
      skip,
      every,
      rate,
      left: times,
      count: 0,
      acted: 0,
      until: now + (behaviour.for ?? Number.POSITIVE_INFINITY),
      random: randomFrom(this.#seed + this.#added - 1),
      script: "script" in behaviour ? behaviour.script : scriptOf(behaviour),
    };
    this.#rules.unshift(rule);
    return () => this.#drop(rule);
  }

  /** Behaviours that have not ended, the newest first of each kind. */
  inForce(now: number): BehaviourInForce[] {
    const rules = this.#rules
      .filter(({ until, left }) => now < until && left > 0)
      .map((rule) => {
        const { id, behaviour, count: asked, acted } = rule;
        return { id, behaviour, asked, acted, end: () => this.#drop(rule) };
      });
    // A fault of the connections themselves is asked about no request.
    const lines = this.#lines.inForce(now).map((fault) => ({ ...fault, asked: 0, acted: 0 }));
    return [...rules, ...lines];
  }

  /** Ends all behaviours. */
  clear(): void {
    this.#rules = [];
    this.#lines.clear();
  }

  /** How the connections of this account are to be read and written. */
  lineOf(system_id: string, now: number): Line {
    return this.#lines.lineOf(system_id, now);
  }

  /** What to do about the octets of a request, and what refuses it. Undefined: the usual. */
  judge(frame: Uint8Array, now: number, system_id: string): Verdict | undefined {
    if (!this.active) return undefined;
    const request = decoded(frame);
    if (isPduError(request) || request.command === "unknown") return undefined;
    if (commands[request.command].response === null) return undefined;
    const actions = this.actionsFor(request, now, system_id);
    if (actions === undefined) return undefined;
    // Not the request itself, a view into a chunk: the refusal may be sent later.
    const { command, sequence_number } = request;
    const refusal = (command_status: number) =>
      encode(responseTo({ command, sequence_number }, { command_status }));
    return { actions, refusal };
  }

  /** What to do about a request of this account; undefined: the usual. */
  actionsFor(request: Pdu, now: number, system_id = ""): readonly Action[] | undefined {
    for (const rule of [...this.#rules]) {
      if (now >= rule.until || rule.left <= 0) {
        this.#drop(rule);
        continue;
      }
      const actions = this.#ask(rule, request, now, system_id);
      if (actions === undefined) continue;
      rule.left--;
      rule.acted++;
      return actions;
    }
    return undefined;
  }

  #ask(rule: Rule, request: Pdu, now: number, system_id: string): readonly Action[] | undefined {
    try {
      if (!rule.concerns(request, system_id)) return undefined;
      const count = ++rule.count - rule.skip;
      if (count <= 0 || count % rule.every !== 0) return undefined;
      if (rule.rate < 1 && rule.random() >= rule.rate) return undefined;
      const actions = rule.script(request, { count, now, random: rule.random });
      if (actions === undefined || Array.isArray(actions)) return actions;
      throw new TypeError("a script returned something else than a list of actions or undefined");
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  #drop(rule: Rule): void {
    this.#rules = this.#rules.filter((each) => each !== rule);
  }
}

interface Rule {
  readonly id: number;
  readonly behaviour: Behaviour;
  readonly concerns: (request: Pdu, system_id: string) => boolean;
  readonly skip: number;
  readonly every: number;
  readonly rate: number;
  readonly until: number;
  readonly random: Random;
  readonly script: Script;
  left: number;
  count: number;
  acted: number;
}
