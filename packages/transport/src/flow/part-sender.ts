/** Sends one part of a message until the SMSC has decided about it, or nobody will any more. */

import type {
  LinkError,
  LinkLossAnswer,
  RequestQueue,
  StatusError,
  TimeoutError,
} from "@esme/client";
import { type Pdu, type PduError, type PduInputOf, Status } from "@esme/pdu";
import { refusalOf } from "@esme/processors";
import { reasonOf } from "@esme/settings";
import { type Pauses, pause } from "../broker/retry.ts";
import type { StatusTable } from "../config/values/status-table.ts";
import type { VendorTlvSettings } from "../config/values/vendor-tlvs.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";

type SubmitSm = PduInputOf<"submit_sm">;

/** What `PartSender` needs from the rest of the worker. */
export interface PartSenderOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What becomes of a part that was written and not answered when the link died. */
  readonly onLinkLoss: "requeue" | "nack";
  /** The key and the class of the sequencer: for messages. */
  readonly sequencer: string;
  /** What the SMSC's own refusals mean. */
  readonly statuses: StatusTable;
  /** Refusals that the request queue waits out: such a part comes back when its time is over. */
  readonly throttleStatuses: readonly number[];
  /** The SMSC's own TLVs, by name. */
  readonly tlvs: VendorTlvSettings;
  /** Between the tries of a part that is to be tried again. */
  readonly retryPauses: Pauses;
  /** How long after its timestamp a message may be sent, in milliseconds; 0 for ever. */
  readonly expiry: number;
  /** Aborted when nothing is waited for any more, as the worker stops. */
  readonly stopped: AbortSignal;
  /** `isHolding` changed. */
  onHold(): void;
}

/** Where and until when the parts of one message go. */
export interface SendOptions {
  /** Keeps the place of a part that was in flight on a lost link. */
  readonly requestQueue: Pick<RequestQueue, "request">;
  /** On the clock of `Date.now()`; Infinity without. */
  readonly deadline: number;
  /** Until when an unsent part is held here, on the same clock; then it is `unsent`. */
  readonly holdUntil: number;
}

/** What the SMSC said to one part. */
export type PartOutcome =
  | { readonly kind: "accepted"; readonly smppId: string; readonly resent: boolean }
  | Refused
  | Unsent;

/** It will not be sent; `details` is what the SMSC's answer says beside its status. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: string;
  readonly details?: RefusalDetails;
}

/** The TLVs of an error response, for `transport_metadata`. */
export type RefusalDetails = ReturnType<typeof refusalOf>["transport_metadata"];

/** It is to come again; `written` when the SMSC may have some of it. */
export interface Unsent {
  readonly kind: "unsent";
  readonly reason: string;
  readonly written: boolean;
}

/**
 * A try that is not the last: it is sent again after a pause, or after the long one that the SMSC's
 * `stop` asks for.
 */
interface Next {
  readonly kind: "hold" | "later";
  readonly reason: string;
  readonly details?: RefusalDetails;
}

/** What happened to a part so far. */
interface History {
  /** Links that were lost with it: the SMSC may have it as often. */
  lost: number;
  /** Whether it is not to be sent again after the last of them. */
  isGivenUp: boolean;
  /** Links that were lost for it while they carried other parts. */
  notBound: number;
  /** Parts of all messages that had been accepted at the last such loss. */
  accepted: number;
}

/**
 * A part that was written and never answered is sent this often in all, then it is refused. So is
 * one that alone is told that the session is not bound.
 */
const maxTries = 3;

/** The link is well and will never carry this request: sent again it would be refused again. */
const unsendable: ReadonlySet<LinkError["code"]> = new Set(["version", "wrong_state"]);

/** The fate of parts, one by one. */
export class PartSender {
  readonly #options: PartSenderOptions;
  readonly #throttling: ReadonlySet<number>;
  /** Parts that the SMSC took. */
  #accepted = 0;
  /** Parts whose last answer was `stop`. */
  #held = 0;

  constructor(options: PartSenderOptions) {
    this.#options = options;
    this.#throttling = new Set(options.throttleStatuses);
  }

  /** Whether the SMSC's last word to some part was that nothing more is to be sent for a while. */
  get isHolding(): boolean {
    return this.#held > 0;
  }

  /** The words for a message whose time is over. */
  get expired(): string {
    return `expired: not sent within ${this.#options.expiry / 1_000} s (submit_expiry)`;
  }

  /** Sends until there is an outcome; never rejects. */
  async send(pdu: SubmitSm, sendOptions: SendOptions): Promise<PartOutcome> {
    const { retryPauses, stopped } = this.#options;
    const history: History = { lost: 0, isGivenUp: false, notBound: 0, accepted: this.#accepted };
    let isHeld = false;
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#try(pdu, sendOptions, history);
      const refusedAll = outcome.kind === "hold";
      if (isHeld !== refusedAll) this.#hold(refusedAll ? 1 : -1);
      isHeld = refusedAll;
      if (!isNext(outcome)) return outcome;
      const { initial, max } = retryPauses;
      await pause({ initial: refusedAll ? max : initial, max }, tries, stopped);
      const end = this.#endOf(sendOptions, outcome, history);
      if (!end) continue;
      if (isHeld) this.#hold(-1);
      return end;
    }
  }

