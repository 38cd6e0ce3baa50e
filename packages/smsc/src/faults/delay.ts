/** Answers late. */
import { z } from "zod";
import { requestFault } from "./fault.ts";
import { delay as anyDelay, draw, milliseconds } from "./fault-keys.ts";

export const delay = requestFault({
  fault: "delay",
  title: "Answer late",
  says: "Answers after a while. With jitter answers overtake each other.",
  about: "answers",
  keys: {
    /** Milliseconds, or two of them: anything between them. */
    ms: {
      is: anyDelay,
      says: "delay, or from and to",
      form: { kind: "number", value: 500, unit: "ms" },
    },
    /** Milliseconds more or less. Default 0. */
    jitter: {
      is: milliseconds.exactOptional(),
      says: "more or less",
      form: { kind: "number", value: 0, unit: "ms" },
    },
    /** Keeps each answer behind the one before it. Default false. */
    ordered: {
      is: z.boolean({ error: "true or false" }).exactOptional(),
      says: "keeps each answer behind the one before it",
    },
  },
  script({ ms, jitter = 0, ordered = false }) {
    let last = 0;
    return (_, { now, random }) => {
      const drawn = draw(ms, random) + (jitter === 0 ? 0 : (2 * random() - 1) * jitter);
      const after = Math.max(0, drawn, ordered ? last - now : 0);
      last = Math.max(last, now + after);
      return [{ do: "answer", after }];
    };
  },
});
