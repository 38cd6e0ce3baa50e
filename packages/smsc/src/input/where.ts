/** Which requests are meant, by the values of their fields: plain data, so that a file can say it. */
import { type CommandName, commands, type Pdu, type TlvName, tlvs } from "@esme/pdu";

type KeysOf<T> = T extends unknown ? keyof T : never;

/** A field or TLV of any command, under its name on the wire. */
export type FieldName = KeysOf<(typeof commands)[CommandName]["fields"]> | TlvName;

/**
 * Values that fields must have; all that are given must hold. A number is compared, a text too,
 * in which each `*` stands for any characters: `"2782*"` begins so, `"*99"` ends so. Octets are
 * compared as Latin-1 characters. `system_id` is the account, for every command.
 *
 * A destination of submit_multi counts as its `destination_addr`: one that fits is enough.
 */
export type Where = { readonly [Name in FieldName]?: string | number };

/** Every name that {@link Where} may have. */
export const fieldNames: ReadonlySet<string> = new Set([
  ...Object.values(commands).flatMap(({ fields }) => Object.keys(fields)),
  ...Object.keys(tlvs),
]);

/** Compiles what is wanted. */
export function matcherOf(where: Where): (request: Pdu, system_id: string) => boolean {
  const wanted = Object.entries(where).filter(([, value]) => value !== undefined);
  return (request, system_id) =>
    wanted.every(([name, value]) =>
      valuesOf(request, name, system_id).some((found) => isMatch(value, found)),
    );
}

function valuesOf(request: Pdu, name: string, system_id: string): readonly unknown[] {
  // Who binds says so itself; a session has no account before.
  if (name === "system_id" && !("system_id" in request)) return [system_id];
  if (name === "destination_addr" && request.command === "submit_multi") {
    return request.dest_address.map((entry) =>
      "destination_addr" in entry ? entry.destination_addr : entry.dl_name,
    );
  }
  return [Reflect.get(request, name)];
}

function isMatch(wanted: string | number, found: unknown): boolean {
  if (typeof wanted === "number") return found === wanted;
  if (typeof found === "string") return isLike(found, wanted);
  return found instanceof Uint8Array && isLike(Buffer.from(found).toString("latin1"), wanted);
}

/** Whether a text has the form of a pattern, in time linear in both. */
export function isLike(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || end < first.length) return false;
  let position = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, position);
    if (found < 0 || found + piece.length > end) return false;
    position = found + piece.length;
  }
  return true;
}
