/** From an outbound message to the submit_sm PDUs that carry it. */

import type { Message } from "@esme/messages";
import { hasUserDataHeader, type UnknownTlv } from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import { ConfigError } from "@esme/settings";
import { configError, readConfig } from "../config.ts";
import type { ProcessorDeps, SubmitProcessor, SubmitSm } from "../processor.ts";
import { ProcessorError } from "../processor-error.ts";
import type { TlvDefinitions } from "../tlv-definition.ts";
import { UssdSessions } from "../ussd/ussd-sessions.ts";
import { type Address, destinationAddress, sourceAddress } from "./address.ts";
import { codingPlan } from "./coding.ts";
import { ContentParts, type Part } from "./content-parts.ts";
import {
  messageOverrides,
  type SubmitConfig,
  type SubmitSettings,
  submitConfig,
} from "./submit-config.ts";
import { readTlvs, tagOf } from "./tlv-setting.ts";
import { userDataOf } from "./user-data.ts";

const noContent =
  'expected text, got null; transport_metadata.smpp.octets is for what is not text, and an empty text is ""';

/** What one message is sent with. */
interface OwnSettings {
  settings: SubmitSettings;
  /** Whether the message says type or plan of its sender itself, which then count. */
  saysSourceType: boolean;
}

/**
 * The submit processor for most SMSCs. Text that data_coding cannot carry goes out as UCS2, long
 * text as `multipart_handling` says. A message can have settings of its own: the object `smpp` in
 * its `transport_metadata`, with the keys of the configuration that are about PDUs, and with `octets`,
 * `ports` and `udh` for what is not text.
 */
export class SubmitShortMessageProcessor implements SubmitProcessor {
  readonly #settings: SubmitSettings;
  readonly #definitions: TlvDefinitions;
  readonly #required: readonly (readonly [name: string, tag: number])[];
  readonly #parts: ContentParts;
  readonly #ussd: UssdSessions | undefined;

