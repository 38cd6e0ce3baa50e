/** What is wrong with a configuration, in sentences. */
import { ConfigError } from "@esme/settings";
import { withoutPasswords } from "./values/redaction.ts";

/** The error with these problems, all of them at once, one sentence per key. No password of a URL is in it. */
export function configError(problems: readonly string[], options?: ErrorOptions): ConfigError {
  return new ConfigError(problems.map(withoutPasswords), options);
}
