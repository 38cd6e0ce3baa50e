/** How many messages a second pass through each session, sampled once a second. */

import type { SmscSession } from "../../sessions/smsc-session.ts";
import { Slices } from "../../structures/slices.ts";

/** Messages a second over the last minute, oldest first, and signs of life. */
export interface Rates {
  /** submit_sm, submit_multi and data_sm from the ESME. */
  readonly in: number[];
  /** deliver_sm and data_sm to the ESME. */
  readonly out: number[];
  /** When an enquire_link, or the answer to one, last came. Milliseconds since the epoch. */
  enquired: number | undefined;
}

interface Sampled extends Rates {
  totals: Totals | undefined;
}

interface Totals {
  readonly in: number;
  readonly out: number;
  readonly enquiries: number;
}

/** Seconds of history. */
const kept = 60;

/** Sessions sampled in one turn of the event loop: the counts of each are copied, latencies and all. */
const sampledInOneTurn = 100;

/** Samples sessions. */
export class SessionRates {
  readonly #slices = new Slices(sampledInOneTurn);
  readonly #sampled = new WeakMap<SmscSession, Sampled>();

  /** To be called once a second. */
  sample(sessions: Iterable<SmscSession>, now: number): void {
    void this.#slices.run(sessions, (session) => {
      const sampled = this.#of(session);
      const totals = totalsOf(session);
      const before = sampled.totals ?? { in: 0, out: 0, enquiries: 0 };
      push(sampled.in, totals.in - before.in);
      push(sampled.out, totals.out - before.out);
      if (totals.enquiries > before.enquiries) sampled.enquired = now;
      sampled.totals = totals;
    });
  }

  /** What is not sampled yet is not sampled any more. */
  close(): void {
    this.#slices.close();
  }

  of(session: SmscSession): Rates {
    return this.#of(session);
  }

  #of(session: SmscSession): Sampled {
    const known = this.#sampled.get(session);
    if (known !== undefined) return known;
    const sampled = { in: [], out: [], enquired: undefined, totals: undefined };
    this.#sampled.set(session, sampled);
    return sampled;
  }
}

function totalsOf({ session }: SmscSession): Totals {
  const { received, sent } = session.stats();
  const sum = (counts: Record<string, number>, ...commands: string[]) =>
    commands.reduce((total, command) => total + (counts[command] ?? 0), 0);
  return {
    in: sum(received, "submit_sm", "submit_multi", "data_sm"),
    out: sum(sent, "deliver_sm", "data_sm"),
    enquiries: sum(received, "enquire_link", "enquire_link_resp"),
  };
}

function push(rates: number[], rate: number): void {
  rates.push(rate);
  if (rates.length > kept) rates.shift();
}
