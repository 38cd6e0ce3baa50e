// Straight-line code for every command. Generated from the tables by tools/generate.ts: do not edit.

import {
  findNul,
  isUint32,
  latin1,
  octet,
  putCString,
  putOctets,
  putTime,
  putUint32,
  uint16,
  uint32,
  view,
} from "./octets.ts";
import type { PduInput, PduInputOf, PduOf, Tlvs } from "./pdu.ts";
import {
  carries,
  keyCount,
  keysBesides,
  readTlv,
  type TlvsByName,
  type TlvsByTag,
  writeTlvs,
} from "./tlv-codec.ts";

type DestAddress = PduOf<"submit_multi">["dest_address"][number];
type UnsuccessSme = PduOf<"submit_multi_resp">["unsuccess_sme"][number];
type DestAddressInput = NonNullable<PduInputOf<"submit_multi">["dest_address"]>[number];
type UnsuccessSmeInput = NonNullable<PduInputOf<"submit_multi_resp">["unsuccess_sme"]>[number];

/** Decodes a frame; undefined leaves it to the walk of the tables, which tells what is wrong. */
export function decodeStraight(frame: Uint8Array, vendors: TlvsByTag | undefined) {
  if (frame.length < 16 || uint32(frame, 0) !== frame.length) return undefined;
  const status = uint32(frame, 8);
  const sequence = uint32(frame, 12);
  switch (uint32(frame, 4)) {
    case 0x00000004:
      return decodeSubmitSm(frame, "submit_sm", status, sequence, vendors);
    case 0x80000004:
      return decodeSubmitSmResp(frame, "submit_sm_resp", status, sequence, vendors);
    case 0x00000005:
      return decodeSubmitSm(frame, "deliver_sm", status, sequence, vendors);
    case 0x80000005:
      return decodeSubmitSmResp(frame, "deliver_sm_resp", status, sequence, vendors);
    case 0x00000015:
      return decodeEnquireLink(frame, "enquire_link", status, sequence, vendors);
    case 0x80000015:
      return decodeEnquireLink(frame, "enquire_link_resp", status, sequence, vendors);
    case 0x00000103:
      return decodeDataSm(frame, "data_sm", status, sequence, vendors);
    case 0x80000103:
      return decodeSubmitSmResp(frame, "data_sm_resp", status, sequence, vendors);
    case 0x00000001:
      return decodeBindReceiver(frame, "bind_receiver", status, sequence, vendors);
    case 0x80000001:
      return decodeBindReceiverResp(frame, "bind_receiver_resp", status, sequence, vendors);
    case 0x00000002:
      return decodeBindReceiver(frame, "bind_transmitter", status, sequence, vendors);
    case 0x80000002:
      return decodeBindReceiverResp(frame, "bind_transmitter_resp", status, sequence, vendors);
    case 0x00000009:
      return decodeBindReceiver(frame, "bind_transceiver", status, sequence, vendors);
    case 0x80000009:
      return decodeBindReceiverResp(frame, "bind_transceiver_resp", status, sequence, vendors);
    case 0x0000000b:
      return decodeOutbind(frame, "outbind", status, sequence, vendors);
    case 0x00000006:
      return decodeEnquireLink(frame, "unbind", status, sequence, vendors);
    case 0x80000006:
      return decodeEnquireLink(frame, "unbind_resp", status, sequence, vendors);
    case 0x80000000:
      return decodeEnquireLink(frame, "generic_nack", status, sequence, vendors);
    case 0x00000102:
      return decodeAlertNotification(frame, "alert_notification", status, sequence, vendors);
    case 0x00000021:
      return decodeSubmitMulti(frame, "submit_multi", status, sequence, vendors);
    case 0x80000021:
      return decodeSubmitMultiResp(frame, "submit_multi_resp", status, sequence, vendors);
    case 0x00000003:
      return decodeQuerySm(frame, "query_sm", status, sequence, vendors);
    case 0x80000003:
      return decodeQuerySmResp(frame, "query_sm_resp", status, sequence, vendors);
    case 0x00000008:
      return decodeCancelSm(frame, "cancel_sm", status, sequence, vendors);
    case 0x80000008:
      return decodeEnquireLink(frame, "cancel_sm_resp", status, sequence, vendors);
    case 0x00000007:
      return decodeReplaceSm(frame, "replace_sm", status, sequence, vendors);
    case 0x80000007:
      return decodeEnquireLink(frame, "replace_sm_resp", status, sequence, vendors);
    case 0x00000111:
      return decodeBroadcastSm(frame, "broadcast_sm", status, sequence, vendors);
    case 0x80000111:
      return decodeSubmitSmResp(frame, "broadcast_sm_resp", status, sequence, vendors);
    case 0x00000112:
      return decodeQuerySm(frame, "query_broadcast_sm", status, sequence, vendors);
    case 0x80000112:
      return decodeSubmitSmResp(frame, "query_broadcast_sm_resp", status, sequence, vendors);
    case 0x00000113:
      return decodeCancelBroadcastSm(frame, "cancel_broadcast_sm", status, sequence, vendors);
    case 0x80000113:
      return decodeEnquireLink(frame, "cancel_broadcast_sm_resp", status, sequence, vendors);
    default:
      return undefined;
  }
}

