/** Answers with a command_length that is not true. */
import { whole } from "../input/input.ts";
import { requestFault } from "./fault.ts";
import { withUint32 } from "./malformations.ts";

export const badLength = requestFault({
  fault: "bad_length",
  title: "Bad length",
  says: "Answers with a wrong command_length: the octets after it cannot be read.",
  about: "link",
  keys: {
    /** The command_length. Default 2,147,483,647. */
    length: {
      is: whole(0, 0xffff_ffff).exactOptional(),
      says: "command_length",
      form: { kind: "number", value: 0x7fff_ffff, unit: "octets" },
    },
  },
  script:
    ({ length = 0x7fff_ffff }) =>
    () => [{ do: "answer", edit: (octets) => withUint32(octets, 0, length) }],
});
