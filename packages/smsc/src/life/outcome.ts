/** What becomes of a message: refused at once, or its final state. */
import { MessageState, Status } from "@esme/pdu";
import { receiptStates } from "@esme/receipts";
import { z } from "zod";
import { chooserOf, randomFrom } from "../structures/random.ts";

/** What becomes of one message. Without any key: accepted, then delivered. */
export interface Outcome {
  /** Other than ESME_ROK: the submission is refused with it. */
  readonly command_status?: number;
  /** The final state (a value of `MessageState`). Default DELIVERED. */
  readonly message_state?: number;
  /** `err` of the receipt and `error_code` of query_sm, 0 to 255. Default 0, or 1 when not delivered. */
  readonly error_code?: number;
}

/** What an outcome may depend on. */
export interface Submitted {
  /** The account that submits. */
  readonly system_id: string;
  readonly source_addr: string;
  readonly destination_addr: string;
}

/** Chooses the outcome of a message when it is submitted. */
export type OutcomeRule = (submitted: Submitted) => Outcome;

/**
 * The default rule: the last digits of the destination say what happens, so that the sender chooses.
 *
 * - `…9999dd`: refused with the command_status dd, in decimal: 999911 ESME_RINVDSTADR,
 *   999988 ESME_RTHROTTLED, 999920 ESME_RMSGQFUL, 999908 ESME_RSYSERR.
 * - `…88880s`: accepted and ends in the message_state s: 888803 EXPIRED, 888804 DELETED,
 *   888805 UNDELIVERABLE, 888806 ACCEPTED, 888807 UNKNOWN, 888808 REJECTED; 888801 stays ENROUTE.
 * - anything else: accepted and delivered.
 */
export function outcomeByEnding({
  destination_addr,
}: Pick<Submitted, "destination_addr">): Outcome {
  const [, refusal, state] = /(?:9999(\d\d)|88880([1-8]))$/.exec(destination_addr) ?? [];
  if (refusal !== undefined) return { command_status: Number(refusal) };
  if (state !== undefined) return { message_state: Number(state) };
  return delivered;
}

const delivered: Outcome = {};

/**
 * Draws what becomes of each message, by weight: `{ DELIVRD: 0.9, UNDELIV: 0.1 }`. Names are the
 * words of receipts, and statuses (`ESME_RTHROTTLED`) for refusals. The same seed draws the same.
 *
 * Throws TypeError for an unknown name, RangeError for impossible weights.
 */
export function outcomeByWeights(weights: OutcomeWeights, seed = 1): OutcomeRule {
  const choose = chooserOf(
    Object.entries(weights).map(([name, weight]) => [outcomeNamed(name), weight] as const),
  );
  const random = randomFrom(seed);
  return () => choose(random);
}

/** The outcomes of a list in turn, again and again. Throws TypeError for an unknown name, or for none. */
export function outcomeInTurn(names: readonly string[]): OutcomeRule {
  const outcomes = names.map(outcomeNamed);
  let turn = 0;
  const next = (): Outcome => {
    const outcome = outcomes[turn++ % outcomes.length];
    if (outcome === undefined) throw new TypeError("outcomes: expected at least one");
    return outcome;
  };
  next();
  turn = 0;
  return next;
}

/** How often each outcome comes, in proportion. */
export type OutcomeWeights = Readonly<Record<string, number>>;

/** The outcome with a name, such as UNDELIV or ESME_RSYSERR. Throws TypeError for another. */
export function outcomeNamed(name: string): Outcome {
  const state = receiptStates.find(({ stat }) => stat === name);
  if (state !== undefined) return { message_state: state.message_state };
  const command_status = new Map<string, number>(Object.entries(Status)).get(name);
  if (command_status === undefined) {
    throw new TypeError(`no outcome ${JSON.stringify(name)}: expected ${outcomeNames}`);
  }
  return { command_status };
}

const outcomeNames = `one of ${receiptStates.map(({ stat }) => stat).join(", ")}, or a command_status by name`;

/** An outcome with its defaults. */
export function completed(outcome: Outcome): Required<Outcome> {
  const { command_status = Status.ESME_ROK, message_state = MessageState.DELIVERED } = outcome;
  const { error_code = message_state === MessageState.DELIVERED ? 0 : 1 } = outcome;
  return { command_status, message_state, error_code };
}

const outcomeName = z.string().superRefine((given, context) => {
  try {
    outcomeNamed(given);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    context.addIssue(error.message.replace(/^.*: expected /, ""));
  }
});

const weight = z.number({ error: "a weight" }).min(0, { error: "a weight from 0" });

/** In a file: `by_ending`, `{ DELIVRD: 9, UNDELIV: 1 }`, or a list that is gone through in turn. */
export const outcomesInFiles: z.ZodType<(seed: number) => OutcomeRule> = z.union(
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
