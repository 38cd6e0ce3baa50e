// The value lists, bit layouts, ranges and octet layouts of SMPP 3.4 (section 5.2, 5.3) and 5.0, by name.

/** Names for values: `{ international: 1 }`. */
export type Values = { readonly [name: string]: number };

/** Bit fields by name: a mask, and the values already in place (not shifted). */
export type Bits = { readonly [field: string]: { readonly mask: number } & Values };

/** Names for ranges of values: from, to, name. */
export type Ranges = readonly (readonly [number, number, string])[];

/** One part of a value made of several octets. */
export interface Part {
  readonly name: string;
  /** Where it begins, counted from 1 as the standard does. */
  readonly octet: number;
  /** In octets; 0 takes the rest. */
  readonly size: 0 | 1 | 2;
  /** The names of the values of this part, or the name of the meaning they share with a field. */
  readonly values?: Values;
  readonly meaning?: "ton" | "npi" | "data_coding";
  /** The bits of the octet that belong to this part. */
  readonly mask?: number;
}

/** What the values of a field or TLV mean. */
export type Meaning =
  | { readonly kind: "values"; readonly values: Values; readonly ranges?: Ranges }
  | { readonly kind: "bits"; readonly bits: Bits }
  | { readonly kind: "ranges"; readonly ranges: Ranges }
  | { readonly kind: "parts"; readonly parts: readonly Part[] };

/** Type of number (3.4 section 5.2.5). */
export const Ton = {
  unknown: 0,
  international: 1,
  national: 2,
  network_specific: 3,
  subscriber_number: 4,
  alphanumeric: 5,
  abbreviated: 6,
} as const;

/** Numbering plan indicator (3.4 section 5.2.6). */
export const Npi = {
  unknown: 0,
  isdn: 1,
  data: 3,
  telex: 4,
  land_mobile: 6,
  national: 8,
  private: 9,
  ermes: 10,
  internet_ip: 14,
  wap_client_id: 18,
} as const;

/** High nibble major, low nibble minor (3.4 section 5.2.4). */
export const InterfaceVersion = { "3.3_or_older": 51, "3.4": 52, "5.0": 80 } as const;

/** What an entry of dest_address is (3.4 section 4.5.1.1). */
export const DestFlag = { sme_address: 1, distribution_list: 2 } as const;

/** replace_if_present_flag (3.4 section 5.2.18). */
export const ReplaceIfPresent = { do_not_replace: 0, replace: 1 } as const;

/** priority_flag by network (3.4 section 5.2.14); on GSM 1 to 3 are alike. */
export const PriorityFlag = {
  gsm: { none: 0, priority: 1 },
  gsm_cbs: {
    normal: 0,
    immediate_broadcast: 1,
    high_priority: 2,
    reserved: 3,
    background_priority: 4,
  },
  ansi_136: { bulk: 0, normal: 1, urgent: 2, very_urgent: 3 },
  is_95: { normal: 0, interactive: 1, urgent: 2, emergency: 3 },
  ansi_41_cbs: { normal: 0, interactive: 1, urgent: 2, emergency: 3 },
} as const;

/**
 * Mode, type and GSM features of a message (3.4 section 5.2.12). Mask before comparing: a receipt
 * is `(esm_class & EsmClass.message_type.mask) === EsmClass.message_type.smsc_delivery_receipt`.
 */
export const EsmClass = {
  messaging_mode: {
    mask: 0x03,
    smsc_default: 0x00,
    datagram: 0x01,
    forward_transaction: 0x02,
    store_and_forward: 0x03,
  },
  message_type: {
    mask: 0x3c,
    default: 0x00,
    smsc_delivery_receipt: 0x04,
    delivery_acknowledgement: 0x08,
    user_acknowledgement: 0x10,
    conversation_abort: 0x18,
    intermediate_notification: 0x20,
  },
  gsm_features: { mask: 0xc0, none: 0x00, udhi: 0x40, reply_path: 0x80, udhi_and_reply_path: 0xc0 },
} as const;

