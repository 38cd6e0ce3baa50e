/** Refuses what is above a rate. */
import { Status } from "@esme/pdu";
import { requestFault } from "./fault.ts";
import { perSecond, refusal } from "./fault-keys.ts";

export const throttle = requestFault({
  fault: "throttle",
  title: "Throttle",
  says: "Refuses what is above a rate, as operators do with accounts that send too fast.",
  about: "answers",
  keys: {
    /** Requests let through in a second. */
    perSecond: {
      is: perSecond,
      says: "messages let through",
      form: { kind: "number", value: 10, unit: "a second" },
    },
    /** Default ESME_RTHROTTLED. */
    status: refusal("ESME_RTHROTTLED"),
  },
  script({ perSecond, status = Status.ESME_RTHROTTLED }) {
    let second = Number.NEGATIVE_INFINITY;
    let taken = 0;
    return (_, { now }) => {
      if (now - second >= 1000) {
        second = now;
        taken = 0;
      }
      return ++taken > perSecond ? [{ do: "answer", command_status: status }] : undefined;
    };
  },
});
