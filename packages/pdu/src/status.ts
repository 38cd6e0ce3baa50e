// The command_status values of SMPP 3.4 (section 5.1.3) and 5.0 (section 4.7.6), and their names.

import { hexNumber } from "./octets.ts";

interface StatusRow {
  readonly code: number;
  readonly text: string;
  readonly since: "3.4" | "5.0";
}

/** Every standard command_status by its name, in the order of the codes. */
export const statuses = {
  /** No error: the request was accepted. */
  ESME_ROK: { code: 0x0, text: "success", since: "3.4" },
  /** short_message is too long or too short for the peer. */
  ESME_RINVMSGLEN: { code: 0x1, text: "message length not acceptable", since: "3.4" },
  /**
   * The length of the PDU is wrong for its command. The peer may read the fields in another way.
   */
  ESME_RINVCMDLEN: { code: 0x2, text: "command_length not acceptable", since: "3.4" },
  /** The peer does not know this command, or does not accept it from this side. */
  ESME_RINVCMDID: { code: 0x3, text: "command_id not recognised", since: "3.4" },
  /**
   * The command may not be sent in this state: not bound, or bound as the wrong kind. After a good
   * bind it means that the SMSC forgot the session: bind again.
   */
  ESME_RINVBNDSTS: { code: 0x4, text: "command not allowed in this session state", since: "3.4" },
  /** A bind on a connection that is bound, or an account that may have no more sessions. */
  ESME_RALYBND: { code: 0x5, text: "already bound", since: "3.4" },
  /** priority_flag has a value that the peer does not accept. */
  ESME_RINVPRTFLG: { code: 0x6, text: "bad priority_flag", since: "3.4" },
  /** registered_delivery has a value that the peer does not accept. */
  ESME_RINVREGDLVFLG: { code: 0x7, text: "bad registered_delivery", since: "3.4" },
  /** The peer failed. Send the same later; most peers mean a temporary error. */
  ESME_RSYSERR: { code: 0x8, text: "internal failure at the peer", since: "3.4" },
  /** source_addr is malformed or not allowed for this account. */
  ESME_RINVSRCADR: { code: 0xa, text: "bad source address", since: "3.4" },
  /** destination_addr is malformed, unknown or not allowed. Do not send the same again. */
  ESME_RINVDSTADR: { code: 0xb, text: "bad destination address", since: "3.4" },
  /** No message has this message_id, for this account at least. */
  ESME_RINVMSGID: { code: 0xc, text: "unknown or bad message_id", since: "3.4" },
  /** The bind was refused: credentials, address, or no more sessions. */
  ESME_RBINDFAIL: { code: 0xd, text: "bind failed", since: "3.4" },
  /** The password is wrong. The same bind will not succeed later. */
  ESME_RINVPASWD: { code: 0xe, text: "wrong password", since: "3.4" },
  /** The system_id is unknown. The same bind will not succeed later. */
  ESME_RINVSYSID: { code: 0xf, text: "unknown system_id", since: "3.4" },
  /** cancel_sm failed: the message is in a final state, or unknown. */
  ESME_RCANCELFAIL: { code: 0x11, text: "cancel failed", since: "3.4" },
  /** replace_sm failed: the message is in a final state, or unknown. */
  ESME_RREPLACEFAIL: { code: 0x13, text: "replace failed", since: "3.4" },
  /** The peer's queue is full. Send the same later, and slower. */
  ESME_RMSGQFUL: { code: 0x14, text: "queue full", since: "3.4" },
  /** service_type is unknown to the peer. */
  ESME_RINVSERTYP: { code: 0x15, text: "bad service_type", since: "3.4" },
  /** submit_multi has no destination, or more than the peer takes. */
  ESME_RINVNUMDESTS: { code: 0x33, text: "bad destination count", since: "3.4" },
  /** submit_multi names a distribution list that does not exist. */
  ESME_RINVDLNAME: { code: 0x34, text: "bad distribution list name", since: "3.4" },
  /** dest_flag of submit_multi is neither 1 nor 2. */
  ESME_RINVDESTFLAG: { code: 0x40, text: "bad dest_flag in submit_multi", since: "3.4" },
  /** The peer does not accept a message with replace_if_present_flag set. */
  ESME_RINVSUBREP: {
    code: 0x42,
    text: "submit with replace_if_present_flag not acceptable",
    since: "3.4",
  },
  /**
   * esm_class has a value that the peer does not accept; often the UDHI bit without a header, or the
   * reverse.
   */
  ESME_RINVESMCLASS: { code: 0x43, text: "bad esm_class", since: "3.4" },
  /** This account may not send to distribution lists. */
  ESME_RCNTSUBDL: { code: 0x44, text: "cannot submit to a distribution list", since: "3.4" },
  /** The submit failed for a reason without a status of its own. */
  ESME_RSUBMITFAIL: { code: 0x45, text: "submit failed", since: "3.4" },
  /** source_addr_ton does not go with source_addr. */
  ESME_RINVSRCTON: { code: 0x48, text: "bad source TON", since: "3.4" },
  /** source_addr_npi does not go with source_addr. */
  ESME_RINVSRCNPI: { code: 0x49, text: "bad source NPI", since: "3.4" },
  /** dest_addr_ton does not go with destination_addr. */
  ESME_RINVDSTTON: { code: 0x50, text: "bad destination TON", since: "3.4" },
  /** dest_addr_npi does not go with destination_addr. */
  ESME_RINVDSTNPI: { code: 0x51, text: "bad destination NPI", since: "3.4" },
  /** system_type of the bind is not what the SMSC expects for this account. */
  ESME_RINVSYSTYP: { code: 0x53, text: "bad system_type", since: "3.4" },
  /** replace_if_present_flag is neither 0 nor 1. */
  ESME_RINVREPFLAG: { code: 0x54, text: "bad replace_if_present_flag", since: "3.4" },
  /** The TLV number_of_messages is above 99. */
  ESME_RINVNUMMSGS: { code: 0x55, text: "bad number of messages", since: "3.4" },
  /**
   * The rate limit of the account is exceeded. Send the same later, and slower; a client does so by
   * itself.
   */
  ESME_RTHROTTLED: { code: 0x58, text: "rate limit exceeded", since: "3.4" },
  /** schedule_delivery_time is no time, in the past, or too far ahead. */
  ESME_RINVSCHED: { code: 0x61, text: "bad schedule_delivery_time", since: "3.4" },
  /** validity_period is no time, in the past, or longer than the peer keeps messages. */
  ESME_RINVEXPIRY: { code: 0x62, text: "bad validity_period", since: "3.4" },
  /** sm_default_msg_id names no canned message of the SMSC. */
  ESME_RINVDFTMSGID: { code: 0x63, text: "canned message bad or missing", since: "3.4" },
  /**
   * Answer of a receiver: it failed for now, deliver again. Right where a message could not be
   * stored.
   */
  ESME_RX_T_APPN: {
    code: 0x64,
    text: "receiver: temporary application error, retry later",
    since: "3.4",
  },
  /** Answer of a receiver: it will never take this message, do not deliver again. */
  ESME_RX_P_APPN: {
    code: 0x65,
    text: "receiver: permanent application error, do not retry",
    since: "3.4",
  },
  /** Answer of a receiver: it refuses this message, do not deliver again. */
  ESME_RX_R_APPN: { code: 0x66, text: "receiver: message rejected", since: "3.4" },
  /** query_sm failed: the message is unknown, or its state is not kept any more. */
  ESME_RQUERYFAIL: { code: 0x67, text: "query failed", since: "3.4" },
  /** The octets behind the mandatory fields are no TLVs. SMPP 5.0 calls it ESME_RINVTLVSTREAM. */
  ESME_RINVOPTPARSTREAM: {
    code: 0xc0,
    text: "TLV section cannot be parsed",
    since: "3.4",
  },
  /** The peer does not accept this TLV on this command. SMPP 5.0 calls it ESME_RTLVNOTALLWD. */
  ESME_ROPTPARNOTALLWD: {
    code: 0xc1,
    text: "TLV not allowed in this PDU",
    since: "3.4",
  },
  /** A field or TLV has a wrong length. SMPP 5.0 calls it ESME_RINVTLVLEN. */
  ESME_RINVPARLEN: {
    code: 0xc2,
    text: "bad parameter length",
    since: "3.4",
  },
  /** A TLV is missing that the peer needs. SMPP 5.0 calls it ESME_RMISSINGTLV. */
  ESME_RMISSINGOPTPARAM: {
    code: 0xc3,
    text: "required TLV missing",
    since: "3.4",
  },
  /** A TLV has a value that the peer does not accept. SMPP 5.0 calls it ESME_RINVTLVVAL. */
  ESME_RINVOPTPARAMVAL: {
    code: 0xc4,
    text: "bad TLV value",
    since: "3.4",
  },
  /** The message could not be delivered; in data_sm_resp, after a transaction with the phone. */
  ESME_RDELIVERYFAILURE: { code: 0xfe, text: "delivery failed (data_sm_resp)", since: "3.4" },
  /** An error without a status of its own. */
  ESME_RUNKNOWNERR: { code: 0xff, text: "unknown error", since: "3.4" },
  /** This account may not use the service_type. SMPP 5.0. */
  ESME_RSERTYPUNAUTH: { code: 0x100, text: "service_type not authorised", since: "5.0" },
  /** This account may not use the command. SMPP 5.0. */
  ESME_RPROHIBITED: { code: 0x101, text: "operation prohibited for this ESME", since: "5.0" },
  /** The service of service_type is unavailable: send the same later. SMPP 5.0. */
  ESME_RSERTYPUNAVAIL: { code: 0x102, text: "service_type unavailable", since: "5.0" },
  /** The service of service_type is denied. SMPP 5.0. */
  ESME_RSERTYPDENIED: { code: 0x103, text: "service_type denied", since: "5.0" },
  /** The peer does not accept this data_coding. SMPP 5.0. */
  ESME_RINVDCS: { code: 0x104, text: "bad data_coding", since: "5.0" },
  /** The TLV source_addr_subunit has a wrong value. SMPP 5.0. */
  ESME_RINVSRCADDRSUBUNIT: { code: 0x105, text: "bad source_addr_subunit", since: "5.0" },
  /** The TLV dest_addr_subunit has a wrong value. SMPP 5.0. */
  ESME_RINVDSTADDRSUBUNIT: { code: 0x106, text: "bad dest_addr_subunit", since: "5.0" },
  /** The TLV broadcast_frequency_interval has a wrong value. SMPP 5.0. */
  ESME_RINVBCASTFREQINT: { code: 0x107, text: "bad broadcast_frequency_interval", since: "5.0" },
  /** The alias of a broadcast area is unknown. SMPP 5.0. */
  ESME_RINVBCASTALIAS_NAME: { code: 0x108, text: "bad broadcast alias name", since: "5.0" },
  /** The format of a broadcast area is not taken. SMPP 5.0. */
  ESME_RINVBCASTAREAFMT: { code: 0x109, text: "bad broadcast area format", since: "5.0" },
  /** Too many broadcast areas. SMPP 5.0. */
  ESME_RINVNUMBCAST_AREAS: { code: 0x10a, text: "bad number of broadcast areas", since: "5.0" },
  /** The TLV broadcast_content_type has a wrong value. SMPP 5.0. */
  ESME_RINVBCASTCNTTYPE: { code: 0x10b, text: "bad broadcast_content_type", since: "5.0" },
  /** The TLV broadcast_message_class has a wrong value. SMPP 5.0. */
  ESME_RINVBCASTMSGCLASS: { code: 0x10c, text: "bad broadcast_message_class", since: "5.0" },
  /** broadcast_sm failed. SMPP 5.0. */
  ESME_RBCASTFAIL: { code: 0x10d, text: "broadcast_sm failed", since: "5.0" },
  /** query_broadcast_sm failed. SMPP 5.0. */
  ESME_RBCASTQUERYFAIL: { code: 0x10e, text: "query_broadcast_sm failed", since: "5.0" },
  /** cancel_broadcast_sm failed. SMPP 5.0. */
  ESME_RBCASTCANCELFAIL: { code: 0x10f, text: "cancel_broadcast_sm failed", since: "5.0" },
  /** The TLV broadcast_rep_num has a wrong value. SMPP 5.0. */
  ESME_RINVBCAST_REP: { code: 0x110, text: "bad broadcast_rep_num", since: "5.0" },
  /** The TLV broadcast_service_group has a wrong value. SMPP 5.0. */
  ESME_RINVBCASTSRVGRP: { code: 0x111, text: "bad broadcast_service_group", since: "5.0" },
  /** The TLV broadcast_channel_indicator has a wrong value. SMPP 5.0. */
  ESME_RINVBCASTCHANIND: { code: 0x112, text: "bad broadcast_channel_indicator", since: "5.0" },
} as const satisfies Record<string, StatusRow>;

