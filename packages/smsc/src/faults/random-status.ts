/** Draws a command_status for each request. */
import { Status } from "@esme/pdu";
import { z } from "zod";
import { chooserOf, type Weighted } from "../structures/random.ts";
import { requestFault } from "./fault.ts";
import { status } from "./fault-keys.ts";

const weight = z.number({ error: "a weight" }).min(0, { error: "a weight from 0" });

/** `{ ESME_RSYSERR: 1, ESME_RTHROTTLED: 3 }`: how often each comes, in proportion. */
const weights = z
  .record(z.string(), weight, { error: "a mapping of names to weights" })
  .transform((given, context): readonly Weighted<number>[] =>
    Object.entries(given).flatMap(([name, share]): Weighted<number>[] => {
      const value = status.safeParse(name);
      if (value.success) return [[value.data, share]];
      for (const { message } of value.error.issues)
        context.addIssue({ code: "custom", message, path: [name] });
      return [];
    }),
  )
  .refine((given) => given.some(([, share]) => share > 0), { error: "one weight above 0" });

export const randomStatus = requestFault({
  fault: "random_status",
  title: "Random refusals",
  says: "Draws a status for each message, by weight; ESME_ROK lets it through.",
  about: "answers",
  keys: {
    /** Each command_status with its weight. */
    statuses: {
      is: weights,
      says: "statuses and their weights",
      form: { kind: "weights", value: "ESME_ROK 8, ESME_RSYSERR 1, ESME_RTHROTTLED 1" },
    },
  },
  script({ statuses }) {
    const choose = chooserOf(statuses);
    return (_, { random }) => {
      const command_status = choose(random);
      if (command_status === Status.ESME_ROK) return undefined;
      return [{ do: "answer", command_status }];
    };
  },
});
