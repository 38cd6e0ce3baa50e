/** What is wrong with a configuration, in sentences. */
import { withoutPasswords } from "./values/redaction.ts";

/** What is wrong with a configuration: one sentence per key, all of them at once. No secret is in it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    const told = problems.map(withoutPasswords);
    super(told.join("\n"), options);
    this.problems = told;
  }
}
