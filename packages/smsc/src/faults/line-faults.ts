/** The faults of connections in force: how fast they are read, in what pieces they are written. */

import { isLike } from "../input/where.ts";
import { type Line, soundLine, worse } from "../wire/line.ts";
import { type LineFault, lineOf } from "./faults.ts";

/** How long, and whose connections. */
export interface Period {
  /** The account, in which `*` stands for any characters. Default: all connections, bound or not. */
  readonly system_id?: string;
  /** Ends after so many milliseconds. Default: never. */
  readonly for?: number;
}

/** A line fault that has not ended. */
export interface LineFaultInForce {
  /** Its number among all behaviours. */
  readonly id: number;
  readonly behaviour: Period & LineFault;
  readonly end: () => void;
}

/** The line faults in force. */
export class LineFaults {
  #rules: Rule[] = [];

  /** Puts a fault in force, as number `id` of all behaviours, until its own end or the call of the returned function. */
  add(behaviour: Period & LineFault, now: number, id: number): () => void {
    const { system_id = "*", for: lasts = Number.POSITIVE_INFINITY } = behaviour;
    const rule: Rule = {
      id,
      behaviour,
      system_id,
      until: now + lasts,
      line: { ...soundLine, ...lineOf(behaviour) },
    };
    this.#rules.unshift(rule);
    return () => this.#drop(rule);
  }

  /** Ends all of them. */
  clear(): void {
    this.#rules = [];
  }

  /** What is in force now, the newest first. */
  inForce(now: number): LineFaultInForce[] {
    return this.#rules
      .filter(({ until }) => now < until)
      .map((rule) => ({
        id: rule.id,
        behaviour: rule.behaviour,
        end: () => this.#drop(rule),
      }));
  }

  /** How the connections of an account (empty: not bound yet) are now. The worst one counts. */
  lineOf(system_id: string, now: number): Line {
    if (this.#rules.length === 0) return soundLine;
    this.#rules = this.#rules.filter(({ until }) => now < until);
    return this.#rules
      .filter((rule) => isLike(system_id, rule.system_id))
      .reduce((line, rule) => worse(line, rule.line), soundLine);
  }

  #drop(rule: Rule): void {
    this.#rules = this.#rules.filter((each) => each !== rule);
  }
}

interface Rule {
  readonly id: number;
  readonly behaviour: Period & LineFault;
  readonly system_id: string;
  readonly until: number;
  readonly line: Line;
}
