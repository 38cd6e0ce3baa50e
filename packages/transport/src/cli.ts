/** The program `esme-transport`: reads the configuration, runs the worker, stops it on a signal. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  ConfigError,
  flagNames,
  type LoadedConfig,
  loadConfig,
  printedConfig,
} from "./config/config.ts";
import { SmppTransport } from "./smpp-transport.ts";

const usage = `Usage: esme-transport [--config worker.yaml] [--KEY VALUE ...]

Runs an SMPP transport: messages from AMQP go to the SMSC; inbound messages and
delivery reports come back to AMQP.

  --config FILE   YAML configuration (also: VUMI_CONFIG_FILE)
  --check         check the configuration, classes included, and end
  --print-config  show every key, its value and where it came from, and end
  --help          this text

Every key is a flag, and in upper case an environment variable too (HOST,
AMQP_HOSTNAME; with VUMI_CONFIG_PREFIX=sms it is SMS_AMQP_HOSTNAME):

${flagNames.map((name) => `  --${name}`).join("\n")}
`;

/** Words that are no settings: instead of running they say something and end. */
const actions: ReadonlySet<string> = new Set(["--check", "--print-config"]);

/** Exit codes: 0 stopped or checked, 1 failed, 2 wrong usage or configuration. */
async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const loaded = load(words.filter((word) => !actions.has(word)));
    for (const warning of loaded.warnings) process.stderr.write(`${warning}\n`);
    if (words.includes("--print-config")) process.stdout.write(printedConfig(loaded));
    const transport = new SmppTransport(loaded.config, { classFolder: loaded.classFolder });
    if (words.includes("--check")) await checked(transport);
    else if (!words.some((word) => actions.has(word))) await run(transport);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\nSee esme-transport --help.\n`);
    return 2;
  }
}

/** The configuration, and the folder that its classes are looked up from: that of its file. */
function load(words: readonly string[]): LoadedConfig & { readonly classFolder: string } {
  const { value: name = process.env["VUMI_CONFIG_FILE"], rest } = takeFlag(words, "--config");
  const file = name ? { name, text: read(name) } : undefined;
  const folder = name ? dirname(name) : ".";
  const layers = { flags: rest, environment: process.env, folder, ...(file && { file }) };
  return { ...loadConfig(layers), classFolder: folder };
}

function read(name: string): string {
  try {
    return readFileSync(name, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`--config: the file cannot be read: ${reason}`]);
  }
}

/** One flag's value, given as `--flag value` or `--flag=value`, and all other words. */
function takeFlag(
  words: readonly string[],
  flag: string,
): { value: string | undefined; rest: readonly string[] } {
  const index = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[index];
  if (word === undefined) return { value: undefined, rest: words };
  const joined = word.startsWith(`${flag}=`);
  const value = joined ? word.slice(flag.length + 1) : words[index + 1];
  if (!value) throw new ConfigError([`${flag}: wants a value`]);
  return { value, rest: words.toSpliced(index, joined ? 1 : 2) };
}

/** Loads and makes everything, connects nothing. */
async function checked(transport: SmppTransport): Promise<void> {
  try {
    await transport.prepare();
  } finally {
    await transport.stop();
  }
}

/** Runs until a signal. The first one stops the worker in order, a second one ends it at once. */
async function run(transport: SmppTransport): Promise<void> {
  const stopping = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  try {
    await Promise.race([stopping, transport.start().then(() => stopping)]);
  } finally {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
    await transport.stop();
  }
}

/** The process ends by itself; what a silent server left open must not keep it. */
function end(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), 1_000).unref();
}

main(process.argv.slice(2)).then(end, (error: unknown) => {
  console.error(error);
  end(1);
});
