/** By hand: starts what is missing or named, prints the variables for other shells, ends with Ctrl-C. */
import { rabbitmq } from "./rabbitmq.ts";
import { startRabbitmqCluster } from "./rabbitmq-cluster.ts";
import { redis } from "./redis.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { startRedisSentinels } from "./redis-sentinels.ts";
import { findService, missingLine, type ServiceKind } from "./service.ts";

/** A variable for other shells, and how to end what it leads to. */
interface Started {
  readonly line: string;
  stop?(): Promise<void>;
}

/** Rows of the command line: each starts something, or resolves with undefined where it cannot. */
const services = new Map<string, () => Promise<Started | undefined>>([
  ["rabbitmq", () => found(rabbitmq)],
  ["redis", () => found(redis)],
  ["rabbitmq-cluster", async () => cluster("AMQP_URLS", await startRabbitmqCluster())],
  ["redis-cluster", async () => cluster("REDIS_URLS", await startRedisCluster())],
  ["redis-sentinels", async () => cluster("REDIS_SENTINELS", await startRedisSentinels())],
]);

async function found(kind: ServiceKind): Promise<Started | undefined> {
  const service = await findService(kind);
  if (!service) {
    console.error(missingLine(kind));
    return undefined;
  }
  const { origin, url, stop } = service;
  const line = `export ${kind.variable}=${url}  # ${origin}`;
  return origin === "started" ? { line, stop } : { line };
}

function cluster(
  variable: string,
  up: { readonly urls: readonly string[]; stop(): Promise<void> } | undefined,
): Started | undefined {
  return up && { line: `export ${variable}=${up.urls.join(",")}  # started`, stop: up.stop };
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !services.has(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; expected ${[...services.keys()].join(", ")}`);
  process.exit(2);
}
const chosen = named.length > 0 ? named : ["rabbitmq", "redis"];
const started = await Promise.all(chosen.map((name) => services.get(name)?.()));
for (const service of started) if (service) console.log(service.line);
const ends = started.flatMap((service) => (service?.stop ? [service.stop] : []));
if (ends.length > 0) {
  console.log("# Ctrl-C stops what was started");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    setInterval(() => {}, 60_000);
  });
  await Promise.all(ends.map((stop) => stop()));
  process.exit(0);
}
