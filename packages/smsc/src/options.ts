/** What can be set about a message centre, and the defaults. */
import type { TlsOptions } from "node:tls";
import { type Logger, silentLogger } from "@esme/session";
import type { Account } from "./accounts.ts";
import type { SubmitAnswer } from "./message-centre.ts";
import type { Submission } from "./message-store.ts";
import { type OutcomeRule, outcomeByEnding } from "./outcome.ts";
import type { SmscSession } from "./smsc-session.ts";

/** Settings of `Smsc`. Times are milliseconds. */
export interface SmscOptions {
  /** 0 takes a free one; `smsc.port` tells which. Default 2775. */
  readonly port?: number;
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Certificate and key make it a TLS server, see `tls.createServer`. */
  readonly tls?: TlsOptions;
  /** How it names itself in bind responses. Default `esme-smsc`. */
  readonly system_id?: string;
  /** Who may bind. Default: everybody, with any password. */
  readonly accounts?: readonly Account[];
  /** Decides about a submission first: a command_status, or fields of the response. */
  readonly onSubmit?: (
    pdu: Submission,
    session: SmscSession,
  ) => SubmitAnswer | Promise<SubmitAnswer>;
  /** What becomes of a message. Default {@link outcomeByEnding}. */
  readonly outcome?: OutcomeRule;
  /** Names each message. Default: ten decimal digits, counting from 0000000001. */
  readonly messageId?: () => string;
  /** From the submission to the final state of a message, and its receipt. Default 100. */
  readonly receiptDelay?: number;
  /** Messages that query_sm, cancel_sm and replace_sm can find. Default 100,000. */
  readonly storeLimit?: number;
  /** deliver_sm that may wait for a receiver. Default 100,000. */
  readonly queueLimit?: number;
  /** deliver_sm without an answer, for each session. Default 10. */
  readonly window?: number;
  /** How long to wait for the answer to a deliver_sm. Default 30,000. */
  readonly requestTimeout?: number;
  /** How long a deliver_sm waits after a temporary error before it is sent again. Default 2,000. */
  readonly retryDelay?: number;
  /** How often a deliver_sm is sent at most. Default 10. */
  readonly attempts?: number;
  /** A connection that has not bound in this time is closed. Default 30,000. */
  readonly bindTimeout?: number;
  /** Silence after which the peer is asked for a sign of life; 0 never asks. Default 30,000. */
  readonly enquireLinkInterval?: number;
  /** Makes the random choices of behaviours repeatable. Default 1. */
  readonly seed?: number;
  /** Hears of binds, refusals and faults; never of passwords, numbers or texts. Default: nobody. */
  readonly logger?: Logger;
}

/** Options with every default in its place. */
export type ResolvedOptions = SmscOptions &
  Required<Omit<SmscOptions, "tls" | "accounts" | "onSubmit">>;

/** Puts in the defaults for what is absent. */
export function resolved(options: SmscOptions): ResolvedOptions {
  let messages = 0;
  return {
    port: 2775,
    host: "127.0.0.1",
    system_id: "esme-smsc",
    outcome: outcomeByEnding,
    messageId: () => String(++messages).padStart(10, "0"),
    receiptDelay: 100,
    storeLimit: 100_000,
    queueLimit: 100_000,
    window: 10,
    requestTimeout: 30_000,
    retryDelay: 2_000,
    attempts: 10,
    bindTimeout: 30_000,
    enquireLinkInterval: 30_000,
    seed: 1,
    logger: silentLogger,
    ...options,
  };
}
