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
  /** The SMSC decides; usual for short codes with some operators. */
  unknown: 0,
  /** With country code, without a plus: 447700900123. Npi.isdn goes with it. */
  international: 1,
  /** As it is dialled within the country, without country code. */
  national: 2,
  /** A number of the operator's own: often used for short codes. */
  network_specific: 3,
  /** A number within the exchange, without area code. */
  subscriber_number: 4,
  /** A name of at most 11 characters, EXAMPLE; Npi.unknown goes with it, and nobody can reply. */
  alphanumeric: 5,
  /** A short code. */
  abbreviated: 6,
} as const;

/** Numbering plan indicator (3.4 section 5.2.6). */
export const Npi = {
  /** For names, and where the SMSC decides. */
  unknown: 0,
  /** Telephone numbers (E.163, E.164): the usual one. */
  isdn: 1,
  /** Data numbers (X.121). */
  data: 3,
  /** Telex numbers (F.69). */
  telex: 4,
  /** Land mobile numbers (E.212). */
  land_mobile: 6,
  /** A national plan. */
  national: 8,
  /** A private plan. */
  private: 9,
  /** ERMES, a paging system. */
  ermes: 10,
  /** An IP address. */
  internet_ip: 14,
  /** A WAP client id, to be defined by the WAP Forum. */
  wap_client_id: 18,
} as const;

/** High nibble major, low nibble minor (3.4 section 5.2.4). */
export const InterfaceVersion = {
  /** 0x33, and any value below: the peer knows no TLVs. */
  "3.3_or_older": 51,
  /** 0x34: the version that nearly everybody speaks. */
  "3.4": 52,
  /** 0x50. */
  "5.0": 80,
} as const;

/** What an entry of dest_address is (3.4 section 4.5.1.1). */
export const DestFlag = {
  /** The entry is an address: dest_addr_ton, dest_addr_npi, destination_addr. */
  sme_address: 1,
  /** The entry is a list that the SMSC holds: dl_name. */
  distribution_list: 2,
} as const;

/** replace_if_present_flag (3.4 section 5.2.18). */
export const ReplaceIfPresent = {
  /** A message of its own: the default. */
  do_not_replace: 0,
  /** Replaces the one that waits with the same source, destination and service_type. */
  replace: 1,
} as const;

const gsmPriority = {
  /** No priority. */
  none: 0,
  /** Priority. */
  priority: 1,
} as const;

/** priority_flag by network (3.4 section 5.2.14); on GSM 1 to 3 are alike. */
export const PriorityFlag = {
  /** GSM; 2 and 3 mean the same as 1. */
  gsm: gsmPriority,
  /** Cell broadcast on GSM (5.0). */
  gsm_cbs: {
    /** Normal. */
    normal: 0,
    /** Broadcast at once. */
    immediate_broadcast: 1,
    /** High. */
    high_priority: 2,
    /** Reserved. */
    reserved: 3,
    /** In the background. */
    background_priority: 4,
  },
  /** TDMA. */
  ansi_136: {
    /** Bulk, the lowest. */
    bulk: 0,
    /** Normal. */
    normal: 1,
    /** Urgent. */
    urgent: 2,
    /** Very urgent. */
    very_urgent: 3,
  },
  /** CDMA. */
  is_95: {
    /** Normal. */
    normal: 0,
    /** Interactive. */
    interactive: 1,
    /** Urgent. */
    urgent: 2,
    /** Emergency. */
    emergency: 3,
  },
  /** Cell broadcast on ANSI-41 (5.0). */
  ansi_41_cbs: {
    /** Normal. */
    normal: 0,
    /** Interactive. */
    interactive: 1,
    /** Urgent. */
    urgent: 2,
    /** Emergency. */
    emergency: 3,
  },
} as const;

/**
 * Mode, type and GSM features of a message (3.4 section 5.2.12). Mask before comparing: a receipt
 * is `(esm_class & EsmClass.message_type.mask) === EsmClass.message_type.smsc_delivery_receipt`.
 */
