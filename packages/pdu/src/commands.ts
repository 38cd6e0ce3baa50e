// Every command of SMPP 3.4 (section 4) and 5.0, one row each: id, counterpart, who may send it and when, fields in wire order.

import {
  count,
  cstring,
  type DestAddressList,
  type Fields,
  integer,
  octets,
  type UnsuccessSmeList,
} from "./fields.ts";

/** A state of a session in which commands may be sent (3.4 section 2.2). */
type IssuerState = "OPEN" | "BOUND_TX" | "BOUND_RX" | "BOUND_TRX";

interface CommandRow {
  /** See {@link isResponse} for bit 31. */
  readonly id: number;
  /** The command that answers this one, null when none does. */
  readonly response: string | null;
  /** The command that this one answers. */
  readonly request: string | null;
  readonly since: "3.4" | "5.0";
  /** The states in which each side may send it. */
  readonly issuers: {
    readonly esme: readonly IssuerState[];
    readonly smsc: readonly IssuerState[];
  };
  /** The mandatory fields in wire order. */
  readonly fields: Fields;
  /** TLVs that SMPP 5.0 requires. */
  readonly mandatory_tlvs: readonly string[];
}

const open = ["OPEN"] as const;
const bound = ["BOUND_TX", "BOUND_RX", "BOUND_TRX"] as const;
const sending = ["BOUND_TX", "BOUND_TRX"] as const;
const receiving = ["BOUND_RX", "BOUND_TRX"] as const;

const ton = integer({ size: 1, meaning: "ton" });
const npi = integer({ size: 1, meaning: "npi" });
const octet = integer({ size: 1 });
const address = cstring({ max: 21 });
const longAddress = cstring({ max: 65 });
const time = cstring({ max: 17, format: "time" });

const service = {
  /**
   * The SMSC's application to use, at most 5 characters; empty for its default. Well known are CMT,
   * CPT, VMN, VMA, WAP and USSD; 5.0 adds CBS and GUTS (3.4 section 5.2.11).
   */
  service_type: cstring({ max: 6 }),
} as const;

const source = {
  /** Type of number of source_addr: see `Ton` (3.4 section 5.2.5). */
  source_addr_ton: ton,
  /** Numbering plan of source_addr: see `Npi` (3.4 section 5.2.6). */
  source_addr_npi: npi,
  /**
   * The sender: at most 20 characters, without a plus. Empty lets the SMSC choose. In deliver_sm the
   * phone; in query_sm, cancel_sm and replace_sm the sender of the message in question (3.4 section
   * 5.2.8).
   */
  source_addr: address,
} as const;

const destination = {
  /** Type of number of destination_addr: see `Ton` (3.4 section 5.2.5). */
  dest_addr_ton: ton,
  /** Numbering plan of destination_addr: see `Npi` (3.4 section 5.2.6). */
  dest_addr_npi: npi,
  /** Who gets it: at most 20 characters, without a plus (3.4 section 5.2.9). */
  destination_addr: address,
} as const;

const messageId = {
  /**
   * The id that the SMSC gave to the message: at most 64 characters, to be kept as they come. In
   * deliver_sm_resp unused, in broadcast_sm the earlier broadcast to replace (3.4 section 5.2.23).
   */
  message_id: cstring({ max: 65 }),
} as const;

const shortMessage = {
  /** Counts the octets of short_message; computed when encoding (3.4 section 5.2.21). */
  sm_length: count("short_message"),
  /**
   * 0 to 254 octets (255 in 5.0), in the alphabet that data_coding names. With UDHI set in
   * esm_class the first octets are the user data header. Empty when message_payload has the text
   * (3.4 section 5.2.22).
   */
  short_message: octets({ max: 255, length_field: "sm_length" }),
} as const;

const times = {
  /**
   * When to send it: 16 characters, see `formatTime`; empty means at once (in replace_sm: as stored)
   * (3.4 section 5.2.15).
   */
  schedule_delivery_time: time,
  /**
   * How long the SMSC tries: 16 characters, absolute or relative, see `formatTime`; empty means its
   * default (in replace_sm: as stored). qos_time_to_live wins over it (3.4 section 5.2.16).
   */
  validity_period: time,
} as const;

