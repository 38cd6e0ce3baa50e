// The command esme-pdu: explains PDUs given as hexadecimal digits, as a file, or on standard input.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { decode, FrameError, Framer, PduError } from "@esme/pdu";
import { explain } from "./explain.ts";

const usage = `Usage: esme-pdu decode [--hide] <hex | file | ->
       esme-pdu --version

Explains every PDU in hexadecimal digits, in a file, or in what comes on standard
input (-). Passwords are never shown. Ends with 1 when a PDU is malformed.

A file is digits, the octets of one direction of a stream, what
"tshark -z follow,tcp,raw,0" writes, or a capture of packets (pcap, pcapng), whose
TCP streams tshark puts together if it is installed.

  --hide   hides addresses, ids and texts as well
`;

/** What cannot be done, in words for the person at the terminal. */
class UsageError extends Error {}

/** The octets that went one way. */
interface Stream {
  readonly title: string;
  readonly octets: Uint8Array;
}

/** The first octets of pcap files in either byte order, with micro- or nanoseconds, and of pcapng. */
const captures = ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"];

function isCapture(input: Buffer): boolean {
  return captures.includes(input.toString("hex", 0, 4));
}

/** What tshark writes. */
function tshark(...options: string[]): string {
  const { error, status, stdout, stderr } = spawnSync("tshark", options, {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (error) {
    throw new UsageError(
      `a capture of packets needs tshark (Debian package tshark) to put its streams together: ${error.message}`,
    );
  }
  if (status !== 0) throw new UsageError(`tshark could not read the capture: ${stderr.trim()}`);
  return stdout;
}

/** The streams of a capture, both directions of each. */
function streamsOfCapture(path: string): Stream[] {
  const numbers = tshark("-r", path, "-Y", "tcp", "-T", "fields", "-e", "tcp.stream").split("\n");
  return [...new Set(numbers)]
    .filter((number) => /^\d+$/.test(number))
    .flatMap((number) => directionsOf(tshark("-r", path, "-q", "-z", `follow,tcp,raw,${number}`)));
}

/** The two directions of a stream that tshark followed: the lines that begin with a tab are one. */
function directionsOf(text: string): Stream[] {
  const [from = "", to = ""] = [...text.matchAll(/^Node \d: (.*)$/gm)].map(([, node]) => node);
  const lines = text.split(/\r?\n/).filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const octetsOf = (direction: readonly string[]) =>
    Buffer.from(direction.map((line) => line.trim()).join(""), "hex");
  return [
    { title: `${from} to ${to}`, octets: octetsOf(lines.filter((line) => !line.startsWith("\t"))) },
    { title: `${to} to ${from}`, octets: octetsOf(lines.filter((line) => line.startsWith("\t"))) },
  ].filter(({ octets }) => octets.length > 0);
}

function streamsOf(input: Buffer): Stream[] {
  const text = input.toString("latin1");
  if (/^Follow: tcp,raw$/m.test(text)) return directionsOf(text);
  const digits = text.replace(/^\s*0x|[\s:]/gi, "");
  if (!/^[0-9a-f]*$/i.test(digits)) return [{ title: "", octets: input }];
  if (digits.length % 2 === 1) throw new UsageError("there is an odd number of digits");
  return [{ title: "", octets: Buffer.from(digits, "hex") }];
}

/** Writes an account of every PDU; tells whether all of them were sound. */
function explainStream({ title, octets }: Stream, content: boolean): boolean {
  if (title !== "") process.stdout.write(`# ${title}\n\n`);
  const framer = new Framer();
  let sound = true;
  const tell = (frame: Uint8Array) => {
    process.stdout.write(`${explain(frame, { content })}\n`);
    try {
      decode(frame);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      sound = false;
    }
  };
  try {
    for (const frame of framer.push(octets)) tell(frame);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    for (const frame of error.frames) tell(frame);
    process.stdout.write(`! ${error.message}\n`);
    return false;
  }
  if (framer.pending > 0) tell(octets.subarray(octets.length - framer.pending));
  return sound;
}

function main(): number {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      hide: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
  const [command, source, ...more] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.version) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (command !== "decode" || source === undefined || more.length > 0) throw new UsageError(usage);
  const sound = read(source).map((stream) => explainStream(stream, values.hide !== true));
  return sound.every(Boolean) ? 0 : 1;
}

/** Beside `src`, and beside the `dist` that is made of it. */
function version(): string {
  const file = new URL("../package.json", import.meta.url);
  const { version }: { version: unknown } = JSON.parse(readFileSync(file, "utf8"));
  return String(version);
}

function read(source: string): Stream[] {
  if (source !== "-" && !existsSync(source)) {
    if (/^(0x)?[\s0-9a-f:]+$/i.test(source)) return streamsOf(Buffer.from(source));
    throw new UsageError(`${source} is neither a file nor hexadecimal digits`);
  }
  const input = readFileSync(source === "-" ? 0 : source);
  if (!isCapture(input)) return streamsOf(input);
  if (source === "-") throw new UsageError("a capture of packets has to be a file");
  return streamsOfCapture(source);
}

try {
  process.exitCode = main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  if (!isUsage) throw error;
  process.stderr.write(`esme-pdu: ${error.message}\n`);
  process.exitCode = 2;
}