function decodeSubmitSm(
  frame: Uint8Array,
  command: "submit_sm" | "deliver_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"submit_sm" | "deliver_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const dest_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const destination_addrAt = at;
  const destination_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (destination_addrEnd < 0) return undefined;
  at = destination_addrEnd + 1;
  const esm_classAt = at;
  at += 3;
  if (at > end) return undefined;
  const schedule_delivery_timeAt = at;
  const schedule_delivery_timeEnd = findNul(frame, at, Math.min(end, at + 17));
  if (schedule_delivery_timeEnd < 0) return undefined;
  if (schedule_delivery_timeEnd !== at && schedule_delivery_timeEnd !== at + 16) return undefined;
  at = schedule_delivery_timeEnd + 1;
  const validity_periodAt = at;
  const validity_periodEnd = findNul(frame, at, Math.min(end, at + 17));
  if (validity_periodEnd < 0) return undefined;
  if (validity_periodEnd !== at && validity_periodEnd !== at + 16) return undefined;
  at = validity_periodEnd + 1;
  const registered_deliveryAt = at;
  const sm_lengthOffset = registered_deliveryAt + 4;
  at += 5;
  if (at > end) return undefined;
  const short_messageAt = at;
  at += octet(frame, sm_lengthOffset);
  if (at > end) return undefined;
  const short_messageEnd = at;
  const pdu: PduOf<"submit_sm" | "deliver_sm"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    dest_addr_ton: octet(frame, dest_addr_tonAt),
    dest_addr_npi: octet(frame, dest_addr_tonAt + 1),
    destination_addr: latin1(frame, destination_addrAt, destination_addrEnd),
    esm_class: octet(frame, esm_classAt),
    protocol_id: octet(frame, esm_classAt + 1),
    priority_flag: octet(frame, esm_classAt + 2),
    schedule_delivery_time: latin1(frame, schedule_delivery_timeAt, schedule_delivery_timeEnd),
    validity_period: latin1(frame, validity_periodAt, validity_periodEnd),
    registered_delivery: octet(frame, registered_deliveryAt),
    replace_if_present_flag: octet(frame, registered_deliveryAt + 1),
    data_coding: octet(frame, registered_deliveryAt + 2),
    sm_default_msg_id: octet(frame, registered_deliveryAt + 3),
    short_message: view(frame, short_messageAt, short_messageEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeSubmitSmResp(
  frame: Uint8Array,
  command:
    | "submit_sm_resp"
    | "deliver_sm_resp"
    | "data_sm_resp"
    | "broadcast_sm_resp"
    | "query_broadcast_sm_resp",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
):
  | PduOf<
      | "submit_sm_resp"
      | "deliver_sm_resp"
      | "data_sm_resp"
      | "broadcast_sm_resp"
      | "query_broadcast_sm_resp"
    >
  | undefined {
  const end = frame.length;
  if (end === 16) return { command, command_status, sequence_number, message_id: "" };
  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const pdu: PduOf<
    | "submit_sm_resp"
    | "deliver_sm_resp"
    | "data_sm_resp"
    | "broadcast_sm_resp"
    | "query_broadcast_sm_resp"
  > = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeEnquireLink(
  frame: Uint8Array,
  command:
    | "enquire_link"
    | "enquire_link_resp"
    | "unbind"
    | "unbind_resp"
    | "generic_nack"
    | "cancel_sm_resp"
    | "replace_sm_resp"
    | "cancel_broadcast_sm_resp",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
):
  | PduOf<
      | "enquire_link"
      | "enquire_link_resp"
      | "unbind"
      | "unbind_resp"
      | "generic_nack"
      | "cancel_sm_resp"
      | "replace_sm_resp"
      | "cancel_broadcast_sm_resp"
    >
  | undefined {
  const end = frame.length;

  const at = 16;

  const pdu: PduOf<
    | "enquire_link"
    | "enquire_link_resp"
    | "unbind"
    | "unbind_resp"
    | "generic_nack"
    | "cancel_sm_resp"
    | "replace_sm_resp"
    | "cancel_broadcast_sm_resp"
  > = { command, command_status, sequence_number };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeDataSm(
  frame: Uint8Array,
  command: "data_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"data_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 65));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const dest_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const destination_addrAt = at;
  const destination_addrEnd = findNul(frame, at, Math.min(end, at + 65));
  if (destination_addrEnd < 0) return undefined;
  at = destination_addrEnd + 1;
  const esm_classAt = at;
  at += 3;
  if (at > end) return undefined;
  const pdu: PduOf<"data_sm"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    dest_addr_ton: octet(frame, dest_addr_tonAt),
    dest_addr_npi: octet(frame, dest_addr_tonAt + 1),
    destination_addr: latin1(frame, destination_addrAt, destination_addrEnd),
    esm_class: octet(frame, esm_classAt),
    registered_delivery: octet(frame, esm_classAt + 1),
    data_coding: octet(frame, esm_classAt + 2),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeBindReceiver(
  frame: Uint8Array,
  command: "bind_receiver" | "bind_transmitter" | "bind_transceiver",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"bind_receiver" | "bind_transmitter" | "bind_transceiver"> | undefined {
  const end = frame.length;

  let at = 16;
  const system_idAt = at;
  const system_idEnd = findNul(frame, at, Math.min(end, at + 16));
  if (system_idEnd < 0) return undefined;
  at = system_idEnd + 1;
  const passwordAt = at;
  const passwordEnd = findNul(frame, at, Math.min(end, at + 9));
  if (passwordEnd < 0) return undefined;
  at = passwordEnd + 1;
  const system_typeAt = at;
  const system_typeEnd = findNul(frame, at, Math.min(end, at + 13));
  if (system_typeEnd < 0) return undefined;
  at = system_typeEnd + 1;
  const interface_versionAt = at;
  at += 3;
  if (at > end) return undefined;
  const address_rangeAt = at;
  const address_rangeEnd = findNul(frame, at, Math.min(end, at + 41));
  if (address_rangeEnd < 0) return undefined;
  at = address_rangeEnd + 1;
  const pdu: PduOf<"bind_receiver" | "bind_transmitter" | "bind_transceiver"> = {
    command,
    command_status,
    sequence_number,
    system_id: latin1(frame, system_idAt, system_idEnd),
    password: latin1(frame, passwordAt, passwordEnd),
    system_type: latin1(frame, system_typeAt, system_typeEnd),
    interface_version: octet(frame, interface_versionAt),
    addr_ton: octet(frame, interface_versionAt + 1),
    addr_npi: octet(frame, interface_versionAt + 2),
    address_range: latin1(frame, address_rangeAt, address_rangeEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeBindReceiverResp(
  frame: Uint8Array,
  command: "bind_receiver_resp" | "bind_transmitter_resp" | "bind_transceiver_resp",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"bind_receiver_resp" | "bind_transmitter_resp" | "bind_transceiver_resp"> | undefined {
  const end = frame.length;
  if (end === 16) return { command, command_status, sequence_number, system_id: "" };
  let at = 16;
  const system_idAt = at;
  const system_idEnd = findNul(frame, at, Math.min(end, at + 16));
  if (system_idEnd < 0) return undefined;
  at = system_idEnd + 1;
  const pdu: PduOf<"bind_receiver_resp" | "bind_transmitter_resp" | "bind_transceiver_resp"> = {
    command,
    command_status,
    sequence_number,
    system_id: latin1(frame, system_idAt, system_idEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeOutbind(
  frame: Uint8Array,
  command: "outbind",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"outbind"> | undefined {
  const end = frame.length;

  let at = 16;
  const system_idAt = at;
  const system_idEnd = findNul(frame, at, Math.min(end, at + 16));
  if (system_idEnd < 0) return undefined;
  at = system_idEnd + 1;
  const passwordAt = at;
  const passwordEnd = findNul(frame, at, Math.min(end, at + 9));
  if (passwordEnd < 0) return undefined;
  at = passwordEnd + 1;
  const pdu: PduOf<"outbind"> = {
    command,
    command_status,
    sequence_number,
    system_id: latin1(frame, system_idAt, system_idEnd),
    password: latin1(frame, passwordAt, passwordEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeAlertNotification(
  frame: Uint8Array,
  command: "alert_notification",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"alert_notification"> | undefined {
  const end = frame.length;

  let at = 16;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 65));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const esme_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const esme_addrAt = at;
  const esme_addrEnd = findNul(frame, at, Math.min(end, at + 65));
  if (esme_addrEnd < 0) return undefined;
  at = esme_addrEnd + 1;
  const pdu: PduOf<"alert_notification"> = {
    command,
    command_status,
    sequence_number,
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    esme_addr_ton: octet(frame, esme_addr_tonAt),
    esme_addr_npi: octet(frame, esme_addr_tonAt + 1),
    esme_addr: latin1(frame, esme_addrAt, esme_addrEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeSubmitMulti(
  frame: Uint8Array,
  command: "submit_multi",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"submit_multi"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const number_of_destsAt = at;
  const number_of_destsOffset = number_of_destsAt;
  at += 1;
  if (at > end) return undefined;
  const dest_address: DestAddress[] = [];
  at = readDestAddress(dest_address, frame, at, octet(frame, number_of_destsOffset));
  if (at < 0) return undefined;
  const esm_classAt = at;
  at += 3;
  if (at > end) return undefined;
  const schedule_delivery_timeAt = at;
  const schedule_delivery_timeEnd = findNul(frame, at, Math.min(end, at + 17));
  if (schedule_delivery_timeEnd < 0) return undefined;
  if (schedule_delivery_timeEnd !== at && schedule_delivery_timeEnd !== at + 16) return undefined;
  at = schedule_delivery_timeEnd + 1;
  const validity_periodAt = at;
  const validity_periodEnd = findNul(frame, at, Math.min(end, at + 17));
  if (validity_periodEnd < 0) return undefined;
  if (validity_periodEnd !== at && validity_periodEnd !== at + 16) return undefined;
  at = validity_periodEnd + 1;
  const registered_deliveryAt = at;
  const sm_lengthOffset = registered_deliveryAt + 4;
  at += 5;
  if (at > end) return undefined;
  const short_messageAt = at;
  at += octet(frame, sm_lengthOffset);
  if (at > end) return undefined;
  const short_messageEnd = at;
  const pdu: PduOf<"submit_multi"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    dest_address,
    esm_class: octet(frame, esm_classAt),
    protocol_id: octet(frame, esm_classAt + 1),
    priority_flag: octet(frame, esm_classAt + 2),
    schedule_delivery_time: latin1(frame, schedule_delivery_timeAt, schedule_delivery_timeEnd),
    validity_period: latin1(frame, validity_periodAt, validity_periodEnd),
    registered_delivery: octet(frame, registered_deliveryAt),
    replace_if_present_flag: octet(frame, registered_deliveryAt + 1),
    data_coding: octet(frame, registered_deliveryAt + 2),
    sm_default_msg_id: octet(frame, registered_deliveryAt + 3),
    short_message: view(frame, short_messageAt, short_messageEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeSubmitMultiResp(
  frame: Uint8Array,
  command: "submit_multi_resp",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"submit_multi_resp"> | undefined {
  const end = frame.length;
  if (end === 16)
    return { command, command_status, sequence_number, message_id: "", unsuccess_sme: [] };
  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const no_unsuccessAt = at;
  const no_unsuccessOffset = no_unsuccessAt;
  at += 1;
  if (at > end) return undefined;
  const unsuccess_sme: UnsuccessSme[] = [];
  at = readUnsuccessSme(unsuccess_sme, frame, at, octet(frame, no_unsuccessOffset));
  if (at < 0) return undefined;
  const pdu: PduOf<"submit_multi_resp"> = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
    unsuccess_sme,
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeQuerySm(
  frame: Uint8Array,
  command: "query_sm" | "query_broadcast_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"query_sm" | "query_broadcast_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const pdu: PduOf<"query_sm" | "query_broadcast_sm"> = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeQuerySmResp(
  frame: Uint8Array,
  command: "query_sm_resp",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"query_sm_resp"> | undefined {
  const end = frame.length;
  if (end === 16)
    return {
      command,
      command_status,
      sequence_number,
      message_id: "",
      final_date: "",
      message_state: 0,
      error_code: 0,
    };
  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const final_dateAt = at;
  const final_dateEnd = findNul(frame, at, Math.min(end, at + 17));
  if (final_dateEnd < 0) return undefined;
  if (final_dateEnd !== at && final_dateEnd !== at + 16) return undefined;
  at = final_dateEnd + 1;
  const message_stateAt = at;
  at += 2;
  if (at > end) return undefined;
  const pdu: PduOf<"query_sm_resp"> = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
    final_date: latin1(frame, final_dateAt, final_dateEnd),
    message_state: octet(frame, message_stateAt),
    error_code: octet(frame, message_stateAt + 1),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeCancelSm(
  frame: Uint8Array,
  command: "cancel_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"cancel_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const dest_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const destination_addrAt = at;
  const destination_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (destination_addrEnd < 0) return undefined;
  at = destination_addrEnd + 1;
  const pdu: PduOf<"cancel_sm"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    message_id: latin1(frame, message_idAt, message_idEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    dest_addr_ton: octet(frame, dest_addr_tonAt),
    dest_addr_npi: octet(frame, dest_addr_tonAt + 1),
    destination_addr: latin1(frame, destination_addrAt, destination_addrEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeReplaceSm(
  frame: Uint8Array,
  command: "replace_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"replace_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const schedule_delivery_timeAt = at;
  const schedule_delivery_timeEnd = findNul(frame, at, Math.min(end, at + 17));
  if (schedule_delivery_timeEnd < 0) return undefined;
  if (schedule_delivery_timeEnd !== at && schedule_delivery_timeEnd !== at + 16) return undefined;
  at = schedule_delivery_timeEnd + 1;
  const validity_periodAt = at;
  const validity_periodEnd = findNul(frame, at, Math.min(end, at + 17));
  if (validity_periodEnd < 0) return undefined;
  if (validity_periodEnd !== at && validity_periodEnd !== at + 16) return undefined;
  at = validity_periodEnd + 1;
  const registered_deliveryAt = at;
  const sm_lengthOffset = registered_deliveryAt + 2;
  at += 3;
  if (at > end) return undefined;
  const short_messageAt = at;
  at += octet(frame, sm_lengthOffset);
  if (at > end) return undefined;
  const short_messageEnd = at;
  const pdu: PduOf<"replace_sm"> = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    schedule_delivery_time: latin1(frame, schedule_delivery_timeAt, schedule_delivery_timeEnd),
    validity_period: latin1(frame, validity_periodAt, validity_periodEnd),
    registered_delivery: octet(frame, registered_deliveryAt),
    sm_default_msg_id: octet(frame, registered_deliveryAt + 1),
    short_message: view(frame, short_messageAt, short_messageEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeBroadcastSm(
  frame: Uint8Array,
  command: "broadcast_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"broadcast_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const priority_flagAt = at;
  at += 1;
  if (at > end) return undefined;
  const schedule_delivery_timeAt = at;
  const schedule_delivery_timeEnd = findNul(frame, at, Math.min(end, at + 17));
  if (schedule_delivery_timeEnd < 0) return undefined;
  if (schedule_delivery_timeEnd !== at && schedule_delivery_timeEnd !== at + 16) return undefined;
  at = schedule_delivery_timeEnd + 1;
  const validity_periodAt = at;
  const validity_periodEnd = findNul(frame, at, Math.min(end, at + 17));
  if (validity_periodEnd < 0) return undefined;
  if (validity_periodEnd !== at && validity_periodEnd !== at + 16) return undefined;
  at = validity_periodEnd + 1;
  const replace_if_present_flagAt = at;
  at += 3;
  if (at > end) return undefined;
  const pdu: PduOf<"broadcast_sm"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
    message_id: latin1(frame, message_idAt, message_idEnd),
    priority_flag: octet(frame, priority_flagAt),
    schedule_delivery_time: latin1(frame, schedule_delivery_timeAt, schedule_delivery_timeEnd),
    validity_period: latin1(frame, validity_periodAt, validity_periodEnd),
    replace_if_present_flag: octet(frame, replace_if_present_flagAt),
    data_coding: octet(frame, replace_if_present_flagAt + 1),
    sm_default_msg_id: octet(frame, replace_if_present_flagAt + 2),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeCancelBroadcastSm(
  frame: Uint8Array,
  command: "cancel_broadcast_sm",
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<"cancel_broadcast_sm"> | undefined {
  const end = frame.length;

  let at = 16;
  const service_typeAt = at;
  const service_typeEnd = findNul(frame, at, Math.min(end, at + 6));
  if (service_typeEnd < 0) return undefined;
  at = service_typeEnd + 1;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const source_addr_tonAt = at;
  at += 2;
  if (at > end) return undefined;
  const source_addrAt = at;
  const source_addrEnd = findNul(frame, at, Math.min(end, at + 21));
  if (source_addrEnd < 0) return undefined;
  at = source_addrEnd + 1;
  const pdu: PduOf<"cancel_broadcast_sm"> = {
    command,
    command_status,
    sequence_number,
    service_type: latin1(frame, service_typeAt, service_typeEnd),
    message_id: latin1(frame, message_idAt, message_idEnd),
    source_addr_ton: octet(frame, source_addr_tonAt),
    source_addr_npi: octet(frame, source_addr_tonAt + 1),
    source_addr: latin1(frame, source_addrAt, source_addrEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function readDestAddress(
  list: DestAddress[],
  frame: Uint8Array,
  start: number,
  count: number,
): number {
  const end = frame.length;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at >= end) return -1;
    const flag = octet(frame, at++);
    if (flag === 1) {
      const dest_addr_tonAt = at;
      at += 2;
      if (at > end) return -1;
      const destination_addrAt = at;
      const destination_addrEnd = findNul(frame, at, Math.min(end, at + 21));
      if (destination_addrEnd < 0) return -1;
      at = destination_addrEnd + 1;
      list.push({
        dest_flag: 1,
        dest_addr_ton: octet(frame, dest_addr_tonAt),
        dest_addr_npi: octet(frame, dest_addr_tonAt + 1),
        destination_addr: latin1(frame, destination_addrAt, destination_addrEnd),
      });
      continue;
    }
    if (flag === 2) {
      const dl_nameAt = at;
      const dl_nameEnd = findNul(frame, at, Math.min(end, at + 21));
      if (dl_nameEnd < 0) return -1;
      at = dl_nameEnd + 1;
      list.push({ dest_flag: 2, dl_name: latin1(frame, dl_nameAt, dl_nameEnd) });
      continue;
    }
    return -1;
  }
  return at;
}

function readUnsuccessSme(
  list: UnsuccessSme[],
  frame: Uint8Array,
  start: number,
  count: number,
): number {
  const end = frame.length;
  let at = start;
  for (let index = 0; index < count; index++) {
    const dest_addr_tonAt = at;
    at += 2;
    if (at > end) return -1;
    const destination_addrAt = at;
    const destination_addrEnd = findNul(frame, at, Math.min(end, at + 21));
    if (destination_addrEnd < 0) return -1;
    at = destination_addrEnd + 1;
    const error_status_codeAt = at;
    at += 4;
    if (at > end) return -1;
    list.push({
      dest_addr_ton: octet(frame, dest_addr_tonAt),
      dest_addr_npi: octet(frame, dest_addr_tonAt + 1),
      destination_addr: latin1(frame, destination_addrAt, destination_addrEnd),
      error_status_code: uint32(frame, error_status_codeAt),
    });
  }
  return at;
}

/** Adds the TLVs from `place` to the end of the frame; false leaves them to the walk. */
function readTlvs(
  pdu: Tlvs,
  frame: Uint8Array,
  place: number,
  vendors: TlvsByTag | undefined,
): boolean {
  const end = frame.length;
  let at = place;
  while (at < end) {
    const start = at + 4;
    if (start > end) return false;
    const tag = uint16(frame, at);
    const length = uint16(frame, at + 2);
    at = start + length;
    if (at > end) return false;
    switch (tag) {
      case 0x001e: {
        const nul = findNul(frame, start, at);
        const stop = nul < 0 ? at : nul;
        if (stop - start >= 65) return false;
        if (pdu.receipted_message_id !== undefined) return false;
        pdu.receipted_message_id = latin1(frame, start, stop);
        break;
      }
      case 0x0427: {
        if (length !== 1) return false;
        if (pdu.message_state !== undefined) return false;
        pdu.message_state = octet(frame, start);
        break;
      }
      case 0x0423: {
        if (length !== 3) return false;
        if (pdu.network_error_code !== undefined) return false;
        pdu.network_error_code = view(frame, start, at);
        break;
      }
      case 0x0424: {
        if (pdu.message_payload !== undefined) return false;
        pdu.message_payload = view(frame, start, at);
        break;
      }
      case 0x020c: {
        if (length !== 2) return false;
        if (pdu.sar_msg_ref_num !== undefined) return false;
        pdu.sar_msg_ref_num = uint16(frame, start);
        break;
      }
      case 0x020e: {
        if (length !== 1) return false;
        if (pdu.sar_total_segments !== undefined) return false;
        pdu.sar_total_segments = octet(frame, start);
        break;
      }
      case 0x020f: {
        if (length !== 1) return false;
        if (pdu.sar_segment_seqnum !== undefined) return false;
        pdu.sar_segment_seqnum = octet(frame, start);
        break;
      }
      case 0x0204: {
        if (length !== 2) return false;
        if (pdu.user_message_reference !== undefined) return false;
        pdu.user_message_reference = uint16(frame, start);
        break;
      }
      case 0x0005: {
        if (length !== 1) return false;
        if (pdu.dest_addr_subunit !== undefined) return false;
        pdu.dest_addr_subunit = octet(frame, start);
        break;
      }
      case 0x0006: {
        if (length !== 1) return false;
        if (pdu.dest_network_type !== undefined) return false;
        pdu.dest_network_type = octet(frame, start);
        break;
      }
      case 0x0007: {
        if (length !== 1) return false;
        if (pdu.dest_bearer_type !== undefined) return false;
        pdu.dest_bearer_type = octet(frame, start);
        break;
      }
      case 0x0008: {
        if (length !== 2) return false;
        if (pdu.dest_telematics_id !== undefined) return false;
        pdu.dest_telematics_id = uint16(frame, start);
        break;
      }
      case 0x000d: {
        if (length !== 1) return false;
        if (pdu.source_addr_subunit !== undefined) return false;
        pdu.source_addr_subunit = octet(frame, start);
        break;
      }
      case 0x000e: {
        if (length !== 1) return false;
        if (pdu.source_network_type !== undefined) return false;
        pdu.source_network_type = octet(frame, start);
        break;
      }
      case 0x000f: {
        if (length !== 1) return false;
        if (pdu.source_bearer_type !== undefined) return false;
        pdu.source_bearer_type = octet(frame, start);
        break;
      }
      case 0x0010: {
        if (length !== 1 && length !== 2) return false;
        if (pdu.source_telematics_id !== undefined) return false;
        pdu.source_telematics_id = length === 1 ? octet(frame, start) : uint16(frame, start);
        break;
      }
      case 0x0017: {
        if (length !== 4) return false;
        if (pdu.qos_time_to_live !== undefined) return false;
        pdu.qos_time_to_live = uint32(frame, start);
        break;
      }
      case 0x0019: {
        if (length !== 1) return false;
        if (pdu.payload_type !== undefined) return false;
        pdu.payload_type = octet(frame, start);
        break;
      }
      case 0x001d: {
        const nul = findNul(frame, start, at);
        const stop = nul < 0 ? at : nul;
        if (stop - start >= 256) return false;
        if (pdu.additional_status_info_text !== undefined) return false;
        pdu.additional_status_info_text = latin1(frame, start, stop);
        break;
      }
      case 0x0030: {
        if (length !== 1) return false;
        if (pdu.ms_msg_wait_facilities !== undefined) return false;
        pdu.ms_msg_wait_facilities = octet(frame, start);
        break;
      }
      case 0x0201: {
        if (length !== 1) return false;
        if (pdu.privacy_indicator !== undefined) return false;
        pdu.privacy_indicator = octet(frame, start);
        break;
      }
      case 0x0202: {
        if (length < 2 || length > 23) return false;
        if (pdu.source_subaddress !== undefined) return false;
        pdu.source_subaddress = view(frame, start, at);
        break;
      }
      case 0x0203: {
        if (length < 2 || length > 23) return false;
        if (pdu.dest_subaddress !== undefined) return false;
        pdu.dest_subaddress = view(frame, start, at);
        break;
      }
      case 0x0205: {
        if (length !== 1) return false;
        if (pdu.user_response_code !== undefined) return false;
        pdu.user_response_code = octet(frame, start);
        break;
      }
      case 0x020a: {
        if (length !== 2) return false;
        if (pdu.source_port !== undefined) return false;
        pdu.source_port = uint16(frame, start);
        break;
      }
      case 0x020b: {
        if (length !== 2) return false;
        if (pdu.destination_port !== undefined) return false;
        pdu.destination_port = uint16(frame, start);
        break;
      }
      case 0x020d: {
        if (length !== 1) return false;
        if (pdu.language_indicator !== undefined) return false;
        pdu.language_indicator = octet(frame, start);
        break;
      }
      case 0x0210: {
        if (length !== 1) return false;
        if (pdu.sc_interface_version !== undefined) return false;
        pdu.sc_interface_version = octet(frame, start);
        break;
      }
      case 0x0302: {
        if (length !== 1) return false;
        if (pdu.callback_num_pres_ind === undefined)
          pdu.callback_num_pres_ind = [octet(frame, start)];
        else pdu.callback_num_pres_ind.push(octet(frame, start));
        break;
      }
      case 0x0303: {
        if (length > 65) return false;
        if (pdu.callback_num_atag === undefined) pdu.callback_num_atag = [view(frame, start, at)];
        else pdu.callback_num_atag.push(view(frame, start, at));
        break;
      }
      case 0x0304: {
        if (length !== 1) return false;
        if (pdu.number_of_messages !== undefined) return false;
        pdu.number_of_messages = octet(frame, start);
        break;
      }
      case 0x0381: {
        if (length < 4 || length > 19) return false;
        if (pdu.callback_num === undefined) pdu.callback_num = [view(frame, start, at)];
        else pdu.callback_num.push(view(frame, start, at));
        break;
      }
      case 0x0420: {
        if (length !== 1) return false;
        if (pdu.dpf_result !== undefined) return false;
        pdu.dpf_result = octet(frame, start);
        break;
      }
      case 0x0421: {
        if (length !== 1) return false;
        if (pdu.set_dpf !== undefined) return false;
        pdu.set_dpf = octet(frame, start);
        break;
      }
      case 0x0422: {
        if (length !== 1) return false;
        if (pdu.ms_availability_status !== undefined) return false;
        pdu.ms_availability_status = octet(frame, start);
        break;
      }
      case 0x0425: {
        if (length !== 1) return false;
        if (pdu.delivery_failure_reason !== undefined) return false;
        pdu.delivery_failure_reason = octet(frame, start);
        break;
      }
      case 0x0426: {
        if (length !== 1) return false;
        if (pdu.more_messages_to_send !== undefined) return false;
        pdu.more_messages_to_send = octet(frame, start);
        break;
      }
      case 0x0428: {
        if (length !== 1) return false;
        if (pdu.congestion_state !== undefined) return false;
        pdu.congestion_state = octet(frame, start);
        break;
      }
      case 0x0501: {
        if (length !== 1) return false;
        if (pdu.ussd_service_op !== undefined) return false;
        pdu.ussd_service_op = view(frame, start, at);
        break;
      }
      case 0x0600: {
        if (length !== 1) return false;
        if (pdu.broadcast_channel_indicator !== undefined) return false;
        pdu.broadcast_channel_indicator = octet(frame, start);
        break;
      }
      case 0x0601: {
        if (length !== 3) return false;
        if (pdu.broadcast_content_type !== undefined) return false;
        pdu.broadcast_content_type = view(frame, start, at);
        break;
      }
      case 0x0602: {
        if (length < 1 || length > 255) return false;
        if (pdu.broadcast_content_type_info !== undefined) return false;
        pdu.broadcast_content_type_info = view(frame, start, at);
        break;
      }
      case 0x0603: {
        if (length !== 1) return false;
        if (pdu.broadcast_message_class !== undefined) return false;
        pdu.broadcast_message_class = octet(frame, start);
        break;
      }
      case 0x0604: {
        if (length !== 2) return false;
        if (pdu.broadcast_rep_num !== undefined) return false;
        pdu.broadcast_rep_num = uint16(frame, start);
        break;
      }
      case 0x0605: {
        if (length !== 3) return false;
        if (pdu.broadcast_frequency_interval !== undefined) return false;
        pdu.broadcast_frequency_interval = view(frame, start, at);
        break;
      }
      case 0x0606: {
        if (length < 1 || length > 101) return false;
        if (pdu.broadcast_area_identifier === undefined)
          pdu.broadcast_area_identifier = [view(frame, start, at)];
        else pdu.broadcast_area_identifier.push(view(frame, start, at));
        break;
      }
      case 0x0607: {
        if (length !== 4) return false;
        if (pdu.broadcast_error_status === undefined)
          pdu.broadcast_error_status = [uint32(frame, start)];
        else pdu.broadcast_error_status.push(uint32(frame, start));
        break;
      }
      case 0x0608: {
        if (length !== 1) return false;
        if (pdu.broadcast_area_success === undefined)
          pdu.broadcast_area_success = [octet(frame, start)];
        else pdu.broadcast_area_success.push(octet(frame, start));
        break;
      }
      case 0x0609: {
        const nul = findNul(frame, start, at);
        const stop = nul < 0 ? at : nul;
        if (stop - start >= 17 || stop - start < 15) return false;
        if (pdu.broadcast_end_time !== undefined) return false;
        pdu.broadcast_end_time = latin1(frame, start, stop);
        break;
      }
      case 0x060a: {
        if (length < 1 || length > 255) return false;
        if (pdu.broadcast_service_group !== undefined) return false;
        pdu.broadcast_service_group = view(frame, start, at);
        break;
      }
      case 0x060b: {
        if (length < 1 || length > 1024) return false;
        if (pdu.billing_identification !== undefined) return false;
        pdu.billing_identification = view(frame, start, at);
        break;
      }
      case 0x060d: {
        const nul = findNul(frame, start, at);
        const stop = nul < 0 ? at : nul;
        if (stop - start >= 66 || stop - start < 6) return false;
        if (pdu.source_network_id !== undefined) return false;
        pdu.source_network_id = latin1(frame, start, stop);
        break;
      }
      case 0x060e: {
        const nul = findNul(frame, start, at);
        const stop = nul < 0 ? at : nul;
        if (stop - start >= 66 || stop - start < 6) return false;
        if (pdu.dest_network_id !== undefined) return false;
        pdu.dest_network_id = latin1(frame, start, stop);
        break;
      }
      case 0x060f: {
        if (length !== 6) return false;
        if (pdu.source_node_id !== undefined) return false;
        pdu.source_node_id = view(frame, start, at);
        break;
      }
      case 0x0610: {
        if (length !== 6) return false;
        if (pdu.dest_node_id !== undefined) return false;
        pdu.dest_node_id = view(frame, start, at);
        break;
      }
      case 0x0611: {
        if (length !== 1) return false;
        if (pdu.dest_addr_np_resolution !== undefined) return false;
        pdu.dest_addr_np_resolution = octet(frame, start);
        break;
      }
      case 0x0612: {
        if (length > 10) return false;
        if (pdu.dest_addr_np_information !== undefined) return false;
        pdu.dest_addr_np_information = view(frame, start, at);
        break;
      }
      case 0x0613: {
        if (length < 1 || length > 5) return false;
        if (pdu.dest_addr_np_country !== undefined) return false;
        pdu.dest_addr_np_country = view(frame, start, at);
        break;
      }
      case 0x1201: {
        if (length !== 1) return false;
        if (pdu.display_time !== undefined) return false;
        pdu.display_time = octet(frame, start);
        break;
      }
      case 0x1203: {
        if (length !== 2) return false;
        if (pdu.sms_signal !== undefined) return false;
        pdu.sms_signal = uint16(frame, start);
        break;
      }
      case 0x1204: {
        if (length < 1 || length > 4) return false;
        if (pdu.ms_validity !== undefined) return false;
        pdu.ms_validity = view(frame, start, at);
        break;
      }
      case 0x130c: {
        if (length > 1) return false;
        if (pdu.alert_on_message_delivery !== undefined) return false;
        pdu.alert_on_message_delivery = view(frame, start, at);
        break;
      }
      case 0x1380: {
        if (length !== 1) return false;
        if (pdu.its_reply_type !== undefined) return false;
        pdu.its_reply_type = octet(frame, start);
        break;
      }
      case 0x1383: {
        if (length !== 2) return false;
        if (pdu.its_session_info !== undefined) return false;
        pdu.its_session_info = view(frame, start, at);
        break;
      }
      default: {
        const vendor = vendors?.get(tag);
        if (vendor && carries(vendor, pdu.command)) {
          if (!readTlv(pdu, vendor, frame, start, at)) return false;
          break;
        }
        const unknown = { tag, value: view(frame, start, at) };
        if (pdu.unknown_tlvs === undefined) pdu.unknown_tlvs = [unknown];
        else pdu.unknown_tlvs.push(unknown);
      }
    }
  }
  return true;
}

/** Writes a PDU from `start` on and gives the place after it; -1 leaves it to the walk of the tables. */
export function encodeStraight(
  pdu: PduInput,
  sequence: number,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let id: number;
  let end: number;
  switch (pdu.command) {
    case "submit_sm":
      id = 0x00000004;
      end = writeSubmitSm(pdu, out, start, vendors);
      break;
    case "submit_sm_resp":
      id = 0x80000004;
      end = writeSubmitSmResp(pdu, out, start, vendors);
      break;
    case "deliver_sm":
      id = 0x00000005;
      end = writeSubmitSm(pdu, out, start, vendors);
      break;
    case "deliver_sm_resp":
      id = 0x80000005;
      end = writeSubmitSmResp(pdu, out, start, vendors);
      break;
    case "enquire_link":
      id = 0x00000015;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "enquire_link_resp":
      id = 0x80000015;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "data_sm":
      id = 0x00000103;
      end = writeDataSm(pdu, out, start, vendors);
      break;
    case "data_sm_resp":
      id = 0x80000103;
      end = writeSubmitSmResp(pdu, out, start, vendors);
      break;
    case "bind_receiver":
      id = 0x00000001;
      end = writeBindReceiver(pdu, out, start, vendors);
      break;
    case "bind_receiver_resp":
      id = 0x80000001;
      end = writeBindReceiverResp(pdu, out, start, vendors);
      break;
    case "bind_transmitter":
      id = 0x00000002;
      end = writeBindReceiver(pdu, out, start, vendors);
      break;
    case "bind_transmitter_resp":
      id = 0x80000002;
      end = writeBindReceiverResp(pdu, out, start, vendors);
      break;
    case "bind_transceiver":
      id = 0x00000009;
      end = writeBindReceiver(pdu, out, start, vendors);
      break;
    case "bind_transceiver_resp":
      id = 0x80000009;
      end = writeBindReceiverResp(pdu, out, start, vendors);
      break;
    case "outbind":
      id = 0x0000000b;
      end = writeOutbind(pdu, out, start, vendors);
      break;
    case "unbind":
      id = 0x00000006;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "unbind_resp":
      id = 0x80000006;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "generic_nack":
      id = 0x80000000;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "alert_notification":
      id = 0x00000102;
      end = writeAlertNotification(pdu, out, start, vendors);
      break;
    case "submit_multi":
      id = 0x00000021;
      end = writeSubmitMulti(pdu, out, start, vendors);
      break;
    case "submit_multi_resp":
      id = 0x80000021;
      end = writeSubmitMultiResp(pdu, out, start, vendors);
      break;
    case "query_sm":
      id = 0x00000003;
      end = writeQuerySm(pdu, out, start, vendors);
      break;
    case "query_sm_resp":
      id = 0x80000003;
      end = writeQuerySmResp(pdu, out, start, vendors);
      break;
    case "cancel_sm":
      id = 0x00000008;
      end = writeCancelSm(pdu, out, start, vendors);
      break;
    case "cancel_sm_resp":
      id = 0x80000008;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "replace_sm":
      id = 0x00000007;
      end = writeReplaceSm(pdu, out, start, vendors);
      break;
    case "replace_sm_resp":
      id = 0x80000007;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    case "broadcast_sm":
      id = 0x00000111;
      end = writeBroadcastSm(pdu, out, start, vendors);
      break;
    case "broadcast_sm_resp":
      id = 0x80000111;
      end = writeSubmitSmResp(pdu, out, start, vendors);
      break;
    case "query_broadcast_sm":
      id = 0x00000112;
      end = writeQuerySm(pdu, out, start, vendors);
      break;
    case "query_broadcast_sm_resp":
      id = 0x80000112;
      end = writeSubmitSmResp(pdu, out, start, vendors);
      break;
    case "cancel_broadcast_sm":
      id = 0x00000113;
      end = writeCancelBroadcastSm(pdu, out, start, vendors);
      break;
    case "cancel_broadcast_sm_resp":
      id = 0x80000113;
      end = writeEnquireLink(pdu, out, start, vendors);
      break;
    default:
      return -1;
  }
  const { command_status = 0 } = pdu;
  if (end < 0 || !isUint32(command_status) || !isUint32(sequence)) return -1;
  putUint32(out, start, end - start);
  putUint32(out, start + 4, id);
  putUint32(out, start + 8, command_status);
  putUint32(out, start + 12, sequence);
  return end;
}

const keysOfSubmitSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "dest_addr_ton",
  "dest_addr_npi",
  "destination_addr",
  "esm_class",
  "protocol_id",
  "priority_flag",
  "schedule_delivery_time",
  "validity_period",
  "registered_delivery",
  "replace_if_present_flag",
  "data_coding",
  "sm_default_msg_id",
  "short_message",
]);

function writeSubmitSm(
  pdu: PduInputOf<"submit_sm" | "deliver_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    service_type,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    dest_addr_ton,
    dest_addr_npi,
    destination_addr,
    esm_class,
    protocol_id,
    priority_flag,
    schedule_delivery_time,
    validity_period,
    registered_delivery,
    replace_if_present_flag,
    data_coding,
    sm_default_msg_id,
    short_message,
  } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  if (dest_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_ton !== "number" || (dest_addr_ton & 0xff) !== dest_addr_ton) return -1;
    known++;
    out[at++] = dest_addr_ton;
  }
  if (dest_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_npi !== "number" || (dest_addr_npi & 0xff) !== dest_addr_npi) return -1;
    known++;
    out[at++] = dest_addr_npi;
  }
  if (destination_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, destination_addr, 21);
    if (at < 0) return -1;
  }
  if (esm_class === undefined) {
    out[at++] = 0;
  } else {
    if (typeof esm_class !== "number" || (esm_class & 0xff) !== esm_class) return -1;
    known++;
    out[at++] = esm_class;
  }
  if (protocol_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof protocol_id !== "number" || (protocol_id & 0xff) !== protocol_id) return -1;
    known++;
    out[at++] = protocol_id;
  }
  if (priority_flag === undefined) {
    out[at++] = 0;
  } else {
    if (typeof priority_flag !== "number" || (priority_flag & 0xff) !== priority_flag) return -1;
    known++;
    out[at++] = priority_flag;
  }
  if (schedule_delivery_time === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, schedule_delivery_time);
    if (at < 0) return -1;
  }
  if (validity_period === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, validity_period);
    if (at < 0) return -1;
  }
  if (registered_delivery === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof registered_delivery !== "number" ||
      (registered_delivery & 0xff) !== registered_delivery
    )
      return -1;
    known++;
    out[at++] = registered_delivery;
  }
  if (replace_if_present_flag === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof replace_if_present_flag !== "number" ||
      (replace_if_present_flag & 0xff) !== replace_if_present_flag
    )
      return -1;
    known++;
    out[at++] = replace_if_present_flag;
  }
  if (data_coding === undefined) {
    out[at++] = 0;
  } else {
    if (typeof data_coding !== "number" || (data_coding & 0xff) !== data_coding) return -1;
    known++;
    out[at++] = data_coding;
  }
  if (sm_default_msg_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof sm_default_msg_id !== "number" || (sm_default_msg_id & 0xff) !== sm_default_msg_id)
      return -1;
    known++;
    out[at++] = sm_default_msg_id;
  }
  if (short_message === undefined) out[at++] = 0;
  else {
    if (!(short_message instanceof Uint8Array) || short_message.length > 255) return -1;
    known++;
    out[at++] = short_message.length;
    at = putOctets(out, at, short_message);
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfSubmitSm, out, at, vendors) : at;
}

const keysOfSubmitSmResp = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "message_id",
]);

function writeSubmitSmResp(
  pdu: PduInputOf<
    | "submit_sm_resp"
    | "deliver_sm_resp"
    | "data_sm_resp"
    | "broadcast_sm_resp"
    | "query_broadcast_sm_resp"
  >,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { message_id } = pdu;
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfSubmitSmResp, out, at, vendors) : at;
}

const keysOfEnquireLink = new Set(["command", "command_status", "sequence_number", "unknown_tlvs"]);

function writeEnquireLink(
  pdu: PduInputOf<
    | "enquire_link"
    | "enquire_link_resp"
    | "unbind"
    | "unbind_resp"
    | "generic_nack"
    | "cancel_sm_resp"
    | "replace_sm_resp"
    | "cancel_broadcast_sm_resp"
  >,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  const at = start + 16;
  const known = 0;

  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfEnquireLink, out, at, vendors) : at;
}

const keysOfDataSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "dest_addr_ton",
  "dest_addr_npi",
  "destination_addr",
  "esm_class",
  "registered_delivery",
  "data_coding",
]);

function writeDataSm(
  pdu: PduInputOf<"data_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    service_type,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    dest_addr_ton,
    dest_addr_npi,
    destination_addr,
    esm_class,
    registered_delivery,
    data_coding,
  } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 65);
    if (at < 0) return -1;
  }
  if (dest_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_ton !== "number" || (dest_addr_ton & 0xff) !== dest_addr_ton) return -1;
    known++;
    out[at++] = dest_addr_ton;
  }
  if (dest_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_npi !== "number" || (dest_addr_npi & 0xff) !== dest_addr_npi) return -1;
    known++;
    out[at++] = dest_addr_npi;
  }
  if (destination_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, destination_addr, 65);
    if (at < 0) return -1;
  }
  if (esm_class === undefined) {
    out[at++] = 0;
  } else {
    if (typeof esm_class !== "number" || (esm_class & 0xff) !== esm_class) return -1;
    known++;
    out[at++] = esm_class;
  }
  if (registered_delivery === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof registered_delivery !== "number" ||
      (registered_delivery & 0xff) !== registered_delivery
    )
      return -1;
    known++;
    out[at++] = registered_delivery;
  }
  if (data_coding === undefined) {
    out[at++] = 0;
  } else {
    if (typeof data_coding !== "number" || (data_coding & 0xff) !== data_coding) return -1;
    known++;
    out[at++] = data_coding;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfDataSm, out, at, vendors) : at;
}

const keysOfBindReceiver = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "system_id",
  "password",
  "system_type",
  "interface_version",
  "addr_ton",
  "addr_npi",
  "address_range",
]);

function writeBindReceiver(
  pdu: PduInputOf<"bind_receiver" | "bind_transmitter" | "bind_transceiver">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { system_id, password, system_type, interface_version, addr_ton, addr_npi, address_range } =
    pdu;
  if (system_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, system_id, 16);
    if (at < 0) return -1;
  }
  if (password === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, password, 9);
    if (at < 0) return -1;
  }
  if (system_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, system_type, 13);
    if (at < 0) return -1;
  }
  if (interface_version === undefined) {
    out[at++] = 52;
  } else {
    if (typeof interface_version !== "number" || (interface_version & 0xff) !== interface_version)
      return -1;
    known++;
    out[at++] = interface_version;
  }
  if (addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof addr_ton !== "number" || (addr_ton & 0xff) !== addr_ton) return -1;
    known++;
    out[at++] = addr_ton;
  }
  if (addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof addr_npi !== "number" || (addr_npi & 0xff) !== addr_npi) return -1;
    known++;
    out[at++] = addr_npi;
  }
  if (address_range === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, address_range, 41);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfBindReceiver, out, at, vendors) : at;
}

