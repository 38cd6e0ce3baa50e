/** Who may bind: accounts, each with the dialect of its receipts. */
import { checkOptions, type OptionTable } from "@esme/settings";
import { dialectOptions, type SmscReceipts } from "../life/receipt-dialect.ts";

/** One customer of the message centre. */
export interface Account {
  /** At most 15 characters on the wire (SMPP 3.4, 4.1.1). */
  readonly system_id: string;
  /** At most 8 characters on the wire (SMPP 3.4, 4.1.1). */
  readonly password: string;
  /** Sessions that may be bound at once; one more is answered ESME_RALYBND. Default: no limit. */
  readonly maxSessions?: number;
  /** How its receipts look; what is absent is as the message centre's `receipts` have it. */
  readonly receipts?: SmscReceipts;
}

const accountOptions = {
  system_id: "string",
  password: "string",
  maxSessions: "number",
  receipts: "object",
} as const satisfies OptionTable<Account>;

/** Throws TypeError for an account with other keys or values of another type; never with a password. */
export function checkAccount(account: Account, name: string): void {
  checkOptions(name, account, accountOptions, {
    required: ["system_id", "password"],
    noun: "key",
  });
  if (account.receipts !== undefined) {
    checkOptions(`${name}.receipts`, account.receipts, dialectOptions, { noun: "key" });
  }
}

/** The receipts of each account, by system_id: its own on top of those of all. */
export function dialects(
  accounts: readonly Account[] | undefined,
  receipts: SmscReceipts,
): (system_id: string) => SmscReceipts {
  const own = new Map(
    accounts?.flatMap((account) =>
      account.receipts === undefined
        ? []
        : [[account.system_id, { ...receipts, ...account.receipts }] as const],
    ),
  );
  return (system_id) => own.get(system_id) ?? receipts;
}
