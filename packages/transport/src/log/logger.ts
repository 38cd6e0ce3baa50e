/** The worker's log: JSON lines, or pretty ones on a terminal; levels named as in vumi's configuration. */
import type { LogPdus } from "@esme/client";
import type { Message } from "@esme/messages";
import { reasonOf } from "@esme/settings";
import { type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";
import type { TransportConfig } from "../config/settings.ts";
import {
  withoutNumbers,
  withoutPasswords,
  withoutSecretKeys,
  withoutValues,
} from "../config/values/redaction.ts";

/** What the worker needs of a logger; pino's satisfies it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The fields of a log line that hold a message's text and numbers: none, unless switched on. */
export type ContentOf = (message: Message) => object;

/** The keys of the configuration that the log depends on. */
export type LogConfig = Pick<
  TransportConfig,
  "log_content" | "log_format" | "log_level" | "transport_name"
>;

const levels = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "fatal",
} as const satisfies Record<TransportConfig["log_level"], string>;

/**
 * A pino logger on standard output, at the configured level. Lines name messages by their ids;
 * texts and numbers are in them with `log_content` alone, passwords and secrets never. Levels are
 * words, times are ISO 8601 in UTC.
 *
 * Lines are written at once, by this thread: the last one before the process ends is there.
 *
 * @param secrets what is taken out of texts by others, such as errors of classes
 */
export function createLogger(config: LogConfig, secrets: readonly string[] = []): PinoLogger {
  const seen = (text: string): string => {
    const known = withoutValues(text, secrets);
    return config.log_content ? known : withoutNumbers(known);
  };
  const inLines = secrets
    .filter(({ length }) => length >= shortestInLines)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  const options = {
    level: levels[config.log_level],
    base: { transport_name: config.transport_name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: {
      err: (error: unknown) => described(error, seen, showsStacks(config)),
      reason: (reason: unknown) => (typeof reason === "string" ? seen(reason) : reason),
    },
    hooks: {
      streamWrite: (line: string) =>
        withoutPasswords(withoutSecretKeys(withoutValues(line, inLines))),
    },
  };
  return isPretty(config) ? pino(options, pretty({ sync: true })) : pino(options);
}

/** Shorter secrets are taken out of errors alone: elsewhere `error` may be a level. */
const shortestInLines = 6;

/** Whether errors are told with their stacks: they are for whoever looks into the program. */
export function showsStacks({ log_level }: Pick<TransportConfig, "log_level">): boolean {
  return log_level === "DEBUG" || log_level === "TRACE";
}

function isPretty({ log_format }: LogConfig): boolean {
  return log_format === "auto" ? process.stdout.isTTY : log_format === "pretty";
}

/** What the client tells of each PDU: at TRACE its fields, with `log_content` all of it. */
export function pdusLogged({ log_level, log_content }: LogConfig): LogPdus {
  if (log_level !== "TRACE") return "none";
  return log_content ? "content" : "fields";
}

/** The text and numbers of a message as fields of a log line; no fields without `log_content`. */
export function contentLogged({ log_content }: LogConfig): ContentOf {
  if (!log_content) return () => nothing;
  return ({ to_addr, from_addr, content }) => ({ to_addr, from_addr, content });
}

const nothing = {};

/** An error with a code says all in its message; only a surprise needs its stack. */
function described(error: unknown, seen: (text: string) => string, withStack: boolean): object {
  if (!(error instanceof Error)) return { message: seen(reasonOf(error)) };
  const { name, message, stack = "", cause } = error;
  const isCoded = "code" in error;
  return {
    name,
    message: seen(message),
    ...(isCoded && { code: error.code }),
    ...(!isCoded && withStack && { stack: seen(stack) }),
    ...(cause !== undefined && { cause: described(cause, seen, withStack) }),
  };
}