export const EsmClass = {
  /**
   * Bits 1 and 0, towards the SMSC: how it keeps the message. Ignore them in what an SMSC sends.
   */
  messaging_mode: {
    /** `esm_class & mask` leaves these bits. */
    mask: 0x03,
    /** As the SMSC does it, which is store and forward nearly everywhere. */
    smsc_default: 0x00,
    /** Sent once, without storing it and without a receipt. */
    datagram: 0x01,
    /** data_sm: the response waits until the message was delivered. */
    forward_transaction: 0x02,
    /** Stored and tried again until validity_period is over. */
    store_and_forward: 0x03,
  },
  /** Bits 5 to 2: an ordinary message, a receipt, or an acknowledgement. Mask before comparing. */
  message_type: {
    /** `esm_class & mask` leaves these bits. */
    mask: 0x3c,
    /** An ordinary message. */
    default: 0x00,
    /**
     * From an SMSC: a delivery receipt in the final state of a message; id and state in text or
     * TLVs.
     */
    smsc_delivery_receipt: 0x04,
    /** An acknowledgement of the receiving SME: it got the message. */
    delivery_acknowledgement: 0x08,
    /** An acknowledgement of the person: the message was read or answered. */
    user_acknowledgement: 0x10,
    /** From an SMSC: an interactive session ended (Korean CDMA). */
    conversation_abort: 0x18,
    /** From an SMSC: a state on the way, such as a first failed attempt. Not the last word. */
    intermediate_notification: 0x20,
  },
  /** Bits 7 and 6. */
  gsm_features: {
    /** `esm_class & mask` leaves these bits. */
    mask: 0xc0,
    /** Neither. */
    none: 0x00,
    /** 0x40: short_message begins with a user data header, as parts of a long text do. */
    udhi: 0x40,
    /** 0x80: a reply is to go back by way of the same SMSC. */
    reply_path: 0x80,
    /** Both. */
    udhi_and_reply_path: 0xc0,
  },
} as const;

/**
 * Whether `esm_class` says (UDHI) that the text begins with a user data header (3.4 section 5.2.12),
 * as parts of a long text do.
 */
export function hasUserDataHeader(esm_class: number): boolean {
  return (esm_class & EsmClass.gsm_features.udhi) !== 0;
}

/** What the sender wants to hear about (3.4 section 5.2.17). */
export const RegisteredDelivery = {
  /** Bits 1 and 0: which final states the SMSC reports with a delivery receipt. */
  smsc_receipt: {
    /** `registered_delivery & mask` leaves these bits. */
    mask: 0x03,
    /** No receipt: the default. */
    none: 0x00,
    /** A receipt whatever becomes of the message: what most senders want. */
    on_success_or_failure: 0x01,
    /** A receipt only when it was not delivered. */
    on_failure: 0x02,
    /** A receipt only when it was delivered (5.0; reserved in 3.4). */
    on_success: 0x03,
  },
  /** Bits 3 and 2: what the receiving SME is asked to acknowledge. Few do. */
  sme_acknowledgement: {
    /** `registered_delivery & mask` leaves these bits. */
    mask: 0x0c,
    /** Nothing: the default. */
    none: 0x00,
    /** That it got the message. */
    delivery_ack: 0x04,
    /** That the person read it. */
    user_ack: 0x08,
    /** Both. */
    delivery_and_user_ack: 0x0c,
  },
  /** Bit 4: whether the SMSC tells of states on the way. Few do. */
  intermediate_notification: {
    /** `registered_delivery & mask` leaves this bit. */
    mask: 0x10,
    /** Not: the default. */
    none: 0x00,
    /** It does. */
    requested: 0x10,
  },
} as const;

/**
 * Alphabet of the text (3.4 section 5.2.19). The operator chooses what smsc_default_alphabet means:
 * most often GSM 7-bit, one septet per octet. The last four are groups: the high four bits alone.
 */
