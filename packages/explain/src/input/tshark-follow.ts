// Reads what `tshark -q -z follow,tcp,raw,0` writes: two directions, one of them behind tabs.

import { octetsOfDigits } from "./digits.ts";
import { type FoundPdu, pdusIn } from "./found-pdu.ts";

export function isFollowed(text: string): boolean {
  return /^Follow: tcp,raw$/m.test(text);
}

/** The PDUs of both directions, one direction after the other. */
export function readFollowed(text: string): FoundPdu[] {
  const [from = "", to = ""] = [...text.matchAll(/^Node \d: ([\w.:[\]%-]+)$/gm)].map(
    ([, node]) => node,
  );
  const lines = text.split(/\r?\n/).filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const pdusOf = (direction: readonly string[], title: string) => [
    ...pdusIn(octetsOfDigits(direction.map((line) => line.trim()).join("")), title),
  ];
  return [
    ...pdusOf(
      lines.filter((line) => !line.startsWith("\t")),
      `${from} to ${to}`,
    ),
    ...pdusOf(
      lines.filter((line) => line.startsWith("\t")),
      `${to} to ${from}`,
    ),
  ];
}