const keysOfBindReceiverResp = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "system_id",
]);

function writeBindReceiverResp(
  pdu: PduInputOf<"bind_receiver_resp" | "bind_transmitter_resp" | "bind_transceiver_resp">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { system_id } = pdu;
  if (system_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, system_id, 16);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfBindReceiverResp, out, at, vendors) : at;
}

const keysOfOutbind = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "system_id",
  "password",
]);

function writeOutbind(
  pdu: PduInputOf<"outbind">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { system_id, password } = pdu;
  if (system_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, system_id, 16);
    if (at < 0) return -1;
  }
  if (password === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, password, 9);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfOutbind, out, at, vendors) : at;
}

const keysOfAlertNotification = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "esme_addr_ton",
  "esme_addr_npi",
  "esme_addr",
]);

function writeAlertNotification(
  pdu: PduInputOf<"alert_notification">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { source_addr_ton, source_addr_npi, source_addr, esme_addr_ton, esme_addr_npi, esme_addr } =
    pdu;
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 65);
    if (at < 0) return -1;
  }
  if (esme_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof esme_addr_ton !== "number" || (esme_addr_ton & 0xff) !== esme_addr_ton) return -1;
    known++;
    out[at++] = esme_addr_ton;
  }
  if (esme_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof esme_addr_npi !== "number" || (esme_addr_npi & 0xff) !== esme_addr_npi) return -1;
    known++;
    out[at++] = esme_addr_npi;
  }
  if (esme_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, esme_addr, 65);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfAlertNotification, out, at, vendors) : at;
}

