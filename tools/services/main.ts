/** By hand: starts what is missing or named, prints the variables for other shells, ends with Ctrl-C. */
import { createInterface } from "node:readline";
import { rabbitmq } from "./rabbitmq.ts";
import { type ClusterNode, startRabbitmqCluster } from "./rabbitmq-cluster.ts";
import { redis } from "./redis.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { startRedisSentinels } from "./redis-sentinels.ts";
import { findService, missingLine, type ServiceKind } from "./service.ts";

/** A variable for other shells, what can be done to it by typing, and how to end what it leads to. */
interface Started {
  readonly line: string;
  readonly commands?: Commands;
  stop?(): Promise<void>;
}

/** By name; each gets the word behind it, the number of a node as a rule. */
type Commands = Readonly<Record<string, (word: string) => unknown>>;

/** Rows of the command line: each starts something, or resolves with undefined where it cannot. */
const services = new Map<string, () => Promise<Started | undefined>>([
  ["rabbitmq", () => found(rabbitmq)],
  ["redis", () => found(redis)],
  ["rabbitmq-cluster", rabbitmqCluster],
  ["redis-cluster", redisCluster],
  ["redis-sentinels", redisSentinels],
]);

async function found(kind: ServiceKind): Promise<Started | undefined> {
  const service = await findService(kind);
  if (!service) {
    console.error(missingLine(kind));
    return undefined;
  }
  const { origin, url, stop } = service;
  const line = exported(kind.variable, [url], origin);
  return origin === "started" ? { line, stop } : { line };
}

async function rabbitmqCluster(): Promise<Started | undefined> {
  const up = await startRabbitmqCluster();
  if (!up) return undefined;
  const { leaderOf, nodes, stop, urls } = up;
  const on = (act: (node: ClusterNode) => unknown) => (word: string) => act(numbered(nodes, word));
  const commands = {
    kill: on((node) => node.kill()),
    start: on((node) => node.restart()),
    freeze: on((node) => node.freeze()),
    thaw: on((node) => node.thaw()),
    stop_app: on((node) => node.stopApp()),
    start_app: on((node) => node.startApp()),
    alarm: on((node) => node.alarm()),
    calm: on((node) => node.calm()),
    leader: async (queue: string) => (await leaderOf(queue))?.url ?? "none",
  };
  return { line: exported("AMQP_URLS", urls), commands, stop };
}

async function redisCluster(): Promise<Started | undefined> {
  const up = await startRedisCluster({ replicas: true });
  if (!up) return undefined;
  const { kill, stop, urls } = up;
  const commands = { kill: (word: string) => kill(numbered(urls, word)) };
  return { line: exported("REDIS_URLS", urls), commands, stop };
}

async function redisSentinels(): Promise<Started | undefined> {
  const up = await startRedisSentinels();
  if (!up) return undefined;
  const { kill, name, restart, stop, urls } = up;
  const line = `${exported("REDIS_SENTINELS", urls)}, the primary is ${name}`;
  return { line, commands: { kill, start: restart }, stop };
}

function exported(variable: string, urls: readonly string[], origin = "started"): string {
  return `export ${variable}=${urls.join(",")}  # ${origin}`;
}

function numbered<T>(nodes: readonly T[], word: string): T {
  const node = nodes[Number(word) - 1];
  if (node === undefined) throw new Error(`expected a node from 1 to ${nodes.length}, got ${word}`);
  return node;
}

/** `NAME COMMAND [WORD]`, as it was typed. Resolves with what there is to say about it. */
async function obey(text: string, running: ReadonlyMap<string, Started>): Promise<string> {
  const [name = "", command = "", word = ""] = text.trim().split(/\s+/);
  const act = running.get(name)?.commands?.[command];
  if (!act) {
    const known = [...running].flatMap(([each, { commands = {} }]) =>
      Object.keys(commands).map((one) => `${each} ${one}`),
    );
    return `expected one of: ${known.join(", ")}; then a node's number, or a queue's name`;
  }
  try {
    return `${text.trim()}: ${(await act(word)) ?? "done"}`;
  } catch (error) {
    return `${text.trim()}: ${error instanceof Error ? error.message : error}`;
  }
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !services.has(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; expected ${[...services.keys()].join(", ")}`);
  process.exit(2);
}
const chosen = named.length > 0 ? named : ["rabbitmq", "redis"];
const running = new Map<string, Started>();
await Promise.all(
  chosen.map(async (name) => {
    const started = await services.get(name)?.();
    if (started) running.set(name, started);
  }),
);
for (const { line } of running.values()) console.log(line);
const ends = [...running.values()].flatMap(({ stop }) => (stop ? [stop] : []));
if (ends.length > 0) {
  console.log("# Ctrl-C stops what was started");
  const typed = createInterface({ input: process.stdin, terminal: false });
  typed.on("line", (text) => void obey(text, running).then((says) => console.log(`# ${says}`)));
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    setInterval(() => {}, 60_000);
  });
  typed.close();
  await Promise.all(ends.map((stop) => stop()));
  process.exit(0);
}
