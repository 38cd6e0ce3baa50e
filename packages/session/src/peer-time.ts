/** The time that counts against the peer. */

/**
 * A clock that stands still while we do not read what the peer sent: an answer that lies in the
 * socket came in time. Silence, timeouts of responses and the time for the rest of a PDU are
 * measured with it; `now` and {@link when} are times of `performance.now()`.
 */
export class PeerTime {
  /** Milliseconds in which it stood still. */
  #stood = 0;
  #stoppedAt = Number.NaN;

  /** What it shows at `now`. */
  at(now: number): number {
    return (Number.isNaN(this.#stoppedAt) ? now : this.#stoppedAt) - this.#stood;
  }

  /** When it will show `time`; Infinity while it stands still. */
  when(time: number): number {
    return Number.isNaN(this.#stoppedAt) ? time + this.#stood : Number.POSITIVE_INFINITY;
  }

  stop(now: number): void {
    if (Number.isNaN(this.#stoppedAt)) this.#stoppedAt = now;
  }

  start(now: number): void {
    if (Number.isNaN(this.#stoppedAt)) return;
    this.#stood += now - this.#stoppedAt;
    this.#stoppedAt = Number.NaN;
  }
}
