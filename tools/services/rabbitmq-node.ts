/** One RabbitMQ node for tests: a folder of its own, ports of its own, and everything that can happen to it. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort, onPath, type ServiceKind, untilAnswers } from "./service.ts";

/** How a RabbitMQ is found; `start` is in `rabbitmq.ts`. */
export const rabbitmqService: Omit<ServiceKind, "start"> = {
  name: "RabbitMQ",
  variable: "AMQP_URL",
  defaultUrl: "amqp://guest:guest@127.0.0.1:5672",
  // A protocol header of an impossible version is answered with the header of the right one.
  greeting: { send: "AMQP\x00\x00\x00\x00", expect: "AMQP" },
  advice:
    "install rabbitmq-server (Debian: apt-get install rabbitmq-server), or docker compose up -d rabbitmq",
};

/** What a test can do to a node. */
export interface RabbitmqFaults {
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
  /** What `rabbitmqctl` prints, once the node has done what is asked of it. */
  control(...words: string[]): Promise<string>;
}

/** Where a node lives, and with whom. */
export interface NodePlace {
  /** For what this node has on disk; made if absent. */
  readonly folder: string;
  /** Home of all nodes that may talk to each other: their common cookie is in it. */
  readonly home: string;
  /** Port of their common name server, which is ended without touching anybody else's nodes. */
  readonly names: number;
  readonly port: number;
}

/** The node's name among its like. */
export const nodeName = (port: number): string => `esme-${port}@localhost`;

/** Whether there is a RabbitMQ on this machine. */
export const hasRabbitmq = (): boolean => serverProgram("rabbitmq-server") !== undefined;

/** A node that is up once `start` has resolved. */
export class RabbitmqNode implements RabbitmqFaults {
  readonly url: string;
  readonly name: string;
  readonly #environment: NodeJS.ProcessEnv;
  #server: Server | undefined;
  #isUp = false;

  private constructor(place: NodePlace, distribution: number) {
    const { folder, home, names, port } = place;
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
    this.name = nodeName(port);
    this.#environment = {
      ...process.env,
      HOME: home,
      ERL_EPMD_PORT: String(names),
      RABBITMQ_NODENAME: this.name,
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      // Not into the folder of whoever started it.
      ERL_CRASH_DUMP: join(folder, "erl_crash.dump"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      // Idle nodes must not spin. A node that is frozen is given up after 10 s, not after 60.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none -kernel net_ticktime 8",
    };
  }

  /** `settings` are lines of `rabbitmq.conf`. */
  static async start(place: NodePlace, settings: readonly string[] = []): Promise<RabbitmqNode> {
    const { folder, port } = place;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "enabled_plugins"), "[].\n");
    const lines = [`listeners.tcp.1 = 127.0.0.1:${port}`, ...settings, ""];
    await writeFile(join(folder, "rabbitmq.conf"), lines.join("\n"));
    const node = new RabbitmqNode(place, await freePort());
    await node.restart();
    return node;
  }

  async restart(): Promise<void> {
    const program = serverProgram("rabbitmq-server");
    if (!program) throw new Error("rabbitmq-server is not on PATH any more");
    this.#server = new Server(program, this.#environment);
    try {
      await untilAnswers(rabbitmqService, this.url, this.#server.exited, 60_000);
      this.#isUp = true;
    } catch (error) {
      await this.#server.end("SIGTERM");
      throw error;
    }
  }

  /** Whether it should answer: it was started, and nobody has stopped, killed or frozen it since. */
  get isUp(): boolean {
    return this.#isUp;
  }

  async kill(): Promise<void> {
    this.#isUp = false;
    await this.#server?.end("SIGKILL");
  }

  /** Ends it in order. The name server stays: `endNames`. */
  async end(): Promise<void> {
    this.#isUp = false;
    await this.#server?.end("SIGTERM");
  }

  freeze(): void {
    this.#isUp = false;
    this.#server?.signal("SIGSTOP");
  }

  thaw(): void {
    this.#server?.signal("SIGCONT");
    this.#isUp = true;
  }

  /** Ends RabbitMQ in a process that goes on, as in an upgrade: its connections are closed. */
  async stopApp(): Promise<void> {
    this.#isUp = false;
    await this.control("stop_app");
  }

  async startApp(): Promise<void> {
    await this.control("start_app");
    this.#isUp = true;
  }

  async alarm(): Promise<void> {
    await this.control("set_vm_memory_high_watermark", "0");
  }

  async calm(): Promise<void> {
    await this.control("set_vm_memory_high_watermark", "0.4");
  }

  async control(...words: string[]): Promise<string> {
    const program = serverProgram("rabbitmqctl");
    if (!program) throw new Error("no rabbitmqctl beside rabbitmq-server");
    const { stdout } = await promisify(execFile)(program, words, { env: this.#environment });
    return stdout;
  }

  /** Ends the name server of this node and of its like, once they are gone. */
  async endNames(): Promise<void> {
    const env = this.#environment;
    const isGone = () =>
      /cannot connect/i.test(spawnSync("epmd", ["-names"], { env }).stderr.toString());
    // It refuses while it believes a node alive, which it does for a moment after `kill -9`.
    for (let tries = 0; tries < 50 && !isGone(); tries++) {
      spawnSync("epmd", ["-kill"], { env, stdio: "ignore" });
      await setTimeout(50);
    }
  }
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

/** Debian's programs on PATH insist on its own user and folders; the server's own do not. */
function serverProgram(name: "rabbitmq-server" | "rabbitmqctl"): string | undefined {
  const onTheDisk = `/usr/lib/rabbitmq/bin/${name}`;
  const found = onPath(name);
  return found && existsSync(onTheDisk) ? onTheDisk : found;
}
