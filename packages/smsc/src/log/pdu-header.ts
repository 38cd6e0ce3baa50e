/** The header of a PDU, read from octets that may be anything. */
import { commands, hexNumber } from "@esme/pdu";

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(commands).map(([name, { id }]) => [id, name]),
);

/** The four octets from `at` as a number; 0 where they are missing. */
export function uint32(octets: Uint8Array, at: number): number {
  if (octets.length < at + 4) return 0;
  return new DataView(octets.buffer, octets.byteOffset, octets.length).getUint32(at);
}

/** The command by its name in the standard, an unknown one by its number. */
export function commandOf(octets: Uint8Array): string {
  if (octets.length < 8) return "no PDU";
  const id = uint32(octets, 4);
  return names.get(id) ?? hexNumber(id, 8);
}

/** A command_status other than ESME_ROK, or a generic_nack. */
export function isRefusal(octets: Uint8Array): boolean {
  return uint32(octets, 8) !== 0 || uint32(octets, 4) === commands.generic_nack.id;
}
