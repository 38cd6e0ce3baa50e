/** Decides how long to wait before the next attempt to connect. */
import { Status } from "@esme/pdu";
import { isStatusError } from "@esme/session";

/** How a client comes back after its link was lost. Times are milliseconds. */
export interface ReconnectOptions {
  /** Upper bound of the first wait; it doubles with every failure in a row. Default 1,000. */
  initialDelay?: number | undefined;
  /** The largest upper bound. Default 60,000. */
  maxDelay?: number | undefined;
  /** Wait after ESME_RALYBND: the peer has not noticed yet that the old session is gone. Default 5,000. */
  alreadyBoundDelay?: number | undefined;
  /**
   * Wait after the peer refused system_id, password or system_type. Long, because many SMSCs lock
   * an account after a few tries. Default 60,000.
   */
  refusedDelay?: number | undefined;
  /** Other command_status values of a bind response after which to wait so long. Default none. */
  refusedStatuses?: readonly number[] | undefined;
  /** A link that lived this long was a good one: the next wait starts small again. Default 10,000. */
  stableAfter?: number | undefined;
}

/** {@link ReconnectOptions} with nothing left open. */
export type BackOff = {
  readonly [K in keyof ReconnectOptions]-?: NonNullable<ReconnectOptions[K]>;
};

/** Fills in the defaults. */
export function backOffOf(options: ReconnectOptions): BackOff {
  return {
    initialDelay: options.initialDelay ?? 1_000,
    maxDelay: options.maxDelay ?? 60_000,
    alreadyBoundDelay: options.alreadyBoundDelay ?? 5_000,
    refusedDelay: options.refusedDelay ?? 60_000,
    refusedStatuses: options.refusedStatuses ?? [],
    stableAfter: options.stableAfter ?? 10_000,
  };
}

const credentialStatuses: ReadonlySet<number> = new Set([
  Status.ESME_RINVPASWD,
  Status.ESME_RINVSYSID,
  Status.ESME_RINVSYSTYP,
]);

/** Why the last attempt failed, as far as it decides the wait. */
export type FailureKind = "refused" | "already_bound" | "link";

/** Sorts the error of a failed attempt; `refused` has more statuses that mean so. */
export function failureKind(error: unknown, refused: readonly number[] = []): FailureKind {
  if (!isStatusError(error)) return "link";
  if (error.status === Status.ESME_RALYBND) return "already_bound";
  const { status } = error;
  return credentialStatuses.has(status) || refused.includes(status) ? "refused" : "link";
}

/**
 * Milliseconds to wait before the next attempt after `failures` failures in a row (1 or more).
 *
 * For a lost or refused connection exponential back-off with full jitter: anything from 0 to the
 * bound, so that a thousand clients of a restarted SMSC do not come back in step. The fixed waits
 * vary by a quarter. `random` is 0 up to 1.
 */
export function delayBefore(
  kind: FailureKind,
  failures: number,
  backOff: BackOff,
  random: number,
): number {
  if (kind === "refused") return vary(backOff.refusedDelay, random);
  if (kind === "already_bound") return vary(backOff.alreadyBoundDelay, random);
  // 2^52 is exact and beyond every maxDelay.
  const bound = backOff.initialDelay * 2 ** Math.min(failures - 1, 52);
  return Math.min(bound, backOff.maxDelay) * random;
}

function vary(delay: number, random: number): number {
  return delay * (0.75 + random / 2);
}
