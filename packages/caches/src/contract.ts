/** What every SMPP cache must do, as cases that any test runner can run. */

import { idDemands } from "./contract/id-demands.ts";
import { partDemands } from "./contract/part-demands.ts";
import type { SmppCache } from "./smpp-cache.ts";

/** One demand: a sentence, and a function that rejects with an AssertionError when it is not met. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

/** How the contract gets at the implementation under test. */
export interface SmppCacheSubject {
  /** A cache over fresh state. The contract closes what it made. */
  create(): SmppCache | Promise<SmppCache>;
  /** A second cache over the state of `other`; absent where nothing is shared. */
  createBeside?(other: SmppCache): SmppCache | Promise<SmppCache>;
}

/**
 * The cases that every implementation of `SmppCache` passes. Where `createBeside` is given they
 * run over two caches that share one state, else over one.
 *
 * ```ts
 * for (const { name, run } of smppCacheContract({ create: () => new MyCache() })) test(name, run);
 * ```
 */
export function smppCacheContract(subject: SmppCacheSubject): ContractCase[] {
  return [...partDemands, ...idDemands].map(([name, use]) => ({
    name,
    run: async () => {
      const cache = await subject.create();
      const beside = await subject.createBeside?.(cache);
      try {
        await use(cache, beside ?? cache);
      } finally {
        await beside?.close();
        await cache.close();
      }
    },
  }));
}
