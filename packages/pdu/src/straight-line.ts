// Straight-line code for the busiest commands. Made from the tables by npm run generate: do not edit.

import { commands } from "./commands.ts";
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
  keysBesides,
  keysOf,
  readOtherTlv,
  type TlvsByName,
  type TlvsByTag,
  writeTlvs,
} from "./tlv-codec.ts";

type SubmitSm = "submit_sm" | "deliver_sm";
type SubmitSmResp = "submit_sm_resp" | "deliver_sm_resp" | "data_sm_resp";
type EnquireLink = "enquire_link" | "enquire_link_resp";
type DataSm = "data_sm";

/** Decodes a frame; undefined leaves it to the tables, which read the rest and tell what is wrong. */
export function decodeStraight(frame: Uint8Array, vendors: TlvsByTag | undefined) {
  // An array of numbers has no BYTES_PER_ELEMENT: the tables refuse it.
  if (frame.length < 16 || uint32(frame, 0) !== frame.length || frame.BYTES_PER_ELEMENT !== 1)
    return undefined;
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
    default:
      return undefined;
  }
}

function decodeSubmitSm(
  frame: Uint8Array,
  command: SubmitSm,
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<SubmitSm> | undefined {
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
  const pdu: PduOf<SubmitSm> = {
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
    short_message: view(frame, short_messageAt, at),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeSubmitSmResp(
  frame: Uint8Array,
  command: SubmitSmResp,
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<SubmitSmResp> | undefined {
  const end = frame.length;
  if (end === 16) return { command, command_status, sequence_number, message_id: "" };
  let at = 16;
  const message_idAt = at;
  const message_idEnd = findNul(frame, at, Math.min(end, at + 65));
  if (message_idEnd < 0) return undefined;
  at = message_idEnd + 1;
  const pdu: PduOf<SubmitSmResp> = {
    command,
    command_status,
    sequence_number,
    message_id: latin1(frame, message_idAt, message_idEnd),
  };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeEnquireLink(
  frame: Uint8Array,
  command: EnquireLink,
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<EnquireLink> | undefined {
  const end = frame.length;

  const at = 16;

  const pdu: PduOf<EnquireLink> = { command, command_status, sequence_number };
  return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
}

function decodeDataSm(
  frame: Uint8Array,
  command: DataSm,
  command_status: number,
  sequence_number: number,
  vendors: TlvsByTag | undefined,
): PduOf<DataSm> | undefined {
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
  const pdu: PduOf<DataSm> = {
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

/** Adds the TLVs from `place` to the end of the frame; false leaves the PDU to the tables. */
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
        if (length < 3 || length > 3) return false;
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
      default:
        if (!readOtherTlv(pdu, tag, frame, start, at, vendors)) return false;
    }
  }
  return true;
}

/** Writes a PDU from `start` on and gives the place after it; -1 leaves it to the tables. */
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

const keysOfSubmitSm = keysOf(commands.submit_sm.fields);

function writeSubmitSm(
  pdu: PduInputOf<SubmitSm>,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
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
  let at = start + 16;
  let known = 0;

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

const keysOfSubmitSmResp = keysOf(commands.submit_sm_resp.fields);

function writeSubmitSmResp(
  pdu: PduInputOf<SubmitSmResp>,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  const { message_id } = pdu;
  let at = start + 16;
  let known = 0;

  if (message_id === undefined) out[at++] = 0;
  else {
    known++;
    at = putCString(out, at, message_id, 65);
    if (at < 0) return -1;
  }
  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfSubmitSmResp, out, at, vendors) : at;
}

const keysOfEnquireLink = keysOf(commands.enquire_link.fields);

function writeEnquireLink(
  pdu: PduInputOf<EnquireLink>,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  const at = start + 16;
  const known = 0;

  return keysBesides(pdu, known) ? writeTlvs(pdu, keysOfEnquireLink, out, at, vendors) : at;
}

const keysOfDataSm = keysOf(commands.data_sm.fields);

function writeDataSm(
  pdu: PduInputOf<DataSm>,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
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
  let at = start + 16;
  let known = 0;

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
