/** Asks the parts that are stored outside the process whether their store answers. */
import { withTimeout } from "@esme/bounded";
import type { Snapshot } from "./snapshot.ts";

/** A part that can be asked: `ping` resolves when its store answers, rejects when it does not. */
interface Store {
  ping(): Promise<void>;
}

/** How long an answer may take, in milliseconds: whoever asks for health does not wait for long. */
const answerTimeout = 2_000;

/** Those among the parts that have `ping()`; one question at a time to each, however many ask. */
export class Stores {
  readonly #stores: readonly { readonly part: string; readonly store: Store }[];
  readonly #asked = new Map<Store, Promise<boolean>>();

  constructor(parts: Readonly<Record<string, object>>) {
    this.#stores = Object.entries(parts).flatMap(([part, store]) =>
      canBeAsked(store) ? [{ part, store }] : [],
    );
  }

  /** Which of them answer; never rejects. */
  ask(): Promise<Snapshot["stores"]> {
    return Promise.all(
      this.#stores.map(async ({ part, store }) => ({ part, answers: await this.#ask(store) })),
    );
  }

  #ask(store: Store): Promise<boolean> {
    const asked = this.#asked.get(store) ?? answers(store).finally(() => this.#asked.delete(store));
    this.#asked.set(store, asked);
    return asked;
  }
}

async function answers(store: Store): Promise<boolean> {
  try {
    return await withTimeout(
      answerTimeout,
      store.ping().then(() => true),
      () => false,
    );
  } catch {
    return false;
  }
}

function canBeAsked(part: object): part is Store {
  return typeof Reflect.get(part, "ping") === "function";
}
