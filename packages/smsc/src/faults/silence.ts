/** Leaves the connection open and says nothing more. */
import { requestFault } from "./fault.ts";

export const silence = requestFault({
  fault: "silence",
  title: "Go silent",
  says: "A half-open link: the connection stays, but nothing comes over it any more.",
  about: "link",
  keys: {},
  script: () => () => [{ do: "silence" }],
});