export const DataCoding = {
  /** The SMSC's own: most often GSM 7-bit, one septet an octet, 160 characters a message. */
  smsc_default_alphabet: 0,
  /** ASCII (IA5). */
  ia5_ascii: 1,
  /** Binary, on TDMA and CDMA. On GSM use 4. */
  octets_8bit_tdma_cdma: 2,
  /** ISO 8859-1, where the SMSC accepts it. */
  latin1: 3,
  /** Binary: 140 octets a message. */
  octets_8bit: 4,
  /** JIS X 0208-1990. */
  jis: 5,
  /** ISO 8859-5. */
  cyrillic: 6,
  /** ISO 8859-8. */
  latin_hebrew: 7,
  /**
   * UTF-16, high octet first: 70 characters a message. For every text that the default alphabet
   * lacks.
   */
  ucs2: 8,
  /** Pictograms. */
  pictogram: 9,
  /** ISO 2022-JP, music codes. */
  iso_2022_jp_music: 10,
  /** JIS X 0212-1990. */
  extended_kanji_jis: 13,
  /** KS C 5601, Korean. */
  ks_c_5601: 14,
  /** 0xC0 to 0xCF: message waiting, the text may be thrown away. GSM 7-bit. */
  gsm_mwi_discard: 0xc0,
  /** 0xD0 to 0xDF: message waiting, the text is stored. GSM 7-bit. */
  gsm_mwi_store: 0xd0,
  /** 0xE0 to 0xEF: message waiting, stored, UCS-2 (3GPP TS 23.038; reserved in SMPP). */
  gsm_mwi_store_ucs2_or_reserved: 0xe0,
  /** 0xF0 to 0xFF: a message class in bits 1 and 0 (0 is a flash message), bit 2 for binary. */
  gsm_message_class: 0xf0,
} as const;

/**
 * State of a message (3.4 section 5.2.28). The words in a receipt text are another list. SCHEDULED
 * and SKIPPED are of 5.0.
 */
export const MessageState = {
  /** Waits for its schedule_delivery_time (5.0). */
  SCHEDULED: 0,
  /** On its way: not final. */
  ENROUTE: 1,
  /** Delivered to the phone. Final. */
  DELIVERED: 2,
  /** Its validity_period is over. Final. */
  EXPIRED: 3,
  /** Deleted, cancelled for example. Final. */
  DELETED: 4,
  /** It cannot be delivered. Final. */
  UNDELIVERABLE: 5,
  /**
   * Accepted, read on behalf of the subscriber for example. Final by the standard; some SMSCs send
   * a DELIVERED after it.
   */
  ACCEPTED: 6,
  /** The SMSC does not know. */
  UNKNOWN: 7,
  /** Rejected. Final. */
  REJECTED: 8,
  /** Accepted and deliberately not sent (5.0). Final. */
  SKIPPED: 9,
} as const;

/**
 * Which unit of the phone a message is for: dest_addr_subunit, source_addr_subunit (3.4 section
 * 5.3.2.1).
 */
export const AddrSubunit = {
  /** The default. */
  unknown: 0,
  /** The phone's display. */
  ms_display: 1,
  /** The phone itself. */
  mobile_equipment: 2,
  /** The SIM. */
  smart_card_1: 3,
  /** A device behind the phone. */
  external_unit_1: 4,
} as const;

/** dest_network_type and source_network_type (3.4 section 5.3.2.3). */
export const NetworkType = {
  /** Unknown. */
  unknown: 0,
  /** GSM. */
  gsm: 1,
  /** ANSI-136, TDMA. */
  ansi_136_tdma: 2,
  /** IS-95, CDMA. */
  is_95_cdma: 3,
  /** PDC. */
  pdc: 4,
  /** PHS. */
  phs: 5,
  /** iDEN. */
  iden: 6,
  /** AMPS. */
  amps: 7,
  /** A paging network. */
  paging_network: 8,
} as const;

/** dest_bearer_type and source_bearer_type (3.4 section 5.3.2.5). */
export const BearerType = {
  /** Unknown. */
  unknown: 0,
  /** SMS. */
  sms: 1,
  /** Circuit switched data. */
  csd: 2,
  /** Packet data. */
  packet_data: 3,
  /** USSD. */
  ussd: 4,
  /** CDPD. */
  cdpd: 5,
  /** DataTAC. */
  datatac: 6,
  /** FLEX or ReFLEX. */
  flex_reflex: 7,
  /** Cell broadcast. */
  cell_broadcast: 8,
} as const;

/** payload_type (3.4 section 5.3.2.10). */
export const PayloadType = {
  /** The default: in WAP applications a WDP datagram. */
  default_wdp: 0,
  /** A WCMP message (Wireless Control Message Protocol). */
  wcmp: 1,
} as const;

/** privacy_indicator (3.4 section 5.3.2.14). */
export const PrivacyIndicator = {
  /** Level 0: the default. */
  not_restricted: 0,
  /** Level 1. */
  restricted: 1,
  /** Level 2. */
  confidential: 2,
  /** Level 3. */
  secret: 3,
} as const;

