/** How much each address and each account may have, so that none takes what the others need. */
import { OldestFirst } from "@esme/bounded";
import { networkOf } from "../port/peer.ts";

/** The limits of {@link Limits}. */
export interface LimitOptions {
  readonly maxSessionsPerAddress: number;
  readonly maxRefusedBindsPerAddress: number;
}

/** Milliseconds after which the refused binds of an address are forgotten. */
const memory = 60_000;

/** Addresses whose refused binds are remembered at one time; the oldest are forgotten for more. */
const maxRemembered = 10_000;

interface Refusals {
  readonly since: number;
  count: number;
}

/** Counts connections and refused binds by address, and bound sessions by account. */
export class Limits {
  readonly #options: LimitOptions;
  readonly #connections = new Counter();
  readonly #sessions = new Counter();
  /** By network; the oldest first. */
  readonly #refusals = new OldestFirst<string, Refusals>(maxRemembered);

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** Takes a connection of this address; false: it has too many. */
  connect(address: string): boolean {
    return this.#connections.take(networkOf(address), this.#options.maxSessionsPerAddress);
  }

  /** A connection that was taken has ended. */
  disconnect(address: string): void {
    this.#connections.give(networkOf(address));
  }

  /** Takes a bound session of this account; false: it has `limit` of them. */
  bind(system_id: string, limit: number): boolean {
    return this.#sessions.take(system_id, limit);
  }

  /** A session that was taken has ended. */
  unbind(system_id: string): void {
    this.#sessions.give(system_id);
  }

  /**
   * A bind of this address was refused. `now` is in milliseconds, on any clock. Without an address,
   * as of a stream that is no socket, nobody is remembered.
   */
  refuse(address: string, now: number): void {
    if (address === "") return;
    const network = networkOf(address);
    const known = this.#refusalsOf(network, now);
    if (known !== undefined) {
      known.count++;
      return;
    }
    this.#refusals.set(network, { since: now, count: 1 });
  }

  /** Whether this address had too many refused binds in the last minute. */
  isBarred(address: string, now: number): boolean {
    if (this.#refusals.size === 0) return false;
    const count = this.#refusalsOf(networkOf(address), now)?.count ?? 0;
    return count >= this.#options.maxRefusedBindsPerAddress;
  }

  #refusalsOf(network: string, now: number): Refusals | undefined {
    const known = this.#refusals.get(network);
    return known !== undefined && now - known.since < memory ? known : undefined;
  }
}

/** Counts things by name. */
class Counter {
  /** None of them is 0. */
  readonly #counts = new Map<string, number>();

  take(name: string, limit: number): boolean {
    const count = this.#counts.get(name) ?? 0;
    if (count >= limit) return false;
    this.#counts.set(name, count + 1);
    return true;
  }

  give(name: string): void {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}
