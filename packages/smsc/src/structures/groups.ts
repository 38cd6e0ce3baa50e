/** An index: the members of a group by its key, without a search through all members. */
export class Groups<T> {
  /** None of them is empty. */
  readonly #groups = new Map<string, Set<T>>();

  /** Those of a group, oldest first. */
  of(key: string): Iterable<T> {
    return this.#groups.get(key) ?? [];
  }

  /** Takes a whole group out, oldest first. */
  take(key: string): Iterable<T> {
    const members = this.#groups.get(key) ?? [];
    this.#groups.delete(key);
    return members;
  }

  add(key: string, member: T): void {
    const members = this.#groups.get(key);
    if (members !== undefined) members.add(member);
    else this.#groups.set(key, new Set([member]));
  }

  /** Takes one out, if it is there. */
  delete(key: string, member: T): void {
    const members = this.#groups.get(key);
    members?.delete(member);
    if (members?.size === 0) this.#groups.delete(key);
  }
}

/** A key made of C-octet strings, joined with NUL, which none of them contains. */
export function keyOf(...strings: readonly string[]): string {
  return strings.join("\0");
}
