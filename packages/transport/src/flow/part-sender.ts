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
import type { Pauses } from "../broker/retry.ts";
import type { StatusTable } from "../config/values/status-table.ts";
import type { VendorTlvSettings } from "../config/values/vendor-tlvs.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { HeldMessage, Intake, PauseReason } from "./intake.ts";
import type { Noted, PartNote, Told } from "./outbound-ledger.ts";

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
  /** Is told what parts wait for, and when that is over. */
  readonly intake: Pick<Intake, "begin" | "end" | "accepted" | "giveBack" | "wait">;
}

/** Where and until when the parts of one message go. A part that is unsent at `holdUntil` is `unsent`. */
export interface SendOptions extends HeldMessage {
  /** Keeps the place of a part that was in flight on a lost link. */
  readonly requestQueue: Pick<RequestQueue, "request">;
  /** On the clock of `Date.now()`; Infinity without. */
  readonly deadline: number;
  /** Whether it goes before all that wait without. */
  readonly priority: boolean;
  /** Of the part, in the ledger; absent without one. */
  readonly note?: PartNote;
}

/** What the SMSC said to one part. */
export type PartOutcome =
  | { readonly kind: "accepted"; readonly smppId: string; readonly resent: boolean }
  | Refused
  | Unsent
  /** Its message met its end before. */
  | { readonly kind: "ended"; readonly told: Told };

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
 * A try that is not the last. The next one is:
 * - `stop`, `store`: after a pause in which no more messages are taken, since the next one would fare
 *   alike; at once when another part is accepted;
 * - `link`: after a pause, or when a session is bound;
 * - `alone`: after a pause that nothing ends, since the SMSC refused this part and no other.
 */
interface Next {
  readonly kind: "next";
  readonly after: "stop" | "store" | "link" | "alone";
  readonly reason: string;
  readonly details?: RefusalDetails;
}

