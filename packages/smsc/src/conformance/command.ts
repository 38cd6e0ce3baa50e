/** The command `esme-smsc conformance`: checks an ESME, and reports in plain words. */
import { valuesIn } from "../input/command-line.ts";
import { integerOption, portRefusal, UsageError } from "../input/usage-error.ts";
import { runConformance } from "./conformance.ts";
import { type ConformanceReport, reportText } from "./finding.ts";

const help = `Usage: esme-smsc conformance [options]

Waits for an ESME to bind, plays a script with it, and says what it does wrong and what right.
Let it send texts meanwhile, a long one among them. Exits with 1 when something is wrong.

  --port <number>       port to listen on, 0 for any free one (2775)
  --host <address>      address to listen on (127.0.0.1)
  --connect <seconds>   how long to wait for it to bind (60)
  --answer <ms>         an answer that comes later is late (2000)
  --watch <seconds>     how long its submissions are watched (5)
  --reconnect <seconds> how long it may take to come back (15)
  --json                the report as JSON
  --help                this text
`;

const options = {
  port: { type: "string", default: "2775" },
  host: { type: "string", default: "127.0.0.1" },
  connect: { type: "string", default: "60" },
  answer: { type: "string", default: "2000" },
  watch: { type: "string", default: "5" },
  reconnect: { type: "string", default: "15" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command; gives the exit code. Throws UsageError. */
export async function conformanceCommand(args: string[]): Promise<number> {
  const { port, host, json, help: wantsHelp, ...times } = valuesIn(args, options);
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  const seconds = (name: "connect" | "watch" | "reconnect") =>
    1000 * integerOption(name, times[name], 86_400);
  const settings = {
    port: integerOption("port", port, 65_535),
    host,
    connectWithin: seconds("connect"),
    answerWithin: integerOption("answer", times.answer, 3_600_000),
    watch: seconds("watch"),
    reconnectWithin: seconds("reconnect"),
  };
  // A program may read the report: everything else goes to standard error.
  const onListening = (free: number) =>
    process.stderr.write(`esme-smsc conformance listens on ${host}:${free}; waiting for an ESME\n`);
  const report = await runConformance({ ...settings, onListening }).catch((error: unknown) => {
    throw new UsageError(portRefusal(error, host, port));
  });
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
  return exitCode(report);
}

function exitCode({ ok }: ConformanceReport): number {
  return ok ? 0 : 1;
}
