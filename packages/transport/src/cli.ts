/** The program `esme-transport`: reads the configuration, runs the worker, stops it on a signal. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError, reasonOf } from "@esme/settings";
import { readText } from "@esme/settings/yaml";
import { flagNames, readCommandLine } from "./config/command-line.ts";
import { type LoadedConfig, loadConfig, printedConfig, secretsOf } from "./config/config.ts";
import { configError } from "./config/config-error.ts";
import { withoutPasswords, withoutSecretKeys, withoutValues } from "./config/values/redaction.ts";
import type { Logger } from "./log/logger.ts";

const usage = `Usage: esme-transport [--config worker.yaml] [--KEY VALUE ...]

Runs an SMPP transport: messages from AMQP go to the SMSC; inbound messages and
delivery reports come back to AMQP.

  --config FILE   YAML configuration (also: VUMI_CONFIG_FILE)
  --check         check the configuration, classes included, and end
  --print-config  show every key, its value and where it came from, and end
  --strict        take warnings about the configuration as errors
  --version       the version
  --help          this text

Every key is a flag, and in upper case an environment variable too (HOST,
AMQP_HOSTNAME; with VUMI_CONFIG_PREFIX=sms it is SMS_AMQP_HOSTNAME). The command
line of vumi2 (worker vumi2.transports.smpp.SmppTransceiverTransport --KEY VALUE)
is taken too.

${flagNames.map((name) => `  --${name}`).join("\n")}
`;

/** A configuration, and what is known about where it came from. */
interface Loaded extends LoadedConfig {
  /** The file, as it was named; undefined without one. */
  readonly file: string | undefined;
  /** Where classes are looked up: the folder of the file. */
  readonly classFolder: string;
}

/** What is written to standard error has no secrets; once the configuration is read, none of its own. */
let secrets: readonly string[] = [];

/** Whether unexpected errors are told with their stacks. */
let tellsStacks = false;

/** Exit codes: 0 stopped or checked, 1 failed, 2 wrong usage or configuration. */
async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help") || words.includes("-h")) {
    process.stdout.write(usage);
    return 0;
  }
  if (words.includes("--version")) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  try {
    const { actions, file } = readCommandLine(words);
    const loaded = load(words, file, actions.has("strict"));
    secrets = secretsOf(loaded.config);
    const { createLogger, showsStacks } = await import("./log/logger.ts");
    tellsStacks = showsStacks(loaded.config);
    if (actions.has("check") || actions.has("print-config")) {
      for (const warning of loaded.warnings) complain(warning);
      if (actions.has("print-config")) process.stdout.write(printedConfig(loaded));
      if (actions.has("check")) await check(loaded);
    } else await run(loaded, createLogger(loaded.config, secrets));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain([...error.problems, "See esme-transport --help."].join("\n"));
    return 2;
  }
}

function load(words: readonly string[], named: string | undefined, strict: boolean): Loaded {
  const name = named ?? (process.env["VUMI_CONFIG_FILE"] || undefined);
  const origin = named === undefined ? "VUMI_CONFIG_FILE" : "--config";
  const file = name === undefined ? undefined : { name, text: read(name, origin) };
  const folder = name === undefined ? "." : dirname(name);
  const layers = { flags: words, environment: process.env, folder, strict, ...(file && { file }) };
  return { ...loadConfig(layers), file: name, classFolder: folder };
}

function read(name: string, origin: string): string {
  try {
    return readText(name);
  } catch (error) {
    const reason = reasonOf(error);
    throw configError([`${origin}: ${reason}: ${name}`]);
  }
}

/** Loads and makes everything, connects nothing. */
async function check({ config, file, warnings, classFolder, origins }: Loaded): Promise<void> {
  const { SmppTransport } = await import("./smpp-transport.ts");
  const transport = new SmppTransport(config, { classFolder, origins, logger: sentences });
  try {
    await transport.prepare();
  } finally {
    await transport.stop();
  }
  const found = warnings.length === 0 ? "good" : `usable, warnings: ${warnings.length}`;
  const { transport_name, host, port } = config;
  const name = file ?? "the configuration";
  process.stdout.write(`${name}: ${found} (${transport_name}, SMSC at ${host}:${port})\n`);
}

/** What is said while a configuration is checked: what is wrong, as sentences. */
const sentences: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => complain(`${message} ${JSON.stringify(fields)}`),
  error: (fields, message) => complain(`${message} ${JSON.stringify(fields)}`),
};

/** Runs until a signal. The first one stops the worker in order, a second one ends it at once. */
async function run(loaded: Loaded, logger: Logger): Promise<void> {
  const { config, classFolder, origins } = loaded;
  const { SmppTransport } = await import("./smpp-transport.ts");
  const transport = new SmppTransport(config, { classFolder, logger, origins });
  tellStart(loaded, logger);
  for (const warning of loaded.warnings) logger.warn({}, warning);
  const stopping = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  try {
    await Promise.race([stopping, transport.start().then(() => stopping)]);
  } finally {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
    await transport.stop();
  }
}

/** Variables such as HOST belong to other software, too, and go before the file without a word. */
function tellStart({ config, file, variables }: Loaded, logger: Logger): void {
  const number = version();
  const { host, port } = config;
  const from = file ?? "no file";
  const over = variables.length > 0 ? `; set by the environment: ${variables.join(", ")}` : "";
  logger.info(
    { version: number, file, ...(over && { environment: variables }), host, port },
    `esme-transport ${number} starts as ${config.transport_name}, configured by ${from}${over}`,
  );
}

/** Beside `src`, and beside the `dist` that is made of it. */
function version(): string {
  const file = new URL("../package.json", import.meta.url);
  const { version }: { version: unknown } = JSON.parse(readFileSync(file, "utf8"));
  return String(version);
}

function complain(text: string): void {
  process.stderr.write(`${withoutPasswords(withoutSecretKeys(withoutValues(text, secrets)))}\n`);
}

/** What nobody foresaw: its message, and what caused it. */
function fail(error: unknown): void {
  if (tellsStacks && error instanceof Error) {
    complain(`esme-transport: ${error.stack ?? error.message}`);
  } else {
    const reason = reasonOf(error);
    complain(`esme-transport: ${reason}\nWith --log-level DEBUG it says where.`);
  }
  end(1);
}

/** The process ends by itself; what a silent server left open must not keep it. */
function end(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), 1_000).unref();
}

// Node's own words for what a class throws behind our back would show all of it.
process.on("uncaughtException", (error: unknown) => {
  fail(error);
  process.exit();
});

main(process.argv.slice(2)).then(end, fail);
