/** From deliver_sm PDUs to the inbound message that they carry. */

import { formatTimestamp, type Message, newMessage } from "@esme/messages";
import { EsmClass, hasUserDataHeader } from "@esme/pdu";
import {
  type Concat,
  charsetOf,
  decodeShortMessage,
  readUdh,
  type Udh,
  unpackBody,
} from "@esme/sm-split";
import { readConfig } from "../config.ts";
import { JoinedMessages } from "../joined-messages.ts";
import type {
  DeliverProcessor,
  DeliverSm,
  DeliverSmOutcome,
  ProcessorDeps,
  Settle,
} from "../processor.ts";
import type { TlvDefinitions } from "../tlv-definition.ts";
import { hex } from "../tlv-details.ts";
import { UssdSessions } from "../ussd/ussd-sessions.ts";
import { detailsOf } from "./message-details.ts";
import { Repetitions } from "./repetitions.ts";
import {
  type Charsets,
  type ShortMessageConfig,
  shortMessageConfig,
} from "./short-message-config.ts";

/** A text without the header; `settle` is called when it is known whether it was published, where that matters. */
interface Text {
  octets: Uint8Array;
  udh: Udh | undefined;
  settle?: Settle;
}

/** A text, or a part of one. */
interface Body extends Text {
  concat: Concat | undefined;
}

/**
 * The short message processor for most SMSCs: text in short_message or message_payload, in one or
 * in parts by header or by sar_ TLVs. Parts are joined before decoding. What cannot be decoded is
 * delivered with replacement characters, its octets beside it in `transport_metadata`, where ports,
 * message class and TLVs are too.
 */
export class ShortMessageProcessor implements DeliverProcessor {
  readonly #charsets: Charsets;
  readonly #definitions: TlvDefinitions;
  readonly #udhWithoutUdhi: boolean;
  readonly #transportName: string;
  readonly #transportType: string;
  readonly #now: () => Date;
  readonly #ussd: UssdSessions | undefined;
  readonly #joined: JoinedMessages;
  readonly #repetitions: Repetitions;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(
    config: ShortMessageConfig,
    deps: Pick<ProcessorDeps, "cache" | "transportName" | "transportType" | "now" | "tlvs">,
  ) {
    const { data_coding_overrides, udh_without_udhi, repeated_within, ussd } = readConfig(
      shortMessageConfig,
      config,
    );
    this.#charsets = data_coding_overrides;
    this.#definitions = deps.tlvs ?? {};
    this.#udhWithoutUdhi = udh_without_udhi;
    this.#transportName = deps.transportName ?? "smpp";
    this.#transportType = deps.transportType ?? "sms";
    this.#now = deps.now ?? (() => new Date());
    this.#joined = new JoinedMessages(deps.cache);
    const hasOwnTlvs = Object.keys(this.#definitions).length > 0;
    this.#repetitions = new Repetitions(repeated_within * 1000, this.#now, hasOwnTlvs);
    this.#ussd = ussd && new UssdSessions(ussd, deps.cache, this.#now);
  }

  async handleDeliverSm(pdu: DeliverSm, link?: object): Promise<DeliverSmOutcome> {
    if (isReceipt(pdu)) return { kind: "not_handled" };
    const begun = this.#repetitions.begin(pdu, link);
    const delivery = begun instanceof Promise ? await begun : begun;
    if (delivery === undefined) return { kind: "repeated" };
    try {
      const text = await this.#join(this.#body(pdu), pdu);
      if (text === undefined) {
        delivery.end(true);
        return { kind: "incomplete" };
      }
      const settle = async (published: boolean) => {
        await text.settle?.(published);
        delivery.end(published);
      };
      return { kind: "message", message: await this.#made(pdu, text), settle };
    } catch (error) {
      delivery.end(false);
      throw error;
    }
  }

  /** The body without its header, one septet an octet. */
  #body(pdu: DeliverSm): Body {
    const body = bodyOf(pdu, this.#udhWithoutUdhi);
    if (!this.#charsets.packed.has(pdu.data_coding)) return body;
    return { ...body, octets: unpackBody(body.octets, body.udh?.header ?? nothing) };
  }

  /** The body with the octets of the whole message; undefined while parts are missing. */
  async #join(body: Body, pdu: DeliverSm): Promise<Text | undefined> {
    const { octets, concat, udh } = body;
    if (concat === undefined || concat.total === 1) return { octets, udh };
    const { source_addr: source, destination_addr: destination } = pdu;
    const { data_coding: dataCoding } = pdu;
    const joined = await this.#joined.join({
      source,
      destination,
      ...concat,
      // A copy (slice of a Buffer is none): they are a view of all that came in one read, and a part
      // may wait for hours.
      octets: new Uint8Array(octets),
      dataCoding,
    });
    return joined && { ...joined, udh };
  }

  /** The message; on an error the joined text goes back to the cache, so that its last part can come again at once. */
  async #made(pdu: DeliverSm, text: Text): Promise<Message> {
    try {
      return await this.#message(pdu, text);
    } catch (error) {
      await text.settle?.(false);
      throw error;
    }
  }

  async #message(pdu: DeliverSm, { octets, udh }: Text): Promise<Message> {
    const { data_coding } = pdu;
    const content = decodeShortMessage(octets, data_coding, {
      overrides: this.#charsets.overrides,
      national: udh?.national,
      halfPair: "\ufffd",
    });
    const session = await this.#ussd?.read(pdu, content);
    return newMessage({
      to_addr: pdu.destination_addr,
      from_addr: pdu.source_addr,
      transport_name: this.#transportName,
      transport_type: this.#transportType,
      timestamp: formatTimestamp(this.#now()),
      content,
      transport_metadata: {
        ...detailsOf(pdu, udh, this.#definitions),
        ...(udh?.error === undefined && this.#isExact(content, pdu)
          ? {}
          : { smpp_data_coding: data_coding, smpp_octets: unreadHeader(udh) + hex(octets) }),
      },
      ...session,
    });
  }

  /** Whether the text says all that the octets do. */
  #isExact(content: string, { data_coding }: DeliverSm): boolean {
    return (
      !content.includes("\ufffd") && charsetOf(data_coding, this.#charsets.overrides) !== "binary"
    );
  }
}

