/** What became of each message, for those that the broker delivers again. */
import { OldestFirst } from "@esme/bounded";
import type { Unsent } from "./part-sender.ts";

/** Its event was confirmed; or it was not sent, and may come again. */
export type Fate = { readonly kind: "reported" } | Unsent;

/** Fates kept for messages that the broker may deliver again. */
const maxKept = 10_000;

/**
 * A connection that is lost before the acknowledgement makes the broker deliver the message again.
 * That copy shares the fate of the first: it is not sent a second time.
 */
export class Fates {
  /** By message_id: under way, or finished, but the broker may not have seen the acknowledgement. */
  readonly #fates = new OldestFirst<string, Promise<Fate>>(maxKept);

  /**
   * The fate of a message that was delivered. `begin` decides it, unless an earlier delivery of the
   * same message does; `again` says whether the SMSC may have the message already, `failure` why the
   * earlier one met no fate at all.
   */
  of(
    message_id: string,
    redelivered: boolean,
    begin: (again: boolean, failure?: unknown) => Promise<Fate>,
  ): Promise<Fate> {
    const earlier = redelivered ? this.#fates.get(message_id) : undefined;
    // A redelivered message that is unknown here may have been sent by a worker that died.
    const fate = earlier === undefined ? begin(redelivered) : shared(earlier, begin);
    this.#fates.set(message_id, fate);
    return fate;
  }
}

async function shared(
  earlier: Promise<Fate>,
  begin: (again: boolean, failure?: unknown) => Promise<Fate>,
): Promise<Fate> {
  let fate: Fate;
  try {
    fate = await earlier;
  } catch (failure) {
    return begin(true, failure);
  }
  return fate.kind === "unsent" ? begin(fate.written) : fate;
}
