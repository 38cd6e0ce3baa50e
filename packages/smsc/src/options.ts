/** What can be set about a message centre, and the defaults. */
import type { TlsOptions } from "node:tls";
import { encode } from "@esme/pdu";
import type { SmppServerOptions } from "@esme/server";
import { type Logger, silentLogger } from "@esme/session";
import { checkOptions, type OptionTable, oneOf } from "@esme/settings";
import type { Delay } from "./faults/fault-keys.ts";
import type { Submission } from "./life/message-store.ts";
import { type OutcomeRule, outcomeByEnding } from "./life/outcome.ts";
import { dialectOptions, type SmscReceipts } from "./life/receipt-dialect.ts";
import type { SubmitAnswer } from "./life/submit-answer.ts";
import type { UssdSessionCarrier } from "./phones/ussd-session.ts";
import { type Account, checkAccount } from "./sessions/accounts.ts";
import type { SmscSession } from "./sessions/smsc-session.ts";
import { accountsInAll } from "./structures/quota.ts";
import { longestWait } from "./structures/timers.ts";

/** Settings of `Smsc`. Times are milliseconds. */
export interface SmscOptions {
  /** 0 takes a free one; `smsc.port` tells which. Default 2775. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Certificate and key make it a TLS server, see `tls.createServer`. */
  readonly tls?: TlsOptions | undefined;
  /** How it names itself in bind responses. Default `esme-smsc`. */
  readonly system_id?: string | undefined;
  /** Who may bind. Default: everybody, with any password. */
  readonly accounts?: readonly Account[] | undefined;
  /** Decides about a submission first: a command_status, or fields of the response. */
  readonly onSubmit?:
    | ((pdu: Submission, session: SmscSession) => SubmitAnswer | Promise<SubmitAnswer>)
    | undefined;
  /** What becomes of a message. Default {@link outcomeByEnding}. */
  readonly outcome?: OutcomeRule | undefined;
  /** Names each message: at most 64 characters. Default: ten decimal digits, counting from 0000000001. */
  readonly messageId?: (() => string) | undefined;
  /** From the submission to the final state of a message, and its receipt. Default 100. */
  readonly receiptDelay?: Delay | undefined;
  /** How receipts and message ids look; accounts may have their own. Default: SMPP 3.4, Appendix B. */
  readonly receipts?: SmscReceipts | undefined;
  /** After so long a message expires that names no validity_period. Default 86,400,000, a day. */
  readonly validity?: number | undefined;
  /** What carries the number of a USSD dialogue. Default its_session_info. */
  readonly ussdSession?: UssdSessionCarrier | undefined;
  /**
   * How long one side of a USSD dialogue waits for the other, the phone for the next screen and the
   * application for the phone; then it is over, and the application is told so. Default 60,000.
   */
  readonly ussdTimeout?: number | undefined;
  /** Messages that query_sm, cancel_sm and replace_sm can find: the last ones. Default 100,000. */
  readonly storeLimit?: number | undefined;
  /** Octets that the texts of those may take. Default 67,108,864 (64 MiB). */
  readonly storeOctets?: number | undefined;
  /**
   * For each account: deliver_sm that may wait for a receiver, messages that may wait for a phone,
   * USSD dialogues at a time. All accounts together may have four times as many. Default 100,000.
   */
  readonly queueLimit?: number | undefined;
  /**
   * Octets that those deliver_sm of one account may take, and its messages until their final state:
   * one more submission is answered ESME_RMSGQFUL. Each counts 512 octets besides its text. All
   * accounts together may have four times as many. Default 134,217,728 (128 MiB).
   */
  readonly queueOctets?: number | undefined;
  /**
   * Connections to the port at one time; one more is closed at once. Default 10,000: a connection takes
   * some 50 kB, all of them half a gigabyte.
   */
  readonly maxConnections?: number | undefined;
  /** deliver_sm without an answer, for each session. Default 10. */
  readonly window?: number | undefined;
  /** How long to wait for the answer to a deliver_sm. Default 30,000. */
  readonly requestTimeout?: number | undefined;
  /** How long a deliver_sm waits after a temporary error before it is sent again. Default 2,000. */
  readonly retryDelay?: number | undefined;
  /** How often a deliver_sm is sent at most. Default 10. */
  readonly attempts?: number | undefined;
  /** A connection that has not bound in this time is closed. Default 30,000. */
  readonly bindTimeout?: number | undefined;
  /** Silence after which the peer is asked for a sign of life; 0 never asks. Default 30,000. */
  readonly enquireLinkInterval?: number | undefined;
  /** Makes the random choices of behaviours repeatable. Default 1. */
  readonly seed?: number | undefined;
  /** Hears of binds, refusals and faults; never of passwords, numbers or texts. Default: nobody. */
  readonly logger?: Logger | undefined;
}

/** Options with every default in its place. */
export type ResolvedOptions = {
  readonly [K in keyof SmscOptions]-?:
    | Exclude<SmscOptions[K], undefined>
    | (K extends "tls" | "accounts" | "onSubmit" ? undefined : never);
};

