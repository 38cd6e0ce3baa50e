/** What goes wrong with Redis, and what to do about it. */
import { reasonOf as messageOf } from "@esme/settings";

/** Redis did not answer, or not with what was asked for. `cause` has what the client says. */
export class RedisError extends Error {
  override readonly name = "RedisError";
  /**
   * `unavailable`: no answer in time, no connection, no replica that confirms, or a server that takes
   * nothing now, because it starts, is full, gives way to another or refuses this user; the same call
   * may work later. `failed`: Redis refused this command, or what is stored under the key is not ours.
   */
  readonly code: "unavailable" | "failed";

  constructor(code: RedisError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How Redis refuses. */
interface Refusal {
  readonly says: RegExp;
  /** Whether it passes without anybody changing the command. */
  readonly code: RedisError["code"];
  readonly advice: string;
  /**
   * Redis did nothing, and may take the same in a moment: it is asked again until the time is over.
   * `elsewhere`: of another server, where there are several.
   */
  readonly again?: "here" | "elsewhere";
}

const refusals: readonly Refusal[] = [
  {
    says: /^(?:WRONGPASS|NOAUTH)\b/,
    code: "unavailable",
    advice: "check user and password of the URL",
  },
  {
    says: /^(?:NOPERM\b|ERR The user executing the script )/,
    code: "unavailable",
    advice:
      "let this user run evalsha, eval and the commands of hashes and sorted sets on this key",
  },
  {
    says: /^READONLY\b/,
    code: "unavailable",
    advice: "give the URL of the primary, not of a replica",
    again: "elsewhere",
  },
  { says: /^OOM\b/, code: "unavailable", advice: "give Redis more maxmemory" },
  { says: /^MISCONF\b/, code: "unavailable", advice: "see why Redis cannot write to its disk" },
  { says: /^LOADING\b/, code: "unavailable", advice: "try again", again: "here" },
  {
    says: /^(?:MOVED|ASK|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/,
    code: "unavailable",
    advice: "try again",
    again: "elsewhere",
  },
  {
    says: /^(?:BUSY|NOREPLICAS|UNBLOCKED|ERR max number of clients)\b/,
    code: "unavailable",
    advice: "try again",
  },
  {
    says: /^(?:WRONGTYPE|ERR value is not an integer|ERR increment or decrement would overflow)\b/,
    code: "failed",
    advice: "another program uses this key, choose another key or prefix",
  },
];

/** The row for what Redis said; undefined for everything else. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  return refusals.find(({ says }) => says.test(error.message));
}

/** Redis begins an error with a word in capitals, and the client never: it may be of another copy of `redis`. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{3,}\b/.test(error.message);
}

/** What it says, without the place in the script; of several tries the first one's. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return reasonOf(error.errors[0]);
  return messageOf(error).replace(/\.? script: [0-9a-f]{40}, on @user_script:\d+\.?$/, "");
}
