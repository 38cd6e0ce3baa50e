/** Answers twice. */
import { requestFault } from "./fault.ts";

export const duplicate = requestFault({
  fault: "duplicate",
  title: "Answer twice",
  says: "Sends every answer a second time.",
  about: "answers",
  keys: {},
  script: () => () => [{ do: "answer" }, { do: "answer" }],
});