/** language_indicator (3.4 section 5.3.2.19). */
export const LanguageIndicator = {
  /** The default. */
  unspecified: 0,
  /** English. */
  english: 1,
  /** French. */
  french: 2,
  /** Spanish. */
  spanish: 3,
  /** German. */
  german: 4,
  /** Portuguese. */
  portuguese: 5,
} as const;

/** The first octet of source_subaddress and dest_subaddress (3.4 section 5.3.2.15). */
export const SubaddressTypeTag = {
  /** 0x80: NSAP, an even number of digits. */
  nsap_even: 128,
  /** 0x88: NSAP, an odd number of digits. */
  nsap_odd: 136,
  /** 0xA0: as the users agreed. */
  user_specified: 160,
} as const;

/** USSD operation (3.4 section 5.3.2.44); 32 to 255 are vendor specific. */
export const UssdServiceOp = {
  /** PSSD indication. */
  pssd_indication: 0,
  /** PSSR indication: a phone began a dialogue, to the application. */
  pssr_indication: 1,
  /** USSR request: asks the phone and waits for its answer. */
  ussr_request: 2,
  /** USSN request: shows the phone a text without asking. */
  ussn_request: 3,
  /** PSSD response. */
  pssd_response: 16,
  /** PSSR response: the last text of a dialogue that the phone began. */
  pssr_response: 17,
  /** USSR confirm: the phone's answer to a USSR request. */
  ussr_confirm: 18,
  /** USSN confirm: the phone took a USSN request. */
  ussn_confirm: 19,
} as const;

/** ms_availability_status; absent means available (3.4 section 5.3.2.30). */
export const MsAvailabilityStatus = {
  /** It can be reached: the default. */
  available: 0,
  /** Its service was suspended, for example. */
  denied: 1,
  /** It cannot be reached. */
  unavailable: 2,
} as const;

/** delivery_failure_reason; absent when delivery worked (3.4 section 5.3.2.33). */
export const DeliveryFailureReason = {
  /** The phone cannot be reached now. */
  destination_unavailable: 0,
  /** The address is invalid. */
  destination_address_invalid: 1,
  /** The network refuses it for good. */
  permanent_network_error: 2,
  /** The network failed for now. */
  temporary_network_error: 3,
} as const;

/** The first octet of network_error_code (3.4 section 5.3.2.31). */
export const NetworkErrorCodeNetworkType = {
  /** ANSI-136 access denied reason. */
  ansi_136_access_denied_reason: 1,
  /** IS-95 access denied reason. */
  is_95_access_denied_reason: 2,
  /** GSM: the two octets behind are its error code. */
  gsm: 3,
  /** ANSI-136 cause code (5.0). */
  ansi_136_cause_code: 4,
  /** IS-95 cause code (5.0). */
  is_95_cause_code: 5,
  /** ANSI-41 error (5.0). */
  ansi_41_error: 6,
  /** An SMPP status (5.0). */
  smpp_error: 7,
  /** A code of the SMSC's own (5.0). */
  message_center_specific: 8,
} as const;

/** its_reply_type: what the person is asked for (3.4 section 5.3.2.42). */
export const ItsReplyType = {
  /** One digit. */
  digit: 0,
  /** A number. */
  number: 1,
  /** A telephone number. */
  telephone_number: 2,
  /** A password. */
  password: 3,
  /** A line of text. */
  character_line: 4,
  /** A choice of a menu. */
  menu: 5,
  /** A date. */
  date: 6,
  /** A time. */
  time: 7,
  /** Go on. */
  continue: 8,
} as const;

/** more_messages_to_send (3.4 section 5.3.2.34). */
export const MoreMessagesToSend = {
  /** None is to follow. */
  no_more: 0,
  /** More follow: the SMSC may keep the channel to the phone open. The default. */
  more: 1,
} as const;

/** display_time (3.4 section 5.3.2.26). */
export const DisplayTime = {
  /** Shown for a moment. */
  temporary: 0,
  /** As the phone does it: the default. */
  default: 1,
  /** Shown until the person does something. */
  invoke: 2,
} as const;

/**
 * ms_msg_wait_facilities: the indicator for waiting messages (3.4 section 5.3.2.13). Mask before
 * comparing.
 */
