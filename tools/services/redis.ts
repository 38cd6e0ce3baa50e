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
  start,
};

async function start(): Promise<RunningService | undefined> {
  const program = onPath("redis-server");
  if (!program) return undefined;
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "esme-redis-"));
  const url = `redis://127.0.0.1:${port}`;
  const server = spawn(
    program,
    [
      "--bind",
      "127.0.0.1",
      "--port",
      String(port),
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      folder,
    ],
    { stdio: "ignore" },
  );
  const exited = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  const stop = async (): Promise<void> => {
    server.kill("SIGTERM");
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
