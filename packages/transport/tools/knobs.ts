/** What operators differ in, and the settings that say it: the rows of the profiles' README. */

/** One row: a difference between operators. */
export interface Knob {
  /** As test/data/operators.json has it. */
  readonly knob: string;
  /** Paths of keys of the configuration. */
  readonly settings: readonly string[];
  /** Some profiles that set one of them; none where no operator states a value. */
  readonly profiles: readonly string[];
  /** What else there is to say, or why no profile has a value. */
  readonly remark?: string;
}

/** A path below the configuration of a processor. */
const submit = (key: string): string => `submit_sm_processor_config.${key}`;
const text = (key: string): string => `sm_processor_config.${key}`;
const receipt = (key: string): string => `dr_processor_config.${key}`;

/** The differences, in the order of test/data/operators.json. */
export const knobs: readonly Knob[] = [
  {
    knob: "bind mode and number of sessions",
    settings: ["bind_mode", "binds", "host", "port"],
    profiles: ["smsportal", "clicksend", "gtx-messaging", "webcom"],
    remark: "a list of `binds` has a host, port, account and mode for each",
  },
  {
    knob: "receipts from any session and any host",
    settings: ["smpp_cache_class", "smpp_cache_config"],
    profiles: [],
    remark: "sessions of one worker share its ids; several workers share them through Redis",
  },
  {
    knob: "TLS per connection",
    settings: ["tls.enabled", "tls.min_version", "tls.check_servername"],
    profiles: ["sinch", "twilio", "inmobile", "ovhcloud"],
  },
  {
    knob: "wait after ESME_RALYBND",
    settings: ["reconnect.already_bound_delay"],
    profiles: [],
    remark: "nobody states a time; the default is 5 s",
  },
  {
    knob: "bind retry pace",
    settings: ["reconnect.refused_delay", "reconnect.max_delay", "statuses"],
    profiles: ["clickatell", "ovhcloud", "openmarket"],
  },
  {
    knob: "planned unbind",
    settings: ["reconnect.initial_delay", "on_link_loss"],
    profiles: [],
    remark: "answered, and come back from, by itself; nobody states a time",
  },
  {
    knob: "enquire_link",
    settings: [
      "smpp_enquire_link_interval",
      "smpp_enquire_link_always",
      "smpp_enquire_link_timeout",
    ],
    profiles: ["txtwire", "vibes", "webcom", "infobip"],
    remark: "only when idle, unless told otherwise; that of the server is answered",
  },
  {
    knob: "window",
    settings: ["smpp_window"],
    profiles: ["ovhcloud", "smsportal", "clicksend", "melrose-labs"],
  },
  {
    knob: "rate",
    settings: ["mt_tps", "mt_tps_redis_url"],
    profiles: ["ovhcloud", "smsportal", "gtx-messaging", "vonage"],
    remark: "parts a second over all sessions, 0.5 for 30 a minute; over all workers by Redis",
  },
  {
    knob: "throttling",
    settings: ["throttle.statuses", "throttle.initial_pause", "statuses", "submit_expiry"],
    profiles: ["vonage", "otp-blue"],
    remark: "0x58 and 0x14 by default",
  },
  {
    knob: "status table by provider",
    settings: ["statuses"],
    profiles: ["bulksms", "ovhcloud", "route-mobile", "otp-blue"],
  },
  {
    knob: "credentials",
    settings: ["allow_long_password", "system_id", "password"],
    profiles: ["infobip", "tech-telco"],
    remark: "digits stay text, and nothing is shortened; no profile has an account",
  },
  {
    knob: "system_type",
    settings: ["system_type"],
    profiles: ["gtx-messaging", "route-mobile", "txtwire"],
  },
  {
    knob: "interface_version",
    settings: ["interface_version"],
    profiles: ["kaleyra", "route-mobile", "smsportal", "infobip"],
  },
  {
    knob: "charset of data_coding 0",
    settings: [submit("codings"), text("data_coding_overrides")],
    profiles: ["clx-latin1"],
  },
  {
    knob: "data_coding for each charset, outbound",
    settings: [submit("codings"), submit("message_class")],
    profiles: ["webcom", "bind", "inmobile", "gatewayapi"],
    remark: "the class is a message's own",
  },
  {
    knob: "long text",
    settings: [
      submit("multipart_handling"),
      submit("max_parts"),
      submit("part_limits"),
      submit("single_limits"),
    ],
    profiles: ["kast", "gatewayapi", "puzzel", "huawei-infox"],
    remark: "nobody states limits other than those of 140 octets",
  },
  {
    knob: "all parts together",
    settings: ["parts_on_one_bind", receipt("multipart_reports")],
    profiles: ["link-mobility-dk", "kast", "vonage"],
    remark: "parts go out at once; a part without an id waits for no receipt",
  },
  {
    knob: "source TON and NPI by kind of sender",
    settings: [submit("source_addr_types"), submit("source_addr_ton"), submit("source_addr_npi")],
    profiles: ["infobip", "ovhcloud", "devino", "clicksend"],
  },
  {
    knob: "destination form",
    settings: [submit("dest_addr_form"), submit("dest_addr_ton"), submit("dest_addr_npi")],
    profiles: ["kaleyra", "smsportal", "webcom"],
  },
  {
    knob: "registered_delivery per message",
    settings: [submit("registered_delivery")],
    profiles: ["route-mobile", "otp-blue"],
    remark: "with `parts`, and in `transport_metadata.smpp` of a message",
  },
  {
    knob: "receipt recognition",
    settings: [receipt("sources")],
    profiles: ["txtwire"],
    remark: "deliver_sm and data_sm, short_message and message_payload; the id alone is none",
  },
  {
    knob: "receipt layout",
    settings: [receipt("regex"), receipt("status_mapping"), receipt("status_additions")],
    profiles: ["route-mobile", "uk-carrier-2002"],
    remark: "named fields in any order, with any missing, need no setting",
  },
  { knob: "receipt id", settings: [receipt("id_format")], profiles: ["vonage", "cardboardfish"] },
  {
    knob: "receipt dates",
    settings: [receipt("receipt_dates"), receipt("receipt_details")],
    profiles: ["smppcenter", "cm", "clicksend"],
  },
  {
    knob: "receipt order",
    settings: [receipt("early_receipts")],
    profiles: [],
    remark: "2 s by default; after a final state others are not told",
  },
  {
    knob: "err table by provider",
    settings: [receipt("err_table")],
    profiles: ["vonage", "uk-carrier-2002"],
  },
  {
    knob: "own TLVs",
    settings: ["tlvs", submit("tlvs"), submit("required_tlvs")],
    profiles: ["india-dlt", "bulksms", "smsportal", "telesign"],
  },
  {
    knob: "service_type and priority_flag",
    settings: [submit("service_type"), submit("priority_flag")],
    profiles: [],
    remark: "routes of the account, so the notes say what there is",
  },
  {
    knob: "submit_sm only",
    settings: [submit("unsupported")],
    profiles: ["smsportal", "bulksms", "gatewayapi"],
    remark: "the worker sends no other request for messages",
  },
  {
    knob: "USSD dialect",
    settings: [submit("ussd"), text("ussd")],
    profiles: [],
    remark: "dialects of gateways, which are not among the providers with a profile",
  },
];

/** Rows of test/data/operators.json that have no profile, and why. */
export const withoutProfile: Readonly<Record<string, string>> = {
  tyntec:
    "beside interface version 3.4, which is the default, its pages tell what the server does: it asks with enquire_link every 30 s and sends deliver_sm again; the table of its err codes was not in reach",
  "Comverse SMPP+ at MTS Ukraine":
    "only the list of contents could be read; its session parameter has no number there",
  "Unnamed providers in client software threads":
    "TLVs of several providers who are not named, some with one tag and two meanings: together they are nobody's dialect",
};