/** A header that is none may have been the beginning of the text. */
function unreadHeader(udh: Udh | undefined): string {
  return udh?.error === undefined ? "" : hex(udh.header);
}

/** Receipts are for the delivery report processor, and never become messages. */
function isReceipt({ esm_class }: DeliverSm): boolean {
  const { mask, smsc_delivery_receipt, intermediate_notification } = EsmClass.message_type;
  const type = esm_class & mask;
  return type === smsc_delivery_receipt || type === intermediate_notification;
}

/** Only UDHI in esm_class says that the text begins with a header (SMPP 3.4 section 5.2.12). */
function bodyOf(pdu: DeliverSm, udhWithoutUdhi: boolean): Body {
  const shortMessage = pdu.command === "deliver_sm" ? pdu.short_message : nothing;
  const octets = pdu.message_payload?.length ? pdu.message_payload : shortMessage;
  const hasHeader =
    hasUserDataHeader(pdu.esm_class) || (udhWithoutUdhi && readUdh(octets).concat !== undefined);
  if (!hasHeader) return { octets, concat: sarOf(pdu), udh: undefined };
  const udh = readUdh(octets);
  return { octets: udh.body, concat: udh.concat ?? sarOf(pdu), udh };
}

const nothing = new Uint8Array(0);

/** The TLVs that tie parts together (SMPP 3.4 section 5.3.2.22 to 24), when they make sense. */
function sarOf(pdu: DeliverSm): Concat | undefined {
  const {
    sar_msg_ref_num: reference,
    sar_total_segments: total,
    sar_segment_seqnum: sequence,
  } = pdu;
  if (reference === undefined || total === undefined || sequence === undefined) return undefined;
  return sequence >= 1 && sequence <= total ? { reference, total, sequence } : undefined;
}
