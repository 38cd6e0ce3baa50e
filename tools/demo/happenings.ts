/** What was seen so far, and waiting for what is still to come. */
import type { Event, Message } from "@esme/messages";
import type { MobileReport, PhoneMessage, SubmitReport } from "@esme/smsc";

/** Something the demonstration saw. */
export type Happening =
  | ({ readonly kind: "submit" } & SubmitReport)
  | ({ readonly kind: "sent" } & MobileReport)
  | ({ readonly kind: "shown" } & PhoneMessage)
  | ({ readonly kind: "event" } & Event)
  | ({ readonly kind: "inbound" } & Message);

/** How long a step may take, in milliseconds. */
const patience = 15_000;

export class Happenings {
  readonly #seen: Happening[] = [];
  readonly #watchers = new Set<(happening: Happening) => void>();

  add(happening: Happening): void {
    this.#seen.push(happening);
    for (const watch of this.#watchers) watch(happening);
  }

  /** Shows every happening from now on. */
  watch(see: (happening: Happening) => void): void {
    this.#watchers.add(see);
  }

  /** The first happening that fits, seen already or still to come; rejects when it does not come. */
  first(name: string, fits: (happening: Happening) => boolean): Promise<Happening> {
    const seen = this.#seen.find(fits);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const watch = (happening: Happening): void => {
        if (fits(happening)) end(() => resolve(happening));
      };
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        settle();
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`Missing step: no ${name} within ${patience} ms.`))),
        patience,
      );
      this.#watchers.add(watch);
    });
  }
}
