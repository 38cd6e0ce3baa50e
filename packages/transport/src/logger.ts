/** The worker's log: JSON lines, levels named as in vumi's configuration. */
import { type Logger as PinoLogger, pino } from "pino";
import type { TransportConfig } from "./settings.ts";

/** What the worker needs of a logger; pino's satisfies it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const levels = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "fatal",
} as const satisfies Record<TransportConfig["log_level"], string>;

/**
 * A pino logger at the configured level. Lines name messages by their ids; texts, numbers and
 * secrets are not in them.
 */
export function createLogger({ log_level, transport_name }: TransportConfig): PinoLogger {
  return pino({
    level: levels[log_level],
    base: { transport_name },
    serializers: { err: described },
  });
}

/** An error with a code says all in its message; only a surprise needs its stack. */
function described(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = "code" in error ? { code: error.code } : { stack };
  return { name, message, ...code, ...(cause !== undefined && { cause: described(cause) }) };
}