  async #try(
    pdu: SubmitSm,
    sendOptions: SendOptions,
    history: History,
  ): Promise<PartOutcome | Next> {
    const { requestQueue, deadline, holdUntil } = sendOptions;
    try {
      const { message_id } = await requestQueue.request(pdu, {
        // How long a part may wait for its turn.
        waitTimeout: Math.max(1, Math.min(deadline, holdUntil) - Date.now()),
        onLinkLoss: (error) => this.#onLinkLoss(error, history),
      });
      this.#accepted += 1;
      this.#options.metrics.answered(Status.ESME_ROK);
      return { kind: "accepted", smppId: message_id, resent: history.lost > 0 };
    } catch (error) {
      return this.#meaningOf(error, sendOptions, history);
    }
  }

  /** Whether a part that was in flight on a lost link goes out on the next one. */
  #onLinkLoss({ code, written }: LinkError, history: History): LinkLossAnswer {
    const { metrics, onLinkLoss } = this.#options;
    if (code === "bind_lost" && !written) {
      // The SMSC refused this part as if the session were not bound. When the sessions carry other
      // parts, it is this part that is refused.
      if (this.#accepted > history.accepted) history.notBound += 1;
      history.accepted = this.#accepted;
      return history.notBound < maxTries ? "resend" : "reject";
    }
    // Only a stop closes it. The message goes back to its queue, for another worker.
    if (code === "closed") return "reject";
    history.lost += 1;
    history.isGivenUp = onLinkLoss === "nack" || history.lost >= maxTries;
    if (history.isGivenUp) return "reject";
    metrics.resent();
    return "resend";
  }

  #hold(change: 1 | -1): void {
    const before = this.isHolding;
    this.#held += change;
    if (this.isHolding !== before) this.#options.onHold();
  }

  /** What a part that still waits comes to, if its time is over. */
  #endOf(
    { deadline, holdUntil }: SendOptions,
    { reason, details }: Omit<Refused, "kind">,
    { lost }: History,
  ): PartOutcome | undefined {
    const now = Date.now();
    if (now >= deadline) return { kind: "refused", reason, ...(details && { details }) };
    const isOver = this.#options.stopped.aborted || now >= holdUntil;
    return isOver ? { kind: "unsent", reason, written: lost > 0 } : undefined;
  }

  #meaningOf(error: unknown, sendOptions: SendOptions, history: History): PartOutcome | Next {
    const { logger, metrics } = this.#options;
    const reason = reasonOf(error);
    const failure = failureOf(error);
    switch (failure?.name) {
      case "StatusError":
        return this.#meaningOfStatus(failure.response, sendOptions, history);
      case "LinkError":
        return this.#meaningOfLink(failure, sendOptions, history);
      case "TimeoutError":
        if (failure.code !== "wait_timeout") return { kind: "refused", reason };
        if (Date.now() < sendOptions.deadline) return { kind: "later", reason };
        metrics.expired();
        return { kind: "refused", reason: this.expired };
      case "PduError":
        return { kind: "refused", reason };
      default:
        // Neither the SMSC nor the message is at fault: a store of sequence numbers, for instance.
        logger.warn({ err: error }, "a part could not be numbered, trying again");
        return { kind: "later", reason };
    }
  }

  #meaningOfStatus(response: Pdu, sendOptions: SendOptions, history: History): PartOutcome | Next {
    const { metrics, statuses, tlvs } = this.#options;
    const { command_status: status } = response;
    metrics.answered(status);
    const reason = statuses.reason(status);
    const { transport_metadata: details } = refusalOf(response, tlvs);
    // The request queue gives such a part up when the part's own time is over, and not before.
    if (this.#throttling.has(status)) {
      return (
        this.#endOf(sendOptions, { reason, details }, history) ?? { kind: "later", reason, details }
      );
    }
    switch (statuses.reactionTo(status)) {
      case "retry":
        return { kind: "later", reason, details };
      case "stop":
        return { kind: "hold", reason, details };
      default:
        return { kind: "refused", reason, details };
    }
  }

  #meaningOfLink(error: LinkError, sendOptions: SendOptions, history: History): PartOutcome | Next {
    const { cause, code, message, written } = error;
    if (unsendable.has(code)) return { kind: "refused", reason: message };
    if (code === "sequence_number") {
      return { kind: "refused", reason: `${this.#options.sequencer}: ${message}` };
    }
    if (history.isGivenUp) {
      const often = history.lost === 1 ? "once" : `${history.lost} times`;
      return { kind: "refused", reason: `${message} (sent ${often})` };
    }
    if (written && code === "closed") return { kind: "unsent", reason: message, written };
    // A link comes, or its window has room again; or the worker stops.
    if (written || code !== "bind_lost") return { kind: "later", reason: message };
    // What the SMSC refused as not bound, and #onLinkLoss gave up.
    const refusal = failureOf(cause);
    return refusal?.name === "StatusError"
      ? this.#meaningOfStatus(refusal.response, sendOptions, history)
      : { kind: "refused", reason: message };
  }
}

function isNext(outcome: PartOutcome | Next): outcome is Next {
  return outcome.kind === "hold" || outcome.kind === "later";
}

type Failure = LinkError | PduError | StatusError | TimeoutError;

const failures: ReadonlySet<unknown> = new Set<Failure["name"]>([
  "LinkError",
  "PduError",
  "StatusError",
  "TimeoutError",
]);

/** The error, if it is one of the client's: by name, since there may be two copies of a package. */
function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !("code" in error) || !failures.has(error.name))
    return undefined;
  // These names with a code are given by no others.
  return error as Failure;
}
