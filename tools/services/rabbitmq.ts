/** RabbitMQ for tests. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
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
  start: () => startRabbitmq(),
};

/** A RabbitMQ of a test's own, which may treat it badly. */
export interface OwnRabbitmq extends RunningService {
  /** Ends it as `kill -9` would; what it has on disk stays. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port, with what it has on disk. */
  restart(): Promise<void>;
  /** Connections stay open and nobody answers, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Raises the memory alarm: nothing that is published is taken, until `calm`. */
  alarm(): Promise<void>;
  calm(): Promise<void>;
}

/** What a server is started with, where a test wants it otherwise. */
export interface RabbitmqOptions {
  /** More lines of `rabbitmq.conf`. */
  readonly settings?: readonly string[];
}

/** Resolves with undefined when there is no `rabbitmq-server` on PATH. */
export async function startRabbitmq(
  options: RabbitmqOptions = {},
): Promise<OwnRabbitmq | undefined> {
  const program = serverProgram("rabbitmq-server");
  if (!program) return undefined;
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), "esme-rabbitmq-"));
  await writeFile(join(folder, "enabled_plugins"), "[].\n");
  const settings = [`listeners.tcp.1 = 127.0.0.1:${port}`, ...(options.settings ?? [])];
  await writeFile(join(folder, "rabbitmq.conf"), `${settings.join("\n")}\n`);
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
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  let server = await run(program, environment, url).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const limitMemory = (share: string) =>
    control(environment, "set_vm_memory_high_watermark", share);
  return {
    url,
    origin: "started",
    alarm: () => limitMemory("0"),
    calm: () => limitMemory("0.4"),
    stop: async () => {
      await server.end("SIGTERM");
      spawnSync("epmd", ["-kill"], { env: environment, stdio: "ignore" });
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => server.end("SIGKILL"),
    restart: async () => {
      server = await run(program, environment, url);
    },
    freeze: () => server.signal("SIGSTOP"),
    thaw: () => server.signal("SIGCONT"),
  };
}

/** The server is a shell script with the Erlang machine below it: signals are for the whole group. */
class Server {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;

  constructor(program: string, environment: NodeJS.ProcessEnv) {
    this.#child = spawn(program, [], { env: environment, stdio: "ignore", detached: true });
    this.exited = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", () => resolve());
    });
  }

  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    // A frozen one would never hear of it.
    this.signal("SIGCONT");
    this.signal(signal);
    await this.exited;
  }
}

async function run(program: string, environment: NodeJS.ProcessEnv, url: string): Promise<Server> {
  const server = new Server(program, environment);
  try {
    await untilAnswers(rabbitmq, url, server.exited, 60_000);
    return server;
  } catch (error) {
    await server.end("SIGTERM");
    throw error;
  }
}

/** Resolves once the server of this environment has done what is asked of it. */
async function control(environment: NodeJS.ProcessEnv, ...words: string[]): Promise<void> {
  const program = serverProgram("rabbitmqctl");
  if (!program) throw new Error("no rabbitmqctl beside rabbitmq-server");
  await promisify(execFile)(program, words, { env: environment });
}

/** Debian's programs on PATH insist on its own user and folders; the server's own do not. */
function serverProgram(name: "rabbitmq-server" | "rabbitmqctl"): string | undefined {
  const onTheDisk = `/usr/lib/rabbitmq/bin/${name}`;
  const found = onPath(name);
  return found && existsSync(onTheDisk) ? onTheDisk : found;
}
