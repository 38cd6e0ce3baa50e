/** What a PDU carries, in a few words: for the one line that a log has for it. */
import { EsmClass, hasUserDataHeader, hexNumber, type Pdu } from "@esme/pdu";
import { decodeShortMessage, readUdh } from "@esme/sm-split";

/** PDUs that carry a text. */
type Carrier = Extract<Pdu, { esm_class: number }>;

/** Characters of a text in one line. */
const shown = 60;

/** A few words about a PDU, without its command and status. */
export function aboutOf(pdu: Pdu): string {
  if (pdu.command === "unknown") return `${pdu.body.length} octets of an unknown command`;
  if ("esm_class" in pdu) return `${routeOf(pdu)} ${contentOf(pdu)}`.trim();
  const words: string[] = [];
  if ("system_id" in pdu && pdu.system_id) words.push(pdu.system_id);
  if ("message_id" in pdu && pdu.message_id) words.push(`id ${pdu.message_id}`);
  if ("unsuccess_sme" in pdu && pdu.unsuccess_sme.length > 0) {
    words.push(`${pdu.unsuccess_sme.length} refused`);
  }
  if ("interface_version" in pdu)
    words.push(`interface_version ${hexNumber(pdu.interface_version, 2)}`);
  return words.join(", ");
}

/** The text of one PDU, without its header; undefined when it carries none. */
export function textOfPdu(pdu: Pdu): string | undefined {
  if (pdu.command === "unknown" || !("esm_class" in pdu)) return undefined;
  const octets = octetsOf(pdu);
  if (octets.length === 0) return undefined;
  const header = hasUserDataHeader(pdu.esm_class) ? readUdh(octets) : undefined;
  return decodeShortMessage(header?.body ?? octets, pdu.data_coding, {
    national: header?.national,
  });
}

function routeOf(pdu: Carrier): string {
  if (pdu.command !== "submit_multi") return `${pdu.source_addr} → ${pdu.destination_addr}`;
  const { source_addr, dest_address } = pdu;
  return `${source_addr} → ${dest_address.length} destination${dest_address.length === 1 ? "" : "s"}`;
}

function contentOf(pdu: Carrier): string {
  const text = textOfPdu(pdu) ?? "";
  const type = pdu.esm_class & EsmClass.message_type.mask;
  if (type === EsmClass.message_type.smsc_delivery_receipt) return `receipt ${receiptIn(text)}`;
  const concat = partOf(pdu);
  const part = concat === undefined ? "" : ` (${concat.sequence} of ${concat.total})`;
  const characters = [...text];
  const words = characters.length > shown ? `${characters.slice(0, shown).join("")}…` : text;
  return text === "" ? "" : `“${words}”${part}`;
}

/** The id and the state, which is what a receipt is read for. */
function receiptIn(text: string): string {
  const [, id = ""] = /\bid:(\S*)/i.exec(text) ?? [];
  const [, stat = ""] = /\bstat:(\S*)/i.exec(text) ?? [];
  return `${id} ${stat}`.trim();
}

function partOf(pdu: Carrier): { sequence: number; total: number } | undefined {
  if (hasUserDataHeader(pdu.esm_class)) return readUdh(octetsOf(pdu)).concat;
  const { sar_segment_seqnum: sequence, sar_total_segments: total } = pdu;
  return sequence === undefined || total === undefined ? undefined : { sequence, total };
}

function octetsOf(pdu: Carrier): Uint8Array {
  const { message_payload = new Uint8Array() } = pdu;
  if (!("short_message" in pdu) || pdu.short_message.length === 0) return message_payload;
  return pdu.short_message;
}
