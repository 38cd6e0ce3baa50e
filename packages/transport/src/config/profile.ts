/** A profile: what an operator's SMSC wants, as a layer of configuration below the file. */

import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, reasonOf } from "@esme/settings";
import { readText, readYaml } from "@esme/settings/yaml";
import { z } from "zod";
import { dictionary } from "./values/scalars.ts";

/** Keys that are the worker's and the account's, not the operator's. */
export const notOperators: ReadonlySet<string> = new Set([
  "profile",
  "amqp",
  "amqp_connect_timeout",
  "amqp_heartbeat",
  "amqp_tls",
  "amqp_url",
  "amqp_urls",
  "declare_queues",
  "hold_timeout",
  "http_bind",
  "http_token",
  "sentry_dsn",
  "mt_tps_redis_config",
  "mt_tps_redis_url",
  "password",
  "queue_arguments",
  "queue_type",
  "transport_name",
]);

const schema = z.object(
  {
    name: z.string({ error: "the operator's name" }),
    sources: z.array(z.string(), { error: "a list of pages or papers" }).default([]),
    notes: z.array(z.string(), { error: "a list of sentences" }).default([]),
    config: dictionary.refine(
      (config) => !Object.keys(config).some((key) => notOperators.has(key)),
      {
        error: `keys of the configuration, without ${[...notOperators].join(", ")}`,
      },
    ),
  },
  { error: "a mapping of name, sources, notes and config" },
);

/** What a profile file holds: see `profiles/schema.json`. */
export type Profile = z.output<typeof schema>;

/** The package finds itself: this file's own place is another one in `dist`. */
const self = createRequire(import.meta.url).resolve("@esme/transport/package.json");
const shipped = join(dirname(self), "profiles");

/** The names of the profiles that come with the package. */
export function profileNames(): string[] {
  return readdirSync(shipped)
    .filter((file) => file.endsWith(".json") && file !== "schema.json")
    .map((file) => basename(file, ".json"))
    .sort();
}

/**
 * The profile of that name, or in the file at that path (JSON or YAML) below `folder`.
 *
 * @throws Error that says which of it is missing or wrong
 */
export function loadProfile(name: string, folder: string): Profile {
  const isPath = /[/\\]|\.(?:json|ya?ml)$/.test(name);
  const path = isPath ? resolve(folder, name) : join(shipped, `${name}.json`);
  if (!isPath && !existsSync(path)) {
    const names = profileNames();
    const hint = didYouMean(name, names);
    throw new Error(`there is no profile ${name}${hint}; shipped are ${names.join(", ")}`);
  }
  const { values } = readYaml({ name: path, text: textOf(name, path) }, () => "typed");
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path: at, message }) => `${at.join(".") || "the profile"}: expected ${message}`,
  );
  throw new Error(`${path}: ${problems.join("; ")}`);
}

function textOf(name: string, path: string): string {
  try {
    return readText(path);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new Error(`${name}: ${reason}`, { cause });
  }
}
