/** One entry of `middlewares`: which class, for whom, and in which directions. */

import { flag, problemsIn, sentenceOf } from "@esme/settings/schema";
import { shownKey } from "@esme/settings/yaml";
import { z } from "zod";
import { configError } from "../config/config-error.ts";
import { shownValue } from "../config/shown.ts";

const isEnabled = flag.default(false);

const entry = z.looseObject(
  {
    class_path: z.string({ error: "the name of a class" }).min(1, { error: "the name of a class" }),
    /** Names of transports: an entry may be shared by the files of several workers. */
    enable_for_connectors: z.array(z.coerce.string(), { error: "a list of transport names" }),
    inbound_enabled: isEnabled,
    outbound_enabled: isEnabled,
    event_enabled: isEnabled,
  },
  { error: "a mapping" },
);

/** An entry with its defaults. */
export interface MiddlewareEntry {
  /** Where it stands, such as `middlewares[0]`: for messages. */
  readonly place: string;
  readonly class_path: string;
  readonly enable_for_connectors: readonly string[];
  readonly inbound_enabled: boolean;
  readonly outbound_enabled: boolean;
  readonly event_enabled: boolean;
  /** All other keys: the class's own. */
  readonly own: Readonly<Record<string, unknown>>;
}

/**
 * The entries of `middlewares`, in order.
 *
 * @throws ConfigError naming each place that is wrong, such as `middlewares[0].class_path`
 */
export function middlewareEntries(list: readonly unknown[]): MiddlewareEntry[] {
  const problems: string[] = [];
  const entries = list.flatMap((item, index): MiddlewareEntry[] => {
    const place = `middlewares[${index}]`;
    const result = entry.safeParse(item);
    if (!result.success) {
      problems.push(...result.error.issues.map((issue) => problem(place, issue, item)));
      return [];
    }
    const {
      class_path,
      enable_for_connectors,
      inbound_enabled,
      outbound_enabled,
      event_enabled,
      ...own
    } = result.data;
    const directions = { inbound_enabled, outbound_enabled, event_enabled };
    return [{ place, class_path, enable_for_connectors, ...directions, own }];
  });
  if (problems.length > 0) throw configError(problems);
  return entries;
}

function problem(place: string, { path, message }: z.core.$ZodIssue, item: unknown): string {
  const [key] = path;
  // Text where a mapping belongs may be a URL.
  const whole = typeof item === "string" ? "text" : shownValue(item);
  if (key === undefined) return `${place}: expected ${message}, got ${whole}`;
  const value: unknown = Reflect.get(Object(item), key);
  const says = sentenceOf({ path: [], expected: message, value }, shownValue(value));
  return `${place}.${String(key)}: ${says}`;
}

/**
 * The configuration of a built-in middleware, with its defaults.
 *
 * @throws Error naming each key that is wrong or unknown
 */
export function readOwnConfig<Schema extends z.ZodObject>(
  schema: Schema,
  config: unknown,
): z.output<Schema> {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const problems = problemsIn(result.error, config).map((problem) => {
    const { path, value, key, known = [] } = problem;
    const place = key === undefined ? path.join(".") : shownKey(key);
    const all = key === undefined ? {} : { known: [...known, ...Object.keys(entry.shape)] };
    return `${place}: ${sentenceOf({ ...problem, ...all }, shownValue(value))}`;
  });
  throw new Error(problems.join("; "));
}
