/** What a scenario says about the message centre: options, accounts, receipts, outcomes. */

import { type IdForm, receiptFields, receiptStates } from "@esme/receipts";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { duration, text, whole } from "../input/input.ts";
import {
  type OutcomeRule,
  outcomeByEnding,
  outcomeByWeights,
  outcomeInTurn,
  outcomeNamed,
} from "../life/outcome.ts";
import type { SmscReceipts } from "../life/receipt-dialect.ts";
import type { SmscOptions } from "../options.ts";
import type { Account } from "../sessions/accounts.ts";
import { randomFrom, uuidFrom } from "../structures/random.ts";
import { camelKeys } from "./camel-keys.ts";

const flag = z.boolean({ error: "true or false" });

/** One of a few words. */
function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

function ascii(max: number) {
  return text.refine((given) => given.length <= max && /^[ -~]*$/.test(given), {
    error: `at most ${max} ASCII characters`,
  });
}

const form = word(["decimal", "hex", "upper_hex"]);

/** `hex`, or `{ form: hex, digits: 8 }`. */
const idForm: z.ZodType<IdForm> = z.union(
  [
    form.transform((given) => ({ form: given })),
    mapping({ form, digits: whole(1, 64).exactOptional() }),
  ],
  { error: "decimal, hex, upper_hex, or { form: hex, digits: 8 }" },
);

const statNames = receiptStates.map(({ stat }) => stat);

/** Other words for `stat`, by the usual ones. */
const statWords = z
  .record(z.string(), text, { error: "a mapping of words to others" })
  .superRefine((given, context) => {
    for (const name of Object.keys(given).filter((key) => !statNames.includes(key))) {
      context.addIssue({
        code: "custom",
        path: [name],
        message: `words for ${statNames.join(", ")}`,
      });
    }
  });

/** How receipts look: the keys of `SmscReceipts`. */
const receipts: z.ZodType<SmscReceipts> = mapping({
  where: word(["short_message", "message_payload", "tlvs"]).exactOptional(),
  tlvs: flag.exactOptional(),
  command: word(["deliver_sm", "data_sm"]).exactOptional(),
  esm_class: whole(0, 255).exactOptional(),
  data_coding: whole(0, 255).exactOptional(),
  response_id: idForm.exactOptional(),
  receipt_id: idForm.exactOptional(),
  fields: z.array(word(receiptFields), { error: "a list" }).min(1).exactOptional(),
  labels: z.partialRecord(word(receiptFields), text).exactOptional(),
  date_digits: z
    .union([z.literal(10), z.literal(12), z.literal(14)], { error: "10, 12 or 14" })
    .exactOptional(),
  count_digits: whole(1, 9).exactOptional(),
  err_digits: whole(1, 9).exactOptional(),
  stats: statWords.exactOptional(),
  early: duration.exactOptional(),
}).transform(camelKeys);

const account: z.ZodType<Account> = mapping({
  system_id: ascii(15),
  password: ascii(8),
  max_sessions: whole(1).exactOptional(),
  receipts: receipts.exactOptional(),
}).transform(camelKeys);

/** Outcomes cannot be made before the seed is known. */
type OutcomeOf = (seed: number) => OutcomeRule;

const outcomeName = z.string().superRefine((given, context) => {
  try {
    outcomeNamed(given);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    context.addIssue(error.message.replace(/^.*: expected /, ""));
  }
});

const weight = z.number({ error: "a weight" }).min(0, { error: "a weight from 0" });

/** `by_ending`, `{ DELIVRD: 9, UNDELIV: 1 }`, or a list that is gone through in turn. */
const outcomes: z.ZodType<OutcomeOf> = z.union(
  [
    z.literal("by_ending").transform(() => () => outcomeByEnding),
    z
      .record(outcomeName, weight)
      .refine((given) => Object.values(given).some((share) => share > 0))
      .transform((given) => (seed: number) => outcomeByWeights(given, seed)),
    z
      .array(outcomeName)
      .min(1)
      .transform((given) => () => outcomeInTurn(given)),
  ],
  {
    error:
      "by_ending, a mapping of outcomes to weights, or a list of outcomes; " +
      "outcomes are words of receipts (DELIVRD, UNDELIV, ...) and names of a command_status",
  },
);

const delay = z.union([duration, z.tuple([duration, duration])], {
  error: "seconds, text like 250ms, or two of them: [from, to]",
});

/** The keys of a scenario that are options of `Smsc`. */
export const optionKeys = {
  port: whole(0, 65_535).exactOptional(),
  host: text.exactOptional(),
  system_id: ascii(15).exactOptional(),
  accounts: z.array(account, { error: "a list of accounts" }).exactOptional(),
  seed: whole(0, 2 ** 32 - 1).exactOptional(),
  outcomes: outcomes.exactOptional(),
  message_ids: word(["counting", "uuid"]).exactOptional(),
  receipts: receipts.exactOptional(),
  receipt_delay: delay.exactOptional(),
  validity: duration.exactOptional(),
  window: whole(1).exactOptional(),
  store_limit: whole(0).exactOptional(),
  store_octets: whole(0).exactOptional(),
  queue_limit: whole(0).exactOptional(),
  queue_octets: whole(0).exactOptional(),
  max_connections: whole(1).exactOptional(),
  attempts: whole(1).exactOptional(),
  retry_delay: duration.exactOptional(),
  request_timeout: duration.exactOptional(),
  bind_timeout: duration.exactOptional(),
  enquire_link_interval: duration.exactOptional(),
  ussd_session: word([
    "its_session_info",
    "its_session_info_counting",
    "user_message_reference",
    "none",
  ]).exactOptional(),
  ussd_timeout: duration.exactOptional(),
};

const options = mapping(optionKeys);

/** The options of `Smsc` that a scenario names. */
export function optionsOf(given: z.output<typeof options>): SmscOptions {
  const { outcomes: outcomeOf, message_ids, ...rest } = given;
  const random = randomFrom(given.seed ?? 1);
  const outcome = outcomeOf?.(given.seed ?? 1);
  return {
    ...camelKeys(rest),
    ...(outcome && { outcome }),
    ...(message_ids === "uuid" && { messageId: () => uuidFrom(random) }),
  };
}
