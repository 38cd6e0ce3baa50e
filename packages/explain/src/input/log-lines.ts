// Finds PDUs in the lines of logs: jsmpp ("Received PDU 0000..."), python-smpplib (">> 0000..."), and others alike.

import { octetsOfDigits } from "./digits.ts";
import { type FoundPdu, pdusIn } from "./found-pdu.ts";

/** At least a header in digits, together or in pairs. */
const digits =
  /(?<![0-9a-z])(?:0x)?((?:[0-9a-f]{2}){16,}|[0-9a-f]{2}(?:[ :][0-9a-f]{2}){15,})(?![0-9a-z])/i;

const time = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?|\b\d\d:\d\d:\d\d[.,]\d{1,9}/;

/** The words before the digits that say which way the PDU went; the last one counts. */
const directions =
  /\b(?:(received|receive|read|got|incoming|recv|inbound)|(sent|sending|send|wrote|write|outgoing|outbound))\b|(<<|<-|<=)|(>>|->|=>)/gi;

/** The PDUs of a log whose lines have their octets as digits; undefined when no line has. */
export function readLogLines(text: string): FoundPdu[] | undefined {
  const found: FoundPdu[] = [];
  for (const content of text.split(/\r?\n/)) {
    const match = digits.exec(content);
    if (match?.[1] === undefined) continue;
    const before = content.slice(0, match.index);
    const when = time.exec(before)?.[0];
    const direction = directionOf(before);
    for (const pdu of pdusIn(octetsOfDigits(match[1]), direction))
      found.push({ ...pdu, time: when });
  }
  return found.length > 0 ? found : undefined;
}

/** `received`, `sent`, or nothing where the line does not say. */
export function directionOf(words: string): string {
  const last = [...words.matchAll(directions)].at(-1);
  if (last === undefined) return "";
  const [, received, , arrowIn] = last;
  return received !== undefined || arrowIn !== undefined ? "received" : "sent";
}
