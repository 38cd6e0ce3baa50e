/** What a fault is: one row, in a file of its own, from which everything about it is made. */
import type { z } from "zod";
import type { Line } from "../wire/line.ts";
import type { Script } from "../wire/script.ts";

/** How the page asks for a value, and what it begins with. */
export type Form =
  | { readonly kind: "number"; readonly value: number; readonly unit?: string }
  | { readonly kind: "status" | "weights"; readonly value: string }
  | { readonly kind: "choice"; readonly value: string; readonly choices: string[] };

/** A value that can be set. Keys are in camelCase in programs, in snake_case in files and requests. */
export interface FaultKey<Schema extends z.ZodType = z.ZodType> {
  /** What a file may say there, and what a program gets of it. */
  readonly is: Schema;
  /** What it is, in a few words. */
  readonly says: string;
  /** Absent: the page does not ask for it. */
  readonly form?: Form;
}

type Keys = { readonly [name: string]: FaultKey };

/** A fault with these keys, as programs give it. */
export type Given<Name extends string, K extends Keys> = Readonly<
  z.output<z.ZodObject<{ fault: z.ZodLiteral<Name> } & { [Key in keyof K]: K[Key]["is"] }>>
>;

/** What all faults have. */
interface About<Name extends string, K extends Keys> {
  /** Its name in programs, files and requests. */
  readonly fault: Name;
  /** Its name for people. */
  readonly title: string;
  /** What it does: a sentence, or two. */
  readonly says: string;
  /** What suffers from it. */
  readonly about: "answers" | "link";
  readonly keys: K;
}

/** What happens to requests: a new script each time that it is put in force. */
export interface RequestFault<Name extends string = string, K extends Keys = Keys>
  extends About<Name, K> {
  script(given: Given<Name, K>): Script;
}

/** What is wrong with connections, whatever passes over them. */
export interface ConnectionFault<Name extends string = string, K extends Keys = Keys>
  extends About<Name, K> {
  line(given: Given<Name, K>): Partial<Line>;
}

/** A fault of requests, its script typed by its keys. */
export function requestFault<const Name extends string, K extends Keys>(
  row: RequestFault<Name, K>,
): RequestFault<Name, K> {
  return row;
}

/** A fault of connections, its line typed by its keys. */
export function connectionFault<const Name extends string, K extends Keys>(
  row: ConnectionFault<Name, K>,
): ConnectionFault<Name, K> {
  return row;
}
