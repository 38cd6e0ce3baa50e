/** An address of a message as the three fields of a PDU. */

import { Npi, Ton } from "@esme/pdu";
import { ProcessorError } from "./processor-error.ts";

/** The fields source_addr_ton, source_addr_npi and source_addr, or those of the destination. */
export interface Address {
  ton: number;
  npi: number;
  address: string;
}

/** What is done to addresses before they are sent. */
export interface AddressRules {
  /** Letters make an address alphanumeric: TON 5, NPI 0. */
  alphanumeric_sender: boolean;
  /** A leading + makes an address international: it is taken off, TON 1, NPI 1. */
  leading_plus: boolean;
}

/** What an address field holds without its NUL (SMPP 3.4 section 5.2.8 and 5.2.9). */
const mostCharacters = 20;

/** The sender. It may be empty: the SMSC then has one for the account. */
export function sourceAddress(
  address: string,
  { ton, npi }: Omit<Address, "address">,
  rules: AddressRules,
): Address {
  if (rules.alphanumeric_sender && /[a-z]/i.test(address)) {
    return checked("from_addr", { ton: Ton.alphanumeric, npi: Npi.unknown, address });
  }
  return checked("from_addr", withoutPlus({ ton, npi, address }, rules));
}

/** The recipient. */
export function destinationAddress(
  address: string,
  { ton, npi }: Omit<Address, "address">,
  rules: AddressRules,
): Address {
  if (address === "") {
    throw new ProcessorError("address_missing", "to_addr", "is empty, wants an address");
  }
  return checked("to_addr", withoutPlus({ ton, npi, address }, rules));
}

function withoutPlus(plain: Address, rules: AddressRules): Address {
  if (!rules.leading_plus || !plain.address.startsWith("+")) return plain;
  return { ton: Ton.international, npi: Npi.isdn, address: plain.address.slice(1) };
}

/** The address, when the field can carry it. The error does not repeat it. */
function checked(field: "from_addr" | "to_addr", address: Address): Address {
  const { length } = address.address;
  if (length > mostCharacters) {
    const problem = `has ${length} characters, an SMPP address has at most ${mostCharacters}`;
    throw new ProcessorError("address_too_long", field, problem);
  }
  const index = address.address.search(/[^ -\u00ff]/);
  if (index >= 0) {
    const problem = `the character at index ${index} cannot stand in an SMPP address`;
    throw new ProcessorError("address_invalid", field, problem);
  }
  return address;
}
