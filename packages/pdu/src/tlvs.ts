// Every TLV (optional parameter) of SMPP 3.4 (section 5.3.2) and 5.0 (section 4.8.4), one row each.

import {
  type CStringType,
  cstring,
  type IntegerType,
  integer,
  type OctetsType,
  octets,
} from "./fields.ts";

/** What a TLV is: its tag, the type of its value, whether it may be repeated. */
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
  /** Which unit of the phone the message is for: see `AddrSubunit` (3.4 section 5.3.2.1). */
  dest_addr_subunit: {
    tag: 0x0005,
    type: integer({ size: 1, meaning: "addr_subunit" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  /** The network of the destination: see `NetworkType` (3.4 section 5.3.2.3). */
  dest_network_type: {
    tag: 0x0006,
    type: integer({ size: 1, meaning: "network_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** The bearer to the destination: see `BearerType` (3.4 section 5.3.2.5). */
  dest_bearer_type: {
    tag: 0x0007,
    type: integer({ size: 1, meaning: "bearer_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /**
   * Its meaning depends on dest_bearer_type. SMPP 5.0 splits the two octets into a GSM protocol
   * identifier and a reserved one (3.4 section 5.3.2.7).
   */
  dest_telematics_id: {
    tag: 0x0008,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** Which unit of the phone the message came from: see `AddrSubunit` (3.4 section 5.3.2.2). */
  source_addr_subunit: {
    tag: 0x000d,
    type: integer({ size: 1, meaning: "addr_subunit" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  /** The network of the sender: see `NetworkType` (3.4 section 5.3.2.4). */
  source_network_type: {
    tag: 0x000e,
    type: integer({ size: 1, meaning: "network_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** The bearer from the sender: see `BearerType` (3.4 section 5.3.2.6). */
  source_bearer_type: {
    tag: 0x000f,
    type: integer({ size: 1, meaning: "bearer_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /**
   * The GSM protocol identifier of the sender. One octet in 3.4, where most write two: a number up
   * to 255 is written in one, a larger one in two (3.4 section 5.3.2.8).
   */
  source_telematics_id: {
    tag: 0x0010,
    type: { ...integer({ size: 1 }), max: 2 },
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** Seconds that the SMSC keeps the message; wins over validity_period (3.4 section 5.3.2.9). */
  qos_time_to_live: {
    tag: 0x0017,
    type: integer({ size: 4 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /** What message_payload is: see `PayloadType` (3.4 section 5.3.2.10). */
  payload_type: {
    tag: 0x0019,
    type: integer({ size: 1, meaning: "payload_type" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * Why a request was refused, in words: at most 255 characters. Peers leave out the NUL, which is
   * accepted (3.4 section 5.3.2.11).
   */
  additional_status_info_text: {
    tag: 0x001d,
    type: cstring({ max: 256 }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm_resp"], "5.0": messageResponses },
  },
  /**
   * In a receipt: the message_id that submit_sm_resp gave. Peers leave out the NUL, which is
   * accepted (3.4 section 5.3.2.12).
   */
  receipted_message_id: {
    tag: 0x001e,
    type: cstring({ max: 65 }),
    since: "3.4",
    allowed_in: { "3.4": ["deliver_sm", "data_sm"], "5.0": ["deliver_sm"] },
  },
  /**
   * Switches the indicator for waiting messages: see `MsMsgWaitFacilities` (3.4 section 5.3.2.13).
   */
  ms_msg_wait_facilities: {
    tag: 0x0030,
    type: integer({ size: 1, meaning: "ms_msg_wait_facilities" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submits },
  },
  /** How private the message is: see `PrivacyIndicator` (3.4 section 5.3.2.14). */
  privacy_indicator: {
    tag: 0x0201,
    type: integer({ size: 1, meaning: "privacy_indicator" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * Subaddress of the sender: the first octet is a `SubaddressTypeTag`, the rest the subaddress
   * (3.4 section 5.3.2.15).
   */
  source_subaddress: {
    tag: 0x0202,
    type: octets({ min: 2, max: 23, meaning: "subaddress" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * Subaddress of the destination: the first octet is a `SubaddressTypeTag`, the rest the
   * subaddress (3.4 section 5.3.2.16).
   */
  dest_subaddress: {
    tag: 0x0203,
    type: octets({ min: 2, max: 23, meaning: "subaddress" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * A number of the sender's own, 0 to 65,535; some SMSCs repeat it in the receipt (3.4 section
   * 5.3.2.17).
   */
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
  /**
   * A code of the application's own, 0 to 255: the answer in a user acknowledgement (3.4 section
   * 5.3.2.18).
   */
  user_response_code: {
    tag: 0x0205,
    type: integer({ size: 1, meaning: "user_response_code" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "deliver_sm", "data_sm"], "5.0": messages },
  },
  /** Port of the sending application (3.4 section 5.3.2.20). */
  source_port: {
    tag: 0x020a,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** Port of the receiving application; SMPP 5.0 calls it dest_port (3.4 section 5.3.2.21). */
  destination_port: {
    tag: 0x020b,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /**
   * The same number in every segment of a long message, 0 to 65,535. Only together with
   * sar_total_segments and sar_segment_seqnum (3.4 section 5.3.2.22).
   */
  sar_msg_ref_num: {
    tag: 0x020c,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  /** Language of the text: see `LanguageIndicator` (3.4 section 5.3.2.19). */
  language_indicator: {
    tag: 0x020d,
    type: integer({ size: 1, meaning: "language_indicator" }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** How many segments the long message has, 1 to 255 (3.4 section 5.3.2.23). */
  sar_total_segments: {
    tag: 0x020e,
    type: integer({ size: 1, range: [1, 255] }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  /** Which segment this is, from 1 (3.4 section 5.3.2.24). */
  sar_segment_seqnum: {
    tag: 0x020f,
    type: integer({ size: 1, range: [1, 255] }),
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messages },
  },
  /**
   * The version of the SMSC, 0x34 or 0x50. Absent in a bind response it would mean one without TLVs
   * (3.3), but many SMSCs of 3.4 leave it out (3.4 section 5.3.2.25).
   */
  sc_interface_version: {
    tag: 0x0210,
    type: integer({ size: 1, meaning: "interface_version" }),
    since: "3.4",
    allowed_in: { "3.4": bindResponses, "5.0": bindResponses },
  },
  /**
   * Whether the n-th callback_num may be shown, and who checked it: see `CallbackNumPresInd` (3.4
   * section 5.3.2.37).
   */
  callback_num_pres_ind: {
    tag: 0x0302,
    type: integer({ size: 1, meaning: "callback_num_pres_ind" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  /**
   * The text to show for the n-th callback_num: the first octet is its data_coding (3.4 section
   * 5.3.2.38).
   */
  callback_num_atag: {
    tag: 0x0303,
    type: octets({ max: 65, meaning: "callback_num_atag" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": messagesAndBroadcast },
  },
  /** How many messages wait in a mailbox, 0 to 99 (3.4 section 5.3.2.39). */
  number_of_messages: {
    tag: 0x0304,
    type: integer({ size: 1, meaning: "number_of_messages" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": submits },
  },
  /**
   * A number to call back: digit mode (`CallbackNumDigitMode`), TON, NPI, then the digits (3.4
   * section 5.3.2.36).
   */
  callback_num: {
    tag: 0x0381,
    type: octets({ min: 4, max: 19, meaning: "callback_num" }),
    multiple: true,
    since: "3.4",
    allowed_in: { "3.4": messages, "5.0": messagesAndBroadcast },
  },
  /** Whether the delivery pending flag was set: see `DpfResult` (3.4 section 5.3.2.28). */
  dpf_result: {
    tag: 0x0420,
    type: integer({ size: 1, meaning: "dpf_result" }),
    since: "3.4",
    allowed_in: {
      "3.4": ["data_sm_resp"],
      "5.0": ["submit_sm_resp", "submit_multi_resp", "deliver_sm", "data_sm_resp"],
    },
  },
  /**
   * Asks for an alert_notification when delivery fails and the phone can be reached again: see
   * `SetDpf` (3.4 section 5.3.2.29).
   */
  set_dpf: {
    tag: 0x0421,
    type: integer({ size: 1, meaning: "set_dpf" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm"], "5.0": submits },
  },
  /**
   * Whether the phone can be reached: see `MsAvailabilityStatus`; absent means that it can (3.4
   * section 5.3.2.30).
   */
  ms_availability_status: {
    tag: 0x0422,
    type: integer({ size: 1, meaning: "ms_availability_status" }),
    since: "3.4",
    allowed_in: { "3.4": ["alert_notification"], "5.0": ["alert_notification"] },
  },
  /**
   * Why delivery failed: one octet for the network (`NetworkErrorCodeNetworkType`), two for its
   * code (3.4 section 5.3.2.31).
   */
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
   * The text or octets in place of short_message, which is then empty: up to 64 kB, in the alphabet
   * of data_coding. The SMSC splits what is too long for one message (3.4 section 5.3.2.32).
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
  /** Why data_sm failed: see `DeliveryFailureReason` (3.4 section 5.3.2.33). */
  delivery_failure_reason: {
    tag: 0x0425,
    type: integer({ size: 1, meaning: "delivery_failure_reason" }),
    since: "3.4",
    allowed_in: { "3.4": ["data_sm_resp"], "5.0": messageResponses },
  },
  /**
   * Whether more messages for this phone follow: see `MoreMessagesToSend` (3.4 section 5.3.2.34).
   */
  more_messages_to_send: {
    tag: 0x0426,
    type: integer({ size: 1, meaning: "more_messages_to_send" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": submits },
  },
  /**
   * In a receipt: the state of the message, see `MessageState`. More reliable than the words in the
   * text (3.4 section 5.3.2.35).
   */
  message_state: {
    tag: 0x0427,
    type: integer({ size: 1, meaning: "message_state" }),
    since: "3.4",
    allowed_in: {
      "3.4": ["deliver_sm", "data_sm"],
      "5.0": ["deliver_sm", "query_broadcast_sm_resp"],
    },
  },
  /**
   * How busy the peer is: 0 idle, up to 29 low, 49 medium, 79 high, 89 optimum, 99 nearly
   * congested, 100 congested (5.0 section 4.8.4).
   */
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
  /**
   * One octet, a `UssdServiceOp`: what this message does in a USSD dialogue (3.4 section 5.3.2.44).
   */
  ussd_service_op: {
    tag: 0x0501,
    type: octets({ size: 1, meaning: "ussd_service_op" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm"], "5.0": messages },
  },
  /** Which broadcast channel: see `BroadcastChannelIndicator` (5.0 section 4.8.4). */
  broadcast_channel_indicator: {
    tag: 0x0600,
    type: integer({ size: 1, meaning: "broadcast_channel_indicator" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * What is broadcast: an octet for the network, two for the service, see
   * `BroadcastContentTypeNetworkType` and `BroadcastContentTypeService` (5.0 section 4.8.4).
   */
  broadcast_content_type: {
    tag: 0x0601,
    type: octets({ size: 3, meaning: "broadcast_content_type" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm", "cancel_broadcast_sm"] },
  },
  /** More about the content, as the SMSC defines it (5.0 section 4.8.4). */
  broadcast_content_type_info: {
    tag: 0x0602,
    type: octets({ min: 1, max: 255 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /** Where the phone shows or keeps it: see `BroadcastMessageClass` (5.0 section 4.8.4). */
  broadcast_message_class: {
    tag: 0x0603,
    type: integer({ size: 1, meaning: "broadcast_message_class" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /** How often the message is broadcast, 0 to 65,535 (5.0 section 4.8.4). */
  broadcast_rep_num: {
    tag: 0x0604,
    type: integer({ size: 2 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * How often it is repeated: an octet for the unit (`BroadcastFrequencyIntervalUnit`), two for the
   * count (5.0 section 4.8.4).
   */
  broadcast_frequency_interval: {
    tag: 0x0605,
    type: octets({ size: 3, meaning: "broadcast_frequency_interval" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * Where it is broadcast: the first octet is a `BroadcastAreaIdentifierFormat`. In
   * broadcast_sm_resp: an area that failed (5.0 section 4.8.4).
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
  /** In broadcast_sm_resp: the status of the n-th failed area, see `Status` (5.0 section 4.8.4). */
  broadcast_error_status: {
    tag: 0x0607,
    type: integer({ size: 4, meaning: "command_status" }),
    multiple: true,
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm_resp"] },
  },
  /**
   * How much of the n-th area was reached: 0 to 100 percent, 255 for not known (5.0 section 4.8.4).
   */
  broadcast_area_success: {
    tag: 0x0608,
    type: integer({ size: 1, meaning: "broadcast_area_success" }),
    multiple: true,
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["query_broadcast_sm_resp"] },
  },
  /**
   * When the broadcast ended: an absolute time of 16 characters, see `parseTime` (5.0 section
   * 4.8.4).
   */
  broadcast_end_time: {
    tag: 0x0609,
    type: cstring({ min: 16, max: 17, format: "time" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["query_broadcast_sm_resp"] },
  },
  /** A group of phones that the SMSC knows (5.0 section 4.8.4). */
  broadcast_service_group: {
    tag: 0x060a,
    type: octets({ min: 1, max: 255 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": ["broadcast_sm"] },
  },
  /**
   * Billing data: in the first octet the top bit set means a vendor's format (5.0 section 4.8.4).
   */
  billing_identification: {
    tag: 0x060b,
    type: octets({ min: 1, max: 1024 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": submits },
  },
  /**
   * The network of the sender, always with source_node_id; 6 to 65 characters (5.0 section 4.8.4).
   */
  source_network_id: {
    tag: 0x060d,
    type: cstring({ min: 7, max: 66 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /**
   * The network of the destination, always with dest_node_id; 6 to 65 characters (5.0 section
   * 4.8.4).
   */
  dest_network_id: {
    tag: 0x060e,
    type: cstring({ min: 7, max: 66 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** The node of the sender in its network: six decimal digits (5.0 section 4.8.4). */
  source_node_id: {
    tag: 0x060f,
    type: octets({ size: 6 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** The node of the destination in its network: six decimal digits (5.0 section 4.8.4). */
  dest_node_id: {
    tag: 0x0610,
    type: octets({ size: 6 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Whether number portability was looked up: see `DestAddrNpResolution` (5.0 section 4.8.4). */
  dest_addr_np_resolution: {
    tag: 0x0611,
    type: integer({ size: 1, meaning: "dest_addr_np_resolution" }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** Number portability data, normally 10 octets (5.0 section 4.8.4). */
  dest_addr_np_information: {
    tag: 0x0612,
    type: octets({ max: 10 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /**
   * E.164 country code. Implementations do not agree on its width, so these are octets as they come
   * (5.0 section 4.8.4).
   */
  dest_addr_np_country: {
    tag: 0x0613,
    type: octets({ min: 1, max: 5 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": messages },
  },
  /** How long the phone shows the message: see `DisplayTime` (3.4 section 5.3.2.26). */
  display_time: {
    tag: 0x1201,
    type: integer({ size: 1, meaning: "display_time" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /** Alert tone, coded as in TIA/EIA-136 (3.4 section 5.3.2.40). */
  sms_signal: {
    tag: 0x1203,
    type: integer({ size: 2 }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /**
   * How long the phone keeps the message: a `MsValidityBehaviour`; in 5.0, with the value 4, also a
   * `MsValidityUnit` and two octets of count (3.4 section 5.3.2.27).
   */
  ms_validity: {
    tag: 0x1204,
    type: octets({ min: 1, max: 4, meaning: "ms_validity" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /**
   * The phone is to sound an alert. No octet in 3.4: that the TLV is there says it; 5.0 allows one,
   * an `AlertOnMessageDelivery` (3.4 section 5.3.2.41).
   */
  alert_on_message_delivery: {
    tag: 0x130c,
    type: octets({ max: 1, meaning: "alert_on_message_delivery" }),
    since: "3.4",
    allowed_in: { "3.4": submits, "5.0": submitsAndBroadcast },
  },
  /**
   * What the person is asked for in an interactive session: see `ItsReplyType` (3.4 section
   * 5.3.2.42).
   */
  its_reply_type: {
    tag: 0x1380,
    type: integer({ size: 1, meaning: "its_reply_type" }),
    since: "3.4",
    allowed_in: { "3.4": ["submit_sm", "data_sm"], "5.0": messages },
  },
  /**
   * Place in an interactive session: the first octet is its number; bits 7 to 1 of the second
   * count, bit 0 ends it (3.4 section 5.3.2.43).
   */
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
