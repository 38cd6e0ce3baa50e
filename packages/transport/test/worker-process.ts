/** The worker as a process of its own, run from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  readonly #watchers = new Set<() => void>();
  #output = "";

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(
      process.execPath,
      ["--conditions=@esme/source", "--import", "tsx", cli, ...words],
      { env: { PATH: process.env["PATH"], ...environment }, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        for (const watch of [...this.#watchers]) watch();
      });
    }
  }

  /** All that was written to both outputs so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves once the output matches; rejects when the process ends without. */
  async until(pattern: RegExp): Promise<void> {
    let look = (): void => {};
    const seen = new Promise<true>((resolve) => {
      look = () => {
        if (pattern.test(this.#output)) resolve(true);
      };
      this.#watchers.add(look);
      look();
    });
    const first = await Promise.race([seen, this.#ended]);
    this.#watchers.delete(look);
    if (first !== true && !pattern.test(this.#output)) {
      throw new Error(`the worker ended without ${pattern}:\n${this.#output}`);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code, or null when a signal ended it. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }
}