const keysOfSubmitMulti = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "dest_address",
  "esm_class",
  "protocol_id",
  "priority_flag",
  "schedule_delivery_time",
  "validity_period",
  "registered_delivery",
  "replace_if_present_flag",
  "data_coding",
  "sm_default_msg_id",
  "short_message",
]);

function writeSubmitMulti(
  pdu: PduInputOf<"submit_multi">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    service_type,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    dest_address,
    esm_class,
    protocol_id,
    priority_flag,
    schedule_delivery_time,
    validity_period,
    registered_delivery,
    replace_if_present_flag,
    data_coding,
    sm_default_msg_id,
    short_message,
  } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  if (dest_address === undefined) out[at++] = 0;
  else {
    at = writeDestAddress(dest_address, out, at);
    if (at < 0) return -1;
    known++;
  }
  if (esm_class === undefined) {
    out[at++] = 0;
  } else {
    if (typeof esm_class !== "number" || (esm_class & 0xff) !== esm_class) return -1;
    known++;
    out[at++] = esm_class;
  }
  if (protocol_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof protocol_id !== "number" || (protocol_id & 0xff) !== protocol_id) return -1;
    known++;
    out[at++] = protocol_id;
  }
  if (priority_flag === undefined) {
    out[at++] = 0;
  } else {
    if (typeof priority_flag !== "number" || (priority_flag & 0xff) !== priority_flag) return -1;
    known++;
    out[at++] = priority_flag;
  }
  if (schedule_delivery_time === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, schedule_delivery_time);
    if (at < 0) return -1;
  }
  if (validity_period === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, validity_period);
    if (at < 0) return -1;
  }
  if (registered_delivery === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof registered_delivery !== "number" ||
      (registered_delivery & 0xff) !== registered_delivery
    )
      return -1;
    known++;
    out[at++] = registered_delivery;
  }
  if (replace_if_present_flag === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof replace_if_present_flag !== "number" ||
      (replace_if_present_flag & 0xff) !== replace_if_present_flag
    )
      return -1;
    known++;
    out[at++] = replace_if_present_flag;
  }
  if (data_coding === undefined) {
    out[at++] = 0;
  } else {
    if (typeof data_coding !== "number" || (data_coding & 0xff) !== data_coding) return -1;
    known++;
    out[at++] = data_coding;
  }
  if (sm_default_msg_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof sm_default_msg_id !== "number" || (sm_default_msg_id & 0xff) !== sm_default_msg_id)
      return -1;
    known++;
    out[at++] = sm_default_msg_id;
  }
  if (short_message === undefined) out[at++] = 0;
  else {
    if (!(short_message instanceof Uint8Array) || short_message.length > 255) return -1;
    known++;
    out[at++] = short_message.length;
    at = putOctets(out, at, short_message);
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfSubmitMulti, out, at, vendors) : at;
}