/** What each option may be; the limits of numbers are checked below. */
const table = {
  port: "number",
  host: "string",
  tls: "object",
  system_id: "string",
  accounts: "array",
  onSubmit: "function",
  outcome: "function",
  messageId: "function",
  receiptDelay: ["number", "array"],
  receipts: "object",
  validity: "number",
  ussdSession: oneOf(
    "its_session_info",
    "its_session_info_counting",
    "user_message_reference",
    "none",
  ),
  ussdTimeout: "number",
  storeLimit: "number",
  storeOctets: "number",
  queueLimit: "number",
  queueOctets: "number",
  maxConnections: "number",
  window: "number",
  requestTimeout: "number",
  retryDelay: "number",
  attempts: "number",
  bindTimeout: "number",
  enquireLinkInterval: "number",
  seed: "number",
  logger: ["object", "function"],
} as const satisfies OptionTable<SmscOptions>;

/**
 * Puts in the defaults for what is absent. Throws TypeError for an option that there is not or a value
 * of another type, RangeError for a value that cannot work.
 */
export function resolved(options: SmscOptions): ResolvedOptions {
  checkOptions("Smsc", options, table);
  for (const [index, account] of (options.accounts ?? []).entries()) {
    checkAccount(account, `Smsc: accounts[${index}]`);
  }
  if (options.receipts !== undefined) {
    checkOptions("Smsc: receipts", options.receipts, dialectOptions, { noun: "key" });
  }
  let messages = 0;
  const {
    port = 2775,
    host = "127.0.0.1",
    tls,
    system_id = "esme-smsc",
    accounts,
    onSubmit,
    outcome = outcomeByEnding,
    messageId = () => String(++messages).padStart(10, "0"),
    receiptDelay = 100,
    receipts = {},
    validity = 86_400_000,
    ussdSession = "its_session_info",
    ussdTimeout = 60_000,
    storeLimit = 100_000,
    storeOctets = 64 << 20,
    queueLimit = 100_000,
    queueOctets = 128 << 20,
    maxConnections = 10_000,
    window = 10,
    requestTimeout = 30_000,
    retryDelay = 2_000,
    attempts = 10,
    bindTimeout = 30_000,
    enquireLinkInterval = 30_000,
    seed = 1,
    logger = silentLogger,
  } = options;
  if (system_id.length > 15) {
    throw new RangeError(`system_id has ${system_id.length} characters: at most 15 fit`);
  }
  check("port", port, 0, 65_535);
  check("storeLimit", storeLimit, 0);
  check("storeOctets", storeOctets, 0);
  check("queueLimit", queueLimit, 0);
  check("queueOctets", queueOctets, 0);
  check("maxConnections", maxConnections, 1);
  check("window", window, 1);
  check("attempts", attempts, 1);
  check("validity", validity, 0);
  for (const ms of typeof receiptDelay === "number" ? [receiptDelay] : receiptDelay) {
    check("receiptDelay", ms, 0, longestWait);
  }
  const times = { ussdTimeout, requestTimeout, retryDelay, bindTimeout, enquireLinkInterval };
  for (const [name, value] of Object.entries(times)) check(name, value, 0, longestWait);
  return {
    port,
    host,
    tls,
    system_id,
    accounts,
    onSubmit,
    outcome,
    messageId: () => checkedId(messageId()),
    receiptDelay,
    receipts,
    validity,
    ussdSession,
    storeLimit,
    storeOctets,
    queueLimit,
    queueOctets,
    maxConnections,
    window,
    attempts,
    seed,
    logger,
    ...times,
  };
}

/** What the server underneath is told. Limits by address are for servers on the Internet. */
export function serverOptions(options: ResolvedOptions): SmppServerOptions {
  const { accounts, maxConnections, queueLimit, queueOctets, ...rest } = options;
  const { port, host, tls, system_id, logger, window, attempts, retryDelay } = rest;
  const { requestTimeout, bindTimeout, enquireLinkInterval } = rest;
  return {
    port,
    host,
    tls,
    system_id,
    ...(accounts === undefined
      ? { onBind: () => true }
      : { accounts: accounts.map(({ receipts: _, ...account }) => account) }),
    maxSessions: maxConnections,
    maxSessionsPerAddress: Number.POSITIVE_INFINITY,
    maxSessionsPerAccount: Number.POSITIVE_INFINITY,
    maxRefusedBindsPerAddress: Number.POSITIVE_INFINITY,
    queueLimit,
    queueOctets,
    totalQueueLimit: accountsInAll * queueLimit,
    totalQueueOctets: accountsInAll * queueOctets,
    window,
    attempts,
    retryDelay,
    requestTimeout,
    bindTimeout,
    enquireLinkInterval,
    logger,
  };
}

function check(name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} is ${value}: expected a whole number from ${min} to ${max}`);
}

/** A message_id as `messageId` gave it. Throws TypeError or PduError for one that no response can carry. */
function checkedId(message_id: unknown): string {
  if (typeof message_id !== "string") {
    throw new TypeError(`messageId gave ${JSON.stringify(message_id)}: expected text`);
  }
  // Nearly all of them: spared the codec.
  if (!/^[!-~]{1,64}$/.test(message_id)) encode({ command: "submit_sm_resp", message_id });
  return message_id;
}