const delivery = {
  /**
   * Mode, type and GSM features of the message, one octet of bits: see `EsmClass`. 0x40 (UDHI) when
   * short_message begins with a user data header; `(esm_class & 0x3c) === 0x04` is a delivery receipt
   * (3.4 section 5.2.12).
   */
  esm_class: integer({ size: 1, meaning: "esm_class" }),
  /** The GSM protocol identifier (TP-PID); 0 for ordinary messages (3.4 section 5.2.13). */
  protocol_id: octet,
  /**
   * 0 to 3, higher is more urgent; what each means depends on the network: see `PriorityFlag` (3.4
   * section 5.2.14).
   */
  priority_flag: integer({ size: 1, meaning: "priority_flag" }),
  ...times,
  /**
   * Which receipts and acknowledgements the sender wants, one octet of bits: see `RegisteredDelivery`.
   * 1 asks for a delivery receipt whatever becomes of the message. Toward an ESME only the SME
   * acknowledgement bits have a meaning (3.4 section 5.2.17).
   */
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  /**
   * 1 replaces a message that waits with the same source, destination and service_type. Toward an
   * ESME 0 (3.4 section 5.2.18).
   */
  replace_if_present_flag: integer({ size: 1, meaning: "replace_if_present" }),
  /**
   * Alphabet of the text: see `DataCoding`. 0 is the SMSC's default (most often GSM 7-bit), 8 UCS-2, 4
   * binary (3.4 section 5.2.19).
   */
  data_coding: integer({ size: 1, meaning: "data_coding" }),
  /** The number of a canned message that the SMSC holds; 0 for none (3.4 section 5.2.20). */
  sm_default_msg_id: octet,
  ...shortMessage,
} as const;

const bindFields = {
  /** The account: at most 15 characters (3.4 section 5.2.1). */
  system_id: cstring({ max: 16 }),
  /** Its password: at most 8 characters; a codec can allow more (3.4 section 5.2.2). */
  password: cstring({ max: 9 }),
  /**
   * A category that some SMSCs want, at most 12 characters; empty by default (3.4 section 5.2.3).
   */
  system_type: cstring({ max: 13 }),
  /**
   * Version of SMPP: 0x34 is 3.4 (the default), 0x50 is 5.0; a peer with 0x33 or less must not be sent
   * TLVs (3.4 section 5.2.4).
   */
  interface_version: integer({ size: 1, default: 0x34, meaning: "interface_version" }),
  /** Type of number of address_range: see `Ton` (3.4 section 5.2.5). */
  addr_ton: ton,
  /** Numbering plan of address_range: see `Npi` (3.4 section 5.2.6). */
  addr_npi: npi,
  /**
   * The address that this ESME serves, or a regular expression over them; empty, the default, where
   * the SMSC knows it from the account (3.4 section 5.2.7).
   */
  address_range: cstring({ max: 41 }),
} as const;

const bindRespFields = {
  /** Identifies the SMSC: at most 15 characters (3.4 section 5.2.1). */
  system_id: cstring({ max: 16 }),
} as const;

const alertFields = {
  /** Type of number of source_addr: see `Ton` (3.4 section 5.2.5). */
  source_addr_ton: ton,
  /** Numbering plan of source_addr: see `Npi` (3.4 section 5.2.6). */
  source_addr_npi: npi,
  /** The phone that can be reached again: at most 64 characters (3.4 section 5.2.8). */
  source_addr: longAddress,
  /** Type of number of esme_addr: see `Ton` (3.4 section 5.2.5). */
  esme_addr_ton: ton,
  /** Numbering plan of esme_addr: see `Npi` (3.4 section 5.2.6). */
  esme_addr_npi: npi,
  /** The ESME that asked for the alert, with set_dpf on data_sm (3.4 section 5.2.10). */
  esme_addr: longAddress,
} as const;

const submitFields = { ...service, ...source, ...destination, ...delivery } as const;

const dest_address = {
  type: "dest_address-list",
  count_field: "number_of_dests",
  dest_flag: integer({ size: 1, meaning: "dest_flag" }),
  cases: {
    1: destination,
    2: {
      /** A distribution list that the SMSC holds: at most 20 characters. */
      dl_name: address,
    },
  },
} as const satisfies DestAddressList;

const submitMultiFields = {
  ...service,
  ...source,
  /** Counts the entries of dest_address; computed when encoding. */
  number_of_dests: count("dest_address"),
  /** 1 to 254 destinations (255 in 5.0): dest_flag 1 is an address, 2 a distribution list. */
  dest_address,
  ...delivery,
} as const;