const keysOfSubmitMultiResp = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "message_id",
  "unsuccess_sme",
]);

function writeSubmitMultiResp(
  pdu: PduInputOf<"submit_multi_resp">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { message_id, unsuccess_sme } = pdu;
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (unsuccess_sme === undefined) out[at++] = 0;
  else {
    at = writeUnsuccessSme(unsuccess_sme, out, at);
    if (at < 0) return -1;
    known++;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfSubmitMultiResp, out, at, vendors) : at;
}

const keysOfQuerySm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "message_id",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
]);

function writeQuerySm(
  pdu: PduInputOf<"query_sm" | "query_broadcast_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { message_id, source_addr_ton, source_addr_npi, source_addr } = pdu;
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfQuerySm, out, at, vendors) : at;
}

const keysOfQuerySmResp = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "message_id",
  "final_date",
  "message_state",
  "error_code",
]);

function writeQuerySmResp(
  pdu: PduInputOf<"query_sm_resp">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { message_id, final_date, message_state, error_code } = pdu;
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (final_date === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, final_date);
    if (at < 0) return -1;
  }
  if (message_state === undefined) {
    out[at++] = 0;
  } else {
    if (typeof message_state !== "number" || (message_state & 0xff) !== message_state) return -1;
    known++;
    out[at++] = message_state;
  }
  if (error_code === undefined) {
    out[at++] = 0;
  } else {
    if (typeof error_code !== "number" || (error_code & 0xff) !== error_code) return -1;
    known++;
    out[at++] = error_code;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfQuerySmResp, out, at, vendors) : at;
}

const keysOfCancelSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "message_id",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "dest_addr_ton",
  "dest_addr_npi",
  "destination_addr",
]);

function writeCancelSm(
  pdu: PduInputOf<"cancel_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    service_type,
    message_id,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    dest_addr_ton,
    dest_addr_npi,
    destination_addr,
  } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  if (dest_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_ton !== "number" || (dest_addr_ton & 0xff) !== dest_addr_ton) return -1;
    known++;
    out[at++] = dest_addr_ton;
  }
  if (dest_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof dest_addr_npi !== "number" || (dest_addr_npi & 0xff) !== dest_addr_npi) return -1;
    known++;
    out[at++] = dest_addr_npi;
  }
  if (destination_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, destination_addr, 21);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfCancelSm, out, at, vendors) : at;
}

const keysOfReplaceSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "message_id",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "schedule_delivery_time",
  "validity_period",
  "registered_delivery",
  "sm_default_msg_id",
  "short_message",
]);

function writeReplaceSm(
  pdu: PduInputOf<"replace_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    message_id,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    schedule_delivery_time,
    validity_period,
    registered_delivery,
    sm_default_msg_id,
    short_message,
  } = pdu;
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  if (schedule_delivery_time === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, schedule_delivery_time);
    if (at < 0) return -1;
  }
  if (validity_period === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, validity_period);
    if (at < 0) return -1;
  }
  if (registered_delivery === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof registered_delivery !== "number" ||
      (registered_delivery & 0xff) !== registered_delivery
    )
      return -1;
    known++;
    out[at++] = registered_delivery;
  }
  if (sm_default_msg_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof sm_default_msg_id !== "number" || (sm_default_msg_id & 0xff) !== sm_default_msg_id)
      return -1;
    known++;
    out[at++] = sm_default_msg_id;
  }
  if (short_message === undefined) out[at++] = 0;
  else {
    if (!(short_message instanceof Uint8Array) || short_message.length > 255) return -1;
    known++;
    out[at++] = short_message.length;
    at = putOctets(out, at, short_message);
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfReplaceSm, out, at, vendors) : at;
}

const keysOfBroadcastSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
  "message_id",
  "priority_flag",
  "schedule_delivery_time",
  "validity_period",
  "replace_if_present_flag",
  "data_coding",
  "sm_default_msg_id",
]);

function writeBroadcastSm(
  pdu: PduInputOf<"broadcast_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const {
    service_type,
    source_addr_ton,
    source_addr_npi,
    source_addr,
    message_id,
    priority_flag,
    schedule_delivery_time,
    validity_period,
    replace_if_present_flag,
    data_coding,
    sm_default_msg_id,
  } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (priority_flag === undefined) {
    out[at++] = 0;
  } else {
    if (typeof priority_flag !== "number" || (priority_flag & 0xff) !== priority_flag) return -1;
    known++;
    out[at++] = priority_flag;
  }
  if (schedule_delivery_time === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, schedule_delivery_time);
    if (at < 0) return -1;
  }
  if (validity_period === undefined) out[at++] = 0;
  else {
    known++;
    at = putTime(out, at, validity_period);
    if (at < 0) return -1;
  }
  if (replace_if_present_flag === undefined) {
    out[at++] = 0;
  } else {
    if (
      typeof replace_if_present_flag !== "number" ||
      (replace_if_present_flag & 0xff) !== replace_if_present_flag
    )
      return -1;
    known++;
    out[at++] = replace_if_present_flag;
  }
  if (data_coding === undefined) {
    out[at++] = 0;
  } else {
    if (typeof data_coding !== "number" || (data_coding & 0xff) !== data_coding) return -1;
    known++;
    out[at++] = data_coding;
  }
  if (sm_default_msg_id === undefined) {
    out[at++] = 0;
  } else {
    if (typeof sm_default_msg_id !== "number" || (sm_default_msg_id & 0xff) !== sm_default_msg_id)
      return -1;
    known++;
    out[at++] = sm_default_msg_id;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfBroadcastSm, out, at, vendors) : at;
}

