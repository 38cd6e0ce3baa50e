/** What cannot be handled goes to a queue of its own, with the reason, instead of being lost. */

import type { IncompleteMessage } from "@esme/caches";
import { type Message, serialise } from "@esme/messages";
import { shortened } from "@esme/settings";
import { type Broker, BrokerError } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import {
  bodyExcerpt,
  type Excerpt,
  longestSentence,
  octetsExcerpt,
  reasonOf,
  valueExcerpt,
} from "./excerpt.ts";

/** What `DeadLetters` works with. */
export interface DeadLettersOptions {
  readonly transportName: string;
  /** False: it is dropped, as vumi2 does, and only the log tells. */
  readonly keep: boolean;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is dead-lettered: as the metrics count it, as the log names it, and its place in the object. */
interface Kind {
  readonly kind: "message" | "pdu";
  readonly name: string;
}

const kinds = {
  message: { kind: "message", name: "unreadable message" },
  refused: { kind: "message", name: "message that the broker refuses" },
  inbound: { kind: "message", name: "inbound message" },
  incomplete: { kind: "message", name: "incomplete message" },
  pdu: { kind: "pdu", name: "PDU" },
  octets: { kind: "pdu", name: "undecodable PDU" },
} as const satisfies Record<string, Kind>;

/**
 * Publishes to `<transport_name>.failed`: a JSON object with `reason` and, for a message of the
 * broker, `body` (its text, or `body_base64` when it is no UTF-8), for a PDU of the SMSC, `pdu`
 * (its fields, octets in hex), or `octets` (in hex) when it could not be decoded, for a whole message
 * of the SMSC, `body` as it was to be published, for one of which parts are missing `incomplete`
 * (addresses, reference, and the parts' octets in hex). Of more than 100 kB only the beginning is
 * there, and `cut` has the number of `octets` in all and their `sha256`; of what no JSON can hold,
 * `not_shown` says why.
 *
 * Every method resolves when its thing is on the queue, and also when no queue will ever take it: then
 * the log tells, and a metric. Each rejects with the BrokerError when a later try may work.
 */
export class DeadLetters {
  readonly #queue: string;
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#queue = `${options.transportName}.failed`;
    this.#options = options;
  }

  /** A message that cannot be read, and so cannot be answered by an event; or one that failed. */
  message(octets: Uint8Array, reason: string): Promise<void> {
    return this.#put(kinds.message, reason, () => bodyExcerpt(octets));
  }

  /** What was to be published and is too large for the broker. */
  refused(octets: Uint8Array, reason: string): Promise<void> {
    return this.#put(kinds.refused, reason, () => bodyExcerpt(octets));
  }

  /** A PDU that cannot be made a message or an event. */
  pdu(pdu: object, reason: string): Promise<void> {
    return this.#put(kinds.pdu, reason, () => valueExcerpt("pdu", pdu));
  }

  /** A PDU that could not be decoded. */
  octets(octets: Uint8Array, reason: string): Promise<void> {
    return this.#put(kinds.octets, reason, () => octetsExcerpt(octets));
  }

  /** A message from the SMSC, whole, that a middleware does not let through. */
  inbound(message: Message, reason: string): Promise<void> {
    return this.#put(kinds.inbound, reason, () => bodyExcerpt(Buffer.from(serialise(message))));
  }

  /** A message from the SMSC of which parts are missing, with those that came. */
  incomplete({ dataCoding, reason, ...message }: IncompleteMessage): Promise<void> {
    const incomplete = { ...message, ...(dataCoding !== undefined && { data_coding: dataCoding }) };
    const words = `parts missing: ${reason}`;
    return this.#put(kinds.incomplete, words, () => valueExcerpt("incomplete", incomplete));
  }

  async #put({ kind, name }: Kind, why: string, excerpt: () => Excerpt): Promise<void> {
    const { broker, keep, logger, metrics } = this.#options;
    const reason = shortened(why, longestSentence);
    if (!keep) {
      logger.error({ reason }, `${name} dropped, as failed_queue says`);
    } else {
      const body = Buffer.from(JSON.stringify({ reason, ...shown(excerpt) }));
      try {
        await broker.publish(this.#queue, body);
      } catch (error) {
        if (!isFinal(error)) throw error;
        metrics.deadLetterDropped(kind);
        const fields = { reason, queue: this.#queue, refusal: reasonOf(error) };
        return logger.error(fields, `${name} dropped, no queue takes it`);
      }
      logger.error({ reason, queue: this.#queue }, `${name} dead-lettered`);
    }
    metrics.deadLetter(kind);
  }
}

/** What a class of somebody else made may be no JSON: then the reason has to do. */
function shown(excerpt: () => Excerpt): Excerpt {
  try {
    return excerpt();
  } catch (error) {
    return { not_shown: reasonOf(error) };
  }
}

/** An embedded broker whose queue is full stays so: as a rule nobody takes from `.failed`. */
function isFinal(error: unknown): boolean {
  return error instanceof BrokerError && (error.code === "refused" || error.code === "queue_full");
}
