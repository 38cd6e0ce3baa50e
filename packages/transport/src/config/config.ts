/** The worker's configuration from its layers: flags, environment, file, profile, defaults. */

import { nearestName, reasonOf } from "@esme/settings";
import { problemsIn, type SchemaProblem, sentenceOf } from "@esme/settings/schema";
import { readYaml, shownKey, YamlError, type YamlFile } from "@esme/settings/yaml";
import { readCommandLine } from "./command-line.ts";
import { configError } from "./config-error.ts";
import { conflicts } from "./conflicts.ts";
import { loadProfile } from "./profile.ts";
import {
  groupKeys,
  isDictionary,
  isMapping,
  nodeUrls,
  scalarPaths,
  settings,
  type TransportConfig,
  type TransportConfigInput,
} from "./settings.ts";
import { shown, shownValue } from "./shown.ts";
import { readTlsFiles, type TlsGroup } from "./tls-files.ts";
import { secretsIn, withoutPasswords, withoutSecrets } from "./values/redaction.ts";

/** A configuration and what its author should know about it. */
export interface LoadedConfig {
  readonly config: TransportConfig;
  /** Keys that were not understood, one sentence each. */
  readonly warnings: readonly string[];
  /** Where each key that was given was found, by its dotted name. */
  readonly origins: ReadonlyMap<string, string>;
  /** The environment variables that set something. */
  readonly variables: readonly string[];
}

/** Where the layers come from. */
export interface ConfigSources {
  /** Words after the program's name; those that are no settings (`--check`) are passed over. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of a YAML file, and the name to use for it in messages. */
  readonly file?: YamlFile;
  /** Where the path of a profile begins. Default: the working directory. */
  readonly folder?: string;
  /** Whether what would be a warning is an error. Default: false. */
  readonly strict?: boolean;
}

/** A value and where it was found. */
interface Found {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Where the value stands, or what is inside it. */
  where(path: readonly string[]): string;
}

/** What the layers say. */
interface Layers {
  readonly found: readonly Found[];
  /** Variables with the prefix that are no keys. */
  readonly strangers?: readonly Stranger[];
  readonly variables?: readonly string[];
  readonly folder: string;
  readonly strict?: boolean;
}

/**
 * Merges the layers and checks the result.
 *
 * Environment variables are the key in upper case, nesting joined by `_` (`AMQP_HOSTNAME`), with
 * the prefix of `VUMI_CONFIG_PREFIX` in front. Flags are the key with `-` for `_` and nesting
 * (`--amqp-hostname`); an unambiguous beginning is enough.
 *
 * @throws ConfigError naming each wrong key, what is expected there, what it got, and where
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { flags = [], environment = {}, file, folder = ".", strict = false } = sources;
  const fromVariables = variablesIn(environment);
  const fromFlags = readCommandLine(flags).settings.map(({ origin, ...setting }) => ({
    ...setting,
    where: () => origin,
  }));
  return check({
    found: [...(file ? fromFile(file) : []), ...fromVariables, ...fromFlags],
    strangers: strangersIn(environment),
    variables: fromVariables.map(({ where, path }) => where(path)),
    folder,
    strict,
  });
}

/**
 * Checks a configuration that a program wrote; a profile's path begins at `folder`.
 *
 * @throws ConfigError as `loadConfig`
 */
export function checkConfig(input: TransportConfigInput, folder = "."): LoadedConfig {
  const given: unknown = input;
  if (!isRecord(given)) {
    throw configError([
      `the configuration: expected an object of keys and values, got ${shownValue(given)}`,
    ]);
  }
  return check({ found: entries(given, () => "the configuration"), folder });
}

function check(layers: Layers): LoadedConfig {
  const { strangers = [], variables = [], folder, strict = false } = layers;
  const found = [...fromProfile(layers.found, folder), ...layers.found];
  const merged: Record<string, unknown> = Object.create(null);
  const origins = new Map<string, string>();
  const [known, unknown] = [found.filter(isKnown), found.filter((one) => !isKnown(one))];
  for (const { path, value, where } of known) {
    origins.set(path.join("."), where(path));
    assign(merged, path, value);
  }
  const where: Where = (path) =>
    known.findLast((one) => one.path.every((key, index) => key === path[index]))?.where(path) ??
    "default";
  const result = settings.safeParse(merged);
  const config = result.data;
  const flat = unknown.filter(isFlat);
  const told = `not a key of this worker${strict ? "" : ", ignored"}`;
  const warnings: readonly Sentence[] = [
    ...unknown.filter((one) => !isFlat(one)).map((one) => () => unknownKey(one, told)),
    ...strangers.map((one) => () => unknownVariable(one, told)),
    ...(config ? unusedTls(config, where) : []),
  ];
  const problems: readonly Sentence[] = [
    ...(result.error ? problemsIn(result.error, merged) : []).map(
      (problem) => () => wrongKey(problem, merged, where),
    ),
    ...flat.map((one) => () => flatKey(one)),
    ...(config ? conflictsOf(config, where) : []),
    ...(strict ? warnings : []),
  ];
  if (config === undefined || problems.length > 0) throw configError(atMost(problems));
  return { config, warnings: atMost(warnings), origins, variables };
}

