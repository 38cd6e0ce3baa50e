/** What is wrong with a compose file of this repository, as far as one can say without Docker. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const knownKeys = {
  file: ["name", "services"],
  service: [
    ...["build", "command", "depends_on", "deploy", "environment", "healthcheck", "hostname"],
    ...["image", "ports", "restart", "stop_grace_period", "volumes"],
  ],
  build: ["context", "target"],
  deploy: ["replicas"],
  healthcheck: ["interval", "retries", "test", "timeout"],
} as const;

/** A file of the repository that a container sees. */
export interface Mount {
  readonly service: string;
  /** From the root of the repository. */
  readonly source: string;
  readonly destination: string;
}

/** A compose file, read and checked. */
export interface Compose {
  /** Sentences; empty when all is well. */
  readonly problems: readonly string[];
  readonly services: readonly string[];
  readonly mounts: readonly Mount[];
  /** The words that the worker is started with, `--config FILE` as the container sees it. */
  readonly workerCommand: readonly string[];
}

/** Reads a compose file. `targets` are those of the Dockerfile, and whether each has a health check. */
export function readCompose(
  root: string,
  file: string,
  targets: ReadonlyMap<string, boolean>,
): Compose {
  const tree: unknown = parse(readFileSync(join(root, file), "utf8"), { merge: true });
  const problems: string[] = [];
  const keysOf = (where: string, node: unknown, known: readonly string[]): void => {
    for (const key of Object.keys(Object(node))) {
      if (known.includes(key) || key.startsWith("x-")) continue;
      problems.push(`${where}: unknown key ${key}, expected one of ${known.join(", ")}`);
    }
  };
  keysOf(file, tree, knownKeys.file);
  const services = Object.entries(Object(at(tree, "services")));
  const mounts: Mount[] = [];
  let workerCommand: readonly string[] = [];
  for (const [name, service] of services) {
    const where = `${file}: ${name}`;
    keysOf(where, service, knownKeys.service);
    for (const part of ["build", "deploy", "healthcheck"] as const) {
      keysOf(`${where}.${part}`, at(service, part), knownKeys[part]);
    }
    const target = at(service, "build", "target");
    if ((target === undefined) === (at(service, "image") === undefined)) {
      problems.push(`${where}: expected either an image or a target of the Dockerfile`);
    }
    if (target !== undefined && !targets.has(String(target))) {
      problems.push(`${where}: the Dockerfile has no target ${target}`);
    }
    if (target === "transport") workerCommand = listOf(at(service, "command")).map(String);
    for (const [other, how] of Object.entries(Object(at(service, "depends_on")))) {
      const awaited = at(tree, "services", other);
      if (awaited === undefined) problems.push(`${where} depends on ${other}, which is not there`);
      const isChecked =
        at(awaited, "healthcheck") !== undefined ||
        targets.get(String(at(awaited, "build", "target"))) === true;
      if (at(how, "condition") === "service_healthy" && !isChecked) {
        problems.push(`${where} waits until ${other} is healthy, and nothing checks that`);
      }
    }
    for (const volume of listOf(at(service, "volumes"))) {
      const [source = "", destination = "", mode] = String(volume).split(":");
      if (mode !== "ro") problems.push(`${where}: expected ${source} to be read-only (:ro)`);
      if (!existsSync(join(root, source))) problems.push(`${where}: ${source} is not there`);
      else mounts.push({ service: name, source, destination });
    }
  }
  return { problems, services: services.map(([name]) => name), mounts, workerCommand };
}

/** The configuration that the worker of a compose file is started with. */
export function workerConfiguration(file: string, { mounts, workerCommand }: Compose): string {
  const [flag, path] = workerCommand;
  const mount = mounts.find(({ destination }) => destination === path);
  if (flag === "--config" && mount) return mount.source;
  throw new Error(`${file}: expected the worker to be started with --config and a mounted file`);
}

/** Hosts in a file of configuration that are no services of the compose file. */
export function strangers(text: string, { services }: Compose): string[] {
  const inUrls = [...text.matchAll(/\w+:\/\/(?:[^\s@/]+@)?([\w.-]+)/g)];
  const ofTheSmsc = [...text.matchAll(/^host: (\S+)$/gm)];
  const ofNodes = [...text.matchAll(/= rabbit@(\S+)$/gm)];
  const hosts = [...inUrls, ...ofTheSmsc, ...ofNodes].map(([, host = ""]) => host);
  return hosts.filter((host) => !services.includes(host));
}

function at(tree: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), tree);
}

function listOf(node: unknown): readonly unknown[] {
  return Array.isArray(node) ? node : [];
}
