// The command esme-pdu: explains the PDUs in its arguments, in files, or on standard input.

import { existsSync, readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ExplainedPdu, explainedText, explanationsOf } from "./explain-input.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { isInputError } from "./input/input-error.ts";

const usage = `Usage: esme-pdu [options] <digits | file | ->...
       something | esme-pdu [options]

Explains every PDU in hexadecimal digits, in a file, or on standard input. A file is
octets, digits with any separators, a dump (hexdump -C, xxd, Wireshark, tcpdump -X),
\\x00 or 0x00 or <Buffer 00> as programs write them, base64, a log of Kannel, jsmpp or
python-smpplib, or a capture of packets (pcap, pcapng), whose TCP streams are put
together. Passwords are never shown. Ends with 1 when a PDU is malformed or there is
none, with 2 when the input cannot be read.

  --json             one line of JSON for each PDU
  --hide             hides addresses, ids and texts as well
  --charset 0=latin1 the charset that data_coding 0 has with this SMSC; may be repeated
  --version
  --help
`;

/** What cannot be done, in words for the person at the terminal. */
class UsageError extends Error {}

/** Octets of a file that are read at most: it is held in memory. */
const LARGEST = 1 << 30;

function main(): number {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      hide: { type: "boolean", default: false },
      charset: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.version) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const sources = positionals[0] === "decode" ? positionals.slice(1) : positionals;
  const options = { content: !values.hide, charsets: charsetsOf(values.charset) };
  const sound = inputsOf(sources).map((input) => explainOne(input, options, values.json));
  return sound.every(Boolean) ? 0 : 1;
}

/** Something to explain. */
interface Input {
  readonly content: Uint8Array | string;
  /** What it is called in an error. */
  readonly name: string;
}

/** Writes an account of every PDU; tells whether there is one and all are sound. */
function explainOne({ content, name }: Input, options: ExplainOptions, json: boolean): boolean {
  let last: ExplainedPdu | undefined;
  let isSound = true;
  try {
    for (const pdu of explanationsOf(content, options)) {
      process.stdout.write(json ? `${JSON.stringify(pdu)}\n` : explainedText(pdu, last));
      isSound &&= pdu.isSound;
      last = pdu;
    }
  } catch (error) {
    if (isInputError(error)) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
  return isSound && last !== undefined;
}

/** Files, standard input, or all arguments together as one text. */
function inputsOf(sources: readonly string[]): Input[] {
  if (sources.length === 0) {
    if (process.stdin.isTTY) throw new UsageError(usage);
    return [read("-")];
  }
  if (sources.every((source) => source === "-" || isFile(source))) return sources.map(read);
  const content = sources.join(" ");
  const start = content.length > 40 ? `${content.slice(0, 40)}...` : content;
  return [{ content, name: `${start} is no file` }];
}

function isFile(source: string): boolean {
  // A path has a length; what is longer is digits.
  return source.length < 1024 && existsSync(source);
}

function read(source: string): Input {
  if (source === "-") return { content: readFileSync(0), name: "standard input" };
  const { size } = statSync(source);
  if (size <= LARGEST) return { content: readFileSync(source), name: source };
  throw new UsageError(
    `${source} has ${size} octets, at most ${LARGEST} are read: cut it with tcpdump -r or editcap`,
  );
}

function charsetsOf(given: readonly string[]): Record<number, string> {
  const pairs = given.map((item) => {
    const [, coding = "", charset = ""] = /^(\d{1,3})=([\w-]+)$/.exec(item) ?? [];
    if (coding !== "" && Number(coding) <= 255) return [coding, charset];
    throw new UsageError(`--charset is ${JSON.stringify(item)}: expected 0=latin1 or alike`);
  });
  return Object.fromEntries(pairs);
}

/** Beside `src`, and beside the `dist` that is made of it. */
function version(): string {
  const file = new URL("../package.json", import.meta.url);
  const { version }: { version: unknown } = JSON.parse(readFileSync(file, "utf8"));
  return String(version);
}

// Who reads a few lines with head has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const isTold = error instanceof UsageError || "code" in error;
  if (!isTold) throw error;
  process.stderr.write(`esme-pdu: ${error.message}\n`);
  process.exitCode = 2;
}
