/** How much each account may have, so that none takes what the others need. */

/** All accounts together may have this many times the limit of one: a peer may bind under many names. */
export const accountsInAll = 4;

/** A system_id; undefined for what belongs to nobody in particular. */
type Whose = string | undefined;

/** Counts what each account has of something, up to a limit. */
export class Quota {
  readonly limit: number;
  /** None of them is 0. */
  readonly #taken = new Map<Whose, number>();
  #total = 0;

  /** `limit`: what one account may have. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** What all accounts have. */
  get total(): number {
    return this.#total;
  }

  /** What one account has. */
  of(account: Whose): number {
    return this.#taken.get(account) ?? 0;
  }

  /** Takes so much. False: there is no room for it, and nothing was taken. */
  take(account: Whose, amount: number): boolean {
    const taken = this.of(account) + amount;
    if (taken > this.limit || this.#total + amount > this.limit * accountsInAll) return false;
    this.#set(account, taken);
    this.#total += amount;
    return true;
  }

  /** Gives back what was taken. */
  give(account: Whose, amount: number): void {
    this.#set(account, this.of(account) - amount);
    this.#total -= amount;
  }

  #set(account: Whose, amount: number): void {
    if (amount === 0) this.#taken.delete(account);
    else this.#taken.set(account, amount);
  }
}
