/** The nodes of one broker: which is tried next, and after which pause. */
import type { Secret } from "../config/values/secret.ts";
import { addressOf, type RabbitAddress } from "./rabbit-address.ts";

/** One node of a cluster, or a broker that is no cluster. */
export interface RabbitNode {
  readonly url: Secret;
  readonly address: RabbitAddress;
}

/** Milliseconds between rounds: doubled with every one in which no node worked. */
export interface RoundPauses {
  readonly initialDelay: number;
  readonly maxDelay: number;
}

/** Shared out around each pause, so that many workers do not come back in the same moment. */
const jitter = 0.2;

/** A connection that lasted so long, in milliseconds, was no failure of its node. */
const lasting = 5_000;

/** Begins anywhere, so that many workers share the nodes. */
export class RabbitNodes {
  readonly all: readonly RabbitNode[];
  readonly #pauses: RoundPauses;
  #index: number;
  /** Nodes that failed in a row. */
  #failures = 0;

  /** @throws TypeError when one is no URL of AMQP, or there is none */
  constructor(urls: readonly Secret[], pauses: RoundPauses) {
    if (urls.length === 0)
      throw new TypeError("the broker's URLs: expected at least one, got none");
    this.all = urls.map((url) => ({ url, address: addressOf(url) }));
    this.#pauses = pauses;
    this.#index = Math.floor(Math.random() * urls.length);
  }

  get current(): RabbitNode {
    const node = this.all[this.#index];
    if (node === undefined) throw new RangeError("an index within the nodes");
    return node;
  }

  /**
   * The current node could not be used, or not for longer than so many milliseconds: the next one is
   * current. Returns how long to wait for it: not at all until every node has failed in a row.
   */
  failed(used: number): number {
    if (used >= lasting) this.#failures = 0;
    this.#failures += 1;
    this.#index = (this.#index + 1) % this.all.length;
    const rounds = this.#failures / this.all.length;
    if (!Number.isInteger(rounds)) return 0;
    const { initialDelay, maxDelay } = this.#pauses;
    const pause = Math.min(initialDelay * 2 ** (rounds - 1), maxDelay / (1 + jitter));
    return pause * (1 + jitter * (2 * Math.random() - 1));
  }
}
