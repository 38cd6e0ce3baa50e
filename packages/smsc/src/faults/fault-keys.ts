/** Keys that several faults have. */
import { Status } from "@esme/pdu";
import { z } from "zod";
import { named } from "../input/input.ts";
import type { Random } from "../structures/random.ts";

/** A command_status by name or number. */
export const status = named(Status, "a command_status", 0xffff_ffff);

/** Milliseconds from 0. */
export const milliseconds = z
  .number({ error: "milliseconds" })
  .min(0, { error: "milliseconds, from 0" });

/** A rate: so many in a second. */
export const perSecond = z
  .number({ error: "a number above 0" })
  .gt(0, { error: "a number above 0" });

/** Milliseconds: always the same, or anything between two values. */
export type Delay = number | readonly [from: number, to: number];

/** A {@link Delay}. */
export const delay = z.union([milliseconds, z.tuple([milliseconds, milliseconds]).readonly()], {
  error: "milliseconds, or two of them: [from, to]",
});

/** Milliseconds: those given, or any in the range. */
export function draw(ms: Delay, random: Random): number {
  return typeof ms === "number" ? ms : ms[0] + random() * (ms[1] - ms[0]);
}

/** The key of a fault that refuses with another status than its usual one. */
export function refusal(usual: keyof typeof Status) {
  return {
    is: status.exactOptional(),
    says: "command_status of the refusal",
    form: { kind: "status", value: usual },
  } as const;
}
