/** Faults as files and HTTP requests say them: the objects of `behave`, keys in snake_case. */
import { commands, type RequestName, Status } from "@esme/pdu";
import { z } from "zod";
import type { Behaviour } from "./behaviour.ts";
import { checked, duration, mapping, named, text, whole } from "./input.ts";
import { type Malformation, malformations } from "./malformations.ts";
import type { Weighted } from "./random.ts";
import { fieldNames, type Where } from "./where.ts";

/** A command_status by name or number. */
export const status = named(Status, "a command_status", 0xffff_ffff);

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
  // Its keys were looked up one by one.
  .transform((given) => given as Where);

const milliseconds = z.number({ error: "milliseconds" }).min(0, { error: "milliseconds, from 0" });

/** `{ ESME_RSYSERR: 1, ESME_RTHROTTLED: 3 }`: how often each comes, in proportion. */
function weights<Key extends z.ZodType<number>>(key: Key) {
  const weight = z.number({ error: "a weight" }).min(0, { error: "a weight from 0" });
  return z
    .record(z.string(), weight, { error: "a mapping of names to weights" })
    .transform((given, context): Weighted<number>[] =>
      Object.entries(given).flatMap(([name, share]): Weighted<number>[] => {
        const value = key.safeParse(name);
        if (value.success) return [[value.data, share]];
        for (const { message } of value.error.issues)
          context.addIssue({ code: "custom", message, path: [name] });
        return [];
      }),
    )
    .refine((given) => given.some(([, share]) => share > 0), { error: "one weight above 0" });
}

const rateError = { error: "a number from 0 to 1" };
const perSecond = z.number({ error: "a number above 0" }).gt(0, { error: "a number above 0" });
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

const range = z.tuple([milliseconds, milliseconds]);
const ms = z.union([milliseconds, range], { error: "milliseconds, or two of them: [from, to]" });

/** A fault without keys of its own. */
function plain<const Name extends string>(fault: Name) {
  return mapping({ fault: z.literal(fault), ...occasion });
}

const malformationNames = Object.keys(malformations).filter(isMalformation);

/** A row for each fault. */
const rows = [
  mapping({
    fault: z.literal("delay"),
    ms,
    jitter: milliseconds.exactOptional(),
    ordered: z.boolean({ error: "true or false" }).exactOptional(),
    ...occasion,
  }),
  mapping({ fault: z.literal("reorder"), ms: milliseconds.exactOptional(), ...occasion }),
  mapping({ fault: z.literal("refuse"), status, ...occasion }),
  mapping({ fault: z.literal("random_status"), statuses: weights(status), ...occasion }),
  mapping({
    fault: z.literal("throttle"),
    per_second: perSecond,
    status: status.exactOptional(),
    ...occasion,
  }).transform(({ per_second, ...rest }) => ({ ...rest, perSecond: per_second })),
  mapping({
    fault: z.literal("queue_full"),
    places: whole(0),
    per_second: perSecond,
    status: status.exactOptional(),
    ...occasion,
  }).transform(({ per_second, ...rest }) => ({ ...rest, perSecond: per_second })),
  plain("ignore"),
  plain("lose_answer"),
  plain("duplicate"),
  plain("wrong_sequence"),
  mapping({
    fault: z.literal("malformed"),
    kind: z
      .enum(malformationNames, { error: `one of ${malformationNames.join(", ")}` })
      .exactOptional(),
    ...occasion,
  }),
  mapping({
    fault: z.literal("bad_length"),
    length: whole(0, 0xffff_ffff).exactOptional(),
    ...occasion,
  }),
  plain("cut"),
  plain("close"),
  plain("unbind"),
  plain("silence"),
  mapping({
    fault: z.literal("slow_reading"),
    octets_per_second: perSecond,
    ...period,
  }).transform(({ octets_per_second, ...rest }) => ({
    ...rest,
    octetsPerSecond: octets_per_second,
  })),
  mapping({ fault: z.literal("segments"), octets: whole(1).exactOptional(), ...period }),
] as const;

/** The names of all faults. */
export const faultNames: readonly string[] = rows.map(nameOf);

/**
 * One fault with its occasion: `{ fault: "refuse", status: "ESME_RSYSERR", where: {...} }`. Keys are
 * those of `behave` in snake_case; `for` is seconds, or text with its unit.
 */
export const faultSchema: z.ZodType<Behaviour> = z.discriminatedUnion("fault", rows, {
  error: ({ input }) =>
    typeof input === "object" && input !== null
      ? `one of ${faultNames.join(", ")}`
      : "a mapping with the key fault",
});

/** What was read from JSON or YAML, for `behave`. Throws InputError with everything wrong in it. */
export function parseFault(given: unknown): Behaviour {
  return checked(faultSchema, given);
}

function isMalformation(name: string): name is Malformation {
  return Object.hasOwn(malformations, name);
}

function nameOf(row: (typeof rows)[number]): string {
  const shape = row instanceof z.ZodPipe ? row.in.shape : row.shape;
  return shape.fault.value;
}
