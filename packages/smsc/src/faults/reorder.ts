/** Swaps answers that follow each other. */
import { requestFault } from "./fault.ts";
import { milliseconds } from "./fault-keys.ts";

export const reorder = requestFault({
  fault: "reorder",
  title: "Swap answers",
  says: "Every other answer comes behind the one that follows it.",
  about: "answers",
  keys: {
    /** Milliseconds. Default 50. */
    ms: {
      is: milliseconds.exactOptional(),
      says: "how late",
      form: { kind: "number", value: 50, unit: "ms" },
    },
  },
  script:
    ({ ms = 50 }) =>
    (_, { count }) => [{ do: "answer", after: count % 2 === 1 ? ms : 0 }],
});
