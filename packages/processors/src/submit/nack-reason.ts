/** What a nack event says of an SMSC that refused a message. */

import type { TlvDefinitions } from "../tlv-definition.ts";
import { type TlvCarrier, type TlvDetails, tlvDetails } from "../tlv-details.ts";

const reasons: ReadonlyMap<number, string> = new Map([
  [0x00000001, "Message Length is invalid"],
  [0x00000002, "Command Length is invalid"],
  [0x00000003, "Invalid Command ID"],
  [0x00000004, "Invalid BIND Status for given command"],
  [0x00000005, "ESME Already in Bound State"],
  [0x00000006, "Invalid Priority Flag"],
  [0x00000007, "Invalid Registered Delivery Flag"],
  [0x00000008, "System Error"],
  [0x0000000a, "Invalid Source Address"],
  [0x0000000b, "Invalid Dest Addr"],
  [0x0000000c, "Message ID is invalid"],
  [0x0000000d, "Bind Failed"],
  [0x0000000e, "Invalid Password"],
  [0x0000000f, "Invalid System ID"],
  [0x00000011, "Cancel SM Failed"],
  [0x00000013, "Replace SM Failed"],
  [0x00000014, "Message Queue Full"],
  [0x00000015, "Invalid Service Type"],
  [0x00000033, "Invalid number of destinations"],
  [0x00000034, "Invalid Distribution List Name"],
  [0x00000040, "Destination flag is invalid (submit_multi)"],
  [
    0x00000042,
    "Invalid submit with replace request (i.e.  submit_sm with replace_if_present_flag set)",
  ],
  [0x00000043, "Invalid esm_class field data"],
  [0x00000044, "Cannot Submit to Distribution List"],
  [0x00000045, "submit_sm or submit_multi failed"],
  [0x00000048, "Invalid Source address TON"],
  [0x00000049, "Invalid Source address NPI"],
  [0x00000050, "Invalid Destination address TON"],
  [0x00000051, "Invalid Destination address NPI"],
  [0x00000053, "Invalid system_type field"],
  [0x00000054, "Invalid replace_if_present flag"],
  [0x00000055, "Invalid number of messages"],
  [0x00000058, "Throttling error (ESME has exceeded allowed message limits"],
  [0x00000061, "Invalid Scheduled Delivery Time"],
  [0x00000062, "Invalid message validity period (Expiry time)"],
  [0x00000063, "Predefined Message Invalid or Not Found"],
  [0x00000064, "ESME Receiver Temporary App Error Code"],
  [0x00000065, "ESME Receiver Permanent App Error Code"],
  [0x00000066, "ESME Receiver Reject Message Error Code"],
  [0x00000067, "query_sm request failed"],
  [0x000000c0, "Error in the optional part of the PDU Body"],
  [0x000000c1, "Optional Parameter not allowed"],
  [0x000000c2, "Invalid Parameter Length"],
  [0x000000c3, "Expected Optional Parameter missing"],
  [0x000000c4, "Invalid Optional Parameter Value"],
  [0x000000fe, "Delivery Failure (used for data_sm_resp)"],
  [0x000000ff, "Unknown Error"],
  [0x00000100, "ESME Not authorised to use specified service_type"],
  [0x00000101, "ESME Prohibited from using specified operation"],
  [0x00000102, "Specified service_type is unavailable"],
  [0x00000103, "Specified service_type is denied"],
  [0x00000104, "Invalid Data Coding Scheme"],
  [0x00000105, "Source Address Sub unit is Invalid"],
  [0x00000106, "Destination Address Sub unit is Invalid"],
  [0x00000107, "Broadcast Frequency Interval is invalid"],
  [0x00000108, "Broadcast Alias Name is invalid"],
  [0x00000109, "Broadcast Area Format is invalid"],
  [0x0000010a, "Number of Broadcast Areas is invalid"],
  [0x0000010b, "Broadcast Content Type is invalid"],
  [0x0000010c, "Broadcast Message Class is invalid"],
  [0x0000010d, "broadcast_sm operation failed"],
  [0x0000010e, "query_broadcast_sm operation failed"],
  [0x0000010f, "cancel_broadcast_sm operation failed"],
  [0x00000110, "Number of Repeated Broadcasts is invalid"],
  [0x000002ff, "Reserved for SMPP extension"],
  [0x000003ff, "Reserved for SMPP extension"],
  [0x00000400, "Reserved for SMSC vendor specific errors"],
  [0x00000410, "Reserved for SMSC vendor specific errors"],
  [0x000004ff, "Reserved for SMSC vendor specific errors"],
  [0x00000500, "Reserved"],
  [0x0000ffff, "Reserved"],
  [0x7fffffff, "Reserved"],
  [0x80000000, "Reserved"],
  [0xffffffff, "Reserved"],
]);

/** A response with an error in its command_status: `response` of a client's `StatusError`. */
export interface ErrorResponse extends TlvCarrier {
  readonly command_status: number;
}

/** What an error response says, for a nack event. */
export interface Refusal {
  /** For `nack_reason`: vumi's words for the command_status, see {@link nackReason}. */
  readonly reason: string;
  /**
   * For `transport_metadata`: `smpp_tlvs` with the TLVs of the response by name, such as
   * `additional_status_info_text` and `network_error_code` (SMPP 3.4 section 5.3.2.11 and 31),
   * octets in hexadecimal; no keys when it has none.
   */
  readonly transport_metadata: TlvDetails;
}

/**
 * What an error response says. TLVs that `definitions` has are under their names, at most 100 are
 * passed on. Never throws.
 */
export function refusalOf(response: ErrorResponse, definitions: TlvDefinitions = {}): Refusal {
  return {
    reason: nackReason(response.command_status),
    transport_metadata: tlvDetails(response, definitions),
  };
}

/**
 * The `nack_reason` for the command_status of a response: the words that vumi has for it, which
 * applications may compare, misprints included; `Unknown status` for the others.
 */
export function nackReason(commandStatus: number): string {
  return reasons.get(commandStatus) ?? "Unknown status";
}
