/** Redis for tests. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
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
}

/** Starts a server that keeps nothing; `stop` ends it as `kill -9` would. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningService | undefined> {
  const program = onPath("redis-server");
  if (!program) return undefined;
  const { port = await freePort(), arguments: more = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), "esme-redis-"));
  const url = `redis://127.0.0.1:${port}`;
  const usual = { bind: "127.0.0.1", port, save: "", appendonly: "no", dir: folder };
  const server = spawn(
    program,
    [...Object.entries(usual).flatMap(([name, value]) => [`--${name}`, String(value)]), ...more],
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
