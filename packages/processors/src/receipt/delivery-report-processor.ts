/** From a delivery receipt to the delivery_report event of the message that it is about. */

import type { EarlyReceipt, KnownMessage, OverdueReceipt, SmppCache } from "@esme/caches";
import { deliveryReport, formatTimestamp } from "@esme/messages";
import { EsmClass } from "@esme/pdu";
import {
  defaultStatusMapping,
  isFinalState,
  parseReceipt,
  type Receipt,
  type ReceiptOptions,
  type ReceiptPdu,
  stateName,
} from "@esme/receipts";
import { reasonOf } from "@esme/settings";
import * as z from "zod";
import { configError, readConfig } from "../config.ts";
import { capitals } from "../names.ts";
import type {
  DeliverProcessor,
  DeliverSm,
  DeliverSmOutcome,
  ProcessorDeps,
  ProcessorLogger,
  Settle,
} from "../processor.ts";
import { type DeliveryReportConfig, deliveryReportConfig } from "./delivery-report-config.ts";
import { type FinalState, PartReports } from "./part-reports.ts";
import { ReceiptDetails } from "./receipt-details.ts";
import { receiptReader } from "./receipt-regex.ts";
import { type KnownId, type ReceiptResult, WaitingReceipts } from "./waiting-receipts.ts";

/** What a receipt says of a message, whichever that is: what waits in the cache, as JSON. */
interface Facts extends FinalState {
  /** The ids that it has: one of them may be known later than the other. */
  ids: (string | null)[];
  details: Record<string, unknown>;
  /** Nothing can come after it. */
  final: boolean;
}

/**
 * The delivery report processor for most SMSCs: receipts in TLVs, in the body, in message_payload,
 * final or intermediate, and ahead of the id that they are about. An id is forgotten when the report of
 * a state was published after which no other can come; until it is forgotten for good, another
 * receipt for it is only answered.
 */