  /** Throws a `ConfigError` that names each key at fault. */
  constructor(
    config: SubmitConfig = {},
    deps: Partial<Pick<ProcessorDeps, "cache" | "now" | "referenceSequencer" | "tlvs">> = {},
  ) {
    const { now = () => new Date(), tlvs: definitions = {} } = deps;
    const { tlvs, ...given } = readConfig(submitConfig, config);
    const [coding] = given.codings?.filter((row) => row.message_class === undefined) ?? [];
    this.#settings = withCharacters({
      ...given,
      data_coding: given.data_coding ?? coding?.data_coding ?? 0,
      tlvs: readTlvs(tlvs, definitions),
      elements: [],
    });
    this.#definitions = definitions;
    this.#required = this.#settings.required_tlvs.map((name) => [name, tagOf(name, definitions)]);
    this.#parts = new ContentParts(this.#settings, deps.referenceSequencer ?? ofThisProcess);
    const { ussd } = this.#settings;
    this.#ussd = ussd && new UssdSessions(ussd, deps.cache, now);
  }

  async handleOutboundMessage(message: Message): Promise<SubmitSm[]> {
    const isUssd = message.transport_type === "ussd";
    const own = this.#settingsFor(message.transport_metadata);
    const { settings } = own;
    // The last message of a dialogue may have nothing to say.
    const content = settings.octets ?? message.content ?? (isUssd ? "" : undefined);
    if (content === undefined) throw new ProcessorError("content_missing", "content", noContent);
    const source = sourceOf(message, own);
    const destination = destinationOf(message, settings);
    this.#check(settings.tlvs);
    const parts = await this.#parts.of(content, settings);
    const pdus = parts.map((part, i) => {
      const registered = registeredDelivery(settings.registered_delivery, i, parts.length);
      return submitSm(settings, source, destination, registered, part);
    });
    if (!isUssd || this.#ussd === undefined) return pdus;
    const session = await this.#ussd.write(message);
    return pdus.map((pdu) => ({ ...pdu, ...session }));
  }

  /** The settings of the configuration, with those in place that the message has itself. */
  #settingsFor({ smpp }: Message["transport_metadata"]): OwnSettings {
    if (smpp === undefined || smpp === null) {
      return { settings: this.#settings, saysSourceType: false };
    }
    const field = "transport_metadata.smpp";
    try {
      const given = readConfig(messageOverrides, smpp);
      for (const key of this.#settings.unsupported) {
        if (!Object.hasOwn(given, key)) continue;
        throw new ProcessorError("unsupported", field, `this SMSC ignores ${key}`);
      }
      const { tlvs, octets, ports, udh, ...others } = given;
      const own = { ...others, ...userDataOf(given), tlvs: tlvs && this.#tlvsWith(tlvs) };
      const settings = merged(this.#settings, own);
      const { source_addr_ton: ton, source_addr_npi: npi } = given;
      return {
        settings: octets === undefined ? withCharacters(settings) : withoutUdhi(settings),
        saysSourceType: ton !== undefined || npi !== undefined,
      };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ProcessorError("override_invalid", field, error.message, { cause: error });
    }
  }

  /** The message's TLVs, and those of the configuration that it does not have itself. */
  #tlvsWith(tlvs: Record<string, unknown>): UnknownTlv[] {
    const own = readTlvs(tlvs, this.#definitions);
    const others = this.#settings.tlvs.filter(({ tag }) => own.every((tlv) => tlv.tag !== tag));
    return [...others, ...own];
  }

  #check(tlvs: readonly UnknownTlv[]): void {
    for (const [name, tag] of this.#required) {
      if (tlvs.some((tlv) => tlv.tag === tag)) continue;
      const problem = `missing ${name}, which this SMSC requires, in the configuration or in the message`;
      throw new ProcessorError("tlv_missing", "transport_metadata.smpp.tlvs", problem);
    }
  }
}

function sourceOf({ from_addr }: Message, { settings, saysSourceType }: OwnSettings): Address {
  const { source_addr_ton: ton, source_addr_npi: npi, address_rules } = settings;
  const types = saysSourceType ? undefined : settings.source_addr_types;
  return sourceAddress(from_addr, { ton, npi }, address_rules, types);
}

function destinationOf({ to_addr }: Message, settings: SubmitSettings): Address {
  const { dest_addr_ton: ton, dest_addr_npi: npi, address_rules, dest_addr_form } = settings;
  return destinationAddress(to_addr, { ton, npi }, address_rules, dest_addr_form);
}

/** Every PDU has the same keys in the same order, which the encoder rewards. */
function submitSm(
  settings: SubmitSettings,
  source: Address,
  destination: Address,
  registered_delivery: number,
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
    registered_delivery,
    data_coding: part.data_coding,
    short_message: part.short_message,
    message_payload: part.message_payload,
    sar_msg_ref_num: part.sar_msg_ref_num,
    sar_total_segments: part.sar_total_segments,
    sar_segment_seqnum: part.sar_segment_seqnum,
    unknown_tlvs: settings.tlvs.length > 0 ? settings.tlvs : undefined,
  };
}

/** The settings, when text can be coded with them. Throws a `ConfigError`. */
function withCharacters(settings: SubmitSettings): SubmitSettings {
  if (codingPlan(settings) !== undefined) return settings;
  const expected = "a data_coding that has characters";
  throw configError([{ path: ["data_coding"], expected, value: settings.data_coding }]);
}

/** The settings, when they do not say that the octets begin with a header. Throws a `ConfigError`. */
function withoutUdhi(settings: SubmitSettings): SubmitSettings {
  if (!hasUserDataHeader(settings.esm_class)) return settings;
  const expected =
    "no 0x40 (UDHI) beside octets: it is set where ports or udh make a header, and octets have none";
  throw configError([{ path: ["esm_class"], expected, value: settings.esm_class }]);
}

/** The settings with those given in their place. Absent keys are absent, never undefined. */
function merged<Settings extends object>(
  below: Settings,
  given: { [Key in keyof Settings]?: Settings[Key] | undefined },
): Settings {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign({ ...below }, Object.fromEntries(present));
}

/**
 * One for all processors of the process, which may send to the same phones. It begins anywhere, so
 * that a process that starts again does not repeat its latest references.
 */
const ofThisProcess: Sequencer = counter(Math.floor(Math.random() * 65_536));

function counter(first: number): Sequencer {
  let number = first;
  return {
    next: () => {
      number += 1;
      return number;
    },
  };
}

/** What the part with that index asks for. */
function registeredDelivery(
  config: SubmitSettings["registered_delivery"],
  index: number,
  total: number,
): number {
  const { parts } = config;
  if (parts === "first" && index > 0) return 0;
  if (parts === "last" && index < total - 1) return 0;
  return config.sme_originated_acks.reduce(
    (bits, ack) => bits | ack,
    config.delivery_receipt | (config.intermediate_notification ? 0x10 : 0),
  );
}
