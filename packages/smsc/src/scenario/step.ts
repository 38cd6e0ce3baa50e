/** What happens in a scenario, and when: the steps of its file. */

import type { OutbindOptions } from "@esme/server";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import type { Behaviour } from "../faults/behaviours.ts";
import { faultSchema } from "../faults/fault-schema.ts";
import { address, alertAddress, duration, text, whole, wireText } from "../input/input.ts";
import { type MobileText, mobileText } from "../phones/mobile-text.ts";

/** A phone that dials a USSD code, and what it types at each screen. */
export interface Dialling {
  readonly from: string;
  readonly code: string;
  readonly to?: string;
  readonly system_id?: string;
  readonly replies?: readonly string[];
}

/** One thing that a scenario does. */
export type StepAction =
  | { readonly do: "deliver"; readonly text: MobileText }
  | { readonly do: "fault"; readonly behaviour: Behaviour }
  | { readonly do: "behave_well" }
  | { readonly do: "phone_off" | "phone_on"; readonly number: string }
  | {
      readonly do: "alert";
      readonly fields: { readonly source_addr: string; readonly esme_addr: string };
      readonly system_id: string | undefined;
    }
  | { readonly do: "outbind"; readonly options: OutbindOptions }
  | { readonly do: "dial"; readonly dialling: Dialling }
  | { readonly do: "unbind" | "close" | "silence"; readonly system_id: string }
  | { readonly do: "write"; readonly octets: Uint8Array; readonly system_id: string };

/** An action with its times, in milliseconds. */
export interface Step {
  /** After the start, or after each bind. */
  readonly since: "start" | "bound";
  readonly at: number;
  /** Again and again, so far apart; undefined: once. */
  readonly every: number | undefined;
  /** How often, with `every`. Undefined: until the end. */
  readonly times: number | undefined;
  readonly action: StepAction;
}

const hex = z
  .string({ error: "hexadecimal digits" })
  .refine((given) => /^(?:[\da-f]{2})+$/i.test(given.replace(/\s/g, "")), {
    error: "an even number of hexadecimal digits",
  })
  .transform((given): Uint8Array => Buffer.from(given.replace(/\s/g, ""), "hex"));

const outbind = mapping({
  host: text,
  port: whole(1, 65_535),
  system_id: text.pipe(wireText(0, 15)).exactOptional(),
  password: text.pipe(wireText(0, 8)).exactOptional(),
});

const dialling = mapping({
  from: text.pipe(address),
  code: text,
  to: text.pipe(address).exactOptional(),
  system_id: text.exactOptional(),
  replies: z.array(text, { error: "a list of texts" }).exactOptional(),
});

const alert = mapping({
  source_addr: text.pipe(alertAddress),
  esme_addr: text.pipe(alertAddress),
  system_id: text.exactOptional(),
});

const write = mapping({ hex, system_id: text.exactOptional() });

/** What each key of a step makes of its value. One of them stands in every step. */
const actions = {
  deliver: mobileText
    .transform((given): StepAction => ({ do: "deliver", text: given }))
    .exactOptional(),
  fault: faultSchema
    .transform((behaviour): StepAction => ({ do: "fault", behaviour }))
    .exactOptional(),
  behave_well: z
    .literal(true, { error: "true" })
    .transform((): StepAction => ({ do: "behave_well" }))
    .exactOptional(),
  phone_off: text.transform((number): StepAction => ({ do: "phone_off", number })).exactOptional(),
  phone_on: text.transform((number): StepAction => ({ do: "phone_on", number })).exactOptional(),
  alert: alert
    .transform(({ system_id, ...fields }): StepAction => ({ do: "alert", fields, system_id }))
    .exactOptional(),
  outbind: outbind.transform((options): StepAction => ({ do: "outbind", options })).exactOptional(),
  dial: dialling
    .transform((given): StepAction => ({ do: "dial", dialling: given }))
    .exactOptional(),
  unbind: text.transform((system_id): StepAction => ({ do: "unbind", system_id })).exactOptional(),
  close: text.transform((system_id): StepAction => ({ do: "close", system_id })).exactOptional(),
  silence: text
    .transform((system_id): StepAction => ({ do: "silence", system_id }))
    .exactOptional(),
  write: write
    .transform(
      ({ hex: octets, system_id = "*" }): StepAction => ({ do: "write", octets, system_id }),
    )
    .exactOptional(),
};

const actionNames = Object.keys(actions).join(", ");

/** One step of a file: `{ at: 5s, deliver: {...} }`, `{ every: 1s, times: 10, deliver: {...} }`. */
export const stepSchema: z.ZodType<Step> = mapping({
  since: z.enum(["start", "bound"], { error: "start or bound" }).default("start"),
  at: duration.default(0),
  every: duration.refine((given) => given > 0, { error: "more than no time" }).exactOptional(),
  times: whole(1).exactOptional(),
  ...actions,
}).transform((given, context): Step => {
  const { since, at, every, times, ...rest } = given;
  const [action, ...others] = Object.values(rest).filter((each) => each !== undefined);
  if (action === undefined || others.length > 0) {
    context.addIssue(`exactly one of ${actionNames}`);
    return z.NEVER;
  }
  if (times !== undefined && every === undefined) {
    context.addIssue({ code: "custom", path: ["times"], message: "every beside it" });
    return z.NEVER;
  }
  return { since, at, every, times, action };
});