export class DeliveryReportProcessor implements DeliverProcessor {
  readonly #config: z.output<typeof deliveryReportConfig>;
  readonly #options: ReceiptOptions;
  readonly #cache: SmppCache;
  readonly #waiting: WaitingReceipts;
  readonly #partReports: PartReports;
  readonly #details: ReceiptDetails;
  readonly #now: () => Date;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(
    config: DeliveryReportConfig,
    deps: Pick<ProcessorDeps, "cache" | "logger" | "now" | "tlvs">,
  ) {
    this.#config = readConfig(deliveryReportConfig, config);
    const { regex, status_mapping = defaultStatusMapping, sources } = this.#config;
    const { early_receipts, id_format } = this.#config;
    this.#options = {
      status_mapping: capitals({ ...status_mapping, ...this.#config.status_additions }),
      sources,
      read: regex === undefined ? undefined : readerOf(regex, deps.logger ?? silent),
    };
    this.#cache = deps.cache;
    this.#waiting = new WaitingReceipts(deps.cache, early_receipts, id_format);
    this.#partReports = new PartReports(deps.cache);
    this.#details = new ReceiptDetails(this.#config, deps.tlvs ?? {});
    this.#now = deps.now ?? (() => new Date());
  }

  async handleDeliverSm(pdu: DeliverSm): Promise<DeliverSmOutcome> {
    const receipt = parseReceipt(pdu, this.#options);
    if (receipt === undefined) return { kind: "not_handled" };
    const facts = this.#factsOf(pdu, receipt);
    const result = await this.#waiting.match(facts.ids, JSON.stringify(facts));
    return this.#outcomeOf(result, receipt, facts, false);
  }

  /** Ignores what another processor put into the cache. */
  async handleEarlyReceipt(
    { token, receipt }: EarlyReceipt,
    smppId: string,
    message: KnownMessage,
  ): Promise<DeliverSmOutcome> {
    const facts = readFacts(receipt);
    if (facts === undefined) return { kind: "not_handled" };
    const outcome = await this.#report({ kind: "known", smppId, message }, facts, true);
    return forgotten(outcome, async (published) => {
      await this.#cache.settleReceipt?.(smppId, token, published);
    });
  }

  /** Ignores what another processor put into the cache. */
  async handleOverdueReceipt(overdue: OverdueReceipt): Promise<DeliverSmOutcome> {
    const facts = readFacts(overdue.receipt);
    if (facts === undefined) return { kind: "not_handled" };
    const found = await this.#waiting.overdue(overdue, facts.ids);
    return this.#outcomeOf(found, receiptOf(facts), facts, true);
  }

  /** The id in the TLV, then that in the text, where these are two. */
  #idsOf(pdu: DeliverSm, { id }: Receipt): (string | null)[] {
    if (pdu.receipted_message_id === undefined) return [id];
    const { esm_class, short_message, message_payload }: ReceiptPdu = pdu;
    const text = parseReceipt({ esm_class, short_message, message_payload }, this.#options);
    return [id, text?.id ?? null];
  }

  #factsOf(pdu: DeliverSm, receipt: Receipt): Facts {
    const state = stateOf(pdu, receipt);
    const { status } = receipt;
    const final = !isIntermediate(pdu) && isFinalState(state, status);
    const ids = this.#idsOf(pdu, receipt);
    return { status, state, final, ids, details: this.#details.of(pdu, receipt) };
  }

  async #outcomeOf(
    result: ReceiptResult,
    receipt: Receipt,
    facts: Facts,
    late: boolean,
  ): Promise<DeliverSmOutcome> {
    switch (result.kind) {
      case "known":
        return forgotten(await this.#report(result, facts, late), result.forget);
      case "unknown":
        return forgotten({ kind: "unmatched", receipt }, result.forget);
      case "settled":
        return forgotten({ kind: "settled" }, result.forget);
      case "claimed":
        return result;
      case "kept": {
        const recall = async () => this.#outcomeOf(await result.recall(), receipt, facts, true);
        return { ...result, recall };
      }
    }
  }

  async #report(
    { smppId, message }: KnownId,
    facts: Facts,
    late: boolean,
  ): Promise<DeliverSmOutcome> {
    const { messageId, info } = message;
    const details = { ...facts.details, ...this.#details.partOf(message) };
    const forget: Settle = async (published) => {
      if (published && facts.final) await this.#cache.deleteSmppMessageId(smppId);
    };
    const inParts = info !== undefined && info.total > 1 ? info : undefined;
    if (inParts === undefined || this.#config.multipart_reports === "per_part") {
      return { ...this.#event(messageId, facts, details, forget), ...(late && { late }) };
    }
    if (!facts.final) return { kind: "incomplete" };
    const { status, state } = facts;
    const whole = await this.#partReports.add(messageId, inParts, { status, state });
    if (whole === undefined) {
      await forget(true);
      return { kind: "incomplete" };
    }
    const settle: Settle = async (published) => {
      await whole.settle(published);
      await forget(published);
    };
    return { ...this.#event(messageId, whole, details, settle), ...(late && { late }) };
  }

  #event(
    messageId: string,
    { status, state }: FinalState,
    details: Record<string, unknown>,
    settle: Settle,
  ): DeliverSmOutcome {
    const event = deliveryReport(messageId, status, {
      timestamp: formatTimestamp(this.#now()),
      transport_metadata: { smpp_delivery_status: state, ...details },
    });
    return { kind: "event", event, settle };
  }
}

/**
 * The outcome of a receipt that the cache keeps until it was published; one of which nothing is
 * published is forgotten at once.
 */
async function forgotten(
  outcome: DeliverSmOutcome,
  forget: Settle | undefined,
): Promise<DeliverSmOutcome> {
  if (forget === undefined) return outcome;
  if (outcome.kind !== "event" && outcome.kind !== "unmatched") {
    await forget(true);
    return outcome;
  }
  const settle: Settle = async (published) => {
    await outcome.settle?.(published);
    await forget(published);
  };
  return { ...outcome, settle };
}

/** As far as it is in the cache. */
function receiptOf({ ids: [id = null], status, state }: Facts): Receipt {
  const unknown = { sub: null, dlvrd: null, submit_date: null, done_date: null, err: null };
  return { ...unknown, id, stat: state, text: null, status };
}

/** What waited in the cache; undefined for what another processor put there. */
function readFacts(text: string): Facts | undefined {
  const result = factsSchema.safeParse(parsed(text));
  return result.success ? result.data : undefined;
}

const factsSchema = z.object({
  status: z.enum(["pending", "delivered", "failed"]),
  state: z.string(),
  final: z.boolean(),
  ids: z.array(z.string().nullable()),
  details: z.record(z.string(), z.unknown()),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The word for the state: the name of the TLV's where there is one, else as the receipt has it. */
function stateOf(pdu: DeliverSm, receipt: Receipt): string {
  return pdu.message_state === undefined ? (receipt.stat ?? "") : stateName(pdu.message_state);
}

function isIntermediate({ esm_class }: DeliverSm): boolean {
  const { mask, intermediate_notification } = EsmClass.message_type;
  return (esm_class & mask) === intermediate_notification;
}

const silent: ProcessorLogger = { warn: () => {} };

function readerOf(regex: string, logger: ProcessorLogger): ReturnType<typeof receiptReader> {
  try {
    return receiptReader(regex, logger);
  } catch (error) {
    const message = reasonOf(error);
    // Messages of the engine repeat the whole expression.
    const reason = message.slice(message.lastIndexOf(": ") + 1).trim();
    const expected = `a regular expression with a group id (${reason})`;
    throw configError([{ path: ["regex"], expected, value: regex }], { cause: error });
  }
}