const keysOfCancelBroadcastSm = new Set([
  "command",
  "command_status",
  "sequence_number",
  "unknown_tlvs",
  "service_type",
  "message_id",
  "source_addr_ton",
  "source_addr_npi",
  "source_addr",
]);

function writeCancelBroadcastSm(
  pdu: PduInputOf<"cancel_broadcast_sm">,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start + 16;
  let known = 0;
  const { service_type, message_id, source_addr_ton, source_addr_npi, source_addr } = pdu;
  if (service_type === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, service_type, 6);
    if (at < 0) return -1;
  }
  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  if (source_addr_ton === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_ton !== "number" || (source_addr_ton & 0xff) !== source_addr_ton)
      return -1;
    known++;
    out[at++] = source_addr_ton;
  }
  if (source_addr_npi === undefined) {
    out[at++] = 0;
  } else {
    if (typeof source_addr_npi !== "number" || (source_addr_npi & 0xff) !== source_addr_npi)
      return -1;
    known++;
    out[at++] = source_addr_npi;
  }
  if (source_addr === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, source_addr, 21);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfCancelBroadcastSm, out, at, vendors) : at;
}

function writeDestAddress(
  list: readonly DestAddressInput[],
  out: Uint8Array,
  start: number,
): number {
  if (!Array.isArray(list) || list.length > 255) return -1;
  let at = start;
  out[at++] = list.length;
  for (const entry of list) {
    if (typeof entry !== "object" || entry === null) return -1;
    let known = 0;
    if (entry.dest_flag === 1) {
      out[at++] = 1;
      known = 1;
      const { dest_addr_ton, dest_addr_npi, destination_addr } = entry;
      if (dest_addr_ton === undefined) {
        out[at++] = 0;
      } else {
        if (typeof dest_addr_ton !== "number" || (dest_addr_ton & 0xff) !== dest_addr_ton)
          return -1;
        known++;
        out[at++] = dest_addr_ton;
      }
      if (dest_addr_npi === undefined) {
        out[at++] = 0;
      } else {
        if (typeof dest_addr_npi !== "number" || (dest_addr_npi & 0xff) !== dest_addr_npi)
          return -1;
        known++;
        out[at++] = dest_addr_npi;
      }
      if (destination_addr === undefined) out[at++] = 0;
      else {
        known++;
        at = putCString(out, at, destination_addr, 21);
        if (at < 0) return -1;
      }
    } else if (entry.dest_flag === 2) {
      out[at++] = 2;
      known = 1;
      const { dl_name } = entry;
      if (dl_name === undefined) out[at++] = 0;
      else {
        known++;
        at = putCString(out, at, dl_name, 21);
        if (at < 0) return -1;
      }
    } else return -1;
    if (keyCount(entry) !== known) return -1;
  }
  return at;
}

function writeUnsuccessSme(
  list: readonly UnsuccessSmeInput[],
  out: Uint8Array,
  start: number,
): number {
  if (!Array.isArray(list) || list.length > 255) return -1;
  let at = start;
  out[at++] = list.length;
  for (const entry of list) {
    if (typeof entry !== "object" || entry === null) return -1;
    let known = 0;
    const { dest_addr_ton, dest_addr_npi, destination_addr, error_status_code } = entry;
    if (dest_addr_ton === undefined) {
      out[at++] = 0;
    } else {
      if (typeof dest_addr_ton !== "number" || (dest_addr_ton & 0xff) !== dest_addr_ton) return -1;
      known++;
      out[at++] = dest_addr_ton;
    }
    if (dest_addr_npi === undefined) {
      out[at++] = 0;
    } else {
      if (typeof dest_addr_npi !== "number" || (dest_addr_npi & 0xff) !== dest_addr_npi) return -1;
      known++;
      out[at++] = dest_addr_npi;
    }
    if (destination_addr === undefined) out[at++] = 0;
    else {
      known++;
      at = putCString(out, at, destination_addr, 21);
      if (at < 0) return -1;
    }
    if (error_status_code === undefined) {
      at = putUint32(out, at, 0);
    } else {
      if (typeof error_status_code !== "number" || error_status_code >>> 0 !== error_status_code)
        return -1;
      known++;
      at = putUint32(out, at, error_status_code);
    }
    if (keyCount(entry) !== known) return -1;
  }
  return at;
}
