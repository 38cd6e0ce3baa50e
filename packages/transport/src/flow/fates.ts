/** What became of each message, for those that the broker delivers again. */
import { OldestFirst } from "@esme/bounded";
import type { Delivery } from "../broker/broker.ts";
import type { Unsent } from "./part-sender.ts";

/** Its event was confirmed; or it was not sent, and may come again. */
export type Fate = { readonly kind: "reported"; readonly event: "ack" | "nack" } | Unsent;

/** What a worker does with a message. */
export interface Ends {
  /**
   * Decides its fate. `again` says whether the SMSC may have the message already, `failure` why an earlier
   * delivery met no fate at all.
   */
  begin(again: boolean, failure?: unknown): Promise<Fate>;
  /**
   * Tells once more that it was sent: by now the SMSC may have it from another worker, too. Absent: it
   * has not.
   */
  readonly mark?: (() => Promise<Fate>) | undefined;
}

/** Fates kept for messages that the broker may deliver again. */
const maxKept = 10_000;

interface Kept {
  readonly fate: Promise<Fate>;
  /** How often the message had been given back when it came. */
  readonly givenBack: number;
}

/**
 * A connection that is lost before the acknowledgement makes the broker deliver the message again.
 * That copy shares the fate of the first: it is not sent a second time.
 */
export class Fates {
  /** By message_id: under way, or finished, but the broker may not have seen the acknowledgement. */
  readonly #fates = new OldestFirst<string, Kept>(maxKept);

  /** The fate of a message that was delivered; that of an earlier delivery, where there was one. */
  of(
    message_id: string,
    { givenBack, redelivered }: Pick<Delivery, "givenBack" | "redelivered">,
    ends: Ends,
  ): Promise<Fate> {
    const earlier = redelivered ? this.#fates.get(message_id) : undefined;
    // A redelivered message that is unknown here may have been sent by a worker that died.
    const fate = earlier === undefined ? ends.begin(redelivered) : shared(earlier, givenBack, ends);
    this.#fates.set(message_id, { fate, givenBack });
    return fate;
  }
}

async function shared(earlier: Kept, givenBack: number, { begin, mark }: Ends): Promise<Fate> {
  let fate: Fate;
  try {
    fate = await earlier.fate;
  } catch (failure) {
    return begin(true, failure);
  }
  if (fate.kind === "unsent") return begin(fate.written);
  // Once it came back from here. If it came back from others too, and they could not tell its end,
  // they may have sent it. Only quorum queues count.
  const isOthers = fate.event === "ack" && givenBack - earlier.givenBack > 1;
  return (isOthers ? await mark?.() : undefined) ?? fate;
}
