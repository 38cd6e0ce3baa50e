/** From a delivery receipt to the delivery_report event of the message that it is about. */

import type { SmppCache } from "@esme/caches";
import { type DeliveryStatus, deliveryReport, formatTimestamp } from "@esme/messages";
import { EsmClass } from "@esme/pdu";
import * as z from "zod";
import { flag, readConfig } from "./config.ts";
import { isFinal, type StatusMapping, stateName } from "./delivery-status.ts";
import type { DeliverProcessor, DeliverSm, DeliverSmOutcome, ProcessorDeps } from "./processor.ts";
import { ConfigError } from "./processor-error.ts";
import { parseReceipt, type Receipt, type ReceiptOptions } from "./receipt.ts";
import { receiptReader } from "./receipt-regex.ts";

const statusSchema = z.enum(["pending", "delivered", "failed"], "pending, delivered or failed");

/** The keys of `dr_processor_config`. */
const deliveryReportConfig = z.strictObject({
  /**
   * Reads the body instead of the scanner for labels: an expression in Python's or JavaScript's
   * syntax with the groups `id` and `stat`, and others named as the fields of a `Receipt`.
   */
  regex: z.string("a regular expression").optional(),
  /**
   * States in capitals, and what each means. It takes the place of the whole default table; a state
   * that is not in it is pending.
   */
  status_mapping: z.record(z.string(), statusSchema, "states and what each means").optional(),
  /** What makes a PDU a receipt; each is true by default. */
  sources: z
    .strictObject(
      { tlvs: flag.default(true), esm_class: flag.default(true), body: flag.default(true) },
      "tlvs, esm_class and body",
    )
    .prefault({}),
});

/** Configuration as a person writes it. */
export type DeliveryReportConfig = z.input<typeof deliveryReportConfig>;

/**
 * The delivery report processor for most SMSCs: receipts in TLVs, in the body, in message_payload,
 * final or intermediate. An id is forgotten when the report of a state was published after which no
 * other can come.
 */
export class DeliveryReportProcessor implements DeliverProcessor {
  readonly #options: ReceiptOptions;
  readonly #cache: SmppCache;
  readonly #now: () => Date;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(config: DeliveryReportConfig, deps: Pick<ProcessorDeps, "cache" | "now">) {
    const { regex, status_mapping, sources } = readConfig(deliveryReportConfig, config);
    this.#options = {
      status_mapping: status_mapping && inCapitals(status_mapping),
      sources,
      read: regex === undefined ? undefined : readerOf(regex),
    };
    this.#cache = deps.cache;
    this.#now = deps.now ?? (() => new Date());
  }

  async handleDeliverSm(pdu: DeliverSm): Promise<DeliverSmOutcome> {
    const receipt = parseReceipt(pdu, this.#options);
    if (receipt === undefined) return { kind: "not_handled" };
    const { id, status } = receipt;
    const known = id ? await this.#cache.fetchSmppMessageId(id) : undefined;
    if (!id || known === undefined) return { kind: "unmatched", receipt };
    const state = stateOf(pdu, receipt);
    const event = deliveryReport(known.messageId, status, {
      timestamp: formatTimestamp(this.#now()),
      transport_metadata: { smpp_delivery_status: state },
    });
    if (isIntermediate(pdu) || !isFinal(state, status)) return { kind: "event", event };
    const settle = async (published: boolean) => {
      if (published) await this.#cache.deleteSmppMessageId(id);
    };
    return { kind: "event", event, settle };
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

function readerOf(regex: string): ReturnType<typeof receiptReader> {
  try {
    return receiptReader(regex);
  } catch (error) {
    const problem = `got ${JSON.stringify(regex)}, wants a regular expression with a group id: ${error}`;
    throw new ConfigError([{ path: "regex", problem }], { cause: error });
  }
}

function inCapitals(mapping: Record<string, DeliveryStatus>): StatusMapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([state, status]) => [state.toUpperCase(), status]),
  );
}
