/** The workers of a run: processes of the built package, which are started again when they are killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, type WriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../packages/transport/dist/cli.js", import.meta.url));

/** How a worker is run. */
export interface WorkerOptions {
  /** Its configuration is written to `NAME.yaml` in `folder`, its output to `NAME.log`. */
  readonly folder: string;
  readonly name: string;
  readonly configuration: object;
  /** It ended, and nobody had asked it to. */
  readonly onEnd: (sentence: string) => void;
}

/** One place for a worker; who is in it changes. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #file: string;
  readonly #log: WriteStream;
  /** Processes that were told to end. */
  readonly #asked = new WeakSet<ChildProcess>();
  #child: ChildProcess;

  constructor(options: WorkerOptions) {
    const { folder, name, configuration } = options;
    this.#options = options;
    this.#file = join(folder, `${name}.yaml`);
    // JSON is YAML.
    writeFileSync(this.#file, JSON.stringify(configuration, undefined, 2));
    this.#log = createWriteStream(join(folder, `${name}.log`));
    this.#child = this.#spawn();
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** As an orchestrator stops it: with time to finish. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  start(): void {
    this.#child = this.#spawn();
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.stop();
    this.#log.end();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    this.#asked.add(child);
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  #spawn(): ChildProcess {
    const { name, onEnd } = this.#options;
    const child = spawn(process.execPath, [cli, "--config", this.#file], {
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C is for the run, which ends its workers in order.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(this.#log, { end: false });
    child.once("exit", (code, signal) => {
      if (!this.#asked.has(child)) onEnd(`${name} ended by itself: ${code ?? signal}`);
    });
    return child;
  }
}
