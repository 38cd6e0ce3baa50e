/** A logger that writes so many lines of one kind a second, and counts the others. */
import { type LeftOut, LineLimit } from "./line-limit.ts";
import type { Logger } from "./logger.ts";

/** A logger whose counts are written before it is given up. */
export interface LimitedLogger extends Logger {
  /** Writes the counts that are left. */
  flush(): void;
}

type Level = keyof Logger;

/**
 * The same logger with so many lines of one kind a second, 0 for all of them. A kind is the level
 * and the message, numbers in it aside. Lines for whoever looks for a fault (debug) all pass.
 */
export function limited(logger: Logger, perSecond: number): LimitedLogger {
  if (perSecond === 0) return { ...passing(logger), flush: () => {} };
  const limit = new LineLimit(perSecond);
  const examples = new Map<string, { level: Level; message: string }>();
  let timer: NodeJS.Timeout | undefined;
  const write = (counts: readonly LeftOut[]): void => {
    for (const { kind, count, time } of counts) {
      const example = examples.get(kind);
      examples.delete(kind);
      if (example === undefined) continue;
      const { level, message } = example;
      const seconds = Math.max(1, Math.round(time / 1_000));
      const more = `${message} ... ${count.toLocaleString("en")} more like this in ${seconds} s`;
      logger[level]({ left_out: count, seconds }, more);
    }
  };
  const wait = (): void => {
    const next = limit.next;
    if (timer !== undefined || next === undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        write(limit.due(performance.now()));
        wait();
      },
      Math.max(1, next - performance.now()),
    ).unref();
  };
  const limitedTo =
    (level: Level) =>
    (fields: object, message: string): void => {
      const kind = `${level} ${message.replaceAll(/\d+/g, "#")}`;
      if (limit.takes(kind, performance.now())) {
        logger[level](fields, message);
        return;
      }
      examples.set(kind, { level, message });
      wait();
    };
  return {
    debug: passing(logger).debug,
    info: limitedTo("info"),
    warn: limitedTo("warn"),
    error: limitedTo("error"),
    flush() {
      clearTimeout(timer);
      timer = undefined;
      write(limit.due());
    },
  };
}

function passing(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