/** What the sender wants to hear about (3.4 section 5.2.17). */
export const RegisteredDelivery = {
  smsc_receipt: {
    mask: 0x03,
    none: 0x00,
    on_success_or_failure: 0x01,
    on_failure: 0x02,
    on_success: 0x03,
  },
  sme_acknowledgement: {
    mask: 0x0c,
    none: 0x00,
    delivery_ack: 0x04,
    user_ack: 0x08,
    delivery_and_user_ack: 0x0c,
  },
  intermediate_notification: { mask: 0x10, none: 0x00, requested: 0x10 },
} as const;

/**
 * Alphabet of the text (3.4 section 5.2.19). The operator chooses what smsc_default_alphabet means:
 * most often GSM 7-bit, one septet per octet. The last four are groups: the high four bits alone.
 */
export const DataCoding = {
  smsc_default_alphabet: 0,
  ia5_ascii: 1,
  octets_8bit_tdma_cdma: 2,
  latin1: 3,
  octets_8bit: 4,
  jis: 5,
  cyrillic: 6,
  latin_hebrew: 7,
  ucs2: 8,
  pictogram: 9,
  iso_2022_jp_music: 10,
  extended_kanji_jis: 13,
  ks_c_5601: 14,
  gsm_mwi_discard: 0xc0,
  gsm_mwi_store: 0xd0,
  gsm_mwi_store_ucs2_or_reserved: 0xe0,
  gsm_message_class: 0xf0,
} as const;

/**
 * State of a message (3.4 section 5.2.28). The words in a receipt text are another list. SCHEDULED
 * and SKIPPED are of 5.0.
 */
export const MessageState = {
  SCHEDULED: 0,
  ENROUTE: 1,
  DELIVERED: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIVERABLE: 5,
  ACCEPTED: 6,
  UNKNOWN: 7,
  REJECTED: 8,
  SKIPPED: 9,
} as const;

/** Values of addr_subunit. */
export const AddrSubunit = {
  unknown: 0,
  ms_display: 1,
  mobile_equipment: 2,
  smart_card_1: 3,
  external_unit_1: 4,
} as const;

/** Values of network_type. */
export const NetworkType = {
  unknown: 0,
  gsm: 1,
  ansi_136_tdma: 2,
  is_95_cdma: 3,
  pdc: 4,
  phs: 5,
  iden: 6,
  amps: 7,
  paging_network: 8,
} as const;

/** Values of bearer_type. */
export const BearerType = {
  unknown: 0,
  sms: 1,
  csd: 2,
  packet_data: 3,
  ussd: 4,
  cdpd: 5,
  datatac: 6,
  flex_reflex: 7,
  cell_broadcast: 8,
} as const;

/** Values of payload_type. */
export const PayloadType = { default_wdp: 0, wcmp: 1 } as const;

/** Values of privacy_indicator. */
export const PrivacyIndicator = {
  not_restricted: 0,
  restricted: 1,
  confidential: 2,
  secret: 3,
} as const;

/** Values of language_indicator. */
export const LanguageIndicator = {
  unspecified: 0,
  english: 1,
  french: 2,
  spanish: 3,
  german: 4,
  portuguese: 5,
} as const;

/** Octet 1 of subaddress. */
export const SubaddressTypeTag = { nsap_even: 128, nsap_odd: 136, user_specified: 160 } as const;

/** USSD operation (3.4 section 5.3.2.44); 32 to 255 are vendor specific. */
export const UssdServiceOp = {
  pssd_indication: 0,
  pssr_indication: 1,
  ussr_request: 2,
  ussn_request: 3,
  pssd_response: 16,
  pssr_response: 17,
  ussr_confirm: 18,
  ussn_confirm: 19,
} as const;

