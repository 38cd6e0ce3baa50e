/** The options of `Smsc` that the command line has: those whose rows say how. */
import { quoted } from "@esme/settings";
import type { SettingRow } from "./input/option-row.ts";
import { UsageError } from "./input/usage-error.ts";
import { type SmscOptions, settings } from "./options.ts";

/** One option of the command line. */
export interface OptionFlag {
  /** `receipt-delay` */
  readonly name: string;
  /** `receiptDelay` */
  readonly option: string;
  readonly value: string;
  readonly says: string;
  readonly fallback: unknown;
}

/** The flags of these rows. */
export function flagsOf(rows: Readonly<Record<string, SettingRow<unknown>>>): OptionFlag[] {
  return Object.entries(rows).flatMap(([option, { flag, default: fallback }]) => {
    const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return flag === undefined ? [] : [{ name, option, fallback, ...flag }];
  });
}

/** Those of `Smsc`. */
export const flags: readonly OptionFlag[] = flagsOf(settings);

/** The options that were given by flags. Throws UsageError for a value that is none of theirs. */
export function flagOptions(values: Readonly<Record<string, unknown>>): SmscOptions {
  return Object.fromEntries(
    flags.flatMap(({ name, option }) => {
      const value = values[name];
      return typeof value === "string" ? [[option, numberFor(option, name, value)]] : [];
    }),
  );
}

function numberFor(option: string, name: string, value: string): unknown {
  const row = Object.entries<SettingRow<unknown>>(settings).find(([key]) => key === option)?.[1];
  const number = /^\d+$/.test(value) ? row?.read(Number(value)) : undefined;
  if (number !== undefined) return number;
  throw new UsageError(`--${name} is ${quoted(value)}: expected ${row?.expected}`);
}
