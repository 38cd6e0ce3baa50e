/** Checks what processors of one's own give back: types are promises there, not facts. */

import { parseEvent, parseMessage } from "@esme/messages";
import type {
  DeliverProcessor,
  DeliverSmOutcome,
  SubmitProcessor,
  SubmitSm,
} from "@esme/processors";
import { reasonOf } from "@esme/settings";

/** The same processor; rejects, naming the class, when what comes back is no list of submit_sm. */
export function checkedSubmit(processor: SubmitProcessor, name: string): SubmitProcessor {
  return {
    async handleOutboundMessage(message) {
      const pdus: unknown = await processor.handleOutboundMessage(message);
      if (areSubmitSms(pdus)) return pdus;
      const told = `${name}: handleOutboundMessage() gave back ${shownPdus(pdus)}`;
      throw new TypeError(`${told}, expected a list of submit_sm`);
    },
  };
}

function areSubmitSms(pdus: unknown): pdus is SubmitSm[] {
  return Array.isArray(pdus) && pdus.length > 0 && pdus.every(isSubmitSm);
}

function isSubmitSm(pdu: unknown): boolean {
  return isObject(pdu) && Reflect.get(pdu, "command") === "submit_sm";
}

function shownPdus(pdus: unknown): string {
  if (!Array.isArray(pdus)) return kindOf(pdus);
  if (pdus.length === 0) return "an empty list";
  const index = pdus.findIndex((pdu) => !isSubmitSm(pdu));
  const pdu: unknown = pdus[index];
  const command: unknown = isObject(pdu) ? Reflect.get(pdu, "command") : undefined;
  return `${typeof command === "string" ? command : kindOf(pdu)} at [${index}]`;
}

/** The same processor; rejects, naming the class, when what comes back is no outcome. */
export function checkedDeliver(processor: DeliverProcessor, name: string): DeliverProcessor {
  const checked = (outcome: unknown, method: string): DeliverSmOutcome => {
    const problem = problemOf(outcome);
    // Without a problem it has a kind that the table knows, and what belongs to it.
    if (problem === undefined) return withCheckedRecall(outcome as DeliverSmOutcome, checked);
    throw new TypeError(`${name}: ${method}() gave back ${problem}`);
  };
  return {
    async handleDeliverSm(pdu, link) {
      return checked(await processor.handleDeliverSm(pdu, link), "handleDeliverSm");
    },
    ...(processor.handleEarlyReceipt && {
      async handleEarlyReceipt(...early) {
        return checked(await processor.handleEarlyReceipt?.(...early), "handleEarlyReceipt");
      },
    }),
    ...(processor.handleOverdueReceipt && {
      async handleOverdueReceipt(overdue) {
        return checked(await processor.handleOverdueReceipt?.(overdue), "handleOverdueReceipt");
      },
    }),
  };
}

function withCheckedRecall(
  outcome: DeliverSmOutcome,
  checked: (outcome: unknown, method: string) => DeliverSmOutcome,
): DeliverSmOutcome {
  if (outcome.kind !== "kept") return outcome;
  return { ...outcome, recall: async () => checked(await outcome.recall(), "recall") };
}

/** What each kind of outcome must bring along; undefined when it does. */
const outcomes: Readonly<
  Record<DeliverSmOutcome["kind"], (outcome: object) => string | undefined>
> = {
  not_handled: () => undefined,
  message: (outcome) => problemOfBody("message", Reflect.get(outcome, "message"), parseMessage),
  event: (outcome) => problemOfBody("event", Reflect.get(outcome, "event"), parseEvent),
  incomplete: () => undefined,
  repeated: () => undefined,
  settled: () => undefined,
  claimed: () => undefined,
  kept: (outcome) => {
    const fits = typeof Reflect.get(outcome, "recall") === "function";
    return fits && Number.isFinite(Reflect.get(outcome, "time"))
      ? undefined
      : "a kept receipt without `time` and `recall`";
  },
  unmatched: (outcome) =>
    isObject(Reflect.get(outcome, "receipt"))
      ? undefined
      : "an unmatched receipt without `receipt`",
};

const kinds = Object.keys(outcomes).join(", ");

function problemOf(outcome: unknown): string | undefined {
  if (!isObject(outcome) || !("kind" in outcome)) {
    return `${kindOf(outcome)}, expected a kind of ${kinds}`;
  }
  const { kind } = outcome;
  const check = Object.entries(outcomes).find(([name]) => name === kind)?.[1];
  if (check === undefined) return `the kind ${JSON.stringify(kind)}, expected one of ${kinds}`;
  return check(outcome);
}

function problemOfBody(
  what: string,
  body: unknown,
  parse: (body: string) => unknown,
): string | undefined {
  try {
    parse(JSON.stringify(body) ?? "");
    return undefined;
  } catch (error) {
    const reason = reasonOf(error);
    return `${what === "event" ? "an" : "a"} ${what} that is none: ${reason}`;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