/** Absent means available. */
export const MsAvailabilityStatus = { available: 0, denied: 1, unavailable: 2 } as const;

/** Not sent when delivery worked. */
export const DeliveryFailureReason = {
  destination_unavailable: 0,
  destination_address_invalid: 1,
  permanent_network_error: 2,
  temporary_network_error: 3,
} as const;

/** Octet 1 of network_error_code. */
export const NetworkErrorCodeNetworkType = {
  ansi_136_access_denied_reason: 1,
  is_95_access_denied_reason: 2,
  gsm: 3,
  ansi_136_cause_code: 4,
  is_95_cause_code: 5,
  ansi_41_error: 6,
  smpp_error: 7,
  message_center_specific: 8,
} as const;

/** Values of its_reply_type. */
export const ItsReplyType = {
  digit: 0,
  number: 1,
  telephone_number: 2,
  password: 3,
  character_line: 4,
  menu: 5,
  date: 6,
  time: 7,
  continue: 8,
} as const;

/** Values of more_messages_to_send. */
export const MoreMessagesToSend = { no_more: 0, more: 1 } as const;

/** Values of display_time. */
export const DisplayTime = { temporary: 0, default: 1, invoke: 2 } as const;

/** Values of ms_msg_wait_facilities. */
export const MsMsgWaitFacilities = {
  indication: { mask: 0x80, inactive: 0x00, active: 0x80 },
  type: { mask: 0x03, voicemail: 0x00, fax: 0x01, email: 0x02, other: 0x03 },
} as const;

/** Octet 1 of ms_validity. */
export const MsValidityBehaviour = {
  store_indefinitely: 0,
  power_down: 1,
  registration_area: 2,
  display_only: 3,
  relative_period: 4,
} as const;

/** Octet 2 of ms_validity. */
export const MsValidityUnit = {
  seconds: 0,
  minutes: 1,
  hours: 2,
  days: 3,
  weeks: 4,
  months: 5,
  years: 6,
} as const;

/** Values of set_dpf. */
export const SetDpf = { not_requested: 0, requested: 1 } as const;

/** Absent means not set. */
export const DpfResult = { not_set: 0, set: 1 } as const;

/** Octet 1 of callback_num. */
export const CallbackNumDigitMode = { dtmf_tbcd: 0, ascii: 1 } as const;

/** Values of callback_num_pres_ind. */
export const CallbackNumPresInd = {
  presentation: {
    mask: 0x0c,
    allowed: 0x00,
    restricted: 0x04,
    not_available: 0x08,
    reserved: 0x0c,
  },
  screening: {
    mask: 0x03,
    user_not_screened: 0x00,
    user_verified_passed: 0x01,
    user_verified_failed: 0x02,
    network_provided: 0x03,
  },
} as const;

/** Values of alert_on_message_delivery. */
export const AlertOnMessageDelivery = {
  mobile_default: 0,
  low_priority: 1,
  medium_priority: 2,
  high_priority: 3,
} as const;

/** Values of broadcast_channel_indicator. */
export const BroadcastChannelIndicator = { basic: 0, extended: 1 } as const;

/** Octet 1 of broadcast_content_type. */
export const BroadcastContentTypeNetworkType = { generic: 0, gsm: 1, tdma: 2, cdma: 3 } as const;

