// Every TLV (optional parameter) of SMPP 3.4 (section 5.3.2) and 5.0 (section 4.8.4), one row each.

import {
  type CStringType,
  cstring,
  type IntegerType,
  integer,
  type OctetsType,
  octets,
} from "./fields.ts";

/** What a TLV is: its tag, the type of its value, whether it may stand more than once. */
export interface TlvType {
  readonly tag: number;
  readonly type: IntegerType | CStringType | OctetsType;
  /** A repeatable TLV is an array in a PDU. */
  readonly multiple?: boolean;
}

/** A standard TLV: the version that brought it, and the commands for which a version lists it. */
interface TlvRow extends TlvType {
  readonly since: "3.4" | "5.0";
  readonly allowed_in: { readonly "3.4": readonly string[]; readonly "5.0": readonly string[] };
}

const submits = ["submit_sm", "submit_multi", "data_sm"] as const;
const messages = ["submit_sm", "submit_multi", "deliver_sm", "data_sm"] as const;
const messagesAndBroadcast = [
  "submit_sm",
  "submit_multi",
  "deliver_sm",
  "data_sm",
  "broadcast_sm",
] as const;
const submitsAndBroadcast = ["submit_sm", "submit_multi", "data_sm", "broadcast_sm"] as const;
const messageResponses = [
  "submit_sm_resp",
  "submit_multi_resp",
  "deliver_sm_resp",
  "data_sm_resp",
] as const;
const bindResponses = [
  "bind_receiver_resp",
  "bind_transmitter_resp",
  "bind_transceiver_resp",
] as const;

