/** The delay before the next attempt to connect. */
import { Status } from "@esme/pdu";
import { isStatusError } from "@esme/session";
import { checkOptions, LONGEST_TIME, type OptionTable, time, typeName } from "@esme/settings";

/** The delays of the option `reconnect`, in milliseconds. */
export interface ReconnectOptions {
  /** The longest first delay. It doubles with every failure in a row. Default 1,000. */
  initialDelay?: number | undefined;
  /** The longest delay after many failures. Default 60,000. */
  maxDelay?: number | undefined;
  /**
   * The delay after ESME_RALYBND: the SMSC has not noticed yet that the old session is closed. Default
   * 5,000.
   */
  alreadyBoundDelay?: number | undefined;
  /**
   * The delay after the SMSC refused system_id, password or system_type (ESME_RINVSYSID,
   * ESME_RINVPASWD, ESME_RINVSYSTYP). Many SMSCs lock an account after a few attempts. Default 60,000.
   */
  refusedDelay?: number | undefined;
  /**
   * Other command_status values of a bind response that have `refusedDelay` (SMPP 3.4 section 5.1.3).
   * Default none.
   */
  refusedStatuses?: readonly number[] | undefined;
  /** A connection that was up for so long resets the number of failures. Default 10,000. */
  stableAfter?: number | undefined;
}

/** {@link ReconnectOptions} with their defaults. */
export type BackOff = {
  readonly [K in keyof ReconnectOptions]-?: NonNullable<ReconnectOptions[K]>;
};

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
 * type, RangeError for a number that is no time.
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

/** Throws TypeError for a status that is no number: the name of a status would match no response. */
function statusesOf(statuses: readonly unknown[]): number[] {
  return statuses.map((status, index) => {
    if (typeof status === "number") return status;
    const what = `Client: reconnect: refusedStatuses[${index}]`;
    const expected = "expected a number such as Status.ESME_RINVSYSID";
    throw new TypeError(`${what}: ${expected}, got ${typeName(status)}`);
  });
}

const credentialStatuses: ReadonlySet<number> = new Set([
  Status.ESME_RINVPASWD,
  Status.ESME_RINVSYSID,
  Status.ESME_RINVSYSTYP,
]);

/** Why an attempt failed: `link` is every failure but a refused bind that the other two name. */
export type FailureKind = "refused" | "already_bound" | "link";

/** The kind of the error of a failed attempt; `refused` adds statuses to those of the credentials. */
export function failureKind(error: unknown, refused: readonly number[] = []): FailureKind {
  if (!isStatusError(error)) return "link";
  if (error.status === Status.ESME_RALYBND) return "already_bound";
  const { status } = error;
  return credentialStatuses.has(status) || refused.includes(status) ? "refused" : "link";
}

/**
 * Milliseconds before the next attempt, after `failures` failures in a row (1 or more).
 *
 * `link` has exponential back-off with full jitter: a random delay from 0 to the bound, so that a thousand
 * clients of a restarted SMSC do not connect at the same moment. The fixed delays vary by a quarter.
 * `random` is at least 0 and less than 1.
 */
export function delayBefore(
  kind: FailureKind,
  failures: number,
  backOff: BackOff,
  random: number,
): number {
  if (kind === "refused") return withJitter(backOff.refusedDelay, random);
  if (kind === "already_bound") return withJitter(backOff.alreadyBoundDelay, random);
  // 2^52 is exact and larger than every maxDelay.
  const bound = backOff.initialDelay * 2 ** Math.min(failures - 1, 52);
  return Math.min(bound, backOff.maxDelay) * random;
}

function withJitter(delay: number, random: number): number {
  return Math.min(delay * (0.75 + random / 2), LONGEST_TIME);
}
