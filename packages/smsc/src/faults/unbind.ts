/** Answers, then asks to unbind. */
import { requestFault } from "./fault.ts";

export const unbind = requestFault({
  fault: "unbind",
  title: "Unbind",
  says: "Answers, then asks to unbind.",
  about: "link",
  keys: {},
  script: () => () => [{ do: "answer" }, { do: "unbind" }],
});
