// The command esme-pdu: explains PDUs given as hexadecimal digits, as a file, or on standard input.

import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { decode } from "./codec.ts";
import { FrameError, PduError } from "./errors.ts";
import { explain } from "./explain.ts";
import { Framer } from "./framer.ts";

const usage = `Usage: esme-pdu decode [--hide] <hex | file | ->

Explains every PDU in hexadecimal digits, in a file (digits, or the octets of one
direction of a stream), or in what comes on standard input (-). Passwords are
never shown. Ends with 1 when a PDU is malformed.

  --hide   hides addresses, ids and texts as well

Take the streams out of a capture of packets with tshark:
  tshark -r dump.pcap -q -z follow,tcp,raw,0 | esme-pdu decode -
`;

/** The first octets of pcap files in either byte order, with micro- or nanoseconds, and of pcapng. */
const captures = ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"];

/** What cannot be done, in words for the person at the terminal. */
class UsageError extends Error {}

/** The octets of each stream in the input: one, or the two directions that tshark tells apart. */
function streamsOf(input: Buffer): Uint8Array[] {
  if (captures.includes(input.toString("hex", 0, 4))) {
    throw new UsageError("this is a capture of packets: take its streams out with tshark first");
  }
  const text = input.toString("latin1");
  const lines = text.split(/\r?\n/).filter((line) => /^[\s0-9a-f:]*$/i.test(line));
  const isTshark = /^Follow: tcp,raw$/m.test(text);
  if (!isTshark && lines.length < text.split(/\r?\n/).length) return [input];
  const answers = isTshark ? lines.filter((line) => line.startsWith("\t")) : [];
  const others = lines.filter((line) => !answers.includes(line));
  return [others, answers].map((list) => {
    const digits = list.join("").replace(/^\s*0x|[\s:]/gi, "");
    if (digits.length % 2 === 1) throw new UsageError("there is an odd number of digits");
    return Buffer.from(digits, "hex");
  });
}

/** Writes an account of every PDU; tells whether all of them were sound. */
function explainStream(octets: Uint8Array, content: boolean): boolean {
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
  if (framer.pending === 0) return sound;
  tell(octets.subarray(octets.length - framer.pending));
  return false;
}

function main(): number {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { hide: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  const [command, source, ...more] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (command !== "decode" || source === undefined || more.length > 0) throw new UsageError(usage);
  const input =
    source === "-" ? readFileSync(0) : existsSync(source) ? readFileSync(source) : undefined;
  if (input === undefined && !/^(0x)?[\s0-9a-f:]+$/i.test(source)) {
    throw new UsageError(`${source} is neither a file nor hexadecimal digits`);
  }
  const sound = streamsOf(input ?? Buffer.from(source)).map((octets) =>
    explainStream(octets, values.hide !== true),
  );
  return sound.every(Boolean) ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  if (!isUsage) throw error;
  process.stderr.write(`esme-pdu: ${error.message}\n`);
  process.exitCode = 2;
}
