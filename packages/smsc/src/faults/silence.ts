/** Leaves the connection open and neither reads nor writes. */
import { requestFault } from "./fault.ts";
import { milliseconds } from "./fault-keys.ts";

export const silence = requestFault({
  fault: "silence",
  title: "Go silent",
  says: "The connection stays open, but nothing is read or written any more: what the peer writes backs up.",
  about: "link",
  keys: {
    lasts: {
      is: milliseconds.exactOptional(),
      says: "after so long everything goes on where it was",
    },
  },
  script:
    ({ lasts }) =>
    () => [{ do: "silence", ...(lasts !== undefined && { lasts }) }],
});
