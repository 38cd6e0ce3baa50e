/** A logger that keeps its lines, and lets a test wait for one. */
import { inspect } from "node:util";
import type { Logger } from "../src/log/logger.ts";

type Level = keyof Logger;

export class RecordingLogger implements Logger {
  readonly #lines: { level: Level; fields: object; message: string }[] = [];
  readonly #watchers = new Set<() => void>();

  readonly debug = (fields: object, message: string): void => this.#add("debug", fields, message);
  readonly info = (fields: object, message: string): void => this.#add("info", fields, message);
  readonly warn = (fields: object, message: string): void => this.#add("warn", fields, message);
  readonly error = (fields: object, message: string): void => this.#add("error", fields, message);

  /** The messages of one level, in order. */
  messages(level: Level): string[] {
    return this.#lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  /** All that was logged, as text. */
  text(): string {
    return inspect(this.#lines, { depth: 10 });
  }

  /** Resolves once the line was or is logged. */
  until(level: Level, message: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.messages(level).includes(message)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #add(level: Level, fields: object, message: string): void {
    this.#lines.push({ level, fields, message });
    for (const watch of [...this.#watchers]) watch();
  }
}
