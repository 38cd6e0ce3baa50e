/** A delivery report processor for an SMSC whose receipts are JSON: `{"msg":"4711","ok":true}`. */

import type { SmppCache } from "@esme/caches";
import { deliveryReport } from "@esme/messages";
import type {
  DeliverProcessor,
  DeliverSm,
  DeliverSmOutcome,
  ProcessorDeps,
  Receipt,
} from "@esme/processors";

/** In a configuration: `./json-receipt-processor.js#JsonReceiptProcessor`. */
export class JsonReceiptProcessor implements DeliverProcessor {
  readonly #cache: SmppCache;

  constructor(_config: object, { cache }: ProcessorDeps) {
    this.#cache = cache;
  }

  async handleDeliverSm(pdu: DeliverSm): Promise<DeliverSmOutcome> {
    const receipt = pdu.command === "deliver_sm" ? receiptIn(pdu.short_message) : undefined;
    if (receipt === undefined) return { kind: "not_handled" };
    const { id, status } = receipt;
    const known = await this.#cache.fetchSmppMessageId(id);
    if (known === undefined) return { kind: "unmatched", receipt };
    const event = deliveryReport(known.messageId, status);
    // The id is not needed any more, but only once the report is safe with the broker.
    const settle = async (published: boolean) => {
      if (published) await this.#cache.deleteSmppMessageId(id);
    };
    return { kind: "event", event, settle };
  }
}

/** Texts of people may be JSON as well: only both keys with values of their types are a receipt. */
function receiptIn(octets: Uint8Array): (Receipt & { id: string }) | undefined {
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(octets));
    if (typeof read !== "object" || read === null || !("msg" in read) || !("ok" in read))
      return undefined;
    const { msg: id, ok } = read;
    if (typeof id !== "string" || typeof ok !== "boolean") return undefined;
    return { ...blank, id, stat: ok ? "ok" : "not ok", status: ok ? "delivered" : "failed" };
  } catch {
    return undefined;
  }
}

const blank = {
  sub: null,
  dlvrd: null,
  submit_date: null,
  done_date: null,
  err: null,
  text: null,
};
