/** What runs beside the workers of a bench: services that must be there, and configuration. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  findService,
  missingLine,
  type RunningService,
  type ServiceKind,
} from "@esme/services/find";
import { type RabbitmqCluster, startRabbitmqCluster } from "@esme/services/rabbitmq-cluster";

/** Throws where the service is missing, and says how to get it. */
export async function need(kind: ServiceKind): Promise<RunningService> {
  const service = await findService(kind);
  if (service === undefined) throw new Error(missingLine(kind));
  return service;
}

/** Three nodes of RabbitMQ, which end when the bench is interrupted, too. Throws where there is no RabbitMQ. */
export async function startCluster(): Promise<RabbitmqCluster> {
  const cluster = await startRabbitmqCluster();
  if (!cluster) {
    throw new Error("no rabbitmq-server on PATH (Debian: apt-get install rabbitmq-server)");
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The nodes have sessions of their own, which no Ctrl-C reaches.
    process.once(signal, () => void cluster.stop().finally(() => process.exit(1)));
  }
  return cluster;
}

/** A file of configuration. */
export interface ConfigFile {
  readonly file: string;
  remove(): Promise<void>;
}

/** In a folder from which the classes of the worker are found. */
export async function configFile(keys: object): Promise<ConfigFile> {
  const folder = await mkdtemp(fileURLToPath(new URL("../node_modules/.worker-", import.meta.url)));
  const file = join(folder, "worker.yaml");
  // JSON is YAML.
  await writeFile(file, JSON.stringify(keys));
  return { file, remove: () => rm(folder, { recursive: true }) };
}

/** Keys of workers that share an account. */
export function sharedKeys(url: string): object {
  const own = `esme-bench-${process.pid}`;
  return {
    sequencer_class: "@esme/sequencers/redis#RedisSequencer",
    sequencer_config: { url, key: `${own}:sequence` },
    smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
    smpp_cache_config: { url, prefix: own, timeout: 120, multipartTimeout: 120 },
  };
}