/** What keeps more messages from being taken while a part waits for it. */
type Hold = Extract<Next["after"], PauseReason>;

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

  constructor(options: PartSenderOptions) {
    this.#options = options;
    this.#throttling = new Set(options.throttleStatuses);
  }

  /** The words for a message whose time is over. */
  get expired(): string {
    return `expired: not sent within ${this.#options.expiry / 1_000} s (submit_expiry)`;
  }

  /** Sends until there is an outcome; never rejects. */
  async send(pdu: SubmitSm, sendOptions: SendOptions): Promise<PartOutcome> {
    const { intake } = this.#options;
    const history: History = { lost: 0, isGivenUp: false, notBound: 0, accepted: this.#accepted };
    let held: Hold | undefined;
    try {
      for (let tries = 1; ; tries += 1) {
        const outcome = await this.#try(pdu, sendOptions, history);
        if (!isNext(outcome)) return outcome;
        const { after, reason } = outcome;
        const hold = after === "stop" || after === "store" ? after : undefined;
        if (hold !== held) {
          if (hold !== undefined) intake.begin(hold, reason);
          if (held !== undefined) intake.end(held);
          held = hold;
        }
        const end = await this.#endOrPause(outcome, tries, sendOptions, history);
        if (end !== undefined) return end;
      }
    } finally {
      if (held !== undefined) intake.end(held);
    }
  }

  /** What a part comes to whose time is over, before the pause or at its end. */
  async #endOrPause(
    next: Next,
    tries: number,
    sendOptions: SendOptions,
    history: History,
  ): Promise<PartOutcome | undefined> {
    const { intake, retryPauses } = this.#options;
    const { deadline, holdUntil } = sendOptions;
    const end = this.#endOf(sendOptions, next, history);
    if (end !== undefined) return end;
    const { initial, max } = retryPauses;
    const pauses = { initial: next.after === "stop" ? max : initial, max };
    await intake.wait(pauses, tries, Math.min(deadline, holdUntil), wakers[next.after]);
    return this.#endOf(sendOptions, next, history);
  }

  async #try(
    pdu: SubmitSm,
    sendOptions: SendOptions,
    history: History,
  ): Promise<PartOutcome | Next> {
    const { requestQueue, deadline, holdUntil, note, priority } = sendOptions;
    try {
      const known = note && this.#meaningOfNoted(await note.begin(), history);
      if (known !== undefined) return known;
      const { message_id } = await requestQueue.request(pdu, {
        // How long a part may wait for its turn.
        waitTimeout: Math.max(1, Math.min(deadline, holdUntil) - Date.now()),
        priority,
        onLinkLoss: (error) => this.#onLinkLoss(error, history),
      });
      this.#accepted += 1;
      this.#options.intake.accepted();
      this.#options.metrics.answered(Status.ESME_ROK);
      return { kind: "accepted", smppId: message_id, resent: history.lost > 0 };
    } catch (error) {
      if (history.lost === 0 && !isWritten(error)) note?.undo();
      return this.#meaningOf(error, sendOptions, history);
    } finally {
      note?.leave();
    }
  }

  /** Undefined: the part is to be sent. */
  #meaningOfNoted(noted: Noted, history: History): PartOutcome | Next | undefined {
    switch (noted.kind) {
      case "begun":
        if (noted.isAgain) {
          history.lost += 1;
          this.#options.metrics.resent();
        }
        return undefined;
      case "accepted":
        return { ...noted, resent: false };
      case "ended":
        return noted;
      case "unknown":
        return { kind: "refused", reason: fateUnknown };
      case "busy":
        return {
          kind: "next",
          after: "alone",
          reason: "another delivery of the message is in hand",
        };
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

  /** What a part that still waits comes to, if its time is over. */
  #endOf(
    sendOptions: SendOptions,
    { after, reason, details }: Omit<Next, "kind">,
    { lost }: History,
  ): PartOutcome | undefined {
    const { intake, stopped } = this.#options;
    const { deadline, holdUntil } = sendOptions;
    const now = Date.now();
    if (now >= deadline) return { kind: "refused", reason, ...(details && { details }) };
    const isOver = now >= holdUntil;
    if (!isOver && !stopped.aborted) return undefined;
    // Before it ends to wait here: nothing may be taken in between.
    if (isOver && after !== "alone") {
      intake.giveBack(after === "link" ? undefined : after, sendOptions);
    }
    return { kind: "unsent", reason, written: lost > 0 };
  }

  #meaningOf(error: unknown, sendOptions: SendOptions, history: History): PartOutcome | Next {
    const { logger, metrics } = this.#options;
    const reason = reasonOf(error);
    const failure = failureOf(error);
    switch (failure?.name) {
      case "StatusError":
        return this.#meaningOfStatus(failure.response);
      case "LinkError":
        return this.#meaningOfLink(failure, sendOptions, history);
      case "TimeoutError":
        if (failure.code !== "wait_timeout") return { kind: "refused", reason };
        if (Date.now() < sendOptions.deadline) return { kind: "next", after: "link", reason };
        metrics.expired();
        return { kind: "refused", reason: this.expired };
      case "PduError":
        return { kind: "refused", reason };
      default:
        // Neither the SMSC nor the message is at fault: a store of sequence numbers, for instance.
        logger.debug({ err: error }, "a part could not be numbered, trying again");
        return { kind: "next", after: "store", reason };
    }
  }

  #meaningOfStatus(response: Pdu): PartOutcome | Next {
    const { metrics, statuses, tlvs } = this.#options;
    const { command_status: status } = response;
    metrics.answered(status);
    const reason = statuses.reason(status);
    const { transport_metadata: details } = refusalOf(response, tlvs);
    // The request queue gives such a part up when the part's own time is over, and not before.
    if (this.#throttling.has(status)) return { kind: "next", after: "link", reason, details };
    switch (statuses.reactionTo(status)) {
      case "retry":
        return { kind: "next", after: "alone", reason, details };
      case "stop":
        return { kind: "next", after: "stop", reason, details };
      default:
        return { kind: "refused", reason, details };
    }
  }

  #meaningOfLink(error: LinkError, { note }: SendOptions, history: History): PartOutcome | Next {
    const { cause, code, message, written } = error;
    if (unsendable.has(code)) return { kind: "refused", reason: message };
    if (code === "sequence_number") {
      return { kind: "refused", reason: `${this.#options.sequencer}: ${message}` };
    }
    if (history.isGivenUp) {
      const often = history.lost === 1 ? "once" : `${history.lost} times`;
      const fate = note === undefined ? "" : "fate unknown: ";
      return { kind: "refused", reason: `${fate}${message} (sent ${often})` };
    }
    if (written && code === "closed") return { kind: "unsent", reason: message, written };
    // A link comes, or its window has room again; or the worker stops.
    if (written || code !== "bind_lost") return { kind: "next", after: "link", reason: message };
    // What the SMSC refused as not bound, and #onLinkLoss gave up.
    const refusal = failureOf(cause);
    return refusal?.name === "StatusError"
      ? this.#meaningOfStatus(refusal.response)
      : { kind: "refused", reason: message };
  }
}

function isNext(outcome: PartOutcome | Next): outcome is Next {
  return outcome.kind === "next";
}

/** Of a part that was begun elsewhere. */
const fateUnknown =
  "fate unknown: a worker that is gone may have sent it, and no answer was noted (ledger.unknown)";

/** Whether the SMSC may have the part of this request. A refusal means that it does not. */
function isWritten(error: unknown): boolean {
  return (
    failureOf(error)?.name !== "StatusError" &&
    error instanceof Error &&
    "written" in error &&
    error.written === true
  );
}

/** What ends the pause before a try. */
const wakers = { stop: "accepted", store: "accepted", link: "linked", alone: undefined } as const;

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
