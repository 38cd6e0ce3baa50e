/** What plug-ins opened is given back: each is closed once, those made later first. */
import { withTimeout } from "@esme/bounded";
import type { Logger } from "../log/logger.ts";

interface Opened {
  /** The key of the configuration that asked for it. */
  readonly name: string;
  readonly plugin: object;
}

/** The plug-ins that were made. */
export class PlugInShutdown {
  readonly #logger: Logger;
  /** In the order of making: those of a group do not need each other, only those of groups before. */
  readonly #groups: Opened[][] = [[]];
  readonly #known = new Set<object>();
  #closed: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Remembers a plug-in; one without `close()` has nothing to give back. */
  add(name: string, plugin: object): void {
    if (this.#known.has(plugin) || typeof Reflect.get(plugin, "close") !== "function") return;
    this.#known.add(plugin);
    this.#groups.at(-1)?.push({ name, plugin });
  }

  /** What is added from here on may need what was added before, and is closed before it. */
  next(): void {
    this.#groups.push([]);
  }

  /**
   * Closes all, within `timeout` milliseconds: one that hangs does not keep the others from it.
   * Never rejects; what fails or hangs is logged. A second call waits for the first.
   */
  close(timeout: number): Promise<void> {
    this.#closed ??= this.#closeAll(timeout / this.#groups.length);
    return this.#closed;
  }

  async #closeAll(patience: number): Promise<void> {
    for (const group of this.#groups.toReversed()) {
      await Promise.all(group.map((opened) => this.#closeOne(opened, patience)));
    }
  }

  async #closeOne({ name, plugin }: Opened, patience: number): Promise<void> {
    try {
      await withTimeout(patience, closed(plugin), () => {
        throw new Error(`close() did not end within ${Math.round(patience)} ms`);
      });
    } catch (err) {
      this.#logger.warn({ err, name }, "a plug-in did not close");
    }
  }
}

async function closed(plugin: object): Promise<void> {
  const close: unknown = Reflect.get(plugin, "close");
  if (typeof close === "function") await close.call(plugin);
}
