/** What can be set about the simulator, and the defaults. */
import type { TlsOptions } from "node:tls";
import { encode } from "@esme/pdu";
import type { SmppServerOptions } from "@esme/server";
import { type Logger, silentLogger } from "@esme/session";
import {
  checkOptions,
  LONGEST_TIME,
  type OptionRow,
  type OptionValues,
  oneOf,
  typeName,
} from "@esme/settings";
import { z } from "zod";
import type { Delay } from "./faults/fault-keys.ts";
import { duration, text } from "./input/input.ts";
import { ascii, count, integer, type SettingRow, some, time } from "./input/option-row.ts";
import type { Submission } from "./life/message-store.ts";
import { type OutcomeRule, outcomeByEnding, outcomesInFiles } from "./life/outcome.ts";
import { dialectOptions, receiptsInFiles, type SmscReceipts } from "./life/receipt-dialect.ts";
import type { SubmitAnswer } from "./life/submit-answer.ts";
import type { UssdSessionCarrier } from "./phones/ussd-session.ts";
import { type Account, accountInFiles, checkAccounts } from "./sessions/accounts.ts";
import type { SmscSession } from "./sessions/smsc-session.ts";
import { accountsInAll } from "./structures/quota.ts";
import { randomFrom, uuidFrom } from "./structures/random.ts";

const messageIdsInFiles = z.enum(["counting", "uuid"]).transform((word) => (seed: number) => {
  const random = randomFrom(seed);
  return word === "uuid" ? () => uuidFrom(random) : undefined;
});

const isTime = (given: unknown): given is number =>
  typeof given === "number" && given >= 0 && given <= LONGEST_TIME;

/** Milliseconds, or two of them. */
const delayRow: SettingRow<Delay> = {
  type: "number",
  expected: "milliseconds, or two of them: [from, to]",
  read: (given) => {
    if (isTime(given)) return given;
    if (!Array.isArray(given) || given.length !== 2) return undefined;
    const [from, to] = given;
    return isTime(from) && isTime(to) ? [from, to] : undefined;
  },
  got: (given) => (typeof given === "number" ? String(given) : typeName(given)),
  inFiles: {
    is: z.union([duration, z.tuple([duration, duration])], {
      error: "seconds, text like 250ms, or two of them: [from, to]",
    }),
  },
};

/** Loggers are objects or functions with methods. */
const loggerRow: SettingRow<Logger> = {
  expected: "an object or a function",
  read: (given) =>
    typeof given === "function" || typeName(given) === "an object"
      ? (given as Logger) // its methods are found when they are called
      : undefined,
};

