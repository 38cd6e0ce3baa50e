/** Faults as files and HTTP requests write them: the objects of `behave`, keys in snake_case. */

import { commands, type RequestName } from "@esme/pdu";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { checked, duration, text, whole } from "../input/input.ts";
import { keysInFiles } from "../input/keys.ts";
import { fieldNames, type Where } from "../input/where.ts";
import type { Behaviour } from "./behaviours.ts";
import type { ConnectionFault, RequestFault } from "./fault.ts";
import { faults } from "./faults.ts";

const requestNames = Object.entries(commands).flatMap(([name, { response }]) =>
  response === null ? [] : [name],
);

const request = z.custom<RequestName>(
  (given) => typeof given === "string" && requestNames.includes(given),
  { error: `a request, one of ${requestNames.join(", ")}, or any` },
);

const where = z
  .record(z.string(), z.union([z.string(), z.number()], { error: "text or a number" }), {
    error: "a mapping of fields to values",
  })
  .superRefine((given, context) => {
    for (const name of Object.keys(given).filter((key) => !fieldNames.has(key))) {
      context.addIssue({
        code: "custom",
        path: [name],
        message: "the name of a field or TLV, as in the standard",
      });
    }
  })
  // Each key was checked above.
  .transform((given) => given as Where);

const rateError = { error: "a number from 0 to 1" };
const commandNames = `a request, a list of them, or any; requests are ${requestNames.join(", ")}`;

/** The keys of `Occasion`. */
const occasion = {
  on: z
    .union([z.literal("any"), request, z.array(request).min(1)], { error: commandNames })
    .exactOptional(),
  where: where.exactOptional(),
  skip: whole(0).exactOptional(),
  every: whole(1).exactOptional(),
  rate: z.number(rateError).min(0, rateError).max(1, rateError).exactOptional(),
  times: whole(1).exactOptional(),
  for: duration.exactOptional(),
};

/** The keys of `Period`. */
const period = { system_id: text.exactOptional(), for: duration.exactOptional() };

/** One of these faults, as {@link faultSchema} has it. */
export function schemaOf(faults: readonly [Row, ...Row[]]): z.ZodType<Behaviour> {
  const [first, ...others] = faults;
  const names = faults.map(({ fault }) => fault);
  const schema = z.discriminatedUnion("fault", [rowOf(first), ...others.map(rowOf)], {
    error: ({ input }) =>
      typeof input === "object" && input !== null
        ? `one of ${names.join(", ")}`
        : "a mapping with the key fault",
  });
  // Each row checks its own keys, and gives them the names that programs have for them.
  return schema as z.ZodType<unknown> as z.ZodType<Behaviour>;
}

type Row = RequestFault | ConnectionFault;

function rowOf(row: Row) {
  const schemas = Object.entries(row.keys).map(([key, { is }]) => [key, is] as const);
  const { shape, inPrograms } = keysInFiles(Object.fromEntries(schemas));
  return mapping({
    fault: z.literal(row.fault),
    ...shape,
    ...("line" in row ? period : occasion),
  }).transform(inPrograms);
}

/** The names of all faults. */
export const faultNames: readonly string[] = faults.map(({ fault }) => fault);

/**
 * One fault with its occasion: `{ fault: "refuse", status: "ESME_RSYSERR", where: {...} }`. Keys are
 * those of `behave` in snake_case; `for` is seconds, or text with its unit.
 */
export const faultSchema: z.ZodType<Behaviour> = schemaOf(faults);

/** What was read from JSON or YAML, for `behave`. Throws InputError with everything wrong in it. */
export function parseFault(given: unknown): Behaviour {
  return checked(faultSchema, given);
}
