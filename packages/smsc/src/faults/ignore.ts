/** Neither takes the request nor answers. */
import { requestFault } from "./fault.ts";

export const ignore = requestFault({
  fault: "ignore",
  title: "Ignore",
  says: "Neither takes the message nor answers.",
  about: "answers",
  keys: {},
  script: () => () => [],
});
