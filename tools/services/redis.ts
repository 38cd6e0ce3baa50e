/** Redis for tests. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  freePort,
  onPath,
  type RunningService,
  type ServiceKind,
  untilAnswers,
} from "./service.ts";

export const redis: ServiceKind = {
  name: "Redis",
  variable: "REDIS_URL",
  defaultUrl: "redis://127.0.0.1:6379",
  greeting: { send: "PING\r\n", expect: "+PONG" },
  advice:
    "install redis-server (Debian: apt-get install redis-server), or docker compose up -d redis",
  start: () => startRedis(),
};

/** What a server is started with, where a test wants it otherwise. */
export interface RedisOptions {
  /** The port on 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** More arguments of `redis-server`, which win over the usual ones. */
  readonly arguments?: readonly string[];
  /** Lines of a configuration file that the server writes to: it is a Sentinel then. */
  readonly sentinel?: readonly string[];
}

/** Starts a server that keeps nothing; `stop` ends it as `kill -9` would. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningService | undefined> {
  const program = onPath("redis-server");
  if (!program) return undefined;
  const { port = await freePort(), arguments: more = [], sentinel } = options;
  const folder = await mkdtemp(join(tmpdir(), "esme-redis-"));
  const url = `redis://127.0.0.1:${port}`;
  const server = spawn(
    program,
    sentinel === undefined
      ? [...usual(port, folder), ...more]
      : [await sentinelFile(port, folder, sentinel), "--sentinel"],
    { stdio: "ignore" },
  );
  const exited = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  const stop = async (): Promise<void> => {
    server.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswers(redis, url, exited, 10_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, origin: "started", stop };
}

function usual(port: number, folder: string): string[] {
  const options = { bind: "127.0.0.1", port, save: "", appendonly: "no", dir: folder };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function sentinelFile(
  port: number,
  folder: string,
  lines: readonly string[],
): Promise<string> {
  const file = join(folder, "sentinel.conf");
  const first = ["bind 127.0.0.1", `port ${port}`, `dir ${folder}`];
  await writeFile(file, [...first, ...lines, ""].join("\n"));
  return file;
}

/** How long a server may take to answer one command, in milliseconds. */
const answerTimeout = 2_000;

/**
 * The whole answer to one command, as it comes. Rejects with what Redis says against it, and when it
 * is not ready: one that loads its data answers some commands, and no PING.
 */
export function askRedis(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  // A Sentinel knows no QUIT.
  const end = "+PONG\r\n";
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.endsWith(end)) socket.destroy();
    });
    const late = new Error(`${command}: no answer of ${url} within ${answerTimeout} ms`);
    socket.setTimeout(answerTimeout, () => socket.destroy(late));
    socket.on("error", reject);
    socket.on("close", () => {
      if (answer.startsWith("-")) reject(new Error(`${command}: ${answer.trimEnd()}`));
      else resolve(answer.slice(0, -end.length));
    });
    socket.write(`${command}\r\nPING\r\n`);
  });
}

/** Polls until what the server answers is as it should be. */
export async function untilRedis(
  url: string,
  command: string,
  isFine: (answer: string) => boolean,
  timeout = 20_000,
): Promise<void> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await askRedis(url, command).catch(String);
    if (isFine(answer)) return;
    if (Date.now() > end) throw new Error(`${url}, ${command}: after ${timeout} ms ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
