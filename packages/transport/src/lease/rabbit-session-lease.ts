/** A lease over RabbitMQ: for each slot a queue, whose one active consumer has the slot. */
import type { Broker } from "../broker/broker.ts";
import type { RabbitBroker } from "../broker/rabbit-broker.ts";
import type { Logger } from "../log/logger.ts";
import { Pulse } from "./pulse.ts";
import { RabbitSlot } from "./rabbit-slot.ts";
import type { Grant, LeaseReport, SessionLease } from "./session-lease.ts";

/** Options of `RabbitSessionLease`. */
export interface RabbitSessionLeaseOptions {
  /** The queues are `<transportName>.session.<slot>`. */
  readonly transportName: string;
  readonly slots: number;
  /**
   * A connection of the lease's own, over which nothing is published: RabbitMQ reads nothing from
   * connections that publish while it is short of memory or disk, and the slot would be lost.
   */
  readonly broker: RabbitBroker;
  /** Where tokens are published. */
  readonly publisher: Broker;
  /** Of the connection, in seconds. */
  readonly heartbeat: number;
  /** Of the queues. Default classic. */
  readonly queueType?: "classic" | "quorum";
  readonly logger: Logger;
}

/**
 * How long whoever gets a slot waits before it uses it, in milliseconds: for the one before, which loses
 * its connection in the same moment, to close its session.
 */
const margin = 500;

/** How much later a slot is asked for, for each slot that is held, in milliseconds. */
const delayPerSlot = 100;

/** Shares of a heartbeat: how often the broker is asked, and for how long its answer holds. */
const [asked, valid] = [1 / 8, 3 / 4];

export class RabbitSessionLease implements SessionLease {
  readonly #options: RabbitSessionLeaseOptions;
  readonly #pulse: Pulse;
  readonly #slots: readonly RabbitSlot[];
  #onGrant: (grant: Grant) => void = () => {};
  #leave: readonly (() => void)[] = [];
  #taken = 0;

  constructor(options: RabbitSessionLeaseOptions) {
    this.#options = options;
    const { heartbeat, logger, publisher, queueType, slots, transportName } = options;
    const type = queueType === "quorum" ? { "x-queue-type": "quorum" } : {};
    this.#pulse = new Pulse({
      queue: `${transportName}.session`,
      queueArguments: type,
      interval: heartbeat * 1_000 * asked,
      validity: heartbeat * 1_000 * valid,
      onChange: () => {
        for (const slot of this.#slots) slot.follow();
      },
    });
    this.#slots = Array.from({ length: slots }, (_, slot) => {
      const queue = `${transportName}.session.${slot}`;
      return new RabbitSlot({
        slot,
        queue,
        queueArguments: { ...type, "x-single-active-consumer": true, "x-max-length": 1 },
        margin,
        delay: () => this.report.held * delayPerSlot,
        isFresh: () => this.#pulse.isFresh,
        publish: () => publisher.publish(queue, Buffer.from("token")),
        onGrant: (grant) => {
          this.#taken += 1;
          this.#onGrant(grant);
        },
        onChange: () => {},
        onProblem: (err) =>
          logger.error({ err, queue }, "a session slot was refused, trying again"),
      });
    });
  }

  get report(): LeaseReport {
    const held = this.#slots.filter(({ isHeld }) => isHeld).length;
    return { slots: this.#slots.length, held, taken: this.#taken };
  }

  start(onGrant: (grant: Grant) => void): void {
    this.#onGrant = onGrant;
    const { broker } = this.#options;
    this.#leave = [this.#pulse, ...this.#slots].map((tenant) => broker.join(tenant));
  }

  async close(): Promise<void> {
    for (const leave of this.#leave) leave();
    await Promise.all(this.#slots.map((slot) => slot.close()));
    this.#pulse.detach();
  }
}
