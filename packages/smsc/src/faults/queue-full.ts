/** A queue that empties at its own pace. */
import { Status } from "@esme/pdu";
import { whole } from "../input/input.ts";
import { requestFault } from "./fault.ts";
import { perSecond, refusal } from "./fault-keys.ts";

export const queueFull = requestFault({
  fault: "queue_full",
  title: "Queue full",
  says: "A queue of fixed size that empties at a fixed rate: refuses while it is full.",
  about: "answers",
  keys: {
    /** Places in the queue. */
    places: { is: whole(0), says: "places in the queue", form: { kind: "number", value: 100 } },
    /** Messages that leave it in a second. */
    perSecond: {
      is: perSecond,
      says: "messages that leave it",
      form: { kind: "number", value: 10, unit: "a second" },
    },
    /** Default ESME_RMSGQFUL. */
    status: refusal("ESME_RMSGQFUL"),
  },
  script({ places, perSecond, status = Status.ESME_RMSGQFUL }) {
    let waiting = 0;
    let counted = 0;
    return (_, { now }) => {
      waiting = Math.max(0, waiting - ((now - counted) / 1000) * perSecond);
      counted = now;
      if (waiting + 1 > places) return [{ do: "answer", command_status: status }];
      waiting++;
      return undefined;
    };
  },
});
