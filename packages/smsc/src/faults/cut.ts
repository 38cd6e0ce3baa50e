/** Closes the connection in the middle of the answer. */
import { requestFault } from "./fault.ts";

export const cut = requestFault({
  fault: "cut",
  title: "Cut in the middle",
  says: "Closes the connection after half of an answer.",
  about: "link",
  keys: {},
  script: () => () => [
    { do: "answer", edit: (octets) => octets.subarray(0, octets.length >> 1) },
    { do: "close" },
  ],
});
