/** Who may bind, from a list in memory. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Status } from "@esme/pdu";
import { checkOptions, numberWithin, type OptionTable } from "@esme/settings";

/** One customer of the server. */
export interface Account {
  /** At most 15 characters on the wire (SMPP 3.4, 4.1.1). */
  readonly system_id: string;
  /** At most 8 characters on the wire (SMPP 3.4, 4.1.1). */
  readonly password: string;
  /** Sessions that may be bound at one time. Default: the server's `maxSessionsPerAccount`. */
  readonly maxSessions?: number | undefined;
}

const accountOptions = {
  system_id: "string",
  password: "string",
  maxSessions: numberWithin({ least: 0 }),
} as const satisfies OptionTable<Account>;

/** What became of system_id and password. */
interface Verdict {
  readonly command_status: number;
  readonly maxSessions?: number | undefined;
}

/** Accounts by system_id; their passwords are kept and compared as digests. */
export class Accounts {
  readonly #key = randomBytes(32);
  readonly #accounts: ReadonlyMap<string, { digest: Buffer; maxSessions: number | undefined }>;

  /** Throws TypeError for other keys, other types and a system_id that is there twice; never with a password. */
  constructor(accounts: readonly Account[]) {
    const known = new Map<string, { digest: Buffer; maxSessions: number | undefined }>();
    for (const [index, account] of accounts.entries()) {
      const owner = `SmppServer: accounts[${index}]`;
      const required = ["system_id", "password"];
      checkOptions(owner, account, accountOptions, { required, noun: "key" });
      const { system_id, password, maxSessions } = account;
      if (known.has(system_id)) throw new TypeError(`${owner}: its system_id is there twice`);
      known.set(system_id, { digest: this.#digest(password), maxSessions });
    }
    this.#accounts = known;
  }

  /**
   * ESME_ROK, ESME_RINVSYSID for an unknown system_id, ESME_RINVPASWD for a wrong password. The time
   * that it takes says nothing about the password.
   */
  check({ system_id, password }: { system_id: string; password: string }): Verdict {
    const account = this.#accounts.get(system_id);
    if (account === undefined) return { command_status: Status.ESME_RINVSYSID };
    const isRight = timingSafeEqual(account.digest, this.#digest(password));
    if (!isRight) return { command_status: Status.ESME_RINVPASWD };
    return { command_status: Status.ESME_ROK, maxSessions: account.maxSessions };
  }

  #digest(password: string): Buffer {
    return createHmac("sha256", this.#key).update(password).digest();
  }
}
