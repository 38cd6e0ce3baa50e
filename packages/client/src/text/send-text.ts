/** Sends a text of any length: chooses the alphabet, splits, submits each part. */
import { type NoVendorTlvs, Npi, SmppError, Ton, type VendorTlvs } from "@esme/pdu";
import type { RequestOptions } from "@esme/session";
import { checkOptions, type OptionTable, reasonOf } from "@esme/settings";
import { type SplitOptions, splitShortMessage } from "@esme/sm-split";
import type { Client } from "../client.ts";
import type { CommandFields } from "../options.ts";

/** The fields of a text message. */
export interface TextFields {
  /**
   * The sender. `+` and digits: an international number (TON 1, NPI 1, sent without the plus). Only digits:
   * TON 0, NPI 0. Other characters: a name (TON 5, NPI 0). The `_ton` and `_npi` fields override that
   * (SMPP 3.4 sections 5.2.5 and 5.2.6). Default: the SMSC chooses the sender.
   */
  from?: string | undefined;
  /** The recipient, in the same form. */
  to: string;
  /** The text, of any length. */
  text: string;
  /** The preferred data_coding, default 0. A text that does not fit is sent as UCS-2 (8). */
  data_coding?: number | undefined;
  /** How to split: see `SplitOptions` in `@esme/sm-split`. Default: a header with an 8-bit reference. */
  split?: SplitOptions | undefined;
}

/**
 * A text message. It may have every other field of submit_sm, also vendor TLVs of the client's codec:
 * each part is sent with them.
 */
export type TextMessage<T extends VendorTlvs = NoVendorTlvs> = NoVendorTlvs extends T
  ? TextFields & PartFields<CommandFields<"submit_sm">>
  : TextFields & PartFields<CommandFields<"submit_sm", T>>;

/** The fields of submit_sm that sendText does not set. */
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

/** The fields of submit_sm that sendText sets, and what to write instead. */
const instead: Readonly<Record<string, string>> = {
  source_addr: "write from",
  destination_addr: "write to",
  short_message: "write text",
  message_payload: 'write text, with split: { method: "payload" }',
  sequence_number: "each part has its own",
};

/** Some parts of a text were not accepted by the SMSC. `code` is `incomplete_text`. */
export class IncompleteTextError extends SmppError {
  override readonly name = "IncompleteTextError";
  /** One entry per part, in order: its message_id, or undefined when the part failed. */
  readonly message_ids: readonly (string | undefined)[];
  /** The errors of the parts that failed, in order. */
  readonly errors: readonly unknown[];

  constructor(message_ids: readonly (string | undefined)[], errors: readonly unknown[]) {
    const reason = reasonOf(errors[0]);
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
 * Sends a text as one or more submit_sm (SMPP 3.4 section 4.4), all at once and in order. Resolves with the
 * message_id of each part.
 *
 * Rejects with SplitError when the text cannot be split, with TypeError for an unknown field, a missing
 * one or a wrong type, with the error of `client.submitSm` when there is one part, and with
 * {@link IncompleteTextError} when at least one of several parts failed.
 */
export async function sendText<T extends VendorTlvs = NoVendorTlvs>(
  client: Client<T>,
  message: TextMessage<NoInfer<T>>,
  options?: RequestOptions,
): Promise<{ message_ids: string[] }> {
  const { from, to, text, data_coding, split, ...fields } = checked(message);
  const { parts, segments, ...coding } = splitShortMessage(text, data_coding, split);
  // The signature checks the TLVs of T. In here their types do not matter.
  const submitter = client as unknown as Client;
  const source = addressOf(from ?? "");
  const destination = addressOf(to);
  const results = await Promise.allSettled(
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
  return { message_ids: messageIdsOf(results) };
}

/** Throws TypeError for a missing field, a wrong type or a wrong name. encode checks the other fields. */
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

function messageIdsOf(results: PromiseSettledResult<{ message_id: string }>[]): string[] {
  const ids = results.map((result) =>
    result.status === "fulfilled" ? result.value.message_id : undefined,
  );
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (errors.length === 0) return ids.filter((id) => id !== undefined);
  if (results.length === 1) throw errors[0];
  throw new IncompleteTextError(ids, errors);
}

/** An address, its type of number and its numbering plan (SMPP 3.4 sections 5.2.5 and 5.2.6). */
function addressOf(address: string): { addr: string; ton: number; npi: number } {
  if (/^\+\d+$/.test(address)) {
    return { addr: address.slice(1), ton: Ton.international, npi: Npi.isdn };
  }
  const ton = /^\d*$/.test(address) ? Ton.unknown : Ton.alphanumeric;
  return { addr: address, ton, npi: Npi.unknown };
}
