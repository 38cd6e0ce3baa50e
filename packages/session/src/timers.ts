/** The timers of a session: its deadlines, and whether the peer is alive. */
import { Alarm, Deadlines, PeerTime } from "./deadlines.ts";
import { LinkError } from "./errors.ts";
import { KeepAlive } from "./keep-alive.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { CloseMode } from "./shutdown.ts";
import type { Logger } from "./trace.ts";

/** What {@link Timers} works with. */
export interface TimersInit {
  readonly lifecycle: Lifecycle;
  readonly settings: Settings;
  readonly logger: Logger;
  /** The next deadline of the requests in flight. */
  readonly nextOfRequests: () => number;
  /** Ends what is overdue: requests, and the steps of a shutdown. */
  readonly checkOthers: (now: number) => void;
  /** Asks the peer for a sign of life. */
  readonly enquire: () => void;
  /** Nothing was to do for the inactivity time. */
  readonly onInactive: () => void;
  readonly end: (reason: LinkError, mode: CloseMode) => void;
  /** Everything was checked, and the session is still alive. */
  readonly afterCheck: () => void;
}

/** Does what is due, on one timer of Node.js. */
export class Timers {
  readonly #init: TimersInit;
  readonly alarm = new Alarm((now) => this.#ring(now));
  readonly peerTime = new PeerTime();
  readonly deadlines = new Deadlines(this.alarm, this.peerTime);
  readonly #keepAlive: KeepAlive;
  /** Changes with every stop of the peer's time. */
  #stops = 0;

  constructor(init: TimersInit, now: number) {
    this.#init = init;
    const { settings, lifecycle } = init;
    this.#keepAlive = new KeepAlive(
      {
        interval: settings.enquireLinkInterval,
        always: settings.enquireLinkAlways,
        timeout: settings.enquireLinkTimeout,
        inactivity: settings.inactivityTimeout,
      },
      now,
    );
    if (lifecycle.role === "smsc" && settings.bindTimeout > 0)
      this.deadlines.set("bind", settings.bindTimeout, now);
  }

  /** From here on the peer must show that it is alive. */
  onBound(): void {
    this.deadlines.clear("bind");
    this.#setAlarm(performance.now());
  }

  /** The peer sent something. */
  heard(now: number): void {
    this.#keepAlive.heard(this.peerTime.at(now));
  }

  /** A PDU other than enquire_link and its response passed. */
  active(now: number): void {
    this.#keepAlive.active(this.peerTime.at(now));
  }

  /** Stops the peer's time while our callbacks are so busy that we do not read. */
  onReading(reads: boolean): void {
    const stop = ++this.#stops;
    if (!reads) {
      this.peerTime.stop(performance.now());
      return;
    }
    const go = () => {
      if (stop !== this.#stops || this.#init.lifecycle.state === "CLOSED") return;
      const now = performance.now();
      this.peerTime.start(now);
      this.#setAlarm(now);
    };
    // After two turns sockets were looked at: what lay in them has been read, or waits again.
    setImmediate(() => setImmediate(go));
  }

  #ring(now: number): void {
    const { lifecycle, settings, end, checkOthers, afterCheck } = this.#init;
    if (this.deadlines.takeDue("bind", now)) {
      end(new LinkError("inactive", `no bind within ${settings.bindTimeout} ms`), "flush");
    }
    if (this.deadlines.takeDue("partialPdu", now)) {
      const what = `the rest of a PDU did not come within ${settings.partialPduTimeout} ms`;
      end(new LinkError("partial_pdu", what), "drop");
    }
    checkOthers(now);
    if (lifecycle.isBound) this.#checkKeepAlive(now);
    if (lifecycle.state === "CLOSED") return;
    afterCheck();
    this.#setAlarm(now);
  }

  #checkKeepAlive(now: number): void {
    const { logger, enquire, onInactive, end } = this.#init;
    switch (this.#keepAlive.check(this.peerTime.at(now))) {
      case "enquire":
        enquire();
        break;
      case "silent":
        end(new LinkError("silent", "the peer did not answer enquire_link"), "drop");
        break;
      case "inactive":
        logger.info({}, "nothing to do for the inactivity time: unbinding");
        onInactive();
        break;
      case undefined:
        break;
    }
  }

  #setAlarm(now: number): void {
    const { lifecycle, nextOfRequests } = this.#init;
    // Whatever was looked after may have ended it.
    if (lifecycle.state === "CLOSED") return;
    const alive = lifecycle.isBound
      ? this.peerTime.when(this.#keepAlive.nextAt)
      : Number.POSITIVE_INFINITY;
    const next = Math.min(nextOfRequests(), this.deadlines.next, alive);
    if (next < Number.POSITIVE_INFINITY) this.alarm.set(next, now);
  }
}
