/** Vitest global setup: finds or starts the services that one package's tests talk to. */
import type { TestProject } from "vitest/node";
import { rabbitmq } from "./rabbitmq.ts";
import { redis } from "./redis.ts";
import { findService, missingLine, type RunningService, type ServiceKind } from "./service.ts";

/** Which packages' tests talk to which services. */
const needs = new Map<string, readonly ServiceKind[]>([
  ["caches", [redis]],
  ["ledger", [redis]],
  ["redis", [redis]],
  ["sequencers", [redis]],
  ["transport", [rabbitmq, redis]],
]);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running: RunningService[] = [];
  for (const kind of needs.get(project.name) ?? []) {
    const service = await findService(kind);
    if (service) running.push(service);
    else report(missingLine(kind));
    project.provide(kind.variable, service?.url);
  }
  return async () => {
    await Promise.all(running.map((service) => service.stop()));
  };
}

/** A missing service is a failure where everything is supposed to be tested. */
function report(line: string): void {
  if (process.env["CI"] === "true") throw new Error(line);
  // At the very end, where a reader of the report looks.
  process.once("exit", () => console.warn(line));
}
