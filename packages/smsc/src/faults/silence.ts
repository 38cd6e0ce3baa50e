/** Leaves the connection open and neither reads nor writes. */
import { requestFault } from "./fault.ts";
import { milliseconds } from "./fault-keys.ts";

export const silence = requestFault({
  fault: "silence",
  title: "Go silent",
  says: "The connection stays open, but nothing is read or written: what the ESME writes waits on its side.",
  about: "link",
  keys: {
    lasts: {
      is: milliseconds.exactOptional(),
      says: "milliseconds until everything goes on",
    },
  },
  script:
    ({ lasts }) =>
    () => [{ do: "silence", ...(lasts !== undefined && { lasts }) }],
});
