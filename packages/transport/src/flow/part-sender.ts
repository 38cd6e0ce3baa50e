/** Sends one part of a message until the SMSC has decided about it, or nobody will any more. */
import { setTimeout as delay } from "node:timers/promises";
import type { Lane, LinkError, StatusError, TimeoutError } from "@esme/client";
import { type PduError, type PduInputOf, Status } from "@esme/pdu";
import type { StatusTable } from "../config/status-table.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";

type SubmitSm = PduInputOf<"submit_sm">;

/** What `PartSender` needs from the rest of the worker. */
export interface PartSenderOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What becomes of a part that was written and not answered when the link died. */
  readonly onLinkLoss: "requeue" | "nack";
  /** What the SMSC's own refusals mean. */
  readonly statuses: StatusTable;
  /** Between the tries of a part that is to be tried again, in milliseconds; doubling. */
  readonly retryPauses: { readonly initial: number; readonly max: number };
  /** How long after its timestamp a message may be sent, in milliseconds; 0 for ever. */
  readonly expiry: number;
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
  /** The SMSC refused with a status after which nothing more is to be sent for a while. */
  onStop(): void;
}

/** Where and until when the parts of one message go. */
export interface Errand {
  readonly lane: Pick<Lane, "request">;
  /** On the clock of `Date.now()`; Infinity without. */
  readonly deadline: number;
}

/** What the SMSC said to one part. */
export type PartOutcome =
  | { readonly kind: "accepted"; readonly smppId: string; readonly resent: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | Unsent;

/** It is to come again; `written` when the SMSC may have some of it. */
export interface Unsent {
  readonly kind: "unsent";
  readonly reason: string;
  readonly written: boolean;
}

/**
 * A try that is not the last: its link was lost with it, or refused it as not bound and was lost
 * then, or it is to be sent again after a pause.
 */
type Next =
  | { readonly kind: "lost" }
  | { readonly kind: "not_bound" }
  | { readonly kind: "later"; readonly reason: string };

/** What happened to a part so far. */
interface History {
  /** Links that were lost with it: the SMSC may have it as often. */
  lost: number;
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
  /** Parts that the SMSC took. */
  #accepted = 0;

  constructor(options: PartSenderOptions) {
    this.#options = options;
  }

  /** The words for a message whose time is over. */
  get expired(): string {
    return `expired: not sent within ${this.#options.expiry / 1_000} s (submit_expiry)`;
  }

  /** Sends until there is an outcome; never rejects. */
  async send(pdu: SubmitSm, { lane, deadline }: Errand): Promise<PartOutcome> {
    const { metrics, stopped } = this.#options;
    const history: History = { lost: 0, notBound: 0, accepted: this.#accepted };
    for (let tries = 1; ; tries += 1) {
      try {
        const { message_id } = await lane.request(pdu, waiting(deadline));
        this.#accepted += 1;
        metrics.answered(Status.ESME_ROK);
        return { kind: "accepted", smppId: message_id, resent: history.lost > 0 };
      } catch (error) {
        const outcome = this.#meaningOf(error, history);
        switch (outcome.kind) {
          case "lost":
            metrics.resent();
            break;
          case "not_bound":
            // The lane keeps it for the next session.
            break;
          case "later":
            await this.#pause(tries);
            if (stopped.aborted) return { ...outcome, kind: "unsent", written: history.lost > 0 };
            if (Date.now() >= deadline) return { ...outcome, kind: "refused" };
            break;
          default:
            return outcome;
        }
      }
    }
  }

  #meaningOf(error: unknown, history: History): PartOutcome | Next {
    const { logger, metrics } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    const failure = failureOf(error);
    switch (failure?.name) {
      case "StatusError":
        return this.#meaningOfStatus(failure.status, history);
      case "LinkError":
        return failure.code === "bind_lost" && !failure.written
          ? this.#meaningOfNotBound(failure, history)
          : this.#meaningOfLink(failure, history);
      case "TimeoutError":
        if (failure.code !== "wait_timeout") return { kind: "refused", reason };
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

  #meaningOfStatus(status: number, { lost }: History): PartOutcome | Next {
    const { metrics, onStop, statuses } = this.#options;
    metrics.answered(status);
    const reason = statuses.reason(status);
    const reaction = statuses.reactionTo(status);
    if (reaction === "retry") return { kind: "later", reason };
    if (reaction !== "stop") return { kind: "refused", reason };
    onStop();
    return { kind: "unsent", reason, written: lost > 0 };
  }

  /**
   * The SMSC refused the part as if the session were not bound, which ended the session: it waits
   * for the next one. When the sessions carry other parts, it is this part that is refused.
   */
  #meaningOfNotBound({ cause, message }: LinkError, history: History): PartOutcome | Next {
    if (this.#accepted > history.accepted) history.notBound += 1;
    history.accepted = this.#accepted;
    if (history.notBound < maxTries) return { kind: "not_bound" };
    const refusal = failureOf(cause);
    return refusal?.name === "StatusError"
      ? this.#meaningOfStatus(refusal.status, history)
      : { kind: "refused", reason: message };
  }

  #meaningOfLink({ code, message, written }: LinkError, history: History): PartOutcome | Next {
    if (unsendable.has(code)) return { kind: "refused", reason: message };
    // The sequencer has only numbers that are in flight: some answers later it has others.
    if (code === "sequence_number") return { kind: "later", reason: message };
    if (!written || code === "closed") {
      return { kind: "unsent", reason: message, written: written || history.lost > 0 };
    }
    history.lost += 1;
    const times = history.lost;
    if (this.#options.onLinkLoss !== "nack" && times < maxTries) return { kind: "lost" };
    const often = times === 1 ? "once" : `${times} times`;
    return { kind: "refused", reason: `${message} (sent ${often})` };
  }

  async #pause(tries: number): Promise<void> {
    const { retryPauses, stopped } = this.#options;
    const pause = Math.min(retryPauses.initial * 2 ** (tries - 1), retryPauses.max);
    await delay(pause, undefined, { signal: stopped }).catch(() => {});
  }
}

/** How long a part may wait for its turn. */
function waiting(deadline: number): { readonly waitTimeout: number } | undefined {
  if (deadline === Number.POSITIVE_INFINITY) return undefined;
  return { waitTimeout: Math.max(1, deadline - Date.now()) };
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
