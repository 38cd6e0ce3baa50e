/** A logger for tests that are not about the log. */
import type { Logger } from "../src/log/logger.ts";

const nothing = (): void => {};

export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