export const MsMsgWaitFacilities = {
  /** Bit 7: whether the indicator is to be on. */
  indication: {
    /** `value & mask` leaves this bit. */
    mask: 0x80,
    /** Off. */
    inactive: 0x00,
    /** On. */
    active: 0x80,
  },
  /** Bits 1 and 0: what waits. */
  type: {
    /** `value & mask` leaves these bits. */
    mask: 0x03,
    /** Voicemail. */
    voicemail: 0x00,
    /** Fax. */
    fax: 0x01,
    /** Mail. */
    email: 0x02,
    /** Something else. */
    other: 0x03,
  },
} as const;

/** The first octet of ms_validity: how long the phone keeps a message (3.4 section 5.3.2.27). */
export const MsValidityBehaviour = {
  /** Kept for ever: the default. */
  store_indefinitely: 0,
  /** Until the phone is switched off. */
  power_down: 1,
  /** As long as it stays in its registration area. */
  registration_area: 2,
  /** Only shown. */
  display_only: 3,
  /** For the period in octets 2 to 4 (5.0). */
  relative_period: 4,
} as const;

/** The second octet of ms_validity (5.0). */
export const MsValidityUnit = {
  /** Seconds. */
  seconds: 0,
  /** Minutes. */
  minutes: 1,
  /** Hours. */
  hours: 2,
  /** Days. */
  days: 3,
  /** Weeks. */
  weeks: 4,
  /** Months. */
  months: 5,
  /** Years. */
  years: 6,
} as const;

/** set_dpf: the delivery pending flag (3.4 section 5.3.2.29). */
export const SetDpf = {
  /** No delivery pending flag. */
  not_requested: 0,
  /**
   * When delivery fails, tell with alert_notification as soon as the phone can be reached. The
   * default of data_sm.
   */
  requested: 1,
} as const;

/** dpf_result; absent means not set (3.4 section 5.3.2.28). */
export const DpfResult = {
  /** The flag was not set. */
  not_set: 0,
  /** It was set: an alert_notification will come. */
  set: 1,
} as const;

/** The first octet of callback_num (3.4 section 5.3.2.36). */
export const CallbackNumDigitMode = {
  /** The digits are TBCD. */
  dtmf_tbcd: 0,
  /** The digits are ASCII. */
  ascii: 1,
} as const;

/** callback_num_pres_ind (3.4 section 5.3.2.37). Mask before comparing. */
export const CallbackNumPresInd = {
  /** Bits 3 and 2: whether the number may be shown. */
  presentation: {
    /** `value & mask` leaves these bits. */
    mask: 0x0c,
    /** It may. */
    allowed: 0x00,
    /** It may not. */
    restricted: 0x04,
    /** There is no number. */
    not_available: 0x08,
    /** Reserved. */
    reserved: 0x0c,
  },
  /** Bits 1 and 0: who checked the number. */
  screening: {
    /** `value & mask` leaves these bits. */
    mask: 0x03,
    /** Nobody. */
    user_not_screened: 0x00,
    /** It was checked, and is right. */
    user_verified_passed: 0x01,
    /** It was checked, and is wrong. */
    user_verified_failed: 0x02,
    /** The network gave it. */
    network_provided: 0x03,
  },
} as const;

/** alert_on_message_delivery (3.4 section 5.3.2.41; the values are of 5.0). */
export const AlertOnMessageDelivery = {
  /** As the phone does it. */
  mobile_default: 0,
  /** Low. */
  low_priority: 1,
  /** Medium. */
  medium_priority: 2,
  /** High. */
  high_priority: 3,
} as const;

/** broadcast_channel_indicator (5.0 section 4.8.4). */
export const BroadcastChannelIndicator = {
  /** The basic channel: the default. */
  basic: 0,
  /** The extended channel. */
  extended: 1,
} as const;

/** The first octet of broadcast_content_type (5.0 section 4.8.4). */
export const BroadcastContentTypeNetworkType = {
  /** Any network. */
  generic: 0,
  /** GSM. */
  gsm: 1,
  /** TDMA. */
  tdma: 2,
  /** CDMA. */
  cdma: 3,
} as const;

/**
 * The second and third octet of broadcast_content_type: what is broadcast (5.0 section 4.8.4).
 */
