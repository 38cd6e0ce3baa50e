/** Reads slowly: what the peer writes waits on its side once buffers are full. */
import { connectionFault } from "./fault.ts";
import { perSecond } from "./fault-keys.ts";

export const slowReading = connectionFault({
  fault: "slow_reading",
  title: "Read slowly",
  says: "Reads so few octets a second that what the ESME writes waits on its side.",
  about: "link",
  keys: {
    /** Octets read in a second. */
    octetsPerSecond: {
      is: perSecond,
      says: "rate",
      form: { kind: "number", value: 1_000, unit: "octets a second" },
    },
  },
  line: ({ octetsPerSecond }) => ({ octetsPerSecond }),
});