/** A sentence that is made when it is told: names that were meant take time to find. */
type Sentence = () => string;

/** Sentences that are told; who has more of them reads the first ones. */
const mostSentences = 50;

function atMost(sentences: readonly Sentence[]): string[] {
  const more = sentences.length - mostSentences;
  const rest = more > 0 ? [`... and ${more.toLocaleString("en")} more`] : [];
  return [...sentences.slice(0, mostSentences).map((sentence) => sentence()), ...rest];
}

/** Where a value stands, or the mapping around it. */
type Where = (path: readonly string[]) => string;

/** Whether the table has a row for it; what is inside a group the group's own check knows. */
function isKnown({ path: [key = ""] }: Found): boolean {
  return Object.hasOwn(settings.shape, key);
}

/** `tls.enabled: true` as one key. */
function isFlat({ path: [key = ""] }: Found): boolean {
  return groupKeys(key.split(".")[0] ?? "") !== undefined;
}

function flatKey({ path, where }: Found): string {
  const [group = "", ...inner] = (path[0] ?? "").split(".");
  const name = shownKey(inner.join("."));
  return `${group}.${name}: unknown key, ${name} stands inside ${group}, as in ${group}: { ${name}: ... } (${where(path)})`;
}

/** A key at the top that is none. */
function unknownKey({ path, where }: Found, told: string): string {
  const [key = ""] = path;
  return `${shownKey(key)}: ${told}${didYouMean(meantBy(key))} (${where(path)})`;
}

/** A variable with the prefix that is no key. */
function unknownVariable({ prefix, name }: Stranger, told: string): string {
  const meant = nearestName(name, variablePaths.keys());
  return `${prefix}${name}: ${told}${didYouMean(meant && prefix + meant)} (environment)`;
}

function didYouMean(meant: string | undefined): string {
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

function conflictsOf(config: TransportConfig, where: Where): Sentence[] {
  const refused = conflicts(config).map((one) => () => {
    const [name, names] = [dotted(one.path), one.path.map(String)];
    const says =
      "says" in one ? one.says : `expected ${one.expected}, got ${shown(names, one.got)}`;
    return `${name}: ${says} (${where(names)})`;
  });
  return refused.length > 0 ? refused : wrongTlsFiles(config, where);
}

/** The key that an unknown one at the top was meant to be: there, or inside a mapping. */
function meantBy(key: string): string | undefined {
  const near = meantOf(key, Object.keys(settings.shape));
  if (near !== undefined && key.startsWith(near)) return near;
  const inside = scalarPaths.filter((path) => path.length > 1 && path.at(-1) === key);
  const isTold = inside.length === 1 || inside.length === 2;
  return isTold ? inside.map((path) => path.join(".")).join(" or ") : near;
}

/** The only name that begins so (`host` for `hostname`), else the nearest one. */
function meantOf(key: string, names: readonly string[]): string | undefined {
  const [only, ...others] = names.filter((name) => name.startsWith(key));
  const isOnly = key.length >= 3 && others.length === 0;
  return (isOnly ? only : undefined) ?? nearestName(key, names);
}

/** A problem with its place in front and where that stands behind. */
function wrongKey(problem: SchemaProblem, tree: Record<string, unknown>, where: Where): string {
  const { path, expected, key, known } = problem;
  const [name, names] = [dotted(path), path.map(String)];
  if (key === undefined) {
    const value = at(tree, names);
    const says = sentenceOf({ ...problem, value }, shown(names, value));
    return `${name}: ${says} (${where(names)})`;
  }
  const [got, place] = [shownKey(key), where([...names, key])];
  if (known === undefined) return `${name}: expected ${expected}, got ${got} (${place})`;
  const meant = meantOf(key, known);
  const near = meant === undefined ? known : [meant];
  return `${name}.${got}: ${sentenceOf({ ...problem, known: near }, got)} (${place})`;
}

/** `binds[0].host` of its path. */
function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
}

/** Which connections are encrypted, and what says that one is not. */
const encryption = {
  tls: { isOn: ({ tls }) => tls.enabled, off: "tls.enabled is false" },
  amqp_tls: {
    isOn: (config) => nodeUrls(config).some((url) => /^amqps:/i.test(url.reveal())),
    off: "no URL of the broker begins with amqps://",
  },
} as const satisfies Record<
  TlsGroup,
  { readonly isOn: (config: TransportConfig) => boolean; readonly off: string }
>;

const tlsGroups = ["tls", "amqp_tls"] as const;

