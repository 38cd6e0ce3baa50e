/** The middlewares of a worker, in the order in which each direction passes them. */

import { type Event, type Message, serialise } from "@esme/messages";
import { reasonOf } from "@esme/settings";
import { configError } from "../config/config-error.ts";
import type { TransportConfig } from "../config/settings.ts";
import { secretsIn, withoutValues } from "../config/values/redaction.ts";
import type { Logger } from "../log/logger.ts";
import type { Middleware, MiddlewareDeps } from "../middleware/middleware.ts";
import { type MiddlewareEntry, middlewareEntries } from "../middleware/middleware-config.ts";
import { loadClass } from "./load-class.ts";
import type { PlugInShutdown } from "./plug-in-shutdown.ts";

/** A way through the middlewares of one direction. */
type Way<T> = (body: T) => Promise<T>;

/** A direction where no middleware is enabled is undefined, and costs nothing. */
export interface Middlewares {
  /** Rejects with the error of the middleware that stops the message. */
  readonly outbound: Way<Message> | undefined;
  /** Rejects with the error of the middleware that stops the message. */
  readonly inbound: Way<Message> | undefined;
  /** Never rejects: an event that a middleware fails on goes on as it was. */
  readonly event: Way<Event> | undefined;
}

/** A middleware and the entry that asked for it. */
interface Placed {
  readonly entry: MiddlewareEntry;
  readonly middleware: Middleware;
}

type Body = Message | Event;
type Handler<T> = ((body: T, connector: string) => T | Promise<T>) | undefined;

const methods = {
  outbound_enabled: "handleOutbound",
  inbound_enabled: "handleInbound",
  event_enabled: "handleEvent",
} as const satisfies Partial<Record<keyof MiddlewareEntry, keyof Middleware>>;

/**
 * Loads the classes of `middlewares` and makes one of each, which is added to `shutdown`.
 *
 * Messages of the broker pass in the order of the list, what is published in the reverse order: as
 * vumi's documentation has it, the list begins at the broker.
 *
 * @throws ConfigError naming the entry and what is wrong: with its keys, the module, the class, or
 *   with what the class says of its configuration
 */
export async function buildMiddlewares(
  config: TransportConfig,
  logger: Logger,
  classFolder: string,
  shutdown: PlugInShutdown,
): Promise<Middlewares> {
  const connector = config.transport_name;
  const deps = { logger, transportName: connector, logContent: config.log_content };
  const all: Placed[] = [];
  for (const entry of middlewareEntries(config.middlewares)) {
    const middleware = await made(entry, deps, classFolder);
    shutdown.add(`${entry.place}.class_path`, middleware);
    all.push({ entry, middleware });
  }
  for (const placed of all) warnIfIdle(placed, deps);
  const here = all.filter(({ entry }) => entry.enable_for_connectors.includes(connector));
  const steps = <T extends Body>(
    enabled: keyof typeof methods,
    handlerOf: (middleware: Middleware) => Handler<T>,
  ): Way<T>[] =>
    here
      .filter(({ entry }) => entry[enabled])
      .flatMap((placed) => step(placed, handlerOf(placed.middleware), connector));
  const outbound = steps("outbound_enabled", ({ handleOutbound }) => handleOutbound);
  const inbound = steps("inbound_enabled", ({ handleInbound }) => handleInbound).reverse();
  const event = steps("event_enabled", ({ handleEvent }) => handleEvent).reverse();
  return {
    outbound: way(outbound),
    inbound: onCopies(way(inbound)),
    event: unstoppable(onCopies(way(event)), logger),
  };
}

async function made(
  { place, class_path, own }: MiddlewareEntry,
  deps: MiddlewareDeps,
  classFolder: string,
): Promise<Middleware> {
  const secrets = secretsIn(own);
  const told = (where: string) => (cause: unknown) => {
    throw configError([`${where}: ${withoutValues(reasonOf(cause), secrets)}`], { cause });
  };
  const MiddlewareClass = await loadClass(class_path, classFolder).catch(
    told(`${place}.class_path`),
  );
  // The class itself checks what it is given: nothing is known here about its configuration.
  const part = await (async () => new MiddlewareClass(own as never, deps as never))().catch(
    told(place),
  );
  if (isMiddleware(part)) return part;
  const problem = `${place}.class_path: ${class_path} is not a middleware, which has ${Object.values(methods).join("(), ")}(), or some of them`;
  throw configError([problem]);
}

function isMiddleware(part: object): part is Middleware {
  return Object.values(methods).some((name) => typeof Reflect.get(part, name) === "function");
}

/** An entry that does nothing here is allowed, since vumi2 allows it, and rarely meant. */
function warnIfIdle(
  { entry, middleware }: Placed,
  { logger, transportName }: MiddlewareDeps,
): void {
  const { place, class_path } = entry;
  const enabled = Object.entries(methods).filter(([key]) => Reflect.get(entry, key) === true);
  if (!entry.enable_for_connectors.includes(transportName) || enabled.length === 0) {
    logger.info({ place, class_path }, "middleware not enabled for this transport");
  }
  for (const [key, method] of enabled) {
    if (typeof Reflect.get(middleware, method) === "function") continue;
    logger.warn(
      { place, class_path, enabled: key, method },
      "middleware enabled for what it does not do",
    );
  }
}

function step<T extends Body>(
  { entry, middleware }: Placed,
  handler: Handler<T>,
  connector: string,
): Way<T>[] {
  if (!handler) return [];
  return [
    async (body) => {
      // From code of others: a type is a promise there, not a fact.
      const next: unknown = await handler.call(middleware, body, connector);
      const { message_type } = body;
      if (!isLike(next, body)) throw new Error(`${entry.class_path} gave back no ${message_type}`);
      try {
        // Not what is nested too deeply, or has a BigInt in it.
        serialise(next);
      } catch (cause) {
        const told = `${entry.class_path} gave back a ${message_type} that cannot be written`;
        throw new Error(`${told}: ${reasonOf(cause)}`, { cause });
      }
      return next;
    },
  ];
}

/** Of the same type, and with an id: without one nobody could tell which message it is about. */
function isLike<T extends Body>(next: unknown, body: T): next is T {
  if (typeof next !== "object" || next === null) return false;
  const id = body.message_type === "event" ? "user_message_id" : "message_id";
  const sameType = Reflect.get(next, "message_type") === body.message_type;
  return sameType && typeof Reflect.get(next, id) === "string";
}

function way<T>(steps: readonly Way<T>[]): Way<T> | undefined {
  if (steps.length === 0) return undefined;
  return async (body) => {
    let now = body;
    for (const each of steps) now = await each(now);
    return now;
  };
}

/** What a middleware changed before it failed must leave no trace. */
function onCopies<T>(through: Way<T> | undefined): Way<T> | undefined {
  return through && ((body) => through(structuredClone(body)));
}

/** Every message has its event: a middleware can change it, not keep it from being published. */
function unstoppable(through: Way<Event> | undefined, logger: Logger): Way<Event> | undefined {
  if (!through) return undefined;
  return async (event) => {
    try {
      return await through(event);
    } catch (err) {
      const { user_message_id, event_type } = event;
      logger.error(
        { err, user_message_id, event_type },
        "a middleware failed, event left as it was",
      );
      return event;
    }
  };
}
