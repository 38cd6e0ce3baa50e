/** Who may bind: accounts, each with the dialect of its receipts. */
import { checkOptions, type OptionTable } from "@esme/settings";
import { mapping } from "@esme/settings/schema";
import type { z } from "zod";
import { text, whole } from "../input/input.ts";
import { dialectOptions, receiptsInFiles, type SmscReceipts } from "../life/receipt-dialect.ts";

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

/** An account in a file. */
export const accountInFiles: z.ZodType<Account> = mapping({
  system_id: ascii(15),
  password: ascii(8),
  max_sessions: whole(1).exactOptional(),
  receipts: receiptsInFiles.exactOptional(),
}).transform(({ max_sessions, ...account }) => ({
  ...account,
  ...(max_sessions !== undefined && { maxSessions: max_sessions }),
}));

function ascii(most: number) {
  return text.refine((given) => given.length <= most && /^[ -~]*$/.test(given), {
    error: `at most ${most} ASCII characters`,
  });
}

/**
 * Throws TypeError for an account with other keys or values of another type, and for a system_id that
 * is there twice; never with a password.
 */
export function checkAccounts(owner: string, accounts: readonly Account[]): void {
  const known = new Set<string>();
  for (const [index, account] of accounts.entries()) {
    const name = `${owner}[${index}]`;
    const required = ["system_id", "password"];
    checkOptions(name, account, accountOptions, { required, noun: "key" });
    if (account.receipts !== undefined) {
      checkOptions(`${name}.receipts`, account.receipts, dialectOptions, { noun: "key" });
    }
    if (known.has(account.system_id)) throw new TypeError(`${name}: its system_id is there twice`);
    known.add(account.system_id);
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
