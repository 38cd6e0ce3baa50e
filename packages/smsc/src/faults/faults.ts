/** All faults. A new one is a file of its own and a line here: types, schema, page and README follow. */
import { didYouMean, quoted } from "@esme/settings";
import { z } from "zod";
import type { Line } from "../wire/line.ts";
import type { Script } from "../wire/script.ts";
import { badLength } from "./bad-length.ts";
import { close } from "./close.ts";
import { cut } from "./cut.ts";
import { delay } from "./delay.ts";
import { duplicate } from "./duplicate.ts";
import type { ConnectionFault, FaultKey, Given, RequestFault } from "./fault.ts";
import { ignore } from "./ignore.ts";
import { loseAnswer } from "./lose-answer.ts";
import { malformed } from "./malformed.ts";
import { queueFull } from "./queue-full.ts";
import { randomStatus } from "./random-status.ts";
import { refuse } from "./refuse.ts";
import { reorder } from "./reorder.ts";
import { segments } from "./segments.ts";
import { silence } from "./silence.ts";
import { slowReading } from "./slow-reading.ts";
import { throttle } from "./throttle.ts";
import { unbind } from "./unbind.ts";
import { wrongSequence } from "./wrong-sequence.ts";

/** In the order in which the page shows them: what real message centres do first. */
export const faults = [
  throttle,
  queueFull,
  refuse,
  randomStatus,
  delay,
  reorder,
  loseAnswer,
  ignore,
  duplicate,
  wrongSequence,
  malformed,
  badLength,
  cut,
  close,
  unbind,
  silence,
  slowReading,
  segments,
] as const;

type Row = (typeof faults)[number];

type GivenOf<R> = R extends { fault: infer Name extends string; keys: infer K extends Row["keys"] }
  ? Given<Name, K>
  : never;

/** What can happen to requests. Plain data. */
export type Fault = GivenOf<Extract<Row, { script: unknown }>>;

/** What can be wrong with connections, whatever passes over them. Plain data. */
export type LineFault = GivenOf<Extract<Row, { line: unknown }>>;

/** What a fault does about requests. Throws TypeError for a name that there is not. */
export function scriptOf(given: Fault): Script {
  const row = rowOf(given.fault);
  // The name in `given` chose the row, and with it the type of the values.
  if ("script" in row) return (row as RequestFault).script(given);
  throw new TypeError(`${given.fault}: a fault of connections has no script`);
}

/** What a fault makes of connections. */
export function lineOf(given: LineFault): Partial<Line> {
  const row = rowOf(given.fault);
  return "line" in row ? (row as ConnectionFault).line(given) : {};
}

/** Whether it is one of connections. Throws TypeError for a name that there is not. */
export function isLineFault(given: { readonly fault: string }): given is LineFault {
  return "line" in rowOf(given.fault);
}

/**
 * Throws TypeError for a name that there is not, for a key that the fault and the behaviour around it
 * (`others`) do not have, and for one that is missing. Values are not looked at.
 */
export function checkFault(given: { readonly fault: string }, others: readonly string[]): void {
  const { fault, keys } = rowOf(given.fault);
  const rows: [string, FaultKey][] = Object.entries(keys);
  const names = ["fault", ...rows.map(([name]) => name), ...others];
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${fault}: unknown key ${quoted(unknown, 64)}${hint(unknown, names)}`);
  }
  const missing = rows.find(
    ([name, { is }]) =>
      !(is instanceof z.ZodExactOptional) && Reflect.get(given, name) === undefined,
  );
  if (missing === undefined) return;
  throw new TypeError(`${fault}: ${missing[0]} is missing: ${missing[1].says}`);
}

function rowOf(name: string): Row {
  const row = faults.find(({ fault }) => fault === name);
  if (row !== undefined) return row;
  const names = faults.map(({ fault }) => fault);
  const shown = typeof name === "string" ? quoted(name, 64) : typeof name;
  throw new TypeError(`unknown fault ${shown}${hint(String(name), names)}`);
}

function hint(word: string, names: readonly string[]): string {
  return didYouMean(word, names) || `, expected ${names.join(", ")}`;
}