export const BroadcastContentTypeService = {
  /** An index of what there is. */
  index: 0,
  /** Emergencies. */
  emergency_broadcasts: 1,
  /** IRDB download. */
  irdb_download: 2,
  /** News flashes. */
  news_flashes: 16,
  /** General news, local. */
  general_news_local: 17,
  /** General news, regional. */
  general_news_regional: 18,
  /** General news, national. */
  general_news_national: 19,
  /** General news, international. */
  general_news_international: 20,
  /** Business news, local. */
  business_news_local: 21,
  /** Business news, regional. */
  business_news_regional: 22,
  /** Business news, national. */
  business_news_national: 23,
  /** Business news, international. */
  business_news_international: 24,
  /** Sports news, local. */
  sports_news_local: 25,
  /** Sports news, regional. */
  sports_news_regional: 26,
  /** Sports news, national. */
  sports_news_national: 27,
  /** Sports news, international. */
  sports_news_international: 28,
  /** Entertainment news, local. */
  entertainment_news_local: 29,
  /** Entertainment news, regional. */
  entertainment_news_regional: 30,
  /** Entertainment news, national. */
  entertainment_news_national: 31,
  /** Entertainment news, international. */
  entertainment_news_international: 32,
  /** Hospitals and health. */
  medical_health_hospitals: 33,
  /** Doctors. */
  doctors: 34,
  /** Pharmacies. */
  pharmacy: 35,
  /** Traffic, local. */
  local_traffic_road_reports: 48,
  /** Traffic, long distance. */
  long_distance_traffic_road_reports: 49,
  /** Taxis. */
  taxis: 50,
  /** Weather. */
  weather: 51,
  /** Flights of the local airport. */
  local_airport_flight_schedules: 52,
  /** Restaurants. */
  restaurants: 53,
  /** Hotels. */
  lodgings: 54,
  /** Shops. */
  retail_directory: 55,
  /** Advertisements. */
  advertisements: 56,
  /** Stock quotes. */
  stock_quotes: 57,
  /** Jobs. */
  employment_opportunities: 64,
  /** Technology news. */
  technology_news: 65,
  /** District or base station. */
  district_base_station_info: 112,
  /** The network. */
  network_information: 113,
  /** Operator services. */
  operator_services: 128,
  /** Directory enquiries, national. */
  directory_enquiries_national: 129,
  /** Directory enquiries, international. */
  directory_enquiries_international: 130,
  /** Customer care, national. */
  customer_care_national: 131,
  /** Customer care, international. */
  customer_care_international: 132,
  /** Date, time and time zone. */
  local_date_time_time_zone: 133,
  /** Several kinds. */
  multi_category_services: 256,
} as const;

/** broadcast_message_class (5.0 section 4.8.4). */
export const BroadcastMessageClass = {
  /** No class: the default. */
  none: 0,
  /** Class 1. */
  class_1_user_defined: 1,
  /** Class 2. */
  class_2_user_defined: 2,
  /** Class 3: for a device behind the phone. */
  class_3_terminal_equipment: 3,
} as const;

/**
 * The first octet of broadcast_frequency_interval; two more are the count (5.0 section 4.8.4).
 */
export const BroadcastFrequencyIntervalUnit = {
  /** As often as possible; the count is 0. */
  as_often_as_possible: 0,
  /** Seconds. */
  seconds: 8,
  /** Minutes. */
  minutes: 9,
  /** Hours. */
  hours: 10,
  /** Days. */
  days: 11,
  /** Weeks. */
  weeks: 12,
  /** Months. */
  months: 13,
  /** Years. */
  years: 14,
} as const;

/** The first octet of broadcast_area_identifier (5.0 section 4.8.4). */
export const BroadcastAreaIdentifierFormat = {
  /** A name that the SMSC knows. */
  alias_or_name: 0,
  /** An ellipsoid arc. */
  ellipsoid_arc: 1,
  /** A polygon. */
  polygon: 2,
} as const;

/** dest_addr_np_resolution: number portability (5.0 section 4.8.4). */
export const DestAddrNpResolution = {
  /** Nobody asked: the default. */
  query_not_performed: 0,
  /** Asked: the number is not ported. */
  queried_not_ported: 1,
  /** Asked: the number is ported. */
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
    values: gsmPriority,
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
