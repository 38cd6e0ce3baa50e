/**
 * Keeps what Stryker's runner learns about coverage: which test reaches which mutant, and how often.
 *
 * Vitest 4.1 hands the suite to a hook as the second argument; the runner takes the first, so that
 * what it writes there is lost, and every test would run for every mutant.
 */
import { afterAll } from "vitest";

function keepCoverage(_context: unknown, suite: { readonly meta: object }): void {
  const own: unknown = Reflect.get(globalThis, "__stryker__");
  for (const name of ["mutantCoverage", "hitCount"]) {
    const value: unknown = Reflect.get(Object(own), name);
    if (value !== undefined) Reflect.set(suite.meta, name, value);
  }
}

// Vitest reads the text of a hook for the fixtures that its first argument names. A bound function
// has none.
afterAll(keepCoverage.bind(undefined));
