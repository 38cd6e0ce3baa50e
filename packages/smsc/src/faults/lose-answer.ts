/** Takes the request, but the answer is lost. */
import { requestFault } from "./fault.ts";

export const loseAnswer = requestFault({
  fault: "lose_answer",
  title: "Lose the answer",
  says: "Takes the message, but the answer never comes: was it sent or not?",
  about: "answers",
  keys: {},
  script: () => () => [{ do: "answer", edit: () => new Uint8Array() }],
});