const unsuccess_sme = {
  type: "unsuccess_sme-list",
  count_field: "no_unsuccess",
  entry: {
    ...destination,
    /** Why this destination was refused: see `Status`. */
    error_status_code: integer({ size: 4, meaning: "command_status" }),
  },
} as const satisfies UnsuccessSmeList;

const dataFields = {
  ...service,
  /** Type of number of source_addr: see `Ton` (3.4 section 5.2.5). */
  source_addr_ton: ton,
  /** Numbering plan of source_addr: see `Npi` (3.4 section 5.2.6). */
  source_addr_npi: npi,
  /** The sender: at most 64 characters (3.4 section 5.2.8). */
  source_addr: longAddress,
  /** Type of number of destination_addr: see `Ton` (3.4 section 5.2.5). */
  dest_addr_ton: ton,
  /** Numbering plan of destination_addr: see `Npi` (3.4 section 5.2.6). */
  dest_addr_npi: npi,
  /** Who gets it: at most 64 characters (3.4 section 5.2.9). */
  destination_addr: longAddress,
  /**
   * Mode, type and GSM features of the message, one octet of bits: see `EsmClass`. 0x40 (UDHI) when
   * short_message begins with a user data header; `(esm_class & 0x3c) === 0x04` is a delivery receipt
   * (3.4 section 5.2.12).
   */
  esm_class: integer({ size: 1, meaning: "esm_class" }),
  /**
   * Which receipts and acknowledgements the sender wants, one octet of bits: see `RegisteredDelivery`.
   * 1 asks for a delivery receipt whatever becomes of the message. Toward an ESME only the SME
   * acknowledgement bits have a meaning (3.4 section 5.2.17).
   */
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  /**
   * Alphabet of the text: see `DataCoding`. 0 is the SMSC's default (most often GSM 7-bit), 8 UCS-2, 4
   * binary (3.4 section 5.2.19).
   */
  data_coding: integer({ size: 1, meaning: "data_coding" }),
} as const;

const queryRespFields = {
  ...messageId,
  /** The time when the message reached its final state; empty while it has not. */
  final_date: time,
  /** What became of the message: see `MessageState` (3.4 section 5.2.28). */
  message_state: integer({ size: 1, meaning: "message_state" }),
  /** An error code of the network; 0 when there is none. */
  error_code: octet,
} as const;

const replaceFields = {
  ...messageId,
  ...source,
  ...times,
  /**
   * Which receipts and acknowledgements the sender wants, one octet of bits: see `RegisteredDelivery`.
   * 1 asks for a delivery receipt whatever becomes of the message. Toward an ESME only the SME
   * acknowledgement bits have a meaning (3.4 section 5.2.17).
   */
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  /** The number of a canned message that the SMSC holds; 0 for none (3.4 section 5.2.20). */
  sm_default_msg_id: octet,
  ...shortMessage,
} as const;

const broadcastFields = {
  ...service,
  ...source,
  ...messageId,
  /**
   * 0 to 3, higher is more urgent; what each means depends on the network: see `PriorityFlag` (3.4
   * section 5.2.14).
   */
  priority_flag: integer({ size: 1, meaning: "priority_flag" }),
  ...times,
  /**
   * 1 replaces a message that waits with the same source, destination and service_type. Toward an
   * ESME 0 (3.4 section 5.2.18).
   */
  replace_if_present_flag: integer({ size: 1, meaning: "replace_if_present" }),
  /**
   * Alphabet of the text: see `DataCoding`. 0 is the SMSC's default (most often GSM 7-bit), 8 UCS-2, 4
   * binary (3.4 section 5.2.19).
   */
  data_coding: integer({ size: 1, meaning: "data_coding" }),
  /** The number of a canned message that the SMSC holds; 0 for none (3.4 section 5.2.20). */
  sm_default_msg_id: octet,
} as const;

