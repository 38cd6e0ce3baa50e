/** Answers with a sequence number that nobody used. */
import { requestFault } from "./fault.ts";
import { withWrongSequence } from "./malformations.ts";

export const wrongSequence = requestFault({
  fault: "wrong_sequence",
  title: "Wrong sequence number",
  says: "Answers with a sequence number that nobody used.",
  about: "answers",
  keys: {},
  script: () => () => [{ do: "answer", edit: withWrongSequence }],
});
