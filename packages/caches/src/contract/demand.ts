/** One demand of the contract on two caches over one state, or on one cache twice. */

import type { SmppCache } from "../smpp-cache.ts";

/** Rejects with an AssertionError when the demand is not met. */
export type Use = (cache: SmppCache, beside: SmppCache) => Promise<void>;

/** A sentence, and what shows that it holds. */
export type Demand = readonly [name: string, use: Use];

/** Asks until nobody has the lease: the contract's leases of a millisecond are soon over. */
export async function untilFree<T>(ask: () => Promise<T | "leased">): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== "leased") return answer;
  }
}
