/** By hand: starts what is missing, prints the variables for other shells, ends with Ctrl-C. */
import { rabbitmq } from "./rabbitmq.ts";
import { redis } from "./redis.ts";
import { findService, missingLine } from "./service.ts";

const found = await Promise.all(
  [rabbitmq, redis].map(async (kind) => ({ kind, service: await findService(kind) })),
);
for (const { kind, service } of found) {
  if (service) console.log(`export ${kind.variable}=${service.url}  # ${service.origin}`);
  else console.error(missingLine(kind));
}
const started = found.flatMap(({ service }) => (service?.origin === "started" ? [service] : []));
if (started.length > 0) {
  console.log("# Ctrl-C stops what was started");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    setInterval(() => {}, 60_000);
  });
  await Promise.all(started.map((service) => service.stop()));
  process.exit(0);
}
