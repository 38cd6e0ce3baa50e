/** The options of `Smsc` as the keys of a scenario: from the rows that programs are checked by. */
import type { z } from "zod";
import { schemaOf, snakeCase } from "../input/keys.ts";
import type { InFiles, SettingRow } from "../input/option-row.ts";
import { type SmscOptions, settings } from "../options.ts";

type Rows = Readonly<Record<string, SettingRow<unknown>>>;

/** The keys of these options, and what values under them mean. */
export function fileOptions(rows: Rows) {
  const inFiles = Object.entries(rows).flatMap(([name, row]) => {
    if (row.inFiles === false) return [];
    const { key = snakeCase(name), is = schemaOf(row) }: Partial<InFiles<unknown>> =
      row.inFiles ?? {};
    return [{ name, key, is }];
  });
  const keys: Record<string, z.ZodType> = Object.fromEntries(
    inFiles.map(({ key, is }) => [key, ("bySeed" in is ? is.bySeed : is).exactOptional()]),
  );
  const optionsOf = (given: Readonly<Record<string, unknown>>, seed: number) =>
    Object.fromEntries(
      inFiles.flatMap(({ name, key, is }) => {
        const said = given[key];
        const value = "bySeed" in is && typeof said === "function" ? said(seed) : said;
        return value === undefined ? [] : [[name, value]];
      }),
    );
  return { keys, optionsOf };
}

const { keys, optionsOf: valuesOf } = fileOptions(settings);

/** The keys of a scenario that are options of `Smsc`: {@link optionsOf} gives their values types. */
export const optionKeys: Readonly<Record<never, z.ZodType>> = keys;

/** The options of `Smsc` that a scenario names; `given` has passed {@link optionKeys}. */
export function optionsOf(given: Readonly<Record<string, unknown>>): SmscOptions {
  const { seed } = given;
  return valuesOf(given, typeof seed === "number" ? seed : settings.seed.default);
}
