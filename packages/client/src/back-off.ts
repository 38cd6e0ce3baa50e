/** Decides how long to wait before the next attempt to connect. */
import { Status } from "@esme/pdu";
import { checkOptions, isStatusError, type OptionTable } from "@esme/session";

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

/** The longest time that a timer of Node.js counts, in milliseconds: nearly 25 days. */
const LONGEST_TIME = 0x7fff_ffff;

/** A row for a time in milliseconds, in a table of options. */
export function time(fallback: number, least = 0) {
  const limits = { least, most: LONGEST_TIME, unit: "milliseconds" };
  return { type: "number", default: fallback, ...limits } as const;
}

const times = {
  initialDelay: time(1_000),
  maxDelay: time(60_000),
  alreadyBoundDelay: time(5_000),
  refusedDelay: time(60_000),
  stableAfter: time(10_000),
} as const;

const reconnectOptions = {
  ...times,
  refusedStatuses: "array",
} as const satisfies OptionTable<ReconnectOptions>;

/**
 * Checks the options and fills in the defaults. Throws TypeError for an unknown option or a wrong
 * type, RangeError for what is no time.
 */
export function backOffOf(options: ReconnectOptions): BackOff {
  checkOptions("Client: reconnect", options, reconnectOptions);
  const time = (name: keyof typeof times) => options[name] ?? times[name].default;
  return {
    initialDelay: time("initialDelay"),
    maxDelay: time("maxDelay"),
    alreadyBoundDelay: time("alreadyBoundDelay"),
    refusedDelay: time("refusedDelay"),
    refusedStatuses: statusesOf(options.refusedStatuses ?? []),
    stableAfter: time("stableAfter"),
  };
}

/** Throws TypeError for a status that is no number: its name would match no response. */
function statusesOf(statuses: readonly unknown[]): number[] {
  return statuses.map((status, index) => {
    if (typeof status === "number") return status;
    const what = `Client: reconnect: refusedStatuses[${index}] is a ${typeof status}`;
    throw new TypeError(`${what}, expected a number such as Status.ESME_RINVSYSID`);
  });
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
  return Math.min(delay * (0.75 + random / 2), LONGEST_TIME);
}