/** The standard TLVs by name, in the order of their tags. */
export const tlvs = {
  dest_addr_subunit: {
    tag: 0x0005,
    type: integer({ size: 1, meaning: "addr_subunit" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  dest_network_type: {
    tag: 0x0006,
    type: integer({ size: 1, meaning: "network_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  dest_bearer_type: {
    tag: 0x0007,
    type: integer({ size: 1, meaning: "bearer_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /**
   * Meaning depends on dest_bearer_type. v5.0 splits the two octets into a GSM protocol identifier
   * and a reserved octet.
   */
  dest_telematics_id: {
    tag: 0x0008,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  source_addr_subunit: {
    tag: 0x000d,
    type: integer({ size: 1, meaning: "addr_subunit" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  source_network_type: {
    tag: 0x000e,
    type: integer({ size: 1, meaning: "network_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  source_bearer_type: {
    tag: 0x000f,
    type: integer({ size: 1, meaning: "bearer_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /**
   * v3.4 declares one octet while its destination counterpart has two; most implementations (and
   * v5.0 users) write two. Accept one or two, keep the received width; emit one when speaking v3.4.
   */
  source_telematics_id: {
    tag: 0x0010,
    type: { ...integer({ size: 1 }), max: 2 },
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** Seconds the SMSC keeps the message; supersedes validity_period. */
  qos_time_to_live: {
    tag: 0x0017,
    type: integer({ size: 4 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  payload_type: {
    tag: 0x0019,
    type: integer({ size: 1, meaning: "payload_type" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** Human-readable diagnosis. Peers omit the NUL; accept both. */
  additional_status_info_text: {
    tag: 0x001d,
    type: cstring({ max: 256 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm_resp"], "5.0": messageResponses },
  },
  /** Id of the message a receipt is about. Peers omit the NUL; accept both. */
  receipted_message_id: {
    tag: 0x001e,
    type: cstring({ max: 65 }),
    since: "3.4",
    allowed_in: { "3.4": ["deliver_sm", "data_sm"], "5.0": ["deliver_sm"] },
  },
  ms_msg_wait_facilities: {
    tag: 0x0030,
    type: integer({ size: 1, meaning: "ms_msg_wait_facilities" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submits },
  },
  privacy_indicator: {
    tag: 0x0201,
    type: integer({ size: 1, meaning: "privacy_indicator" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** First octet is the subaddress tag, the rest is the subaddress. */
  source_subaddress: {
    tag: 0x0202,
    type: octets({ min: 2, max: 23, meaning: "subaddress" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** First octet is the subaddress tag, the rest is the subaddress. */
  dest_subaddress: {
    tag: 0x0203,
    type: octets({ min: 2, max: 23, meaning: "subaddress" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** Chosen by the sender; any value. */
  user_message_reference: {
    tag: 0x0204,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: {
      "3.4": messages,
      "5.0": [
        "submit_sm",
        "submit_multi",
        "deliver_sm",
        "data_sm",
        "broadcast_sm",
        "query_broadcast_sm",
        "query_broadcast_sm_resp",
        "cancel_broadcast_sm",
      ],
    },
  },
  user_response_code: {
    tag: 0x0205,
    type: integer({ size: 1, meaning: "user_response_code" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "deliver_sm", "data_sm"], "5.0": messages },
  },
  /** Application port. */
  source_port: {
    tag: 0x020a,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** Application port. v5.0 calls it dest_port. */
  destination_port: {
    tag: 0x020b,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * Same in every segment. Meaningful only together with sar_total_segments and sar_segment_seqnum.
   */
  sar_msg_ref_num: {
    tag: 0x020c,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  language_indicator: {
    tag: 0x020d,
    type: integer({ size: 1, meaning: "language_indicator" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  sar_total_segments: {
    tag: 0x020e,
    type: integer({ size: 1, range: [1, 255] }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  /** Counts from 1. */
  sar_segment_seqnum: {
    tag: 0x020f,
    type: integer({ size: 1, range: [1, 255] }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  /** Absent in a bind response means the SMSC does not do TLVs (v3.3 behaviour). */
  sc_interface_version: {
    tag: 0x0210,
    type: integer({ size: 1, meaning: "interface_version" }),
    since: "3.4",
    allowed_in: { "3.4": bindResponses, "5.0": bindResponses },
  },
  /** When repeated, the n-th one belongs to the n-th callback_num. */
  callback_num_pres_ind: {
    tag: 0x0302,
    type: integer({ size: 1, meaning: "callback_num_pres_ind" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  /**
   * First octet is a data_coding value, the rest is the display text. When repeated, the n-th one
   * belongs to the n-th callback_num.
   */
  callback_num_atag: {
    tag: 0x0303,
    type: octets({ max: 65, meaning: "callback_num_atag" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  number_of_messages: {
    tag: 0x0304,
    type: integer({ size: 1, meaning: "number_of_messages" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": submits },
  },
  callback_num: {
    tag: 0x0381,
    type: octets({ min: 4, max: 19, meaning: "callback_num" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  dpf_result: {
    tag: 0x0420,
    type: integer({ size: 1, meaning: "dpf_result" }),
    since: "3.4",
    allowed_in: {
      "3.4": ["data_sm_resp"],
      "5.0": ["submit_sm_resp", "submit_multi_resp", "deliver_sm", "data_sm_resp"],
    },
  },
  set_dpf: {
    tag: 0x0421,
    type: integer({ size: 1, meaning: "set_dpf" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  ms_availability_status: {
    tag: 0x0422,
    type: integer({ size: 1, meaning: "ms_availability_status" }),
    since: "3.4",
    allowed_in: { "3.4": ["alert_notification"], "5.0": ["alert_notification"] },
  },
  network_error_code: {
    tag: 0x0423,
    type: octets({ size: 3, meaning: "network_error_code" }),
    since: "3.4",
    allowed_in: {
      "3.4": ["deliver_sm", "data_sm", "data_sm_resp"],
      "5.0": [
        "submit_sm_resp",
        "submit_multi_resp",
        "deliver_sm",
        "deliver_sm_resp",
        "data_sm_resp",
      ],
    },
  },
  /**
   * User data in place of short_message; send sm_length 0 with it. The TLV length field caps it at
   * 65535 octets.
   */
  message_payload: {
    tag: 0x0424,
    type: octets({ max: 65535 }),
    since: "3.4",
    allowed_in: {
      "3.4": messages,
      "5.0": ["submit_sm", "submit_multi", "deliver_sm", "data_sm", "replace_sm", "broadcast_sm"],
    },
  },
  delivery_failure_reason: {
    tag: 0x0425,
    type: integer({ size: 1, meaning: "delivery_failure_reason" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm_resp"], "5.0": messageResponses },
  },
  more_messages_to_send: {
    tag: 0x0426,
    type: integer({ size: 1, meaning: "more_messages_to_send" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": submits },
  },
  message_state: {
    tag: 0x0427,
    type: integer({ size: 1, meaning: "message_state" }),
    since: "3.4",
    allowed_in: {
      "3.4": ["deliver_sm", "data_sm"],
      "5.0": ["deliver_sm", "query_broadcast_sm_resp"],
    },
  },
  congestion_state: {
    tag: 0x0428,
    type: integer({ size: 1, meaning: "congestion_state" }),
    since: "5.0",
    allowed_in: {
      "3.4": [],
      "5.0": [
        "bind_receiver_resp",
        "bind_transmitter_resp",
        "bind_transceiver_resp",
        "unbind_resp",
        "enquire_link_resp",
        "submit_sm_resp",
        "submit_multi_resp",
        "deliver_sm_resp",
        "data_sm_resp",
        "query_sm_resp",
        "cancel_sm_resp",
        "replace_sm_resp",
        "broadcast_sm_resp",
        "query_broadcast_sm_resp",
        "cancel_broadcast_sm_resp",
      ],
    },
  },
  /** Declared as a one-octet octet string; every implementation reads it as a one-octet integer. */
  ussd_service_op: {
    tag: 0x0501,
    type: octets({ size: 1, meaning: "ussd_service_op" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm"], "5.0": messages },
  },
  broadcast_channel_indicator: {
    tag: 0x0600,
    type: integer({ size: 1, meaning: "broadcast_channel_indicator" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  broadcast_content_type: {
    tag: 0x0601,
    type: octets({ size: 3, meaning: "broadcast_content_type" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm", "cancel_broadcast_sm"] },
  },
  broadcast_content_type_info: {
    tag: 0x0602,
    type: octets({ min: 1, max: 255 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  broadcast_message_class: {
    tag: 0x0603,
    type: integer({ size: 1, meaning: "broadcast_message_class" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /** Number of repetitions asked for. */
  broadcast_rep_num: {
    tag: 0x0604,
    type: integer({ size: 2 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  broadcast_frequency_interval: {
    tag: 0x0605,
    type: octets({ size: 3, meaning: "broadcast_frequency_interval" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * In broadcast_sm_resp the same tag lists the areas that failed (named
   * failed_broadcast_area_identifier there).
   */
  broadcast_area_identifier: {
    tag: 0x0606,
    type: octets({ min: 1, max: 101, meaning: "broadcast_area_identifier" }),
    multiple: true,
    since: "5.0",
    allowed_in: {
      "3.4": [],
      "5.0": ["broadcast_sm", "broadcast_sm_resp", "query_broadcast_sm_resp"],
    },
  },
  /** n-th value belongs to the n-th failed area. */
  broadcast_error_status: {
    tag: 0x0607,
    type: integer({ size: 4, meaning: "command_status" }),
    multiple: true,
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm_resp"] },
  },
  /** n-th value belongs to the n-th broadcast_area_identifier. */
  broadcast_area_success: {
    tag: 0x0608,
    type: integer({ size: 1, meaning: "broadcast_area_success" }),
    multiple: true,
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["query_broadcast_sm_resp"] },
  },
  /** Absolute time. 16 characters; accept with or without the NUL. */
  broadcast_end_time: {
    tag: 0x0609,
    type: cstring({ min: 16, max: 17, format: "time" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["query_broadcast_sm_resp"] },
  },
  broadcast_service_group: {
    tag: 0x060a,
    type: octets({ min: 1, max: 255 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * First octet is a format tag: top bit 0 reserved, top bit 1 vendor specific. The rest is the
   * billing data.
   */
  billing_identification: {
    tag: 0x060b,
    type: octets({ min: 1, max: 1024 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": submits },
  },
  /** Must come with source_node_id. Maximum size is 65 in some implementations and 66 in others. */
  source_network_id: {
    tag: 0x060d,
    type: cstring({ min: 7, max: 66 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Must come with dest_node_id. Maximum size is 65 in some implementations and 66 in others. */
  dest_network_id: {
    tag: 0x060e,
    type: cstring({ min: 7, max: 66 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Six decimal digits. */
  source_node_id: {
    tag: 0x060f,
    type: octets({ size: 6 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Six decimal digits. */
  dest_node_id: {
    tag: 0x0610,
    type: octets({ size: 6 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  dest_addr_np_resolution: {
    tag: 0x0611,
    type: integer({ size: 1, meaning: "dest_addr_np_resolution" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Number portability data, normally 10 octets. */
  dest_addr_np_information: {
    tag: 0x0612,
    type: octets({ max: 10 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /**
   * E.164 country code. Treat as opaque octets: implementations disagree on the width (1..5,
   * exactly 4, exactly 5).
   */
  dest_addr_np_country: {
    tag: 0x0613,
    type: octets({ min: 1, max: 5 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  display_time: {
    tag: 0x1201,
    type: integer({ size: 1, meaning: "display_time" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /** Alert tone coding of TIA/EIA-136. */
  sms_signal: {
    tag: 0x1203,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /**
   * v3.4: one octet, values 0..3. v5.0: one octet, or four octets when the behaviour is 4 (relative
   * period).
   */
  ms_validity: {
    tag: 0x1204,
    type: octets({ min: 1, max: 4, meaning: "ms_validity" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /**
   * v3.4: no value (length 0), presence is the signal. v5.0: one octet is allowed. Accept both,
   * keep the received length.
   */
  alert_on_message_delivery: {
    tag: 0x130c,
    type: octets({ max: 1, meaning: "alert_on_message_delivery" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  its_reply_type: {
    tag: 0x1380,
    type: integer({ size: 1, meaning: "its_reply_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": messages },
  },
  its_session_info: {
    tag: 0x1383,
    type: octets({ size: 2, meaning: "its_session_info" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "deliver_sm", "data_sm"], "5.0": messages },
  },
} as const satisfies Record<string, TlvRow>;

export type TlvTable = typeof tlvs;

/** The name of a standard TLV. */
export type TlvName = keyof TlvTable;

/** A TLV as a codec looks it up. */
export interface NamedTlv extends TlvType {
  readonly name: string;
  /** The commands that carry a vendor's TLV; every command when absent. */
  readonly commands?: readonly string[];
}

const rows: readonly NamedTlv[] = Object.entries(tlvs).map(([name, row]) => ({ name, ...row }));

/** The standard TLVs by tag. */
export const standardByTag: ReadonlyMap<number, NamedTlv> = new Map(
  rows.map((row) => [row.tag, row]),
);

/** The standard TLVs by name. */
export const standardByName: ReadonlyMap<string, NamedTlv> = new Map(
  rows.map((row) => [row.name, row]),
);