/** Octet 2..3 of broadcast_content_type. */
export const BroadcastContentTypeService = {
  index: 0,
  emergency_broadcasts: 1,
  irdb_download: 2,
  news_flashes: 16,
  general_news_local: 17,
  general_news_regional: 18,
  general_news_national: 19,
  general_news_international: 20,
  business_news_local: 21,
  business_news_regional: 22,
  business_news_national: 23,
  business_news_international: 24,
  sports_news_local: 25,
  sports_news_regional: 26,
  sports_news_national: 27,
  sports_news_international: 28,
  entertainment_news_local: 29,
  entertainment_news_regional: 30,
  entertainment_news_national: 31,
  entertainment_news_international: 32,
  medical_health_hospitals: 33,
  doctors: 34,
  pharmacy: 35,
  local_traffic_road_reports: 48,
  long_distance_traffic_road_reports: 49,
  taxis: 50,
  weather: 51,
  local_airport_flight_schedules: 52,
  restaurants: 53,
  lodgings: 54,
  retail_directory: 55,
  advertisements: 56,
  stock_quotes: 57,
  employment_opportunities: 64,
  technology_news: 65,
  district_base_station_info: 112,
  network_information: 113,
  operator_services: 128,
  directory_enquiries_national: 129,
  directory_enquiries_international: 130,
  customer_care_national: 131,
  customer_care_international: 132,
  local_date_time_time_zone: 133,
  multi_category_services: 256,
} as const;

/** Values of broadcast_message_class. */
export const BroadcastMessageClass = {
  none: 0,
  class_1_user_defined: 1,
  class_2_user_defined: 2,
  class_3_terminal_equipment: 3,
} as const;

/** Octet 1 of broadcast_frequency_interval. */
export const BroadcastFrequencyIntervalUnit = {
  as_often_as_possible: 0,
  seconds: 8,
  minutes: 9,
  hours: 10,
  days: 11,
  weeks: 12,
  months: 13,
  years: 14,
} as const;

/** Octet 1 of broadcast_area_identifier. */
export const BroadcastAreaIdentifierFormat = {
  alias_or_name: 0,
  ellipsoid_arc: 1,
  polygon: 2,
} as const;

/** Values of dest_addr_np_resolution. */
export const DestAddrNpResolution = {
  query_not_performed: 0,
  queried_not_ported: 1,
  queried_ported: 2,
} as const;