function wrongTlsFiles(config: TransportConfig, where: Where): Sentence[] {
  return tlsGroups.flatMap((group) => {
    const files = encryption[group].isOn(config) ? readTlsFiles(config[group], group) : undefined;
    if (files === undefined || "options" in files) return [];
    return files.problems.map(
      ({ key, problem }) =>
        () =>
          `${group}.${key}: ${problem} (${where([group, key])})`,
    );
  });
}

/** Who names a certificate means an encrypted connection, and gets none. */
function unusedTls(config: TransportConfig, where: Where): Sentence[] {
  return tlsGroups.flatMap((group) => {
    const { isOn, off } = encryption[group];
    if (isOn(config)) return [];
    return (["ca", "cert", "key"] as const).flatMap((key) =>
      config[group][key] === ""
        ? []
        : [
            () =>
              `${group}.${key}: not used, the connection is not encrypted: ${off} (${where([group, key])})`,
          ],
    );
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
    const value = at(config, path);
    const seen = isDictionary(key) ? withoutSecrets(value) : value;
    return `${key}: ${JSON.stringify(seen)}  # ${origin}`;
  });
  return withoutPasswords(`${lines.join("\n")}\n`);
}

/**
 * What no output may have in it: all secrets of a configuration but the well-known defaults, and
 * those that it has as values of other keys too.
 */
export function secretsOf(config: TransportConfig): readonly string[] {
  const known = new Set([...secretsIn(settings.parse({})), ...openValues(config)]);
  return secretsIn(config).filter((secret) => !known.has(secret));
}

function openValues(config: TransportConfig): string[] {
  return scalarPaths.flatMap((path) => {
    const value = at(config, path);
    return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
  });
}

/** The value at a path; for what is short for a mapping, that. */
function at(tree: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => {
    if (Array.isArray(node)) return node[Number(key)];
    if (isRecord(node)) return node[key];
    return node;
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
function entries(input: object, where: Found["where"]): Found[] {
  return Object.entries(input).flatMap(([key, value]): Found[] => {
    if (!groupKeys(key) || !isRecord(value)) return given([key], value, where);
    return Object.entries(value).flatMap(([name, inner]) => given([key, name], inner, where));
  });
}

function given(path: readonly string[], value: unknown, where: Found["where"]): Found[] {
  const [key = "", name] = path;
  const known =
    name === undefined ? Object.hasOwn(settings.shape, key) : groupKeys(key)?.includes(name);
  if ((value === undefined || value === null) && known) return [];
  return [{ path, value, where }];
}

/** What the profile says that the other layers name, if they name one. */
function fromProfile(found: readonly Found[], folder: string): Found[] {
  const named = found.findLast(({ path }) => path.join(".") === "profile");
  if (named === undefined || named.value === "") return [];
  const name = typeof named.value === "string" ? named.value : "";
  try {
    return entries(loadProfile(name, folder).config, () => `profile ${name}`);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw configError([`profile: ${reason} (${named.where(named.path)})`], { cause });
  }
}

/**
 * Outside the mappings that belong to classes, a scalar is what somebody typed: its key's type
 * decides what it means, not YAML's guess, so that `password: 01234567` keeps its zero and
 * `system_type: off` stays text.
 */
function fromFile(file: YamlFile): Found[] {
  try {
    const { values, where } = readYaml(file, ([key = ""]) =>
      isDictionary(key) ? "typed" : "text",
    );
    return entries(values, where);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw configError(cause.reasons, { cause });
  }
}

function prefixOf(environment: Readonly<Record<string, string | undefined>>): string {
  const prefix = environment["VUMI_CONFIG_PREFIX"];
  return prefix ? `${prefix.toUpperCase()}_` : "";
}

/** The paths that variables can say. Text for a mapping is told as wrong, not passed over. */
const variablePaths = new Map(
  [
    ...scalarPaths,
    ...Object.keys(settings.shape)
      .filter(isMapping)
      .map((key) => [key]),
  ].map((path) => [path.join("_").toUpperCase(), path]),
);

function variablesIn(environment: Readonly<Record<string, string | undefined>>): Found[] {
  const prefix = prefixOf(environment);
  return [...variablePaths].flatMap(([name, path]) => {
    const variable = prefix + name;
    const value = environment[variable];
    return value === undefined ? [] : [{ path, value, where: () => variable }];
  });
}

/** A variable with the prefix whose name no table has. */
interface Stranger {
  readonly prefix: string;
  /** Without the prefix. */
  readonly name: string;
}

/** Without a prefix nobody can tell whose a variable is. */
function strangersIn(environment: Readonly<Record<string, string | undefined>>): Stranger[] {
  const prefix = prefixOf(environment);
  if (prefix === "") return [];
  return Object.keys(environment).flatMap((variable) => {
    const isOurs = variable.startsWith(prefix) && !variable.startsWith("VUMI_CONFIG_");
    const name = variable.slice(prefix.length);
    return isOurs && !variablePaths.has(name) ? [{ prefix, name }] : [];
  });
}
