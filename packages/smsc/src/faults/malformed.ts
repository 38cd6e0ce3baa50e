/** Answers with a PDU that is wrong inside. */
import { z } from "zod";
import { requestFault } from "./fault.ts";
import { type Malformation, malformations } from "./malformations.ts";

const names = Object.keys(malformations).filter(isMalformation);

export const malformed = requestFault({
  fault: "malformed",
  title: "Malformed answer",
  says: "Answers with a PDU that is wrong inside, in a way of your choice.",
  about: "answers",
  keys: {
    /** What is wrong with it. Default `overlong_tlv`. */
    kind: {
      is: z.enum(names, { error: `one of ${names.join(", ")}` }).exactOptional(),
      says: "what is wrong",
      form: { kind: "choice", value: names[0] ?? "", choices: names },
    },
  },
  script({ kind = "overlong_tlv" }) {
    if (!isMalformation(kind)) {
      const given = JSON.stringify(kind);
      throw new TypeError(`malformed: no kind ${given}, expected one of ${names.join(", ")}`);
    }
    const spoil = malformations[kind];
    return (_, { random }) => [{ do: "answer", edit: (octets) => spoil(octets, random) }];
  },
});

function isMalformation(name: string): name is Malformation {
  return Object.hasOwn(malformations, name);
}
