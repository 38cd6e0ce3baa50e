/** The reading side of a socket: octets as they come, or at so many a second. */
import type { Duplex } from "node:stream";
import type { Timers } from "../structures/timers.ts";

/** What an inlet asks its owner. */
interface InletHooks {
  /** Infinity reads everything as it comes. */
  readonly octetsPerSecond: () => number;
  readonly onOctets: (octets: Uint8Array) => void;
  /** Whether there is room for more. */
  readonly mayRead: () => boolean;
}

/** Milliseconds between two looks at what may pass. */
const tick = 20;

/** Reads a socket. Unread octets stay in the buffers of the system. */
export class Inlet {
  readonly #socket: Duplex;
  readonly #hooks: InletHooks;
  readonly #timers: Timers;
  /** The rest of a chunk that is read slowly. */
  #rest: Uint8Array = new Uint8Array();
  /** A timer for the next piece is running. */
  #isTicking = false;
  /** Octets that may pass; fractions add up over several ticks. */
  #allowance = 0;

  constructor(socket: Duplex, timers: Timers, hooks: InletHooks) {
    this.#socket = socket;
    this.#timers = timers;
    this.#hooks = hooks;
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
  }

  pause(): void {
    this.#socket.pause();
  }

  /** Continues to read, if there is room: first the rest of the chunk. */
  resume(): void {
    if (!this.#hooks.mayRead()) return;
    if (this.#rest.length === 0) this.#socket.resume();
    else this.#tick();
  }

  #take(chunk: Uint8Array): void {
    if (this.#hooks.octetsPerSecond() === Number.POSITIVE_INFINITY) {
      this.#hooks.onOctets(chunk);
      return;
    }
    this.#socket.pause();
    this.#rest = chunk;
    this.#allowance = 0;
    this.#tick();
  }

  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#timers.after(tick, () => {
      this.#isTicking = false;
      this.#letPass();
    });
  }

  #letPass(): void {
    if (!this.#hooks.mayRead()) return;
    this.#allowance += (this.#hooks.octetsPerSecond() * tick) / 1000;
    const piece = this.#rest.subarray(0, Math.floor(this.#allowance));
    this.#allowance -= piece.length;
    this.#rest = this.#rest.subarray(piece.length);
    if (piece.length > 0) this.#hooks.onOctets(piece);
    this.resume();
  }
}
