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
import { ConfigError, ProcessorError, type ProcessorErrorCode } from "./processor-error.ts";
import {
  defaultSettings,
  type MessageSettings,
  messageOverrides,
  type SubmitConfig,
  type SubmitSettings,
  submitConfig,
} from "./submit-config.ts";
import { UssdSessions } from "./ussd-sessions.ts";

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
 * text as `multipart_handling` says. A message can have settings of its own: the object `smpp` in
 * its `transport_metadata`, with the keys of the configuration that are about PDUs.
 */
export class SubmitShortMessageProcessor implements SubmitProcessor {
  readonly #settings: SubmitSettings;
  readonly #references: Sequencer;
  readonly #ussd: UssdSessions | undefined;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(
    config: SubmitConfig = {},
    deps: Partial<Pick<ProcessorDeps, "cache" | "now" | "referenceSequencer">> = {},
  ) {
    const { now = () => new Date() } = deps;
    this.#settings = merged(defaultSettings, readConfig(submitConfig, config));
    this.#references = deps.referenceSequencer ?? counter();
    const { ussd } = this.#settings;
    this.#ussd = ussd && new UssdSessions(ussd, deps.cache, now);
  }

  async handleOutboundMessage(message: Message): Promise<SubmitSm[]> {
    const { from_addr, to_addr, transport_metadata } = message;
    const ussd = message.transport_type === "ussd" ? this.#ussd : undefined;
    // The last message of a dialogue may have nothing to say.
    const content = message.content ?? (ussd && "");
    if (content === undefined) {
      throw new ProcessorError("content_missing", "content", "got null, wants text");
    }
    const settings = this.#settingsFor(transport_metadata);
    const { source_addr_ton, source_addr_npi, dest_addr_ton, dest_addr_npi } = settings;
    const { address_rules } = this.#settings;
    const sourcePlan = { ton: source_addr_ton, npi: source_addr_npi };
    const destinationPlan = { ton: dest_addr_ton, npi: dest_addr_npi };
    const source = sourceAddress(from_addr, sourcePlan, address_rules);
    const destination = destinationAddress(to_addr, destinationPlan, address_rules);
    const parts = await this.#parts(content, settings);
    const pdus = parts.map((part) => submitSm(settings, source, destination, part));
    if (ussd === undefined) return pdus;
    const session = await ussd.write(message);
    return pdus.map((pdu) => ({ ...pdu, ...session }));
  }

  /** The settings of the configuration, with those in place that the message has itself. */
  #settingsFor({ smpp }: Message["transport_metadata"]): MessageSettings {
    if (smpp === undefined || smpp === null) return this.#settings;
    try {
      return merged(this.#settings, readConfig(messageOverrides, smpp));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { message: problem } = error;
      throw new ProcessorError("override_invalid", "transport_metadata.smpp", problem, {
        cause: error,
      });
    }
  }

  async #parts(content: string, settings: MessageSettings): Promise<Part[]> {
    const { multipart_handling } = settings;
    try {
      if (multipart_handling === "short_message") return [singlePart(content, settings)];
      const split = await this.#split(content, settings, splitMethods[multipart_handling]);
      const inPayload = multipart_handling === "message_payload";
      return split.parts.map((octets, i) => ({
        esm_class: split.esm_class,
        data_coding: split.data_coding,
        short_message: inPayload ? undefined : octets,
        message_payload: inPayload ? octets : undefined,
        ...split.segments[i]?.tlvs,
      }));
    } catch (error) {
      throw error instanceof SplitError ? refusal(error) : error;
    }
  }

  /** Splitting asks for a reference only when it finds several parts. */
  async #split(
    content: string,
    { data_coding, fallback_data_coding, national_tables }: MessageSettings,
    method: (typeof splitMethods)[keyof typeof splitMethods],
  ): Promise<SplitMessage> {
    const options = {
      method,
      fallback: fallback_data_coding !== "none",
      national: national_tables === "auto" ? national_tables : undefined,
    };
    const most = method === "udh" ? 255 : 65_535;
    const last = Math.min(this.#settings.multipart_sar_reference_rollover - 1, most);
    const wrap = (number: number) => ((number - 1) % last) + 1;
    let awaited: Promise<number> | undefined;
    const split = splitShortMessage(content, data_coding, {
      ...options,
      reference: () => {
        const drawn = this.#references.next();
        if (typeof drawn === "number") return wrap(drawn);
        awaited = drawn;
        return 0;
      },
    });
    if (awaited === undefined) return split;
    const reference = wrap(await awaited);
    return splitShortMessage(content, data_coding, { ...options, reference });
  }
}

/** Every PDU has the same keys in the same order, which the encoder rewards. */
function submitSm(
  settings: MessageSettings,
  source: Address,
  destination: Address,
  part: Part,
): SubmitSm {
  return {
    command: "submit_sm",
    service_type: settings.service_type,
    source_addr_ton: source.ton,
    source_addr_npi: source.npi,
    source_addr: source.address,
    dest_addr_ton: destination.ton,
    dest_addr_npi: destination.npi,
    destination_addr: destination.address,
    esm_class: settings.esm_class | (part.esm_class ?? 0),
    protocol_id: settings.protocol_id,
    priority_flag: settings.priority_flag,
    schedule_delivery_time: settings.schedule_delivery_time,
    validity_period: settings.validity_period,
    registered_delivery: registeredDeliveryOf(settings.registered_delivery),
    data_coding: part.data_coding,
    short_message: part.short_message,
    message_payload: part.message_payload,
    sar_msg_ref_num: part.sar_msg_ref_num,
    sar_total_segments: part.sar_total_segments,
    sar_segment_seqnum: part.sar_segment_seqnum,
    unknown_tlvs: settings.tlvs.length > 0 ? settings.tlvs : undefined,
  };
}

function singlePart(content: string, settings: MessageSettings): Part {
  const { data_coding, fallback_data_coding } = settings;
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

/** What is given takes the place of what stands below. Absent keys are absent, never undefined. */
function merged<Settings extends object>(
  below: Settings,
  given: { [Key in keyof Settings]?: Settings[Key] | undefined },
): Settings {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign({ ...below }, Object.fromEntries(present));
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

function registeredDeliveryOf(config: MessageSettings["registered_delivery"]): number {
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