/** The commands by name. */
export const commands = {
  /**
   * Opens a session in which the ESME only receives (3.4 section 4.1.3). Success moves it to
   * BOUND_RX.
   */
  bind_receiver: {
    id: 0x00000001,
    response: "bind_receiver_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  /** Answers bind_receiver (3.4 section 4.1.4). */
  bind_receiver_resp: {
    id: 0x80000001,
    response: null,
    request: "bind_receiver",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /**
   * Opens a session in which the ESME only sends (3.4 section 4.1.1). Success moves it to BOUND_TX.
   */
  bind_transmitter: {
    id: 0x00000002,
    response: "bind_transmitter_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  /** Answers bind_transmitter (3.4 section 4.1.2). */
  bind_transmitter_resp: {
    id: 0x80000002,
    response: null,
    request: "bind_transmitter",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /** Opens a session for both directions (3.4 section 4.1.5). Success moves it to BOUND_TRX. */
  bind_transceiver: {
    id: 0x00000009,
    response: "bind_transceiver_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  /** Answers bind_transceiver (3.4 section 4.1.6). */
  bind_transceiver_resp: {
    id: 0x80000009,
    response: null,
    request: "bind_transceiver",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /**
   * An SMSC that connected asks the ESME to bind (3.4 section 4.1.7). No response: the ESME sends
   * bind_receiver (in 5.0 also bind_transceiver) on the same connection.
   */
  outbind: {
    id: 0x0000000b,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: {
      /** The SMSC that asks: at most 15 characters (3.4 section 5.2.1). */
      system_id: bindFields.system_id,
      /** By which the ESME knows it: at most 8 characters (3.4 section 5.2.2). */
      password: bindFields.password,
    },
    mandatory_tlvs: [],
  },
  /** Ends the session (3.4 section 4.2). */
  unbind: {
    id: 0x00000006,
    response: "unbind_resp",
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** Answers unbind; then the connection is closed (3.4 section 4.2.2). */
  unbind_resp: {
    id: 0x80000006,
    response: null,
    request: "unbind",
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /**
   * Refuses a PDU whose command_length or command_id cannot be accepted (3.4 section 4.3).
   * sequence_number is that of the PDU, or 0 where that could not be read.
   */
  generic_nack: {
    id: 0x80000000,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /**
   * Asks whether the peer is still there (3.4 section 4.11). SMPP 5.0 allows it before the bind,
   * too; accept it there.
   */
  enquire_link: {
    id: 0x00000015,
    response: "enquire_link_resp",
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** Answers enquire_link (3.4 section 4.11.2). */
  enquire_link_resp: {
    id: 0x80000015,
    response: null,
    request: "enquire_link",
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** A phone can be reached again (3.4 section 4.12). No response. */
  alert_notification: {
    id: 0x00000102,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: receiving },
    fields: alertFields,
    mandatory_tlvs: [],
  },
  /** Sends a message to one destination (3.4 section 4.4). */
  submit_sm: {
    id: 0x00000004,
    response: "submit_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: submitFields,
    mandatory_tlvs: [],
  },
  /** Answers submit_sm with the message_id (3.4 section 4.4.2). */
  submit_sm_resp: {
    id: 0x80000004,
    response: null,
    request: "submit_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /** Sends a message to up to 254 destinations or distribution lists (3.4 section 4.5). */
  submit_multi: {
    id: 0x00000021,
    response: "submit_multi_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: submitMultiFields,
    mandatory_tlvs: [],
  },
  /**
   * Answers submit_multi with the message_id and the destinations that were refused (3.4 section
   * 4.5.2).
   */
  submit_multi_resp: {
    id: 0x80000021,
    response: null,
    request: "submit_multi",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: {
      ...messageId,
      /** Counts the entries of unsuccess_sme; computed when encoding. */
      no_unsuccess: count("unsuccess_sme"),
      /** The destinations that were refused, each with its status; empty when all were taken. */
      unsuccess_sme,
    },
    mandatory_tlvs: [],
  },
  /**
   * Brings a text from a phone, a delivery receipt, an intermediate notification or an
   * acknowledgement (3.4 section 4.6): the message type bits of esm_class tell which.
   */
  deliver_sm: {
    id: 0x00000005,
    response: "deliver_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: receiving },
    fields: submitFields,
    mandatory_tlvs: [],
  },
  /** Answers deliver_sm (3.4 section 4.6.2). */
  deliver_sm_resp: {
    id: 0x80000005,
    response: null,
    request: "deliver_sm",
    since: "3.4",
    issuers: { esme: receiving, smsc: [] },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /**
   * A message in either direction, with few fields (3.4 section 4.7). The text is in
   * message_payload alone.
   */
  data_sm: {
    id: 0x00000103,
    response: "data_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: receiving },
    fields: dataFields,
    mandatory_tlvs: ["message_payload"],
  },
  /** Answers data_sm (3.4 section 4.7.2). */
  data_sm_resp: {
    id: 0x80000103,
    response: null,
    request: "data_sm",
    since: "3.4",
    issuers: { esme: receiving, smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /** Asks for the state of a message (3.4 section 4.8). */
  query_sm: {
    id: 0x00000003,
    response: "query_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: { ...messageId, ...source },
    mandatory_tlvs: [],
  },
  /** Answers query_sm (3.4 section 4.8.2). */
  query_sm_resp: {
    id: 0x80000003,
    response: null,
    request: "query_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: queryRespFields,
    mandatory_tlvs: [],
  },
  /**
   * Cancels a message that waits, or several of one source, destination and service_type (3.4
   * section 4.9).
   */
  cancel_sm: {
    id: 0x00000008,
    response: "cancel_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: { ...service, ...messageId, ...source, ...destination },
    mandatory_tlvs: [],
  },
  /** Answers cancel_sm (3.4 section 4.9.2). */
  cancel_sm_resp: {
    id: 0x80000008,
    response: null,
    request: "cancel_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: {},
    mandatory_tlvs: [],
  },
  /**
   * Replaces the text of a message that waits (3.4 section 4.10). data_coding and esm_class stay as
   * they are stored; 5.0 adds message_payload.
   */
  replace_sm: {
    id: 0x00000007,
    response: "replace_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: replaceFields,
    mandatory_tlvs: [],
  },
  /** Answers replace_sm (3.4 section 4.10.2). */
  replace_sm_resp: {
    id: 0x80000007,
    response: null,
    request: "replace_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: {},
    mandatory_tlvs: [],
  },
  /** Broadcasts a message to areas (SMPP 5.0). */
  broadcast_sm: {
    id: 0x00000111,
    response: "broadcast_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: [] },
    fields: broadcastFields,
    mandatory_tlvs: [
      "broadcast_area_identifier",
      "broadcast_content_type",
      "broadcast_frequency_interval",
      "broadcast_rep_num",
      "message_payload",
    ],
  },
  /** Answers broadcast_sm (SMPP 5.0). */
  broadcast_sm_resp: {
    id: 0x80000111,
    response: null,
    request: "broadcast_sm",
    since: "5.0",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /**
   * Asks for the state of a broadcast (SMPP 5.0). Without message_id user_message_reference tells
   * which.
   */
  query_broadcast_sm: {
    id: 0x00000112,
    response: "query_broadcast_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: [] },
    fields: { ...messageId, ...source },
    mandatory_tlvs: [],
  },
  /** Answers query_broadcast_sm (SMPP 5.0). */
  query_broadcast_sm_resp: {
    id: 0x80000112,
    response: null,
    request: "query_broadcast_sm",
    since: "5.0",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: ["broadcast_area_identifier", "broadcast_area_success", "message_state"],
  },
  /** Cancels a broadcast (SMPP 5.0). */
  cancel_broadcast_sm: {
    id: 0x00000113,
    response: "cancel_broadcast_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: [] },
    fields: { ...service, ...messageId, ...source },
    mandatory_tlvs: [],
  },
  /** Answers cancel_broadcast_sm (SMPP 5.0). */
  cancel_broadcast_sm_resp: {
    id: 0x80000113,
    response: null,
    request: "cancel_broadcast_sm",
    since: "5.0",
    issuers: { esme: [], smsc: sending },
    fields: {},
    mandatory_tlvs: [],
  },
} as const satisfies Record<string, CommandRow>;

/** Whether a command_id is that of a response: its bit 31 is set (3.4 section 5.1.2.1). */
export function isResponse(command_id: number): boolean {
  return command_id >= 0x8000_0000;
}

export type CommandTable = typeof commands;

/** The name of a command, `submit_sm`. */
export type CommandName = keyof CommandTable;

/** The name of a command that is answered by a response. */
export type RequestName = {
  [C in CommandName]: CommandTable[C]["response"] extends string ? C : never;
}[CommandName];

/** The name of a command that answers a request; generic_nack, which can answer any, is not one. */
export type ResponseName = {
  [C in CommandName]: CommandTable[C]["request"] extends string ? C : never;
}[CommandName];

/** The response to a request: `submit_sm_resp` for `submit_sm`. */
export type ResponseNameOf<C extends RequestName> = CommandTable[C]["response"];
