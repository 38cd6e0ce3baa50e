/** Makes the worker's queues at its start, for as long as that takes. */
import type { Logger } from "../log/logger.ts";
import type { Broker } from "./broker.ts";
import { retry } from "./retry.ts";

/** What is declared, where, and until when. */
export interface Declaration {
  readonly broker: Broker;
  readonly queues: readonly string[];
  readonly logger: Logger;
  /** Aborted when nobody needs the queues any more. */
  readonly stopped: AbortSignal;
}

/** Between the tries for one queue, in milliseconds. */
const pauses = { initial: 250, max: 30_000 };

/** Resolves once every queue is there, or `stopped` is aborted. */
export async function declareQueues(declaration: Declaration): Promise<void> {
  const { broker, queues, logger, stopped } = declaration;
  const declared = (queue: string): Promise<void> =>
    retry(() => broker.declareQueue(queue), {
      pauses,
      stopped,
      again: (err) => {
        logger.error({ err, queue }, "a queue could not be declared, trying again");
        return true;
      },
    });
  // Only a stop ends it without the queue.
  await Promise.all(queues.map((queue) => declared(queue).catch(() => {})));
}
