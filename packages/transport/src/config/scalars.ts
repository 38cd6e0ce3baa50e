/** What a value of the configuration may be: each kind reads text as somebody typed it. */
import { z } from "zod";
import { Secret } from "./secret.ts";

/** A number written as YAML 1.1 or 1.2, an environment variable or a flag would have it. */
const numeral = /^[+-]?(?:0x[\da-f]+|\d[\d_]*(?:\.0*)?)$/i;

const decimalNumeral = /^\d+(?:\.\d+)?$/;

/** The number that text stands for; anything else as it is. */
export const toNumber = (value: unknown): unknown =>
  typeof value === "string" && numeral.test(value) ? Number(value.replaceAll("_", "")) : value;

const toDecimal = (value: unknown): unknown =>
  typeof value === "string" && decimalNumeral.test(value) ? Number(value) : value;

/** Text that was written without quotes and looks like something else. */
export const toText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** A whole number within a range. */
export function whole(min: number, max: number, unit = "") {
  const error = `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
  return z.preprocess(toNumber, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A number, with a fraction or without. */
export function decimal(min: number, max: number, unit: string) {
  const error = `${unit}, from ${min} to ${max}`;
  return z.preprocess(toDecimal, z.number({ error }).min(min, { error }).max(max, { error }));
}

/** A duration, from `min` to a day. */
export const seconds = (min: number) => decimal(min, 86_400, "seconds");

/** Text of any characters. */
export function text(wants = "text") {
  return z.preprocess(toText, z.string({ error: wants }));
}

/** Text of a C-octet string field: ASCII, of limited length. */
export function ascii(max: number) {
  const error = `at most ${max} ASCII characters`;
  return z.preprocess(
    toText,
    z
      .string({ error })
      .max(max, { error })
      .regex(/^[ -~]*$/, { error }),
  );
}

/** A value that is shown to nobody. */
export function secret<T extends z.ZodType<unknown>>(schema: T) {
  return z.preprocess(
    (value) => (value instanceof Secret ? value.reveal() : value),
    schema.transform((value) => new Secret(String(value))),
  );
}

/** The configuration of a class: passed on untouched, checked by the class itself. */
export const dictionary = z.record(z.string(), z.unknown(), { error: "a mapping" });

/** The name of a class: see `loadClass`. */
export function className(builtIn: string) {
  return text("the name of a class").default(builtIn);
}

/** True or false, also as text. */
export const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean({ error: "true or false" }),
);

/** One of a few words, in any case. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  const cased = (value: unknown): unknown =>
    words.find((candidate) => candidate.toLowerCase() === String(value).toLowerCase()) ?? value;
  return z.preprocess(cased, z.enum(words, { error: `one of ${words.join(", ")}` }));
}

/** The interface_version octet (SMPP 3.4 section 5.2.4) by each way to write it. */
export const interfaceVersions: ReadonlyMap<number, number> = new Map([
  [33, 0x33],
  [34, 0x34],
  [50, 0x50],
  [0x33, 0x33],
  [0x34, 0x34],
  [0x50, 0x50],
]);

export const interfaceVersion = z.preprocess(
  toNumber,
  z.int({ error: "33, 34 or 50" }).refine((version) => interfaceVersions.has(version), {
    error: "33, 34 or 50 (SMPP 3.3, 3.4, 5.0)",
  }),
);

const statusWants = "command_status values such as 0x58";

/** command_status values: a list, or text with commas. */
export const statuses = z.preprocess(
  (value) =>
    typeof value === "string" ? value.split(",").flatMap((part) => part.trim() || []) : value,
  z.array(
    z.preprocess(
      toNumber,
      z
        .int({ error: statusWants })
        .min(1, { error: statusWants })
        .max(0xffff_ffff, { error: statusWants }),
    ),
    { error: `a list of ${statusWants}` },
  ),
);
