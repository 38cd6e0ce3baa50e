// Files, variables and flags that nobody meant: a configuration, or sentences that say what is wrong, and no secret in them.
import { readdirSync, readFileSync } from "node:fs";
import { fuzz, fuzzTimeout, must, type Random, spoilText, strangeText } from "@esme/fuzz";
import { ConfigError } from "@esme/settings";
import { test } from "vitest";
import { flagNames } from "../src/config/command-line.ts";
import { type ConfigSources, loadConfig, printedConfig, secretsOf } from "../src/config/config.ts";
import {
  withoutPasswords,
  withoutSecretKeys,
  withoutValues,
} from "../src/config/values/redaction.ts";

const folder = new URL("./data/vumi-config/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"));

/** What nobody may see, in whatever form people put it into a file. */
const secret = "Hunter22";
const secretLines = [
  ...[
    `password: ${secret}`,
    `password: *${secret}`,
    `password: !${secret}`,
    `password: "${secret}`,
  ],
  ...[
    `password: [${secret}]`,
    `password: {${secret}: 1}`,
    `password:${secret}`,
    `pasword: ${secret}`,
  ],
  ...[`password: &${secret} x`, `password: |\n  ${secret}\n  ${secret}`, `password: ${secret}: b`],
  ...[`amqp_url: amqp://u:${secret}@h:port`, `amqp_url: "amqp://u:${secret} x@h"`],
  ...[
    `amqp:\n  password: ${secret}`,
    `amqp: {password: ${secret}, port: x}`,
    `amqp: {pass: ${secret}}`,
  ],
  ...[`amqp: amqp://u:${secret}@h`, `sentry_dsn: https://${secret}@o/1`, `sentry_dsn: [${secret}]`],
  ...[
    `smpp_cache_config: redis://:${secret}@h`,
    `smpp_cache_config:\n  url: redis://:${secret}@h:x`,
  ],
  ...[`mt_tps_redis_url: redis://:${secret}@h:x`, `binds: [{password: ${secret}, hots: x}]`],
  ...[`sequencer_config: {api_key: ${secret}}`, `http_bind: http://u:${secret}@h`],
];

/** Words of YAML, and of this configuration. */
const words = [
  ...["&a", "*a", "!!binary ", "<<: *a", "- ", "? ", "|", ">-", "%YAML 1.1", "---", "...", "\t"],
  ...["{a: ", "]", "'", '"', "#", "0x22", "1e400", "on", "~", ".inf", "2024-01-01", "[[[["],
  ...flagNames.map((name) => `${name.replaceAll("-", "_")}: `),
  ...["tls: {enabled: true}", "tls: {enabld: true}", "binds: 2", "binds: [{}, {host: h}]", "amqp:"],
  ...[
    "throttle: {statuses: [ESME_RTHROTTLED, x]}",
    "reconnect: {initial_delay: -1}",
    "__proto__: 1",
  ],
];

interface Case {
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly strict: boolean;
}

const keyNames = flagNames.map((name) => name.replaceAll("-", "_").toUpperCase());
const secretNames = ["PASSWORD", "AMQP_URL", "AMQP_PASSWORD", "SENTRY_DSN", "MT_TPS_REDIS_URL"];

function make(random: Random): Case {
  // The lines that hold the secret stay as they are: what somebody moves elsewhere is no secret there.
  const rest = spoilText(random.pick(files), random, words).split("\n");
  rest.splice(random.below(rest.length + 1), 0, random.pick(secretLines));
  const text = random.oneIn(20) ? nested(random) : rest.join("\n");
  const variables = Array.from({ length: random.below(3) }, () => [
    random.oneIn(4) ? strangeText(random) : random.pick(keyNames),
    random.oneIn(2) ? strangeText(random) : random.pick(["1", "true", "[]", "{}", "amqp://h"]),
  ]);
  const hidden = random.oneIn(4) ? [[random.pick(secretNames), `redis://u:${secret}@h:x`]] : [];
  const flags = Array.from({ length: random.below(3) }, () => flag(random));
  return {
    text,
    environment: Object.fromEntries([...variables, ...hidden]),
    flags,
    strict: random.oneIn(4),
  };
}

function flag(random: Random): string {
  if (random.oneIn(4)) return `--password=${secret}`;
  const name = random.oneIn(4) ? strangeText(random, 4) : random.pick(flagNames);
  return `--${name.slice(0, 1 + random.below(40))}=${strangeText(random, 4)}`;
}

/** Deeper, wider and more often repeated than a person writes. */
function nested(random: Random): string {
  const count = random.pick([10, 60, 1_000, 20_000]);
  return random.pick([
    () => `a: ${"[".repeat(count)}`,
    () => `a: ${"{b: ".repeat(count)}1${"}".repeat(count)}`,
    () => Array.from({ length: count }, (_, index) => `key${index}: &a${index} 1`).join("\n"),
    () => `a0: &a0 [x]\n${bomb(Math.min(count, 60))}`,
    () => "a: &a [*a]",
  ])();
}

function bomb(levels: number): string {
  const level = (index: number) =>
    `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]`;
  return Array.from({ length: levels }, (_, index) => level(index)).join("\n");
}

function check({ text, environment, flags, strict }: Case): void {
  const sources: ConfigSources = {
    file: { name: "worker.yaml", text },
    environment,
    flags,
    strict,
  };
  try {
    const loaded = loadConfig(sources);
    const secrets = secretsOf(loaded.config);
    for (const warning of loaded.warnings) silent(withoutValues(warning, secrets), "a warning");
    silent(withoutValues(printedConfig(loaded), secrets), "what --print-config shows");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    must(error.problems.length > 0 && error.problems.every((line) => line !== ""), "it says why");
    must(error.message.length < 100_000, "it does so in a few sentences");
    silent(error.message, "an error");
  }
  must(({} as { enabled?: unknown }).enabled === undefined, "no prototype was changed");
}

/** As the program writes to standard error. */
function silent(text: string, what: string): void {
  const written = withoutPasswords(withoutSecretKeys(text));
  must(!written.includes(secret), `${what} has no secret: ${written}`);
}

test("a configuration, or what is wrong with it, without its secrets", {
  timeout: fuzzTimeout,
}, async () => {
  await fuzz({
    name: "configuration",
    cases: 500,
    make,
    check,
    show: (input) => JSON.stringify(input),
  });
});
