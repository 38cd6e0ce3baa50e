/** What cannot be handled goes to a queue of its own, with the reason, instead of being lost. */
import type { IncompleteMessage } from "@esme/caches";
import { type Message, serialise } from "@esme/messages";
import type { Broker } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** What `SetAside` works with. */
export interface SetAsideOptions {
  readonly transportName: string;
  /** False: it is dropped, as vumi2 does, and only the log tells. */
  readonly keep: boolean;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Publishes to `<transport_name>.failed`: a JSON object with `reason` and, for a message of the
 * broker, `body` (its text, or `body_base64` when it is no UTF-8), for a PDU of the SMSC, `pdu`
 * (its fields, octets in hex), or `octets` (in hex) when it could not be decoded, for a whole message
 * of the SMSC, `body` as it was to be published, for one of which parts are missing `incomplete`
 * (addresses, reference, and the parts' octets in hex).
 */
export class SetAside {
  readonly #queue: string;
  readonly #options: SetAsideOptions;

  constructor(options: SetAsideOptions) {
    this.#queue = `${options.transportName}.failed`;
    this.#options = options;
  }

  /** A message that cannot be read, and so cannot be answered by an event. */
  async message(octets: Uint8Array, reason: string): Promise<void> {
    const text = Buffer.from(octets);
    const body = Buffer.from(text.toString()).equals(text)
      ? { body: text.toString() }
      : { body_base64: text.toString("base64") };
    await this.#put(reason, body, "unreadable message");
    this.#options.metrics.setAside("message");
  }

  /** A PDU that cannot be made a message or an event. */
  async pdu(pdu: object, reason: string): Promise<void> {
    await this.#put(reason, { pdu: printable(pdu) }, "PDU");
    this.#options.metrics.setAside("pdu");
  }

  /** A PDU that could not be decoded. */
  async octets(octets: Uint8Array, reason: string): Promise<void> {
    await this.#put(reason, { octets: Buffer.from(octets).toString("hex") }, "undecodable PDU");
    this.#options.metrics.setAside("pdu");
  }

  /** A message from the SMSC, whole, that a middleware does not let through. */
  async inbound(message: Message, reason: string): Promise<void> {
    await this.#put(reason, { body: serialise(message) }, "inbound message");
    this.#options.metrics.setAside("message");
  }

  /** A message from the SMSC of which parts are missing, with those that came. */
  async incomplete({ dataCoding, reason, ...message }: IncompleteMessage): Promise<void> {
    const incomplete = { ...message, ...(dataCoding !== undefined && { data_coding: dataCoding }) };
    const words = `parts missing: ${reason}`;
    await this.#put(words, { incomplete: printable(incomplete) }, "incomplete message");
    this.#options.metrics.setAside("message");
  }

  async #put(reason: string, content: object, what: string): Promise<void> {
    const { broker, keep, logger } = this.#options;
    if (!keep) {
      logger.error({ reason }, `${what} dropped, as failed_queue says`);
      return;
    }
    const json = JSON.stringify({ reason, ...content });
    await broker.publish(this.#queue, Buffer.from(json));
    logger.error({ reason, queue: this.#queue }, `${what} set aside`);
  }
}

/** The same value with octets as hex: also a copy of a PDU whose octets are views of a buffer. */
export function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printable(inner)]));
}
