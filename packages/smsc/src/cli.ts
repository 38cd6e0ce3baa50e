/** The command `esme-smsc`: a message centre in a terminal. */

import { readFileSync } from "node:fs";
import { isHostName } from "@esme/http";
import { quoted, reasonOf, shortened } from "@esme/settings";
import { readText } from "@esme/settings/yaml";
import { conformanceCommand } from "./conformance/command.ts";
import { flagOptions, flags } from "./flags.ts";
import { addressOf, defaultAddress, serveHttp } from "./http/http-option.ts";
import type { SmscHttp } from "./http/smsc-http.ts";
import { valuesIn } from "./input/command-line.ts";
import { portRefusal, UsageError } from "./input/usage-error.ts";
import { transcribe } from "./log/transcript.ts";
import { playScenario } from "./scenario/play.ts";
import { readScenario, type Scenario } from "./scenario/scenario.ts";
import type { Account } from "./sessions/accounts.ts";
import { Smsc } from "./smsc.ts";

/** Receipts come later than in tests, for people to see. */
const defaults = { receiptDelay: 1_000 };

const flagsHelp = flags
  .map(({ name, option, value, says, fallback }) => {
    const shown = Object.entries(defaults).find(([key]) => key === option)?.[1] ?? fallback;
    return `  ${`--${name} ${value}`.padEnd(25)} ${says} (${shown})`;
  })
  .join("\n");

const help = `Usage: esme-smsc [options]
       esme-smsc conformance [options]    checks an ESME: see its own --help

A simulated SMSC: bind to it, submit texts, get receipts. Prints a line for each event.

${flagsHelp}
  --host <address>          address to listen on (127.0.0.1)
  --account <id:password>   who may bind; may be repeated (everybody)
  --tls-cert <file>         certificate in PEM; with --tls-key it is a TLS server
  --tls-key <file>          private key in PEM
  --http <host:port>        address of the web page and the HTTP API (127.0.0.1:8775)
  --no-http                 no web page and no API
  --hosts <names>           host names allowed for page and API, separated by commas
                            (IP addresses and localhost are always allowed)
  --scenario <file>         a scenario in YAML; options here override those of the file
  --version                 the version
  --help                    this text

A destination decides what becomes of a message by its last digits:
  ...9999dd   refused with command_status dd (decimal): 999911 ESME_RINVDSTADR, 999988 ESME_RTHROTTLED
  ...88880s   accepted, ends in message_state s: 888803 EXPIRED, 888805 UNDELIVERABLE, 888808 REJECTED
  others      accepted and delivered
`;

const options = {
  ...Object.fromEntries(flags.map(({ name }) => [name, { type: "string" } as const])),
  host: { type: "string" },
  account: { type: "string", multiple: true },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  http: { type: "string" },
  "no-http": { type: "boolean", default: false },
  hosts: { type: "string", multiple: true },
  scenario: { type: "string" },
  version: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

async function main(args: string[]): Promise<void> {
  if (args[0] === "conformance") {
    process.exitCode = await conformanceCommand(args.slice(1));
    return;
  }
  const values = valuesIn(args, options);
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.version) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  const scenario = scenarioOf(values.scenario);
  const address = httpAddress(values.http);
  const hosts = hostsOf(values.hosts ?? []);
  const { host = scenario.options.host ?? "127.0.0.1" } = values;
  const smsc = new Smsc({
    ...defaults,
    ...scenario.options,
    host,
    ...flagOptions({ ...values }),
    ...(values.account && { accounts: values.account.map(account) }),
    ...tls(values["tls-cert"], values["tls-key"]),
  });
  const say = (line: string) => process.stdout.write(`${line}\n`);
  transcribe(smsc, say);
  await smsc.listen().catch((error: unknown) => {
    throw new UsageError(portRefusal(error, host, String(smsc.port)));
  });
  say(`esme-smsc listens on ${host}:${smsc.port}; Ctrl-C stops it`);
  const stopScenario = playScenario(smsc, scenario, {
    onError: (error, action) => say(`step ${action.do} failed: ${shortened(reasonOf(error))}`),
  });
  const http = values["no-http"] ? undefined : await page(smsc, address, hosts);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Once: a second signal ends the process at once.
    process.once(signal, () => {
      stopScenario();
      void stop(smsc, http);
    });
  }
}

function httpAddress(given: string | undefined): ReturnType<typeof addressOf> {
  const address = given === undefined ? undefined : addressOf(given);
  if (given === undefined || address !== undefined) return address;
  throw new UsageError(`--http is ${quoted(given)}: expected <host:port> or <port>`);
}

function hostsOf(given: readonly string[]): string[] {
  const names = given.flatMap((list) => list.split(",")).map((name) => name.trim());
  const wrong = names.find((name) => !isHostName(name));
  if (wrong === undefined) return names;
  throw new UsageError(
    `--hosts has ${quoted(wrong)}: expected names like smsc,smsc.example, without scheme and port`,
  );
}

/** The version of the package; its manifest has the same place in the build and in the sources. */
function version(): string {
  const file = new URL("../package.json", import.meta.url);
  const { version }: { version: unknown } = JSON.parse(readFileSync(file, "utf8"));
  return String(version);
}

/** Serves the page, and says where. */
async function page(
  smsc: Smsc,
  address: ReturnType<typeof addressOf>,
  hosts: readonly string[],
): Promise<SmscHttp> {
  try {
    const http = await serveHttp(smsc, address, hosts);
    const instead = address === undefined && !http.url.endsWith(`:${defaultAddress.port}/`);
    const why = instead ? ` (port ${defaultAddress.port} is taken)` : "";
    process.stdout.write(`its page is ${http.url}${why}\n`);
    return http;
  } catch (error) {
    await smsc.close();
    const { host, port } = address ?? defaultAddress;
    throw new UsageError(portRefusal(error, host, port, "http"));
  }
}

async function stop(smsc: Smsc, http: SmscHttp | undefined): Promise<void> {
  await http?.close();
  await Promise.all(smsc.sessions.map(({ session }) => session.unbind()));
  await smsc.close();
}

function scenarioOf(file: string | undefined): Scenario {
  if (file === undefined) return { options: {}, faults: [], steps: [] };
  try {
    return readScenario(readText(file), file);
  } catch (error) {
    throw new UsageError(`--scenario: ${reasonOf(error)}`);
  }
}

/** The error does not show the value: it may be a password. */
function account(given: string): Account {
  const [system_id, ...password] = given.split(":");
  if (!system_id || password.length === 0) {
    throw new UsageError("--account: expected <system_id>:<password>");
  }
  return { system_id, password: password.join(":") };
}

function tls(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    throw new UsageError("TLS takes both --tls-cert and --tls-key");
  }
  return { tls: { cert: readPem("tls-cert", cert), key: readPem("tls-key", key) } };
}

function readPem(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--${name}: ${reasonOf(error)}`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`esme-smsc: ${error.message}\nTry esme-smsc --help\n`);
  process.exitCode = 2;
});
