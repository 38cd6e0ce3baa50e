/** Makes the worker's queues at its start, for as long as that takes. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../log/logger.ts";
import type { Broker } from "./broker.ts";

/** What is declared, where, and until when. */
export interface Declaration {
  readonly broker: Broker;
  readonly queues: readonly string[];
  readonly logger: Logger;
  /** Aborted when nobody needs the queues any more. */
  readonly stopped: AbortSignal;
}

/** Between the tries for one queue, in milliseconds; doubled each time. */
const pauses = { initial: 250, max: 30_000 } as const;

/** Resolves once every queue is there, or `stopped` is aborted. */
export async function declareQueues({ queues, ...around }: Declaration): Promise<void> {
  await Promise.all(queues.map((queue) => declared(queue, around)));
}

async function declared(
  queue: string,
  { broker, logger, stopped }: Omit<Declaration, "queues">,
): Promise<void> {
  for (let pause: number = pauses.initial; !stopped.aborted; ) {
    try {
      await broker.declareQueue(queue);
      return;
    } catch (err) {
      if (stopped.aborted) return;
      logger.error({ err, queue }, "a queue could not be declared, trying again");
    }
    await delay(pause, undefined, { signal: stopped }).catch(() => {});
    pause = Math.min(pause * 2, pauses.max);
  }
}
