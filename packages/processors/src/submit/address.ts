/** An address of a message as the three fields of a PDU. */

import { Npi, Ton } from "@esme/pdu";
import { mapping } from "@esme/settings/schema";
import * as z from "zod";
import { flag, numberOrName, word } from "../config.ts";
import { npiNames, tonNames } from "../names.ts";
import { ProcessorError } from "../processor-error.ts";

/** The fields source_addr_ton, source_addr_npi and source_addr, or those of the destination. */
export interface Address {
  ton: number;
  npi: number;
  address: string;
}

/** The key `address_rules`: what is done to addresses before they are sent. */
export const addressRules = mapping(
  {
    /** A sender with letters has source_addr_ton 5 and source_addr_npi 0. Default false. */
    alphanumeric_sender: flag.default(false),
    /** An address that begins with + loses it and has TON 1, NPI 1. Default false. */
    leading_plus: flag.default(false),
  },
  "alphanumeric_sender and leading_plus",
);

const typeWants = "[ton, npi] or [ton], as numbers or names";

/** One pair of `source_addr_types`. */
const type = z
  .tuple([numberOrName(tonNames)], numberOrName(npiNames), typeWants)
  .refine(({ length }) => length <= 2, typeWants)
  .transform(([ton, npi]) => ({ ton, npi }))
  .optional();

/** The key `source_addr_types`: type and plan of the sender by what kind of sender it is. */
export const sourceAddressTypes = mapping(
  {
    /** A sender with letters. */
    alphanumeric: type,
    /** Digits alone, and at most `short_code_digits` of them. */
    short_code: type,
    /** More digits, or a + in front, which is taken off. */
    international: type,
    /** How many digits a short code has at most. Default 8. */
    short_code_digits: numberOrName({}, 20).default(8),
  },
  "alphanumeric, short_code, international and short_code_digits",
);

/**
 * The key `dest_addr_form`: the number as it is written; without a + in front; or `digits`, without
 * +, 00, spaces and the like, and refused when it has anything else.
 */
export const destinationForm = word(["as_written", "no_plus", "digits"]);

/** What is done to addresses before they are sent. */
export type AddressRules = z.output<typeof addressRules>;
type Type = z.output<typeof type>;
type SourceTypes = z.output<typeof sourceAddressTypes>;
type DestinationForm = z.output<typeof destinationForm>;
type Plan = Omit<Address, "address">;

/** What an address field holds without its NUL (SMPP 3.4 section 5.2.8 and 5.2.9). */
const mostCharacters = 20;

/** The sender. It may be empty: the SMSC then has one for the account. */
export function sourceAddress(
  address: string,
  { ton, npi }: Plan,
  rules: AddressRules,
  types: SourceTypes | undefined,
): Address {
  const type = types && typeOf(address, types);
  if (type !== undefined) {
    const bare = address.replace(/^\+(?=\d+$)/, "");
    return checked("from_addr", { ton: type.ton, npi: type.npi ?? npi, address: bare });
  }
  if (rules.alphanumeric_sender && /[a-z]/i.test(address)) {
    return checked("from_addr", { ton: Ton.alphanumeric, npi: Npi.unknown, address });
  }
  return checked("from_addr", withoutPlus({ ton, npi, address }, rules));
}

/** The recipient. */
export function destinationAddress(
  address: string,
  { ton, npi }: Plan,
  rules: AddressRules,
  form: DestinationForm,
): Address {
  if (address === "") {
    throw new ProcessorError("address_missing", "to_addr", "is empty, wants an address");
  }
  const plain = withoutPlus({ ton, npi, address }, rules);
  return checked("to_addr", { ...plain, address: formed(plain.address, form) });
}

/** An address that is neither letters nor a number, `*123#` for one, is of no kind. */
function typeOf(address: string, types: SourceTypes): Type | undefined {
  if (/\p{L}/u.test(address)) return types.alphanumeric;
  if (!/^\+?\d+$/.test(address)) return undefined;
  const isLong = address.startsWith("+") || address.length > types.short_code_digits;
  return isLong ? types.international : types.short_code;
}

function formed(address: string, form: DestinationForm): string {
  if (form === "as_written") return address;
  if (form === "no_plus") return address.replace(/^\+/, "");
  const digits = address.replaceAll(/[\s()./-]/g, "").replace(/^(?:\+|00)/, "");
  if (/^\d+$/.test(digits)) return digits;
  throw new ProcessorError(
    "address_invalid",
    "to_addr",
    "is no number, and this SMSC wants digits",
  );
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
