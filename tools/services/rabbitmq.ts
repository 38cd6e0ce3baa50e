/** RabbitMQ for tests. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  freePort,
  onPath,
  type RunningService,
  type ServiceKind,
  untilAnswers,
} from "./service.ts";

export const rabbitmq: ServiceKind = {
  name: "RabbitMQ",
  variable: "AMQP_URL",
  defaultUrl: "amqp://guest:guest@127.0.0.1:5672",
  // A protocol header of an impossible version is answered with the header of the right one.
  greeting: { send: "AMQP\x00\x00\x00\x00", expect: "AMQP" },
  advice:
    "install rabbitmq-server (Debian: apt-get install rabbitmq-server), or docker compose up -d rabbitmq",
  start,
};

async function start(): Promise<RunningService | undefined> {
  const program = serverProgram();
  if (!program) return undefined;
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), "esme-rabbitmq-"));
  await writeFile(join(folder, "enabled_plugins"), "[].\n");
  await writeFile(join(folder, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${port}\n`);
  const environment = {
    ...process.env,
    HOME: folder,
    // A name server of its own, so that it can be ended without touching anybody else's nodes.
    ERL_EPMD_PORT: String(names),
    RABBITMQ_NODENAME: `esme-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none",
  };
  const server = spawn(program, [], { env: environment, stdio: "ignore", detached: true });
  const exited = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  const stop = async (): Promise<void> => {
    // The server is a shell script with the Erlang machine below it: end the whole group.
    if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGTERM");
    await exited;
    spawnSync("epmd", ["-kill"], { env: environment, stdio: "ignore" });
    await rm(folder, { recursive: true, force: true });
  };
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  try {
    await untilAnswers(rabbitmq, url, exited, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, origin: "started", stop };
}

/** Debian's program on PATH insists on its own user and folders; the server itself does not. */
function serverProgram(): string | undefined {
  const onTheDisk = "/usr/lib/rabbitmq/bin/rabbitmq-server";
  const found = onPath("rabbitmq-server");
  return found && existsSync(onTheDisk) ? onTheDisk : found;
}
