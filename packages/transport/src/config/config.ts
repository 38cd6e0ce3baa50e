/** The worker's configuration from its layers: flags, environment, file, profile, defaults. */
import { parseArgs } from "node:util";
import { isScalar, LineCounter, parseDocument, visit } from "yaml";
import { withoutPasswords } from "../log/redaction.ts";
import { loadProfile } from "../profile.ts";
import {
  configuration,
  groupKeys,
  isDictionary,
  isMapping,
  isSecret,
  isVumiKey,
  scalarPaths,
  settings,
  type TransportConfig,
  type TransportConfigInput,
} from "./settings.ts";
import { readTlsFiles } from "./tls-files.ts";

/** What is wrong with a configuration: one sentence per key, all of them at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.problems = problems;
  }
}

/** A configuration and what its author should know about it. */
export interface LoadedConfig {
  readonly config: TransportConfig;
  /** Keys that were not understood, one sentence each. */
  readonly warnings: readonly string[];
  /** Where each key that was given was found, by its dotted name. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Where the layers come from. */
export interface ConfigSources {
  /** Words after the program's name, without those that are not settings. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of a YAML file, and the name to use for it in messages. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Where the path of a profile begins. Default: the working directory. */
  readonly folder?: string;
}

/** A value and where it was found. */
interface Found {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: string;
}

/**
 * Merges the layers and checks the result.
 *
 * Environment variables are the key in upper case, nesting joined by `_` (`AMQP_HOSTNAME`), with
 * the prefix of `VUMI_CONFIG_PREFIX` in front. Flags are the key with `-` for `_` and nesting
 * (`--amqp-hostname`); an unambiguous beginning is enough.
 *
 * @throws ConfigError naming each wrong key, what it got, what it wants, and where
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { flags = [], environment = {}, file, folder = "." } = sources;
  const found = [
    ...(file ? fromFile(file) : []),
    ...fromEnvironment(environment),
    ...fromFlags(flags),
  ];
  return check([...fromProfile(found, folder), ...found]);
}

/** Checks a configuration that a program wrote; a profile's path begins at `folder`. */
export function checkConfig(input: TransportConfigInput, folder = "."): LoadedConfig {
  const found = entries(input, "the configuration");
  return check([...fromProfile(found, folder), ...found]);
}

/** What the profile says that the other layers name, if they name one. */
function fromProfile(found: readonly Found[], folder: string): Found[] {
  const named = found.findLast(({ path }) => path.join(".") === "profile");
  if (named === undefined || named.value === "") return [];
  const name = String(named.value);
  try {
    return entries(loadProfile(name, folder).config, `profile ${name}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`profile: ${reason} (${named.origin})`], { cause });
  }
}

function check(found: readonly Found[]): LoadedConfig {
  const merged: Record<string, unknown> = Object.create(null);
  const origins = new Map<string, string>();
  for (const { path, value, origin } of found) {
    origins.set(path.join("."), origin);
    assign(merged, path, value);
  }
  const result = configuration.safeParse(merged);
  const warnings = [...origins].flatMap(([key, origin]) =>
    isKnown(key) ? [] : [`${key}: not a key of this worker, ignored (${origin})`],
  );
  if (result.success) {
    refuseTlsFiles(result.data, origins);
    return {
      config: result.data,
      warnings: [...warnings, ...unusedTls(result.data, origins)],
      origins,
    };
  }
  const problems = result.error.issues.map(({ path, message }) => {
    const keys = path.map(String);
    const origin = origins.get(keys.join(".")) ?? origins.get(keys[0] ?? "") ?? "default";
    return `${keys.join(".")}: wants ${message}, got ${shown(keys, at(merged, keys))} (${origin})`;
  });
  throw new ConfigError(problems);
}

function refuseTlsFiles({ tls }: TransportConfig, origins: ReadonlyMap<string, string>): void {
  const files = tls.enabled ? readTlsFiles(tls) : undefined;
  if (files === undefined || "options" in files) return;
  throw new ConfigError(
    files.problems.map(({ key, problem }) => {
      const origin = origins.get(`tls.${key}`) ?? "default";
      return `tls.${key}: ${problem} (${origin})`;
    }),
  );
}

/** Who names a certificate means an encrypted connection, and gets none. */
function unusedTls({ tls }: TransportConfig, origins: ReadonlyMap<string, string>): string[] {
  if (tls.enabled) return [];
  return (["ca", "cert", "key"] as const).flatMap((key) => {
    const origin = origins.get(`tls.${key}`) ?? "default";
    return tls[key] === ""
      ? []
      : [`tls.${key}: not used, the connection is not encrypted: tls.enabled is false (${origin})`];
  });
}

/** Every key with its value and where that came from, one a line; secrets hidden. */
export function printedConfig({ config, origins }: LoadedConfig): string {
  const paths = [
    ...scalarPaths,
    ...Object.keys(config)
      .filter(isMapping)
      .map((key) => [key]),
  ];
  const lines = paths.map((path) => {
    const key = path.join(".");
    const origin = origins.get(key) ?? origins.get(path[0] ?? "") ?? "default";
    const value = path.reduce<unknown>(
      (node, name) => (isRecord(node) ? node[name] : undefined),
      config,
    );
    return `${key}: ${JSON.stringify(value)}  # ${origin}`;
  });
  return withoutPasswords(`${lines.join("\n")}\n`);
}

function shown(path: readonly string[], value: unknown): string {
  if (isSecret(path)) return `${String(value).length} characters (not shown)`;
  const hidden = (key: string, inner: unknown): unknown =>
    isSecret([key]) ? "(not shown)" : inner;
  return JSON.stringify(value, hidden) ?? String(value);
}

const knownKeys = new Set([
  ...scalarPaths.map((path) => path.join(".")),
  ...Object.keys(settings.shape),
]);

function isKnown(key: string): boolean {
  return knownKeys.has(key);
}

function at(tree: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => {
    if (Array.isArray(node)) return node[Number(key)];
    return isRecord(node) ? node[key] : undefined;
  }, tree);
}

