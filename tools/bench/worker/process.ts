/** A process of the bench: it is asked questions and answers them, over Node's own channel. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What travels to the process. */
interface Question {
  readonly id: number;
  readonly question: string;
  readonly subject: unknown;
}

/** What a process has used so far. */
export interface Usage {
  /** Microseconds of all its threads, user and system. */
  readonly cpu: number;
  /** Octets. */
  readonly rss: number;
  readonly heapUsed: number;
}

/** The parent's end. */
export class BenchProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #questions = 0;

  constructor(
    file: string,
    words: readonly string[] = [],
    options: { environment?: NodeJS.ProcessEnv; execArgv?: readonly string[] } = {},
  ) {
    const { environment, execArgv = process.execArgv } = options;
    this.#child = fork(file, words, {
      execArgv: [...execArgv],
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit");
    this.#child.on("message", ({ id, answer }: { id: number; answer: unknown }) => {
      this.#asked.get(id)?.(answer);
      this.#asked.delete(id);
    });
  }

  /** Throws when the process could not be started. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("a process of the bench was not started");
    return pid;
  }

  /** Rejects when the process ends without an answer. `Answer` is what its table gives. */
  async ask<Answer>(question: string, subject?: unknown): Promise<Answer> {
    const id = ++this.#questions;
    const answered = new Promise<unknown>((resolve) => this.#asked.set(id, resolve));
    this.#child.send({ id, question, subject } satisfies Question);
    const gone = this.#ended.then(() => {
      throw new Error(`a process of the bench ended before it answered: ${question}`);
    });
    // Both ends are in this folder; the caller names the type that the table of the other end has.
    return (await Promise.race([answered, gone])) as Answer;
  }

  /** What it has used so far, with `collect` after a garbage collection: needs probe.mjs. */
  usage(collect = false): Promise<Usage> {
    return this.ask("usage", { collect });
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/** The child's end: answers each question from the table, and ends with its parent. */
export function answer(table: Readonly<Record<string, (subject: never) => unknown>>): void {
  process.on("message", async ({ id, question, subject }: Question) => {
    // The asker gives what the table's entry takes: both are in this folder.
    const found = table[question]?.(subject as never);
    if (question in table) process.send?.({ id, answer: await found });
  });
  process.once("disconnect", () => process.exit());
}
