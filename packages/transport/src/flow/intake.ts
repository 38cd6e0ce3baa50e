/** Whether messages are taken from the outbound queue for now, how many, and what stands in the way. */
import { setMaxListeners } from "node:events";
import { type Pauses, pause } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";

/** Why no more messages are taken: in the log, as a label of the metric, and in `/health`. */
export const pauseReasons = {
  smpp: { level: "warn", says: "no session that can send is bound" },
  stop: { level: "error", says: "the SMSC refuses all messages" },
  throttled: { level: "warn", says: "the SMSC asks to slow down, again and again" },
  store: { level: "error", says: "a store is out of reach" },
  rate: { level: "warn", says: "the rate lets out less than is in hand" },
} as const satisfies Record<string, { readonly level: "warn" | "error"; readonly says: string }>;

/** One of them. */
export type PauseReason = keyof typeof pauseReasons;

// Of an object literal, Object.keys gives the keys that its type has.
export const allPauseReasons = Object.keys(pauseReasons) as PauseReason[];

/**
 * Milliseconds without a try after messages were given back unsent, the last one for every later time.
 * Then one message is taken; when it is given back too, the next rest begins. So an outage of five
 * minutes and a hold of 7.5 s make deliveries at 0, 37.5, 135 and 412.5 s at most: x-delivery-count
 * ends at 3, and a queue drops a message at 20.
 */
const rests = [30_000, 90_000, 270_000, 300_000] as const;

/**
 * The first rest after a link was away: the next bind ends the pause by itself. Later ones are as
 * above, since an SMSC may take every bind and drop it.
 */
const firstRestOfSmpp = 0;

/** What an intake works with. */
export interface IntakeOptions {
  readonly logger: Logger;
  /** How long a message may wait here unsent, in milliseconds. */
  readonly holdTimeout: number;
  /** Aborted when nothing is waited for any more, as the worker stops. */
  readonly stopped: AbortSignal;
  /** `prefetch` may have changed. */
  readonly onChange: () => void;
}

/** A message whose hold is over. */
export interface HeldMessage {
  /** Until when it was held here unsent, on the clock of `Date.now()`. */
  readonly holdUntil: number;
  /** How often it had been given back before, by whichever worker. */
  readonly givenBack: number;
}

/** From the first message that was given back until the SMSC takes one. */
interface Rest {
  readonly reason: PauseReason;
  /** On the clock of `Date.now()`. */
  readonly began: number;
  /** Rests before it. */
  readonly times: number;
  /** Whether one message may be tried. */
  isOver: boolean;
}

/**
 * Knows why no more messages are taken for now. A reason stands while something waits for it here, and
 * after that, if messages were given back for it, until the SMSC takes one again.
 *
 * Broker alarms are no reason: RabbitMQ reads nothing from a connection that it blocks, acknowledgements
 * included, so the prefetch alone ends what it delivers.
 */
