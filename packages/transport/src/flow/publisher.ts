/** Puts events, inbound messages and dead letters on their queues, and counts what becomes of them. */
import { type Event, type Message, serialise } from "@esme/messages";
import { type Broker, isRefusal } from "../broker/broker.ts";
import { pause, usualPauses } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Middlewares } from "../plug-ins/middlewares.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { reasonOf } from "./excerpt.ts";

/** What `Publisher` needs from the rest of the worker. */
export interface PublisherDeps {
  readonly transportName: string;
  readonly broker: Broker;
  readonly deadLetters: DeadLetters;
  readonly middlewares: Pick<Middlewares, "event">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when nothing is tried again any more, as the worker stops. */
  readonly stopped: AbortSignal;
}

/**
 * How often a broker that does not confirm is tried. `once`: somebody else tries again, as the SMSC
 * does with a deliver_sm.
 */
export type Tries = "once" | "until the stop";

/** What became of a publish. */
export type Publication =
  /** On its queue; or its beginning is on `.failed`, since the broker refuses it for good. */
  | { readonly kind: "confirmed" }
  | { readonly kind: "refused" | "unconfirmed"; readonly error: unknown };

const confirmed: Publication = { kind: "confirmed" };

/** Each method rejects with a MessageError for what JSON cannot hold, and for nothing else. */
export class Publisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** To `<transport_name>.event`, through the middlewares. */
  async event(event: Event, tries: Tries): Promise<Publication> {
    const { middlewares } = this.#deps;
    const through = middlewares.event ? await middlewares.event(event) : event;
    return this.#publish("event", through, tries);
  }

  /** To `<transport_name>.inbound`. */
  inbound(message: Message, tries: Tries): Promise<Publication> {
    return this.#publish("inbound", message, tries);
  }

  /** A message of the broker that nobody can handle, to `<transport_name>.failed`. */
  deadLetter(body: Uint8Array, reason: string, tries: Tries): Promise<Publication> {
    const { deadLetters } = this.#deps;
    return this.#try(
      tries,
      () => "a dead letter",
      () => deadLetters.message(body, reason),
    );
  }

  async #publish(
    queue: "event" | "inbound",
    body: Event | Message,
    tries: Tries,
  ): Promise<Publication> {
    const { broker, deadLetters, logger, metrics, transportName } = this.#deps;
    const octets = Buffer.from(serialise(body));
    const what = (): string => nameOf(body);
    const publish = (): Promise<void> => broker.publish(`${transportName}.${queue}`, octets);
    const publication = await this.#try(tries, what, publish);
    switch (publication.kind) {
      case "confirmed":
        if (body.message_type === "event") metrics.eventPublished(body.event_type);
        else metrics.inboundPublished();
        logger.debug({ queue }, "published");
        return publication;
      case "refused": {
        metrics.brokerRefused();
        const reason = `the broker did not take ${what()}: ${reasonOf(publication.error)}`;
        return this.#try(tries, what, () => deadLetters.refused(octets, reason));
      }
      case "unconfirmed":
        return publication;
    }
  }

  async #try(tries: Tries, what: () => string, publish: () => Promise<void>): Promise<Publication> {
    const { logger, metrics, stopped } = this.#deps;
    for (let count = 1; ; count += 1) {
      try {
        await publish();
        return confirmed;
      } catch (error) {
        if (isRefusal(error)) return { kind: "refused", error };
        metrics.unconfirmed();
        if (tries === "once" || stopped.aborted) return { kind: "unconfirmed", error };
        const reason = `the broker did not confirm ${what()}: ${reasonOf(error)}`;
        logger.warn({ reason }, "not confirmed by the broker, publishing it again");
      }
      await pause(usualPauses, count, stopped);
    }
  }
}

function nameOf(body: Event | Message): string {
  return body.message_type === "event"
    ? `the ${body.event_type} event of ${body.user_message_id}`
    : `the inbound message ${body.message_id}`;
}
