/** Sends a text of any length: finds the alphabet, splits, submits every part. */
import { type NoVendorTlvs, Npi, SmppError, Ton, type VendorTlvs } from "@esme/pdu";
import { checkOptions, type OptionTable, type RequestOptions } from "@esme/session";
import { type SplitOptions, splitShortMessage } from "@esme/sm-split";
import type { Client } from "../client.ts";
import type { CommandFields } from "../options.ts";

/** What makes a text message. */
export interface TextFields {
  /**
   * `+` and digits: an international number (TON 1, NPI 1, sent without the plus). Other characters
   * than digits: a name (TON 5, NPI 0). Digits alone: TON 0, NPI 0. The `_ton` and `_npi` fields
   * win over that. Absent: the SMSC chooses.
   */
  from?: string | undefined;
  /** As `from`. */
  to: string;
  text: string;
  /** Wanted data_coding, default 0; a text that does not fit it is sent as UCS-2 (8). */
  data_coding?: number | undefined;
  /** How to split: see `SplitOptions` in `@esme/sm-split`. Default: a header with an 8-bit reference. */
  split?: SplitOptions | undefined;
}

/**
 * A text message. Every other field of submit_sm may stand beside, vendor TLVs of the client's
 * codec included; it goes into every part.
 */
export type TextMessage<T extends VendorTlvs = NoVendorTlvs> = NoVendorTlvs extends T
  ? TextFields & PartFields<CommandFields<"submit_sm">>
  : TextFields & PartFields<CommandFields<"submit_sm", T>>;

/** The fields of submit_sm that a text leaves to the caller. */
type PartFields<F> = Omit<
  F,
  | "source_addr"
  | "destination_addr"
  | "short_message"
  | "message_payload"
  | "data_coding"
  | "sequence_number"
>;

const textFields = {
  from: "string",
  to: "string",
  text: "string",
  data_coding: "number",
  split: "object",
} as const satisfies OptionTable<TextFields>;

/** Fields of submit_sm that a text fills in itself, and what to write. */
const instead: Readonly<Record<string, string>> = {
  source_addr: "write from",
  destination_addr: "write to",
  short_message: "write text",
  message_payload: 'write text, with split: { method: "payload" }',
  sequence_number: "each part has its own",
};

/** Some parts of a text were accepted and some were not; `code` is `incomplete_text`. */
export class IncompleteTextError extends SmppError {
  override readonly name = "IncompleteTextError";
  /** One entry per part, in order: the message_id, or undefined where the part failed. */
  readonly message_ids: readonly (string | undefined)[];
  /** The errors of the parts that failed, in order. */
  readonly errors: readonly unknown[];

  constructor(message_ids: readonly (string | undefined)[], errors: readonly unknown[]) {
    const reason = errors[0] instanceof Error ? errors[0].message : String(errors[0]);
    super(
      "incomplete_text",
      `${errors.length} of ${message_ids.length} parts were not accepted: ${reason}`,
      { cause: errors[0] },
    );
    this.message_ids = message_ids;
    this.errors = errors;
  }
}

/**
 * Sends a text as one or more submit_sm and resolves with the message_id of each part.
 *
 * All parts are handed to the client together, in order. Rejects with SplitError when the text
 * cannot be sent at all, with the part's own error when there is but one part, and with
 * {@link IncompleteTextError} when any of several parts failed.
 */
export async function sendText<T extends VendorTlvs = NoVendorTlvs>(
  client: Client<T>,
  message: TextMessage<NoInfer<T>>,
  options?: RequestOptions,
): Promise<{ message_ids: string[] }> {
  const { from, to, text, data_coding, split, ...fields } = checked(message);
  const { parts, segments, ...coding } = splitShortMessage(text, data_coding, split);
  // What T adds to the fields is checked at the door; inside it is keys like any other.
  const submitter = client as unknown as Client;
  const source = addressOf(from ?? "");
  const destination = addressOf(to);
  const outcomes = await Promise.allSettled(
    parts.map((octets, index) => {
      const part: unknown = {
        source_addr_ton: source.ton,
        source_addr_npi: source.npi,
        dest_addr_ton: destination.ton,
        dest_addr_npi: destination.npi,
        ...fields,
        source_addr: source.addr,
        destination_addr: destination.addr,
        data_coding: coding.data_coding,
        esm_class: (message.esm_class ?? 0) | coding.esm_class,
        ...segments[index]?.tlvs,
        ...(split?.method === "payload" ? { message_payload: octets } : { short_message: octets }),
      };
      return submitter.submitSm(part as CommandFields<"submit_sm">, options);
    }),
  );
  return { message_ids: acceptedOrThrow(outcomes) };
}

/** Throws TypeError for what is missing, of another type, or misspelt; encode knows the other fields. */
function checked<M extends TextFields>(message: M): M {
  const given: unknown = message;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`sendText: the message is a ${typeof given}, expected { from, to, text }`);
  }
  for (const [name, hint] of Object.entries(instead)) {
    if (name in given) throw new TypeError(`sendText: unknown field ${name}: ${hint}`);
  }
  const { from, to, text, data_coding, split } = message;
  checkOptions("sendText", { from, to, text, data_coding, split }, textFields, {
    required: ["to", "text"],
  });
  return message;
}

function acceptedOrThrow(outcomes: PromiseSettledResult<{ message_id: string }>[]): string[] {
  const accepted = outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value.message_id : undefined,
  );
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [outcome.reason] : [],
  );
  if (errors.length === 0) return accepted.filter((id) => id !== undefined);
  if (outcomes.length === 1) throw errors[0];
  throw new IncompleteTextError(accepted, errors);
}

/** An address with the type of number that its looks suggest (SMPP 3.4 sections 5.2.5 and 5.2.6). */
function addressOf(address: string): { addr: string; ton: number; npi: number } {
  if (/^\+\d+$/.test(address)) {
    return { addr: address.slice(1), ton: Ton.international, npi: Npi.isdn };
  }
  const ton = /^\d*$/.test(address) ? Ton.unknown : Ton.alphanumeric;
  return { addr: address, ton, npi: Npi.unknown };
}
