/** Refuses with one status. */
import { requestFault } from "./fault.ts";
import { status } from "./fault-keys.ts";

export const refuse = requestFault({
  fault: "refuse",
  title: "Refuse",
  says: "Refuses every submission with one status.",
  about: "answers",
  keys: {
    /** The command_status. */
    status: {
      is: status,
      says: "command_status of the refusal",
      form: { kind: "status", value: "ESME_RSYSERR" },
    },
  },
  script:
    ({ status }) =>
    () => [{ do: "answer", command_status: status }],
});
