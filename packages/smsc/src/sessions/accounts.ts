/** Who may bind: accounts, and the status that answers a bind request. */
import { Status } from "@esme/pdu";
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

/**
 * The command_status for a bind request: ESME_ROK, ESME_RINVSYSID for an unknown system_id,
 * ESME_RINVPASWD for a wrong password, ESME_RALYBND when the account has all its sessions.
 *
 * @param accounts undefined lets everybody in, an empty list nobody
 * @param bound counts the sessions that the account has bound already
 */
export function authenticate(
  accounts: readonly Account[] | undefined,
  bind: { readonly system_id: string; readonly password: string },
  bound: () => number,
): number {
  if (accounts === undefined) return Status.ESME_ROK;
  const account = accounts.find(({ system_id }) => system_id === bind.system_id);
  if (account === undefined) return Status.ESME_RINVSYSID;
  if (account.password !== bind.password) return Status.ESME_RINVPASWD;
  // Counted for those alone whom it concerns: there may be very many sessions.
  const { maxSessions } = account;
  return maxSessions === undefined || bound() < maxSessions ? Status.ESME_ROK : Status.ESME_RALYBND;
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
