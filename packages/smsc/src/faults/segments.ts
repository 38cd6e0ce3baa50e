/** Writes a few octets at a time, each piece after the one before has left. */
import { whole } from "../input/input.ts";
import { connectionFault } from "./fault.ts";

export const segments = connectionFault({
  fault: "segments",
  title: "Tiny segments",
  says: "Writes a few octets at a time: every PDU arrives in pieces.",
  about: "link",
  keys: {
    /** Octets written at a time. Default 1. */
    octets: {
      is: whole(1).exactOptional(),
      says: "in one piece",
      form: { kind: "number", value: 1, unit: "octets" },
    },
  },
  line: ({ octets = 1 }) => ({ segment: octets }),
});
