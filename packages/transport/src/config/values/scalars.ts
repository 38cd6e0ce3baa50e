/** What a value of the configuration may be: each kind reads text as somebody typed it. */
import { Status } from "@esme/pdu";
import { nearestName } from "@esme/settings";
import { z } from "zod";
import { Secret } from "./secret.ts";

/** A number written as YAML 1.1 or 1.2, an environment variable or a flag would have it. */
const numeral = /^[+-]?(?:0x[\da-f]+|\d[\d_]*(?:\.0*)?)$/i;

const decimalNumeral = /^[+-]?\d[\d_]*(?:\.\d*)?$/;

/** The number that text stands for; anything else as it is. */
export const toNumber = (value: unknown): unknown =>
  typeof value === "string" && numeral.test(value) ? Number(value.replaceAll("_", "")) : value;

const toDecimal = (value: unknown): unknown =>
  typeof value === "string" && decimalNumeral.test(value)
    ? Number(value.replaceAll("_", ""))
    : value;

/** Text that was written without quotes and looks like something else. */
export const toText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** An integer within a range. */
export function whole(min: number, max: number, unit = "") {
  const error = `an integer from ${min} to ${max}${unit && ` (${unit})`}`;
  return z.preprocess(toNumber, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A number, with a fraction or without. */
export function decimal(min: number, max: number, unit: string) {
  const error = `${unit}, from ${min} to ${max}`;
  return z.preprocess(toDecimal, z.number({ error }).min(min, { error }).max(max, { error }));
}

/** A duration, from `min` to a day. */
export const seconds = (min: number) => decimal(min, 86_400, "seconds");

/** Text of any characters; `wishOf` says what else is wanted of one, undefined for nothing. */
export function text(expected = "text", wishOf?: (text: string) => string | undefined) {
  const plain = z.string({ error: expected });
  const schema = wishOf === undefined ? plain : plain.superRefine(wished(wishOf));
  return z.preprocess(toText, schema);
}

function wished(wishOf: (text: string) => string | undefined) {
  return (value: string, context: z.RefinementCtx): void => {
    const message = wishOf(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  };
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
  const expected = "the name of a class";
  return text(expected, (name) => (name === "" ? expected : undefined)).default(builtIn);
}

/**
 * The interface_version octet (SMPP 3.4 section 5.2.4) by each way to write it: the digits of a
 * version, or the octet itself. 0 to 33 are 3.3 and earlier, as vumi2's documentation has them.
 */
export const interfaceVersions: ReadonlyMap<number, number> = new Map([
  ...Array.from({ length: 34 }, (_, number) => [number, 0x33] as const),
  [34, 0x34],
  [50, 0x50],
  [0x33, 0x33],
  [0x34, 0x34],
  [0x50, 0x50],
]);

const versionExpected = "34, 50, or 0 to 33 (SMPP 3.4, 5.0, or 3.3 and earlier)";

export const interfaceVersion = z.preprocess(
  toNumber,
  z.int({ error: versionExpected }).refine((version) => interfaceVersions.has(version), {
    error: versionExpected,
  }),
);

const statusExpected = "command_status values such as 0x58 or ESME_RTHROTTLED";

/** The command_status that a name of the standard or digits stand for; anything else as it is. */
export const toStatus = (value: unknown): unknown => {
  const name = typeof value === "string" ? value.trim().toUpperCase() : "";
  return statusNumbers.get(name) ?? toNumber(value);
};

const statusNumbers: ReadonlyMap<string, number> = new Map(Object.entries(Status));

/** What is wanted of a command_status, with the name that was probably meant. */
export function statusWish(value: unknown): string {
  const meant =
    typeof value === "string" ? nearestName(value.trim(), statusNumbers.keys()) : undefined;
  return meant === undefined ? statusExpected : `${statusExpected} (did you mean ${meant}?)`;
}

/** True for what a refusal can have as its command_status. */
export function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 0xffff_ffff;
}

const status = z.preprocess(
  toStatus,
  z
    .int({ error: ({ input }) => statusWish(input) })
    .min(1, { error: statusExpected })
    .max(0xffff_ffff, { error: statusExpected }),
);

/** command_status values: a list, one value, or text with commas. */
export const statuses = z.preprocess(
  (value) => {
    if (typeof value === "number") return [value];
    if (typeof value !== "string") return value;
    return value.split(",").flatMap((part) => part.trim() || []);
  },
  z.array(status, { error: `a list of ${statusExpected}` }),
);
