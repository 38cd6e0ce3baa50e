/** A middleware that logs each message and event that passes. */

import type { Event, Message } from "@esme/messages";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { text } from "../config/values/scalars.ts";
import type { Logger } from "../log/logger.ts";
import type { Middleware, MiddlewareDeps } from "./middleware.ts";
import { readOwnConfig } from "./middleware-config.ts";

/** The names that Python's logging has for levels, and ours. */
const levels = {
  trace: "debug",
  notset: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "error",
  critical: "error",
} as const satisfies Record<string, keyof Logger>;

const levelNames = Object.keys(levels).join(", ");

const settings = mapping({
  /** In any case, as Python's logging names them. */
  log_level: z
    .preprocess(
      (name) => (typeof name === "string" ? name.toLowerCase() : name),
      z.custom<keyof typeof levels>(
        (name) => typeof name === "string" && Object.hasOwn(levels, name),
        `one of ${levelNames}`,
      ),
    )
    .default("info"),
  /** Stands as `logger` in each line. */
  logger_name: text().default("vumi2.middlewares.logging"),
});

/**
 * Logs `processed outbound message` and so on with `connector` and the ids. With `log_content` the
 * whole message is in the line, texts and numbers too.
 */
export class LoggingMiddleware implements Middleware {
  readonly #level: keyof Logger;
  readonly #name: string;
  readonly #deps: MiddlewareDeps;

  /** @throws Error naming each key of the configuration that is wrong */
  constructor(config: unknown, deps: MiddlewareDeps) {
    const { log_level, logger_name } = readOwnConfig(settings, config);
    this.#level = levels[log_level];
    this.#name = logger_name;
    this.#deps = deps;
  }

  handleOutbound(message: Message, connector: string): Message {
    return this.#log("outbound message", message, idsOf(message), connector);
  }

  handleInbound(message: Message, connector: string): Message {
    return this.#log("inbound message", message, idsOf(message), connector);
  }

  handleEvent(event: Event, connector: string): Event {
    const { event_id, user_message_id, event_type, delivery_status } = event;
    const ids = { event_id, user_message_id, event_type, delivery_status };
    return this.#log("event", event, ids, connector);
  }

  #log<T extends Message | Event>(what: string, body: T, ids: object, connector: string): T {
    const { logger, logContent } = this.#deps;
    const fields = { logger: this.#name, connector, ...(logContent ? { body } : ids) };
    logger[this.#level](fields, `processed ${what}`);
    return body;
  }
}

function idsOf({ message_id, in_reply_to, transport_type, session_event }: Message): object {
  return { message_id, in_reply_to, transport_type, session_event };
}
