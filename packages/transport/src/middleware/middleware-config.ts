/** One entry of `middlewares`: which class, for whom, and in which directions. */
import { z } from "zod";
import { ConfigError } from "../config/config.ts";

/** YAML 1.1, which vumi2 reads, has more words for a boolean than YAML 1.2. */
const words: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["no", false],
  ["off", false],
]);

const flag = z
  .preprocess(
    (value) => words.get(typeof value === "string" ? value.toLowerCase() : value) ?? value,
    z.boolean({ error: "true or false" }),
  )
  .default(false);

const entry = z.looseObject(
  {
    class_path: z.string({ error: "the name of a class" }).min(1, { error: "the name of a class" }),
    /** Names of transports: an entry may be shared by the files of several workers. */
    enable_for_connectors: z.array(z.coerce.string(), { error: "a list of transport names" }),
    inbound_enabled: flag,
    outbound_enabled: flag,
    event_enabled: flag,
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
  if (problems.length > 0) throw new ConfigError(problems);
  return entries;
}

function problem(place: string, { path, message }: z.core.$ZodIssue, item: unknown): string {
  const [key] = path;
  const got = key === undefined ? item : Reflect.get(Object(item), key);
  const where = key === undefined ? place : `${place}.${String(key)}`;
  return `${where}: wants ${message}, got ${JSON.stringify(got) ?? "nothing"}`;
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
  const known = Object.keys(schema.shape).join(", ");
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `${key}: unknown key, wants one of ${known}`);
    }
    const [key = ""] = issue.path;
    const got = JSON.stringify(Reflect.get(Object(config), key));
    return `${String(key)}: wants ${issue.message}, got ${got}`;
  });
  throw new Error(problems.join("; "));
}
