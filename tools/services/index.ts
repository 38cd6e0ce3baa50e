/** The URLs of the services of this test run; undefined where a service is missing. */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    AMQP_URL: string | undefined;
    REDIS_URL: string | undefined;
  }
}

export const amqpUrl: string | undefined = inject("AMQP_URL");
export const redisUrl: string | undefined = inject("REDIS_URL");
