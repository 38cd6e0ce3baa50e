/** An address of a message as the three fields of a PDU. */

import { Npi, Ton } from "@esme/pdu";
import { flag, integerOrName, mappingOf, word } from "@esme/settings/schema";
import * as z from "zod";
import { npiNames, tonNames } from "../names.ts";
import { ProcessorError } from "../processor-error.ts";

/** The fields source_addr_ton, source_addr_npi and source_addr, or those of the destination. */
export interface Address {
  ton: number;
  npi: number;
  address: string;
}

/** The key `address_rules`: what is done to addresses before they are sent. */
export const addressRules = mappingOf({
  alphanumeric_sender: flag
    .default(false)
    .describe("A sender with letters has source_addr_ton 5 and source_addr_npi 0"),
  leading_plus: flag
    .default(false)
    .describe("An address that begins with + is sent without it, with TON 1 and NPI 1"),
});

const typeExpected = "[ton, npi] or [ton], as numbers or names";

/** One pair of `source_addr_types`. */
const type = z
  .tuple([integerOrName({ names: tonNames })], integerOrName({ names: npiNames }), typeExpected)
  .refine(({ length }) => length <= 2, typeExpected)
  .transform(([ton, npi]) => ({ ton, npi }))
  .optional();

/** The key `source_addr_types`: type and plan of the sender by what kind of sender it is. */
export const sourceAddressTypes = mappingOf({
  alphanumeric: type.describe("A sender with letters"),
  short_code: type.describe("Digits alone, and at most `short_code_digits` of them"),
  international: type.describe("More digits, or a + in front, which is not sent"),
  short_code_digits: integerOrName({ most: 20 })
    .default(8)
    .describe("Digits of a short code at most"),
});

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
    throw new ProcessorError(
      "address_missing",
      "to_addr",
      "expected an address, got an empty text",
    );
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
    "expected digits, which this SMSC requires, got other characters",
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
    const problem = `expected at most ${mostCharacters} characters, got ${length}`;
    throw new ProcessorError("address_too_long", field, problem);
  }
  const index = address.address.search(/[^ -\u00ff]/);
  if (index >= 0) {
    const problem = `expected characters up to U+00FF, got another one at index ${index}`;
    throw new ProcessorError("address_invalid", field, problem);
  }
  return address;
}