export class Intake {
  readonly #options: IntakeOptions;
  /** What waits for each reason: parts, messages, or the sessions. */
  readonly #waiting: Record<PauseReason, number> = {
    smpp: 1,
    stop: 0,
    throttled: 0,
    store: 0,
    rate: 0,
  };
  /** When each began that stands and was told, on the clock of `performance.now()`. */
  readonly #since = new Map<PauseReason, number>();
  #rest: Rest | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #wakers = { accepted: waker(), linked: waker() };
  /** Pauses of a throttling SMSC since it last took a part, and the end of the latest. */
  #throttles = 0;
  #throttledUntil = 0;
  /** Whether a part that is accepted changes anything: asked for each, so it is cheap. */
  #isCalm = true;
  #isClosed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Every reason that stands. */
  get reasons(): PauseReason[] {
    return allPauseReasons.filter((reason) => this.#stands(reason));
  }

  /** How many messages may be in hand: all, one to try with, or 0: none is to be taken. */
  prefetch(most: number): number {
    if (allPauseReasons.some((reason) => this.#waiting[reason] > 0)) return 0;
    if (this.#rest === undefined) return most;
    return this.#rest.isOver ? 1 : 0;
  }

  /** Something begins to wait; `why` is for the log, if it is the first. */
  begin(reason: "stop" | "store", why: string): void {
    this.#waiting[reason] += 1;
    this.#changed(why);
  }

  /** It waits no more, and was not given back. */
  end(reason: "stop" | "store"): void {
    this.#waiting[reason] -= 1;
    this.#changed();
  }

  /** A session can send, or none can. */
  linked(canSend: boolean): void {
    const wasLinked = this.#waiting.smpp === 0;
    this.#waiting.smpp = canSend ? 0 : 1;
    if (canSend && !wasLinked) this.#wake("linked");
    this.#changed();
  }

  /**
   * The SMSC asked to slow down: nothing is sent until then. Once is how it tells its rate; again,
   * before it has taken a part, is a reason.
   */
  throttled(until: number): void {
    // A whole window that is refused is one pause.
    if (until === this.#throttledUntil) return;
    this.#throttledUntil = until;
    this.#throttles += 1;
    this.#isCalm = false;
    if (this.#throttles < 2) return;
    this.#waiting.throttled = 1;
    this.#changed();
  }

  /** The SMSC took a part: whatever it refused, or was unreachable, is over. */
  accepted(): void {
    if (this.#isCalm) return;
    this.#isCalm = true;
    this.#throttles = 0;
    this.#waiting.throttled = 0;
    this.#setRest(undefined);
    this.#wake("accepted");
    this.#changed();
  }

  /** Nothing is in hand: nobody is left to tell that a throttling is over. */
  emptied(): void {
    if (this.#waiting.throttled === 0) return;
    this.#waiting.throttled = 0;
    this.#changed();
  }

  /**
   * The hold of a message is over: before it is given back, nothing more is taken. Without a reason,
   * it is what stands, or else the rate.
   */
  giveBack(reason: PauseReason | undefined, { holdUntil, givenBack }: HeldMessage): void {
    if (this.#isClosed) return;
    const before = this.#rest;
    // Those that were taken before the rest began belong to it.
    const isLater = before !== undefined && holdUntil - this.#options.holdTimeout >= before.began;
    const times = Math.max(before === undefined ? 0 : before.times + Number(isLater), givenBack);
    this.#setRest({
      reason: reason ?? this.reasons[0] ?? (this.#throttles > 0 ? "throttled" : "rate"),
      began: before === undefined || isLater ? Date.now() : before.began,
      times,
      isOver: false,
    });
    this.#isCalm = false;
    this.#changed();
  }

  /**
   * Resolves after the pause that follows the given try; earlier at `until` (on the clock of
   * `Date.now()`), at the stop, and, if told so, when the SMSC has taken a part or a session is bound.
   */
  wait(
    { initial, max }: Pauses,
    tries: number,
    until: number,
    wakes?: "accepted" | "linked",
  ): Promise<void> {
    const pauses = { initial, max: Math.max(0, Math.min(max, until - Date.now())) };
    const { stopped } = this.#options;
    if (wakes === undefined) return pause(pauses, tries, stopped);
    if (wakes === "accepted") this.#isCalm = false;
    return pause(pauses, tries, stopped, this.#wakers[wakes].signal);
  }

  /** Says nothing more, and begins nothing. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #stands(reason: PauseReason): boolean {
    return this.#waiting[reason] > 0 || this.#rest?.reason === reason;
  }

  #setRest(rest: Rest | undefined): void {
    clearTimeout(this.#timer);
    this.#rest = rest;
    if (rest === undefined) return;
    const isOver = (): void => {
      rest.isOver = true;
      this.#changed();
    };
    this.#timer = setTimeout(isOver, restOf(rest));
  }

  #wake(which: "accepted" | "linked"): void {
    const before = this.#wakers[which];
    this.#wakers[which] = waker();
    before.abort();
  }

  #changed(why?: string): void {
    if (this.#isClosed) return;
    const { logger, onChange } = this.#options;
    for (const pause of allPauseReasons) {
      const { level, says } = pauseReasons[pause];
      const since = this.#since.get(pause);
      const stands = this.#stands(pause);
      if (stands && since === undefined) {
        this.#since.set(pause, performance.now());
        logger[level]({ pause, reason: why }, `no more messages are taken: ${says}`);
      }
      if (!stands && since !== undefined) {
        this.#since.delete(pause);
        const seconds = Math.round((performance.now() - since) / 1_000);
        logger.info({ pause, seconds }, `no longer: ${says}`);
      }
    }
    onChange();
  }
}

/** Each message that waits listens: many are no leak. */
function waker(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function restOf({ reason, times }: Rest): number {
  if (times === 0 && reason === "smpp") return firstRestOfSmpp;
  return rests[Math.min(times, rests.length - 1)] ?? 0;
}

/**
 * Messages that a rate (parts a second) sends within the hold (milliseconds): half of them, since a
 * consumer that begins anew brings as many beside those in hand. More would only be given back unsent.
 * Parts are not counted: a message has few.
 */
export function prefetchOf(concurrency: number, rate: number, hold: number): number {
  return Math.min(concurrency, Math.max(1, Math.floor((rate * hold) / 2_000)));
}