type Statuses = typeof statuses;

/** The name of a standard command_status, in its SMPP 3.4 spelling. */
export type StatusName = keyof Statuses;

/** The names that SMPP 5.0 gave to statuses of 3.4. */
const aliases = {
  /** SMPP 5.0's name of ESME_RINVOPTPARSTREAM: the octets behind the fields are no TLVs. */
  ESME_RINVTLVSTREAM: "ESME_RINVOPTPARSTREAM",
  /** SMPP 5.0's name of ESME_ROPTPARNOTALLWD: a TLV that the peer does not accept on this command. */
  ESME_RTLVNOTALLWD: "ESME_ROPTPARNOTALLWD",
  /** SMPP 5.0's name of ESME_RINVPARLEN: a field or TLV has a wrong length. */
  ESME_RINVTLVLEN: "ESME_RINVPARLEN",
  /** SMPP 5.0's name of ESME_RMISSINGOPTPARAM: a TLV is missing that the peer needs. */
  ESME_RMISSINGTLV: "ESME_RMISSINGOPTPARAM",
  /** SMPP 5.0's name of ESME_RINVOPTPARAMVAL: a TLV has a value that the peer does not accept. */
  ESME_RINVTLVVAL: "ESME_RINVOPTPARAMVAL",
} as const satisfies Record<string, StatusName>;

