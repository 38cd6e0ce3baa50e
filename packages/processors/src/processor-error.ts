/** The errors of this package. */

import { SmppError } from "@esme/pdu";

/**
 * Why a message cannot be sent:
 * - `content_missing`: there is neither a text nor octets
 * - `address_missing`, `address_too_long`, `address_invalid`: an address that has no place in a PDU
 * - `unencodable`: a character that is missing from the character set
 * - `too_long`: more text than the configured way of sending carries
 * - `too_many_parts`: more parts than `max_parts` allows
 * - `override_invalid`: what the message asks for itself does not fit
 * - `unsupported`: the message asks for a setting that the SMSC ignores, see the key `unsupported`
 * - `tlv_missing`: a TLV of `required_tlvs` is missing
 * - `session_invalid`: the USSD session is missing or not one of this dialect
 */
export type ProcessorErrorCode =
  | "content_missing"
  | "address_missing"
  | "address_too_long"
  | "address_invalid"
  | "unencodable"
  | "too_long"
  | "too_many_parts"
  | "override_invalid"
  | "unsupported"
  | "tlv_missing"
  | "session_invalid";

/**
 * A message cannot be sent as it is. The error's message is one sentence that says what is wrong
 * and where, without quoting addresses or texts: use it as the `nack_reason`.
 */
export class ProcessorError extends SmppError {
  override readonly name = "ProcessorError";
  declare readonly code: ProcessorErrorCode;
  /** The key of the message that is at fault. */
  readonly field: string;

  constructor(code: ProcessorErrorCode, field: string, message: string, options?: ErrorOptions) {
    super(code, `${field}: ${message}`, options);
    this.field = field;
  }
}
