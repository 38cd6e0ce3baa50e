/** Every fault in words, with what can be set about it: what the page makes its forms from. */
import { z } from "zod";
import { malformations } from "../malformations.ts";

const parameter = z.strictObject({
  name: z.string().describe("The key in the fault"),
  says: z.string(),
  unit: z.string().exactOptional(),
  kind: z.enum(["number", "status", "choice", "weights"]),
  value: z.union([z.number(), z.string()]).describe("What to begin with"),
  choices: z.array(z.string()).exactOptional(),
});

/** One fault that there is. */
export const knownFault = z
  .strictObject({
    fault: z.string(),
    title: z.string(),
    says: z.string().describe("What it does, in words"),
    about: z.enum(["answers", "link"]).describe("What it is a fault of"),
    parameters: z.array(parameter),
  })
  .meta({ id: "KnownFault" });

export type KnownFault = z.infer<typeof knownFault>;

type Parameter = z.infer<typeof parameter>;

function number(name: string, says: string, value: number, unit?: string): Parameter {
  return { name, says, kind: "number", value, ...(unit !== undefined && { unit }) };
}

function status(value: string): Parameter {
  return { name: "status", says: "command_status of the refusal", kind: "status", value };
}

const kinds = Object.keys(malformations);

/** In the order in which the page shows them: what real message centres do first. */
export const faultCatalogue: readonly KnownFault[] = [
  {
    fault: "throttle",
    title: "Throttle",
    says: "Refuses what is above a rate, as operators do with accounts that send too fast.",
    about: "answers",
    parameters: [
      number("per_second", "messages let through", 10, "a second"),
      status("ESME_RTHROTTLED"),
    ],
  },
  {
    fault: "queue_full",
    title: "Queue full",
    says: "A queue that empties at its own pace: refuses while every place is taken.",
    about: "answers",
    parameters: [
      number("places", "places in the queue", 100),
      number("per_second", "messages that leave it", 10, "a second"),
      status("ESME_RMSGQFUL"),
    ],
  },
  {
    fault: "refuse",
    title: "Refuse",
    says: "Refuses every submission with one status.",
    about: "answers",
    parameters: [status("ESME_RSYSERR")],
  },
  {
    fault: "random_status",
    title: "Random refusals",
    says: "Draws a status for each message, by weight; ESME_ROK lets it through.",
    about: "answers",
    parameters: [
      {
        name: "statuses",
        says: "statuses and their weights",
        kind: "weights",
        value: "ESME_ROK 8, ESME_RSYSERR 1, ESME_RTHROTTLED 1",
      },
    ],
  },
  {
    fault: "delay",
    title: "Answer late",
    says: "Answers after a while. With jitter answers overtake each other.",
    about: "answers",
    parameters: [number("ms", "delay", 500, "ms"), number("jitter", "more or less", 0, "ms")],
  },
  {
    fault: "reorder",
    title: "Swap answers",
    says: "Every other answer comes behind the one that follows it.",
    about: "answers",
    parameters: [number("ms", "how late", 50, "ms")],
  },
  {
    fault: "lose_answer",
    title: "Lose the answer",
    says: "Takes the message, but the answer never comes: was it sent or not?",
    about: "answers",
    parameters: [],
  },
  {
    fault: "ignore",
    title: "Ignore",
    says: "Neither takes the message nor answers.",
    about: "answers",
    parameters: [],
  },
  {
    fault: "duplicate",
    title: "Answer twice",
    says: "Sends every answer a second time.",
    about: "answers",
    parameters: [],
  },
  {
    fault: "wrong_sequence",
    title: "Wrong sequence number",
    says: "Answers with a sequence number that nobody used.",
    about: "answers",
    parameters: [],
  },
  {
    fault: "malformed",
    title: "Malformed answer",
    says: "Answers with a PDU that is wrong inside, in a way of your choice.",
    about: "answers",
    parameters: [
      {
        name: "kind",
        says: "what is wrong",
        kind: "choice",
        value: kinds[0] ?? "",
        choices: kinds,
      },
    ],
  },
  {
    fault: "bad_length",
    title: "Bad length",
    says: "Answers with a command_length that cannot be trusted; nothing behind it means anything.",
    about: "link",
    parameters: [number("length", "command_length", 2_147_483_647, "octets")],
  },
  {
    fault: "cut",
    title: "Cut in the middle",
    says: "Closes the connection after half of an answer.",
    about: "link",
    parameters: [],
  },
  {
    fault: "close",
    title: "Hang up",
    says: "Closes the connection instead of answering.",
    about: "link",
    parameters: [],
  },
  {
    fault: "unbind",
    title: "Unbind",
    says: "Answers, then asks to unbind.",
    about: "link",
    parameters: [],
  },
  {
    fault: "silence",
    title: "Go silent",
    says: "A half-open link: the connection stays, but nothing comes over it any more.",
    about: "link",
    parameters: [],
  },
  {
    fault: "slow_reading",
    title: "Read slowly",
    says: "Takes so few octets a second that what the ESME writes piles up on its side.",
    about: "link",
    parameters: [number("octets_per_second", "reads", 1_000, "octets a second")],
  },
  {
    fault: "segments",
    title: "Tiny segments",
    says: "Writes a few octets at a time: every PDU arrives in pieces.",
    about: "link",
    parameters: [number("octets", "in one piece", 1, "octets")],
  },
];
