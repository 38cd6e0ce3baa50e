/** From an outbound message to the submit_sm PDUs that carry it. */

import type { Message } from "@esme/messages";
import type { Sequencer } from "@esme/sequencers";
import {
  countSegments,
  encodeShortMessage,
  SplitError,
  type SplitMessage,
  splitShortMessage,
} from "@esme/sm-split";
import { type Address, destinationAddress, sourceAddress } from "./address.ts";
import { readConfig } from "./config.ts";
import type { ProcessorDeps, SubmitProcessor, SubmitSm } from "./processor.ts";
import { ProcessorError, type ProcessorErrorCode } from "./processor-error.ts";
import { type ResolvedSubmitConfig, type SubmitConfig, submitConfig } from "./submit-config.ts";

/** What the field short_message holds (SMPP 3.4 section 5.2.22). */
const shortMessageOctets = 254;

const splitMethods = {
  message_payload: "payload",
  multipart_udh: "udh",
  multipart_udh16: "udh16",
  multipart_sar: "sar",
} as const;

/** The fields in which the PDUs of one message differ. */
type Part = Pick<
  SubmitSm,
  | "esm_class"
  | "data_coding"
  | "short_message"
  | "message_payload"
  | "sar_msg_ref_num"
  | "sar_total_segments"
  | "sar_segment_seqnum"
>;

/**
 * The submit processor for most SMSCs. Text that data_coding cannot carry goes out as UCS2, long
 * text as `multipart_handling` says.
 */
export class SubmitShortMessageProcessor implements SubmitProcessor {
  readonly #config: ResolvedSubmitConfig;
  readonly #registeredDelivery: number;
  readonly #references: Sequencer;
  readonly #lastReference: number;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(config: SubmitConfig = {}, deps: Pick<ProcessorDeps, "referenceSequencer"> = {}) {
    this.#config = readConfig(submitConfig, config);
    this.#registeredDelivery = registeredDeliveryOf(this.#config.registered_delivery);
    const rollover = this.#config.multipart_sar_reference_rollover;
    const most = this.#config.multipart_handling === "multipart_udh" ? 255 : 65_535;
    this.#lastReference = Math.min(rollover - 1, most);
    this.#references = deps.referenceSequencer ?? counter();
  }

  async handleOutboundMessage(message: Message): Promise<SubmitSm[]> {
    const { source_addr_ton, source_addr_npi, dest_addr_ton, dest_addr_npi, address_rules } =
      this.#config;
    const { content, from_addr, to_addr } = message;
    if (content === null) {
      throw new ProcessorError("content_missing", "content", "got null, wants text");
    }
    const sourcePlan = { ton: source_addr_ton, npi: source_addr_npi };
    const destinationPlan = { ton: dest_addr_ton, npi: dest_addr_npi };
    const source = sourceAddress(from_addr, sourcePlan, address_rules);
    const destination = destinationAddress(to_addr, destinationPlan, address_rules);
    const parts = await this.#parts(content);
    return parts.map((part) => this.#submitSm(source, destination, part));
  }

  /** Every PDU has the same keys in the same order, which the encoder rewards. */
  #submitSm(source: Address, destination: Address, part: Part): SubmitSm {
    const config = this.#config;
    return {
      command: "submit_sm",
      service_type: config.service_type,
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.address,
      dest_addr_ton: destination.ton,
      dest_addr_npi: destination.npi,
      destination_addr: destination.address,
      esm_class: config.esm_class | (part.esm_class ?? 0),
      protocol_id: config.protocol_id,
      priority_flag: config.priority_flag,
      validity_period: config.validity_period,
      registered_delivery: this.#registeredDelivery,
      data_coding: part.data_coding,
      short_message: part.short_message,
      message_payload: part.message_payload,
      sar_msg_ref_num: part.sar_msg_ref_num,
      sar_total_segments: part.sar_total_segments,
      sar_segment_seqnum: part.sar_segment_seqnum,
    };
  }

  async #parts(content: string): Promise<Part[]> {
    const { multipart_handling } = this.#config;
    try {
      if (multipart_handling === "short_message") return [this.#single(content)];
      const split = await this.#split(content, splitMethods[multipart_handling]);
      const field = multipart_handling === "message_payload" ? "message_payload" : "short_message";
      return split.parts.map((octets, i) => ({
        esm_class: split.esm_class,
        data_coding: split.data_coding,
        [field]: octets,
        ...split.segments[i]?.tlvs,
      }));
    } catch (error) {
      throw error instanceof SplitError ? refusal(error) : error;
    }
  }

  #single(content: string): Part {
    const { data_coding, fallback_data_coding } = this.#config;
    const options = { fallback: fallback_data_coding !== "none" };
    const encoded = encodeShortMessage(content, data_coding, options);
    const { length } = encoded.octets;
    if (length > shortMessageOctets) {
      const { segments } = countSegments(content, { ...options, dataCoding: data_coding });
      throw new ProcessorError(
        "too_long",
        "content",
        `${length} octets do not fit into short_message, which holds ${shortMessageOctets}; ` +
          `with multipart_handling multipart_udh it would go out in ${segments} parts`,
      );
    }
    return { data_coding: encoded.data_coding, short_message: encoded.octets };
  }

  /** Splitting asks for a reference only when it finds several parts. */
  async #split(
    content: string,
    method: (typeof splitMethods)[keyof typeof splitMethods],
  ): Promise<SplitMessage> {
    const { data_coding, fallback_data_coding, national_tables } = this.#config;
    const options = {
      method,
      fallback: fallback_data_coding !== "none",
      national: national_tables === "auto" ? national_tables : undefined,
    };
    let awaited: Promise<number> | undefined;
    const split = splitShortMessage(content, data_coding, {
      ...options,
      reference: () => {
        const drawn = this.#references.next();
        if (typeof drawn === "number") return this.#wrap(drawn);
        awaited = drawn;
        return 0;
      },
    });
    if (awaited === undefined) return split;
    const reference = this.#wrap(await awaited);
    return splitShortMessage(content, data_coding, { ...options, reference });
  }

  #wrap(number: number): number {
    return ((number - 1) % this.#lastReference) + 1;
  }
}

/** Begins anywhere, so that a process that starts again does not repeat its latest references. */
function counter(): Sequencer {
  let number = Math.floor(Math.random() * 65_535);
  return {
    next: () => {
      number += 1;
      return number;
    },
  };
}

function registeredDeliveryOf(config: ResolvedSubmitConfig["registered_delivery"]): number {
  return config.sme_originated_acks.reduce(
    (bits, ack) => bits | ack,
    config.delivery_receipt | (config.intermediate_notification ? 0x10 : 0),
  );
}

const refusals: Partial<Record<string, ProcessorErrorCode>> = {
  too_many_parts: "too_many_parts",
  unencodable: "unencodable",
};

function refusal(error: SplitError): ProcessorError {
  const code = refusals[error.code] ?? "too_long";
  return new ProcessorError(code, "content", error.message, { cause: error });
}
