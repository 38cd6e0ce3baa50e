/** The times at which a session must do something by itself, apart from those of its requests. */
import type { Alarm } from "./alarm.ts";
import type { PeerTime } from "./peer-time.ts";

/**
 * `bind`: the time to bind is over. `partialPdu`: the rest of a PDU did not come. `drain`: the last
 * requests had their time. `unbind`: unbind_resp had its time. `answers`: the last answers had their
 * time after a lost bind. `linger`: the connection had time to end.
 */
export type DeadlineName = "bind" | "partialPdu" | "drain" | "unbind" | "answers" | "linger";

const NEVER = Number.POSITIVE_INFINITY;

/** Deadlines measured in {@link PeerTime}. All others are measured in real time. */
const OF_PEER: ReadonlySet<DeadlineName> = new Set<DeadlineName>(["partialPdu"]);

/** Named deadlines on one {@link Alarm}. `now` is a time of `performance.now()`. */
export class Deadlines {
  readonly #alarm: Alarm;
  readonly #peerTime: PeerTime;
  readonly #at: Record<DeadlineName, number> = {
    bind: NEVER,
    partialPdu: NEVER,
    drain: NEVER,
    unbind: NEVER,
    answers: NEVER,
    linger: NEVER,
  };

  constructor(alarm: Alarm, peerTime: PeerTime) {
    this.#alarm = alarm;
    this.#peerTime = peerTime;
  }

  /** The earliest; Infinity when there is none. */
  get next(): number {
    const { bind, partialPdu, drain, unbind, answers, linger } = this.#at;
    return Math.min(bind, this.#peerTime.when(partialPdu), drain, unbind, answers, linger);
  }

  has(name: DeadlineName): boolean {
    return this.#at[name] !== NEVER;
  }

  /** So many milliseconds from now. */
  set(name: DeadlineName, after: number, now: number): void {
    const at = this.#clock(name, now) + after;
    this.#at[name] = at;
    this.#alarm.set(OF_PEER.has(name) ? this.#peerTime.when(at) : at, now);
  }

  clear(name: DeadlineName): void {
    this.#at[name] = NEVER;
  }

  /** Whether this one is over; it is cleared then. */
  takeDue(name: DeadlineName, now: number): boolean {
    if (this.#clock(name, now) < this.#at[name]) return false;
    this.clear(name);
    return true;
  }

  #clock(name: DeadlineName, now: number): number {
    return OF_PEER.has(name) ? this.#peerTime.at(now) : now;
  }
}
