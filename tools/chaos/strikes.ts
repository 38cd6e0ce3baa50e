/** Strikes at random, for as long as a run wants it. */
import { setTimeout as passed } from "node:timers/promises";
import { type Fault, faults, type World } from "./faults.ts";
import type { Wishes } from "./options.ts";

/** Steps of a random number from 0 to 1. */
const precision = 1_000_000;

export class Strikes {
  readonly #world: World;
  /** Milliseconds between two strikes, on average. */
  readonly #pause: number;
  readonly #chosen: readonly Fault[];
  readonly #over = new AbortController();
  readonly #busy = new Map<Fault["harms"], Promise<void>>();
  /** How often each fault has struck. */
  readonly counts = new Map<string, number>();
  /** Gets a sentence for each fault that could not be healed: the run says nothing then. */
  readonly #failures: string[];
  #going: Promise<void> = Promise.resolve();

  /** Throws an error when no fault is named so. */
  constructor(world: World, failures: string[], { only, pause }: Pick<Wishes, "only" | "pause">) {
    this.#world = world;
    this.#failures = failures;
    this.#pause = pause * 1_000;
    const hasCluster = world.broker.cluster.length > 0;
    this.#chosen = faults.filter(
      ({ name, needsCluster }) => name.includes(only) && (hasCluster || !needsCluster),
    );
    if (this.#chosen.length === 0) throw new Error(`--only: no fault is named "${only}"`);
    for (const { name } of this.#chosen) this.counts.set(name, 0);
  }

  begin(): void {
    this.#going = this.#go();
  }

  /** Resolves when nothing strikes any more and all is healed. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#going;
    await Promise.all(this.#busy.values());
  }

  async #go(): Promise<void> {
    const { random } = this.#world;
    const { signal } = this.#over;
    while (!signal.aborted) {
      // Exponential: sometimes two at once, sometimes a rest.
      const pause = -Math.log(1 - random.below(precision) / precision) * this.#pause;
      await passed(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const possible = this.#chosen.filter(({ harms }) => !this.#busy.has(harms));
      if (possible.length > 0) this.#strike(random.pick(possible));
    }
  }

  #strike(fault: Fault): void {
    const { name, harms } = fault;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const strike = fault
      .strike(this.#world)
      .catch((error: unknown) => void this.#failures.push(`${name}: ${String(error)}`))
      .finally(() => this.#busy.delete(harms));
    this.#busy.set(harms, strike);
  }
}
