/** From a delivery receipt to the delivery_report event of the message that it is about. */

import type { KnownMessage, SmppCache } from "@esme/caches";
import { type DeliveryStatus, deliveryReport, formatTimestamp } from "@esme/messages";
import { EsmClass } from "@esme/pdu";
import type * as z from "zod";
import { readConfig } from "./config.ts";
import { type DeliveryReportConfig, deliveryReportConfig } from "./delivery-report-config.ts";
import { defaultStatusMapping, isFinal, type StatusMapping, stateName } from "./delivery-status.ts";
import { type FinalState, PartReports } from "./part-reports.ts";
import type {
  DeliverProcessor,
  DeliverSm,
  DeliverSmOutcome,
  ProcessorDeps,
  Settle,
} from "./processor.ts";
import { ConfigError } from "./processor-error.ts";
import { parseReceipt, type Receipt, type ReceiptOptions, type ReceiptPdu } from "./receipt.ts";
import { ReceiptDetails } from "./receipt-details.ts";
import { idCandidates } from "./receipt-id.ts";
import { receiptReader } from "./receipt-regex.ts";

/** The first wait before a receipt is looked at again, in milliseconds; the others double it. */
const firstWait = 25;

/** How many receipts are held at a time; beyond, an unknown id is told at once. */
const mostHeld = 1000;

/** The id that was found, and whose it is. */
interface Match {
  smppId: string;
  known: KnownMessage;
  /** Whether the receipt had to wait for it. */
  held?: boolean;
}

/**
 * The delivery report processor for most SMSCs: receipts in TLVs, in the body, in message_payload,
 * final or intermediate, and ahead of the id that they are about. An id is forgotten when the report of a state was published after which no
 * other can come.
 */
export class DeliveryReportProcessor implements DeliverProcessor {
  readonly #config: z.output<typeof deliveryReportConfig>;
  readonly #options: ReceiptOptions;
  readonly #cache: SmppCache;
  readonly #partReports: PartReports;
  readonly #details: ReceiptDetails;
  readonly #now: () => Date;
  #held = 0;
  /** PDUs that were held: asked again about one, the answer comes at once. */
  readonly #heldBefore = new WeakSet<DeliverSm>();

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(config: DeliveryReportConfig, deps: Pick<ProcessorDeps, "cache" | "now" | "tlvs">) {
    this.#config = readConfig(deliveryReportConfig, config);
    const { regex, status_mapping = defaultStatusMapping, sources } = this.#config;
    this.#options = {
      status_mapping: inCapitals({ ...status_mapping, ...this.#config.status_additions }),
      sources,
      read: regex === undefined ? undefined : readerOf(regex),
    };
    this.#cache = deps.cache;
    this.#partReports = new PartReports(deps.cache);
    this.#details = new ReceiptDetails(this.#config, deps.tlvs ?? {});
    this.#now = deps.now ?? (() => new Date());
  }

  async handleDeliverSm(pdu: DeliverSm): Promise<DeliverSmOutcome> {
    const receipt = parseReceipt(pdu, this.#options);
    if (receipt === undefined) return { kind: "not_handled" };
    const match = (await this.#find(pdu, receipt)) ?? (await this.#hold(pdu, receipt));
    if (match === undefined) return { kind: "unmatched", receipt };
    const { smppId, known } = match;
    const state = stateOf(pdu, receipt);
    const { status } = receipt;
    const details = this.#details.of(pdu, receipt, known);
    const final = !isIntermediate(pdu) && isFinal(state, status);
    const forget: Settle = async (published) => {
      if (published && final) await this.#cache.deleteSmppMessageId(smppId);
    };
    const inParts = known.info !== undefined && known.info.total > 1 ? known.info : undefined;
    if (inParts === undefined || this.#config.multipart_reports === "per_part") {
      return this.#event(match, { status, state }, details, forget);
    }
    if (!final) return { kind: "incomplete" };
    const whole = await this.#partReports.add(known.messageId, inParts, { status, state });
    if (whole === undefined) {
      await forget(true);
      return { kind: "incomplete" };
    }
    return this.#event(match, whole, details, async (published) => {
      await whole.settle(published);
      await forget(published);
    });
  }

  /** Looks again, ever less often, until the message is known or the time set is over. */
  async #hold(pdu: DeliverSm, receipt: Receipt): Promise<Match | undefined> {
    const most = this.#config.early_receipts * 1000;
    if (!receipt.id || this.#heldBefore.has(pdu) || this.#held >= mostHeld) return undefined;
    this.#heldBefore.add(pdu);
    this.#held += 1;
    try {
      let match: Match | undefined;
      for (let wait = firstWait, held = 0; match === undefined && held < most; wait *= 2) {
        const time = Math.min(wait, most - held);
        await new Promise((resolve) => setTimeout(resolve, time));
        held += time;
        match = await this.#find(pdu, receipt);
      }
      return match && { ...match, held: true };
    } finally {
      this.#held -= 1;
    }
  }

  /** The message by the receipt's id, or by that of the text where the TLV has another one. */
  async #find(pdu: DeliverSm, { id }: Receipt): Promise<Match | undefined> {
    const match = await this.#findId(id);
    if (match !== undefined || pdu.receipted_message_id === undefined) return match;
    const { esm_class, short_message, message_payload }: ReceiptPdu = pdu;
    const text = parseReceipt({ esm_class, short_message, message_payload }, this.#options);
    return text === undefined ? undefined : this.#findId(text.id);
  }

  async #findId(id: string | null): Promise<Match | undefined> {
    if (id === null || id === "") return undefined;
    for (const smppId of idCandidates(id, this.#config.id_format)) {
      const known = await this.#cache.fetchSmppMessageId(smppId);
      if (known !== undefined) return { smppId, known };
    }
    return undefined;
  }

  #event(
    { known, held }: Match,
    { status, state }: FinalState,
    details: Record<string, unknown>,
    settle: Settle,
  ): DeliverSmOutcome {
    const event = deliveryReport(known.messageId, status, {
      timestamp: formatTimestamp(this.#now()),
      transport_metadata: { smpp_delivery_status: state, ...details },
    });
    return { kind: "event", event, settle, ...(held && { held }) };
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
