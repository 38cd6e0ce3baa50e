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

/** A state of a session (3.4 section 2.2). */
export type SessionState = "OPEN" | "BOUND_TX" | "BOUND_RX" | "BOUND_TRX";

interface CommandRow {
  /** Bit 31 marks a response. */
  readonly id: number;
  /** The command that answers this one, null when none does. */
  readonly response: string | null;
  /** The command that this one answers. */
  readonly request: string | null;
  readonly since: "3.4" | "5.0";
  /** The states in which each side may send it. */
  readonly issuers: {
    readonly esme: readonly SessionState[];
    readonly smsc: readonly SessionState[];
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

/**
 * Empty selects the SMSC's default. Well known are CMT, CPT, VMN, VMA, WAP and USSD; 5.0 adds CBS
 * and GUTS. At most 5 characters.
 */
const service_type = cstring({ max: 6 });

const source = {
  source_addr_ton: ton,
  source_addr_npi: npi,
  /** At most 20 characters. */
  source_addr: address,
} as const;

const destination = {
  dest_addr_ton: ton,
  dest_addr_npi: npi,
  /** At most 20 characters. */
  destination_addr: address,
} as const;

const messageId = {
  /** Given by the SMSC, opaque to the ESME: at most 64 characters. In deliver_sm_resp unused. */
  message_id: cstring({ max: 65 }),
} as const;

const shortMessage = {
  /** Counts the octets of short_message; computed when encoding. */
  sm_length: count("short_message"),
  /**
   * 0 to 254 octets (255 in 5.0), in the alphabet that data_coding names. With UDHI set in
   * esm_class the first octets are the user data header. Empty when message_payload has the text.
   */
  short_message: octets({ max: 255, length_field: "sm_length" }),
} as const;

const times = {
  /** 16 characters, see `formatTime`; empty means at once (in replace_sm: as stored). */
  schedule_delivery_time: time,
  /** 16 characters; empty means the SMSC's default (in replace_sm: as stored). qos_time_to_live wins over it. */
  validity_period: time,
} as const;

const delivery = {
  esm_class: integer({ size: 1, meaning: "esm_class" }),
  /** The GSM TP-PID; ignored or 0 on other networks. */
  protocol_id: octet,
  priority_flag: integer({ size: 1, meaning: "priority_flag" }),
  ...times,
  /** Toward an ESME only the SME acknowledgement bits have a meaning. */
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  /** Toward an ESME unused: 0. */
  replace_if_present_flag: integer({ size: 1, meaning: "replace_if_present" }),
  data_coding: integer({ size: 1, meaning: "data_coding" }),
  /** The number of a canned message that the SMSC holds; 0 for none. */
  sm_default_msg_id: octet,
  ...shortMessage,
} as const;

const bindFields = {
  /** At most 15 characters. */
  system_id: cstring({ max: 16 }),
  /** At most 8 characters. */
  password: cstring({ max: 9 }),
  /** At most 12 characters. */
  system_type: cstring({ max: 13 }),
  /** 0x34 is 3.4 (the default), 0x50 is 5.0; a peer with 0x33 or less must not be sent TLVs. */
  interface_version: integer({ size: 1, default: 0x34, meaning: "interface_version" }),
  addr_ton: ton,
  addr_npi: npi,
  /** An address, or an expression over the addresses served; empty when unused. */
  address_range: cstring({ max: 41 }),
} as const;

const bindRespFields = {
  /** Identifies the SMSC. */
  system_id: cstring({ max: 16 }),
} as const;

const alertFields = {
  source_addr_ton: ton,
  source_addr_npi: npi,
  /** The handset that became available. */
  source_addr: longAddress,
  esme_addr_ton: ton,
  esme_addr_npi: npi,
  /** The ESME that asked for the alert, with set_dpf on data_sm. */
  esme_addr: longAddress,
} as const;

const submitFields = { service_type, ...source, ...destination, ...delivery } as const;

const dest_address = {
  type: "dest_address-list",
  count_field: "number_of_dests",
  dest_flag: integer({ size: 1, meaning: "dest_flag" }),
  cases: { 1: destination, 2: { dl_name: address } },
} as const satisfies DestAddressList;

const submitMultiFields = {
  service_type,
  ...source,
  /** Counts the entries of dest_address; computed when encoding. */
  number_of_dests: count("dest_address"),
  /** 1 to 254 destinations (255 in 5.0): dest_flag 1 an address, 2 a distribution list. */
  dest_address,
  ...delivery,
} as const;

/** The destinations that were refused, each with its status. */
const unsuccess_sme = {
  type: "unsuccess_sme-list",
  count_field: "no_unsuccess",
  entry: { ...destination, error_status_code: integer({ size: 4, meaning: "command_status" }) },
} as const satisfies UnsuccessSmeList;

const dataFields = {
  service_type,
  source_addr_ton: ton,
  source_addr_npi: npi,
  /** At most 64 characters. */
  source_addr: longAddress,
  dest_addr_ton: ton,
  dest_addr_npi: npi,
  /** At most 64 characters. */
  destination_addr: longAddress,
  esm_class: integer({ size: 1, meaning: "esm_class" }),
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  data_coding: integer({ size: 1, meaning: "data_coding" }),
} as const;

const queryRespFields = {
  ...messageId,
  /** The time when the message reached its final state; empty while it has not. */
  final_date: time,
  message_state: integer({ size: 1, meaning: "message_state" }),
  /** Specific to the network; 0 when there is none. */
  error_code: octet,
} as const;

const replaceFields = {
  ...messageId,
  ...source,
  ...times,
  registered_delivery: integer({ size: 1, meaning: "registered_delivery" }),
  sm_default_msg_id: octet,
  ...shortMessage,
} as const;

const broadcastFields = {
  service_type,
  ...source,
  /** Empty for a new broadcast, the earlier one's to replace it. */
  ...messageId,
  priority_flag: integer({ size: 1, meaning: "priority_flag" }),
  ...times,
  replace_if_present_flag: integer({ size: 1, meaning: "replace_if_present" }),
  data_coding: integer({ size: 1, meaning: "data_coding" }),
  sm_default_msg_id: octet,
} as const;

/** The commands by name. */
export const commands = {
  /** Success moves the session to BOUND_RX. */
  bind_receiver: {
    id: 0x00000001,
    response: "bind_receiver_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  bind_receiver_resp: {
    id: 0x80000001,
    response: null,
    request: "bind_receiver",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /** Success moves the session to BOUND_TX. */
  bind_transmitter: {
    id: 0x00000002,
    response: "bind_transmitter_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  bind_transmitter_resp: {
    id: 0x80000002,
    response: null,
    request: "bind_transmitter",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /** Success moves the session to BOUND_TRX. */
  bind_transceiver: {
    id: 0x00000009,
    response: "bind_transceiver_resp",
    request: null,
    since: "3.4",
    issuers: { esme: open, smsc: [] },
    fields: bindFields,
    mandatory_tlvs: [],
  },
  bind_transceiver_resp: {
    id: 0x80000009,
    response: null,
    request: "bind_transceiver",
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: bindRespFields,
    mandatory_tlvs: [],
  },
  /** No response PDU; the ESME answers by sending bind_receiver (v5.0 also bind_transceiver) on the same connection. */
  outbind: {
    id: 0x0000000b,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: open },
    fields: { system_id: bindFields.system_id, password: bindFields.password },
    mandatory_tlvs: [],
  },
  unbind: {
    id: 0x00000006,
    response: "unbind_resp",
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  unbind_resp: {
    id: 0x80000006,
    response: null,
    request: "unbind",
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** Sent for a PDU whose command_length or command_id cannot be accepted. sequence_number repeats the offending PDU, or is 0 when that could not be read. v5.0 lets it be sent in any state with an open connection. */
  generic_nack: {
    id: 0x80000000,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** v5.0 also allows it before a bind completes (OPEN); accept it there. */
  enquire_link: {
    id: 0x00000015,
    response: "enquire_link_resp",
    request: null,
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  enquire_link_resp: {
    id: 0x80000015,
    response: null,
    request: "enquire_link",
    since: "3.4",
    issuers: { esme: bound, smsc: bound },
    fields: {},
    mandatory_tlvs: [],
  },
  /** No response PDU. */
  alert_notification: {
    id: 0x00000102,
    response: null,
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: receiving },
    fields: alertFields,
    mandatory_tlvs: [],
  },
  submit_sm: {
    id: 0x00000004,
    response: "submit_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: submitFields,
    mandatory_tlvs: [],
  },
  submit_sm_resp: {
    id: 0x80000004,
    response: null,
    request: "submit_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  submit_multi: {
    id: 0x00000021,
    response: "submit_multi_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: submitMultiFields,
    mandatory_tlvs: [],
  },
  submit_multi_resp: {
    id: 0x80000021,
    response: null,
    request: "submit_multi",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: { ...messageId, no_unsuccess: count("unsuccess_sme"), unsuccess_sme },
    mandatory_tlvs: [],
  },
  /** Carries mobile-originated text, delivery receipts, intermediate notifications and SME acknowledgements; told apart by the message type bits of esm_class. */
  deliver_sm: {
    id: 0x00000005,
    response: "deliver_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: [], smsc: receiving },
    fields: submitFields,
    mandatory_tlvs: [],
  },
  deliver_sm_resp: {
    id: 0x80000005,
    response: null,
    request: "deliver_sm",
    since: "3.4",
    issuers: { esme: receiving, smsc: [] },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /** Text travels only in message_payload. */
  data_sm: {
    id: 0x00000103,
    response: "data_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: receiving },
    fields: dataFields,
    mandatory_tlvs: ["message_payload"],
  },
  data_sm_resp: {
    id: 0x80000103,
    response: null,
    request: "data_sm",
    since: "3.4",
    issuers: { esme: receiving, smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  query_sm: {
    id: 0x00000003,
    response: "query_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: { ...messageId, ...source },
    mandatory_tlvs: [],
  },
  query_sm_resp: {
    id: 0x80000003,
    response: null,
    request: "query_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: queryRespFields,
    mandatory_tlvs: [],
  },
  cancel_sm: {
    id: 0x00000008,
    response: "cancel_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: { service_type, ...messageId, ...source, ...destination },
    mandatory_tlvs: [],
  },
  cancel_sm_resp: {
    id: 0x80000008,
    response: null,
    request: "cancel_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: {},
    mandatory_tlvs: [],
  },
  /** v3.4 defines no TLVs here; v5.0 adds message_payload. data_coding and esm_class are not carried: the stored ones stay. */
  replace_sm: {
    id: 0x00000007,
    response: "replace_sm_resp",
    request: null,
    since: "3.4",
    issuers: { esme: sending, smsc: [] },
    fields: replaceFields,
    mandatory_tlvs: [],
  },
  replace_sm_resp: {
    id: 0x80000007,
    response: null,
    request: "replace_sm",
    since: "3.4",
    issuers: { esme: [], smsc: sending },
    fields: {},
    mandatory_tlvs: [],
  },
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
  broadcast_sm_resp: {
    id: 0x80000111,
    response: null,
    request: "broadcast_sm",
    since: "5.0",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: [],
  },
  /** When message_id is empty, user_message_reference selects the broadcast. */
  query_broadcast_sm: {
    id: 0x00000112,
    response: "query_broadcast_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: [] },
    fields: { ...messageId, ...source },
    mandatory_tlvs: [],
  },
  query_broadcast_sm_resp: {
    id: 0x80000112,
    response: null,
    request: "query_broadcast_sm",
    since: "5.0",
    issuers: { esme: [], smsc: sending },
    fields: messageId,
    mandatory_tlvs: ["broadcast_area_identifier", "broadcast_area_success", "message_state"],
  },
  cancel_broadcast_sm: {
    id: 0x00000113,
    response: "cancel_broadcast_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: [] },
    fields: { service_type, ...messageId, ...source },
    mandatory_tlvs: [],
  },
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