/** A row for each option; the doc comment is its row of the README, and ends with the default. */
export const settings = {
  /** TCP port; 0 takes a free one, and `smsc.port` says which. Default 2775. */
  port: integer(2775, [0, 65_535], {
    value: "<number>",
    says: "port to listen on, 0 for any free one",
  }),
  /** Address to listen on. Default 127.0.0.1. */
  host: { ...some<string>("string"), default: "127.0.0.1", inFiles: { is: text } },
  /** Certificate and key make it a TLS server, see `tls.createServer`. Default: no TLS. */
  tls: { ...some<TlsOptions>("object"), inFiles: false },
  /** How it names itself in bind responses. Default `esme-smsc`. */
  system_id: ascii("esme-smsc", 15),
  /**
   * Who may bind: `{ system_id, password, maxSessions?, receipts? }[]`. All others are answered
   * ESME_RINVSYSID, ESME_RINVPASWD or ESME_RALYBND. Default: everybody, with any password.
   */
  accounts: {
    ...some<readonly Account[]>("array"),
    inFiles: { is: z.array(accountInFiles, { error: "a list of accounts" }) },
  },
  /**
   * Decides about a submission first: gives a command_status, or fields of the response, or nothing.
   * Default: nobody decides.
   */
  onSubmit: {
    ...some<(pdu: Submission, session: SmscSession) => SubmitAnswer | Promise<SubmitAnswer>>(
      "function",
    ),
    inFiles: false,
  },
  /** What becomes of a message: refused, or its final state. Default: its last digits say it. */
  outcome: {
    ...some<OutcomeRule>("function"),
    default: outcomeByEnding,
    inFiles: { key: "outcomes", is: { bySeed: outcomesInFiles } },
  },
  /** Names each message: at most 64 characters. Default: ten decimal digits, counting from 0000000001. */
  messageId: {
    ...some<() => string>("function"),
    inFiles: { key: "message_ids", is: { bySeed: messageIdsInFiles } },
  },
  /**
   * From the submission to the final state of a message, and its receipt; `[from, to]` draws it.
   * Default 100.
   */
  receiptDelay: {
    ...delayRow,
    default: 100,
    flag: { value: "<ms>", says: "from a submission to its receipt" },
  },
  /** How receipts and message ids look; accounts may have their own. Default: SMPP 3.4, Appendix B. */
  receipts: {
    ...some<SmscReceipts>("object"),
    default: {} as SmscReceipts, // nothing that differs
    inFiles: { is: receiptsInFiles },
  },
  /** After so long a message expires that names no validity_period. Default 86,400,000, a day. */
  validity: { ...count(86_400_000, 0), inFiles: { is: duration } },
  /** What carries the number of a USSD dialogue. Default its_session_info. */
  ussdSession: {
    ...oneOf("its_session_info", "its_session_info_counting", "user_message_reference", "none"),
    default: "its_session_info" as UssdSessionCarrier, // one of them, not this one alone
  },
  /**
   * How long one side of a USSD dialogue waits for the other, the phone for the next screen and the
   * application for the phone; then it is over, and the application is told so. Default 60,000.
   */
  ussdTimeout: time(60_000),
  /** Messages that query_sm, cancel_sm and replace_sm can find: the last ones. Default 100,000. */
  storeLimit: count(100_000, 0),
  /** Octets that the texts of those may take. Default 67,108,864 (64 MiB). */
  storeOctets: count(64 << 20, 0),
  /**
   * For each account: deliver_sm on their way, messages that wait for a phone, USSD dialogues. All
   * accounts together may have four times as many. Default 100,000.
   */
  queueLimit: count(100_000, 0),
  /**
   * For each account: octets of deliver_sm on their way, and of messages until their final state;
   * beyond it ESME_RMSGQFUL. Each counts 512 octets besides its fields. All accounts together may have
   * four times as many. Default 134,217,728 (128 MiB).
   */
  queueOctets: count(128 << 20, 0),
  /**
   * Connections to the port at one time, some 50 kB each; one more is closed at once and counted in
   * `refusedConnections` (`maxSessions` in the log). Default 10,000.
   */
  maxConnections: count(10_000, 1, {
    value: "<n>",
    says: "connections at one time; one more is closed at once",
  }),
  /** deliver_sm without an answer, for each session. Default 10. */
  window: count(10, 1),
  /** How long to wait for the answer to a deliver_sm. Default 30,000. */
  requestTimeout: time(30_000),
  /** How long a deliver_sm waits after a temporary error before it is sent again. Default 2,000. */
  retryDelay: time(2_000),
  /** How often a deliver_sm is sent at most. Default 10. */
  attempts: count(10, 1),
  /** A connection that has not bound in this time is closed. Default 30,000. */
  bindTimeout: time(30_000),
  /** Silence after which the peer is asked for a sign of life; 0 never asks. Default 30,000. */
  enquireLinkInterval: time(30_000),
  /** Makes random choices repeatable. Default 1. */
  seed: integer(1, [0, 2 ** 32 - 1], {
    value: "<number>",
    says: "makes random choices repeatable",
  }),
  /** Hears of binds, refusals and faults; never of passwords, numbers or texts. Default: nobody. */
  logger: { ...loggerRow, default: silentLogger, inFiles: false },
} as const;

type Settings = typeof settings;

/** Settings of `Smsc`. Times are milliseconds. */
export type SmscOptions = {
  readonly [K in keyof Settings]?: Settings[K] extends OptionRow<infer T> ? T | undefined : never;
};

/** Options with every default in its place. */
export type ResolvedOptions = OptionValues<Omit<Settings, "messageId">> & {
  readonly messageId: () => string;
};

/**
 * Puts in the defaults for what is absent. Throws TypeError for an option that there is not or a value
 * of another type, RangeError for a value that cannot work.
 */
export function resolved(options: SmscOptions): ResolvedOptions {
  checkOptions("Smsc", options, settings);
  const { accounts, receipts } = options;
  if (accounts !== undefined) checkAccounts("Smsc: accounts", accounts);
  if (receipts !== undefined) {
    checkOptions("Smsc: receipts", receipts, dialectOptions, { noun: "key" });
  }
  let messages = 0;
  const { messageId = () => String(++messages).padStart(10, "0") } = options;
  const rows: [string, SettingRow<unknown>][] = Object.entries(settings);
  const given: Readonly<Record<string, unknown>> = { ...options };
  const values = Object.fromEntries(rows.map(([name, row]) => [name, given[name] ?? row.default]));
  // `as`: fromEntries forgets which name has which type. Each value was checked by its own row.
  return { ...(values as ResolvedOptions), messageId: () => checkedId(messageId()) };
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

/** A message_id as `messageId` gave it. Throws TypeError or PduError for one that no response can carry. */
function checkedId(message_id: unknown): string {
  if (typeof message_id !== "string") {
    throw new TypeError(`messageId gave ${JSON.stringify(message_id)}: expected text`);
  }
  // Nearly all of them: spared the codec.
  if (!/^[!-~]{1,64}$/.test(message_id)) encode({ command: "submit_sm_resp", message_id });
  return message_id;
}