type Aliases = typeof aliases;

const rows: readonly (readonly [string, StatusRow])[] = Object.entries(statuses);
const nameByCode = new Map(rows.map(([name, row]) => [row.code, name]));
const textByCode = new Map(rows.map(([, row]) => [row.code, row.text]));

/** The codes by name, `Status.ESME_RTHROTTLED === 0x58`; the names of SMPP 5.0 are there too. */
export const Status = Object.fromEntries([
  ...rows.map(([name, { code }]) => [name, code]),
  ...Object.entries(aliases).map(([alias, name]) => [alias, statuses[name].code]),
]) as { readonly [N in keyof Statuses]: Statuses[N]["code"] } & {
  readonly [A in keyof Aliases]: Statuses[Aliases[A]]["code"];
}; // `Object.fromEntries` forgets which name has which code; the rows know.

/** The name of a command_status, `0x00000400` style for one that no version of SMPP names. */
export function statusName(code: number): string {
  return nameByCode.get(code) ?? hexNumber(code, 8);
}

/** What a command_status means, in a few words; for an unlisted one, the range it belongs to. */
export function statusText(code: number): string {
  const text = textByCode.get(code);
  if (text !== undefined) return text;
  return code >= 0x400 && code <= 0x4ff ? "SMSC vendor specific status" : "reserved status";
}