/** What the values of fields and TLVs mean, by the names that the tables refer to. */
export const meanings = {
  ton: { kind: "values", values: Ton },
  npi: { kind: "values", values: Npi },
  interface_version: {
    kind: "values",
    values: InterfaceVersion,
    ranges: [[0, 0x33, "3.3_or_older"]],
  },
  dest_flag: { kind: "values", values: DestFlag },
  replace_if_present: { kind: "values", values: ReplaceIfPresent },
  priority_flag: {
    kind: "values",
    values: PriorityFlag.gsm,
    ranges: [
      [1, 3, "priority"],
      [4, 4, "background_priority"],
    ],
  },
  esm_class: { kind: "bits", bits: EsmClass },
  registered_delivery: { kind: "bits", bits: RegisteredDelivery },
  data_coding: {
    kind: "values",
    values: DataCoding,
    ranges: [
      [0xc0, 0xcf, "gsm_mwi_discard"],
      [0xd0, 0xdf, "gsm_mwi_store"],
      [0xe0, 0xef, "gsm_mwi_store_ucs2_or_reserved"],
      [0xf0, 0xff, "gsm_message_class"],
    ],
  },
  message_state: { kind: "values", values: MessageState },
  addr_subunit: { kind: "values", values: AddrSubunit },
  network_type: { kind: "values", values: NetworkType },
  bearer_type: { kind: "values", values: BearerType },
  payload_type: { kind: "values", values: PayloadType },
  privacy_indicator: { kind: "values", values: PrivacyIndicator },
  language_indicator: { kind: "values", values: LanguageIndicator },
  subaddress: {
    kind: "parts",
    parts: [
      { name: "type_tag", octet: 1, size: 1, values: SubaddressTypeTag },
      { name: "subaddress", octet: 2, size: 0 },
    ],
  },
  user_response_code: { kind: "ranges", ranges: [[0, 255, "application defined"]] },
  ussd_service_op: {
    kind: "values",
    values: UssdServiceOp,
    ranges: [[32, 255, "vendor specific"]],
  },
  ms_availability_status: { kind: "values", values: MsAvailabilityStatus },
  delivery_failure_reason: { kind: "values", values: DeliveryFailureReason },
  network_error_code: {
    kind: "parts",
    parts: [
      { name: "network_type", octet: 1, size: 1, values: NetworkErrorCodeNetworkType },
      { name: "error_code", octet: 2, size: 2 },
    ],
  },
  its_reply_type: { kind: "values", values: ItsReplyType },
  its_session_info: {
    kind: "parts",
    parts: [
      { name: "session_number", octet: 1, size: 1 },
      { name: "sequence_number", octet: 2, size: 1, mask: 0xfe },
      { name: "end_of_session", octet: 2, size: 1, mask: 0x01 },
    ],
  },
  more_messages_to_send: { kind: "values", values: MoreMessagesToSend },
  display_time: { kind: "values", values: DisplayTime },
  ms_msg_wait_facilities: { kind: "bits", bits: MsMsgWaitFacilities },
  ms_validity: {
    kind: "parts",
    parts: [
      { name: "behaviour", octet: 1, size: 1, values: MsValidityBehaviour },
      { name: "unit", octet: 2, size: 1, values: MsValidityUnit },
      { name: "count", octet: 3, size: 2 },
    ],
  },
  set_dpf: { kind: "values", values: SetDpf },
  dpf_result: { kind: "values", values: DpfResult },
  number_of_messages: { kind: "ranges", ranges: [[0, 99, "messages"]] },
  callback_num: {
    kind: "parts",
    parts: [
      { name: "digit_mode", octet: 1, size: 1, values: CallbackNumDigitMode, mask: 0x01 },
      { name: "ton", octet: 2, size: 1, meaning: "ton" },
      { name: "npi", octet: 3, size: 1, meaning: "npi" },
      { name: "digits", octet: 4, size: 0 },
    ],
  },
  callback_num_pres_ind: { kind: "bits", bits: CallbackNumPresInd },
  callback_num_atag: {
    kind: "parts",
    parts: [
      { name: "encoding", octet: 1, size: 1, meaning: "data_coding" },
      { name: "display_characters", octet: 2, size: 0 },
    ],
  },
  alert_on_message_delivery: { kind: "values", values: AlertOnMessageDelivery },
  congestion_state: {
    kind: "ranges",
    ranges: [
      [0, 0, "idle"],
      [1, 29, "low load"],
      [30, 49, "medium load"],
      [50, 79, "high load"],
      [80, 89, "optimum load"],
      [90, 99, "nearing congestion"],
      [100, 100, "congested"],
      [101, 255, "reserved"],
    ],
  },
  broadcast_channel_indicator: { kind: "values", values: BroadcastChannelIndicator },
  broadcast_content_type: {
    kind: "parts",
    parts: [
      { name: "network_type", octet: 1, size: 1, values: BroadcastContentTypeNetworkType },
      { name: "service", octet: 2, size: 2, values: BroadcastContentTypeService },
    ],
  },
  broadcast_message_class: { kind: "values", values: BroadcastMessageClass },
  broadcast_frequency_interval: {
    kind: "parts",
    parts: [
      { name: "unit", octet: 1, size: 1, values: BroadcastFrequencyIntervalUnit },
      { name: "count", octet: 2, size: 2 },
    ],
  },
  broadcast_area_identifier: {
    kind: "parts",
    parts: [
      { name: "format", octet: 1, size: 1, values: BroadcastAreaIdentifierFormat },
      { name: "details", octet: 2, size: 0 },
    ],
  },
  broadcast_area_success: {
    kind: "ranges",
    ranges: [
      [0, 100, "percent"],
      [101, 254, "reserved"],
      [255, 255, "not available"],
    ],
  },
  dest_addr_np_resolution: { kind: "values", values: DestAddrNpResolution },
} as const satisfies Record<string, Meaning>;

/** The name of a list of values, a bit layout, ranges or an octet layout; `command_status` is the status table. */
export type MeaningName = keyof typeof meanings | "command_status";
