// Finds the PDUs in whatever people have: octets, digits, dumps, logs, captures of packets.

import { isCapture, readCapture } from "./capture/read-capture.ts";
import { readBase64 } from "./input/base64.ts";
import { isDigits, octetsOfDigits } from "./input/digits.ts";
import { type FoundPdu, findPdu, pdusIn } from "./input/found-pdu.ts";
import { isHexDump, readHexDump } from "./input/hex-dump.ts";
import { InputError } from "./input/input-error.ts";
import { isKannelLog, readKannelLog } from "./input/kannel-log.ts";
import {
  type Literals,
  readBuffers,
  readEscaped,
  readNumbers,
  readPrefixed,
} from "./input/literals.ts";
import { readLogLines } from "./input/log-lines.ts";
import { isFollowed, readFollowed } from "./input/tshark-follow.ts";
import { latin1 } from "./octets.ts";
import { quoted } from "./text.ts";

/**
 * The PDUs in `input`, in order. A string, or octets that are text, may be: hexadecimal digits with any
 * separators; a dump with offsets (`hexdump -C`, `xxd`, Wireshark, `tcpdump -X`, Netty); `\x00\x00`,
 * `0x00, 0x00`, `<Buffer 00 00>`, `[0, 0]`; base64; a log of Kannel, jsmpp or python-smpplib; what
 * `tshark -z follow,tcp,raw,0` writes. Other octets are a capture (pcap, pcapng) or PDUs one after another.
 * Throws {@link InputError} for input that is none of these.
 */
export function findPdus(input: Uint8Array | string): FoundPdu[] {
  if (typeof input === "string") return pdusOfText(input);
  if (isCapture(input)) return readCapture(input);
  if (input[0] === 0x1f && input[1] === 0x8b) {
    throw new InputError("compressed", "the input is compressed (gzip): unpack it first");
  }
  const text = textOf(input);
  return text === undefined ? [...pdusIn(input)] : pdusOfText(text);
}

/** Octets as text when they are one; a PDU always has octets that no text has. */
function textOf(octets: Uint8Array): string | undefined {
  // What PowerShell writes with >.
  if (octets[0] === 0xff && octets[1] === 0xfe)
    return latin1(octets.filter((_, at) => at % 2 === 0)).slice(1);
  const isText = octets.every(
    (value) => value >= 0x20 || (value >= 0x07 && value <= 0x0d) || value === 0x1b,
  );
  return isText ? latin1(octets).replace(/^\u00ef\u00bb\u00bf/, "") : undefined;
}

function pdusOfText(marked: string): FoundPdu[] {
  const text = marked.replace(/^\ufeff/, "");
  if (text.trim() === "") throw new InputError("empty", "the input is empty");
  if (isFollowed(text)) return readFollowed(text);
  if (isKannelLog(text)) return readKannelLog(text);
  if (isHexDump(text)) return readHexDump(text).flatMap((run) => [...pdusIn(run)]);
  if (isDigits(text)) return [...pdusIn(octetsOfDigits(text))];
  for (const read of [readBuffers, readNumbers, readEscaped, readPrefixed]) {
    const literals = read(text);
    if (literals !== undefined) return pdusOfLiterals(literals);
  }
  const lines = readLogLines(text);
  if (lines !== undefined) return lines;
  const octets = readBase64(text);
  if (octets !== undefined && findPdu(octets, 0) >= 0) return [...pdusIn(octets)];
  throw new InputError("unknown_form", `${firstStranger(text)}: ${expected}`);
}

const expected =
  "expected hexadecimal digits, a dump, a log with PDUs, base64, or a capture (pcap, pcapng)";

function pdusOfLiterals({ runs, remarks }: Literals): FoundPdu[] {
  const pdus = runs.flatMap((run) => [...pdusIn(run)]);
  const last = pdus.at(-1);
  if (last === undefined || remarks.length === 0) return pdus;
  return [...pdus.slice(0, -1), { ...last, remarks: [...last.remarks, ...remarks] }];
}

/** Where the first character stands that is no digit. */
function firstStranger(text: string): string {
  const before = /^[0-9a-f\s:,;._|%-]*/i.exec(text)?.[0] ?? "";
  const lines = before.split("\n");
  const place = `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`;
  const stranger = quoted(String.fromCodePoint(text.codePointAt(before.length) ?? 0));
  return `the input has ${stranger} in ${place}, which is no digit`;
}
