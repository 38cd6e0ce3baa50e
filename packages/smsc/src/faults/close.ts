/** Closes the connection instead of an answer. */
import { requestFault } from "./fault.ts";

export const close = requestFault({
  fault: "close",
  title: "Hang up",
  says: "Closes the connection instead of answering.",
  about: "link",
  keys: {},
  script: () => () => [{ do: "close" }],
});
