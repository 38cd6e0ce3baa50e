/** The error of a configuration that does not fit. */

/**
 * A configuration does not fit. The message is one line, for a log: all problems, with `; ` between.
 * Whoever makes it keeps secrets out of the sentences.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Compare this, not the class: a program may have two copies of the package. */
  readonly code = "invalid_config";
  /** One sentence for each place that is wrong, with the place first, such as `port: missing, expected text`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("; "), options);
    this.problems = problems;
  }
}