/** Sets a value below objects that have no prototype: keys come from files and may be anything. */
function assign(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    tree[key] = isMapping(key) ? joined(tree[key], value) : value;
    return;
  }
  const inner = tree[key];
  const branch = isRecord(inner) ? inner : Object.create(null);
  tree[key] = branch;
  assign(branch, rest, value);
}

/** A mapping over that of the layer below, key by key; anything else replaces it. */
function joined(below: unknown, above: unknown): unknown {
  if (!isRecord(below) || !isRecord(above)) return above;
  const both: Record<string, unknown> = Object.assign(Object.create(null), below);
  for (const [key, value] of Object.entries(above)) both[key] = joined(both[key], value);
  return both;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries of a plain object; what is absent or null is left to the layers below. */
function entries(input: object, origin: string): Found[] {
  return Object.entries(input).flatMap(([key, value]): Found[] => {
    if (value === undefined || value === null) return [];
    if (groupKeys(key) && isRecord(value)) {
      return entries(value, origin).map((found) => ({ ...found, path: [key, ...found.path] }));
    }
    return [{ path: [key], value, origin }];
  });
}

/**
 * Outside the mappings that belong to classes, a scalar is what somebody typed: its key's type
 * decides what it means, not YAML's guess, so that `password: 01234567` keeps its zero and
 * `system_type: off` stays text.
 */
function fromFile({ name, text }: { name: string; text: string }): Found[] {
  const lineCounter = new LineCounter();
  // Pretty errors quote the file, and with it perhaps a password.
  const document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos: [start] }) => {
      const { line, col } = lineCounter.linePos(start);
      return `${name}, line ${line}, column ${col}: ${message}`;
    });
    throw new ConfigError(problems);
  }
  visit(document, {
    Pair: (_, { key }) =>
      isScalar(key) && isDictionary(String(key.value)) ? visit.SKIP : undefined,
    Scalar: (_, scalar) => {
      if (scalar.type === "PLAIN" && scalar.value !== null) scalar.value = scalar.source;
    },
  });
  const tree: unknown = document.toJS();
  if (tree === null) return [];
  if (!isRecord(tree)) throw new ConfigError([`${name}: wants a mapping of keys to values`]);
  return entries(tree, name);
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Found[] {
  const prefix = environment["VUMI_CONFIG_PREFIX"];
  // Mappings are asked for too: text given for one is told as wrong, not passed over.
  const mappings = Object.keys(settings.shape).filter(isMapping);
  return [...scalarPaths, ...mappings.map((key) => [key])].flatMap((path) => {
    const name = [...(prefix ? [prefix] : []), ...path].join("_").toUpperCase();
    const value = environment[name];
    return value === undefined ? [] : [{ path, value, origin: name }];
  });
}

const flagPaths = new Map(scalarPaths.map((path) => [path.join("-").replaceAll("_", "-"), path]));

/** Every flag's name without its dashes, for the help text. */
export const flagNames: readonly string[] = [...flagPaths.keys()];

function fromFlags(words: readonly string[]): Found[] {
  const options = Object.fromEntries(flagNames.map((name) => [name, { type: "string" as const }]));
  try {
    const { values } = parseArgs({ args: words.map(completed), options, strict: true });
    return Object.entries(values).flatMap(([name, value]) => {
      const path = flagPaths.get(name);
      return path ? [{ path, value, origin: `--${name}` }] : [];
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

/** `--amqp-host=x` as `--amqp-hostname=x`: when only one flag begins so, or one of vumi2's. */
function completed(word: string): string {
  const [, name, rest = ""] = /^--([^=]+)(=.*)?$/s.exec(word) ?? [];
  if (name === undefined || flagPaths.has(name)) return word;
  const candidates = [...flagPaths].filter(([flag]) => flag.startsWith(name));
  if (candidates.length === 0) throw new ConfigError([`--${name}: no such flag`]);
  const older = candidates.filter(([, path]) => isVumiKey(path));
  const [only, ...others] = older.length === 1 ? older : candidates;
  if (only && others.length === 0) return `--${only[0]}${rest}`;
  const list = candidates.map(([flag]) => `--${flag}`).join(", ");
  throw new ConfigError([`--${name}: ambiguous, could be ${list}`]);
}
