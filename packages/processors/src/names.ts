/** The names by which configuration knows the values of PDU fields: the standard's, and vumi's. */

import { DataCoding, Npi, Ton } from "@esme/pdu";
import type { NumberNames } from "@esme/settings/schema";

/** Types of number (SMPP 3.4 section 5.2.5). */
export const tonNames: NumberNames = capitals(Ton);

/** Numbering plans (SMPP 3.4 section 5.2.6). */
export const npiNames: NumberNames = { ...capitals(Npi), INTERNET: Npi.internet_ip };

/** Data codings (SMPP 3.4 section 5.2.19), not the groups of GSM. */
export const dataCodingNames: NumberNames = {
  ...capitals(Object.fromEntries(Object.entries(DataCoding).filter(([, value]) => value < 0x10))),
  OCTET_UNSPECIFIED: DataCoding.octets_8bit_tdma_cdma,
  LATIN_1: DataCoding.latin1,
  OCTET_UNSPECIFIED_COMMON: DataCoding.octets_8bit,
  ISO_8859_8: DataCoding.latin_hebrew,
  ISO_2022_JP: DataCoding.iso_2022_jp_music,
};

/** Which receipt the message requests (SMPP 3.4 section 5.2.17; the last one SMPP 5.0). */
export const deliveryReceiptNames: NumberNames = {
  NO_SMSC_DELIVERY_RECEIPT_REQUESTED: 0,
  SMSC_DELIVERY_RECEIPT_REQUESTED: 1,
  SMSC_DELIVERY_RECEIPT_REQUESTED_FOR_FAILURE: 2,
  SMSC_DELIVERY_RECEIPT_REQUESTED_FOR_SUCCESS: 3,
};

/**
 * Which acknowledgements the message requests of the recipient, as bits of registered_delivery (SMPP 3.4 section
 * 5.2.17). Configuration may also number them: 0 none, 1, 2, and 3 for both.
 */
export const smeAckNames: NumberNames = {
  SME_DELIVERY_ACK_REQUESTED: 0x04,
  SME_MANUAL_ACK_REQUESTED: 0x08,
};

/** GSM 03.38 with eight septets in seven octets, where others have one in each. */
export const packedGsm = "gsm0338-packed";

/** The same with names in capitals. */
export function capitals<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.toUpperCase(), value]),
  );
}
