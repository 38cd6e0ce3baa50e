/** Notices a node of the broker that says nothing: it is asked, and left after two heartbeats. */

/** What is watched. */
export interface NodeWatchOptions {
  /** In milliseconds. */
  readonly heartbeat: number;
  /** Asks the node for anything; resolves with its answer, and rejects when the link is gone. */
  readonly ask: () => Promise<unknown>;
  /** Nothing was heard for two heartbeats. */
  readonly onSilent: () => void;
}

/** How often it looks, in a heartbeat. */
const looks = 4;

/**
 * amqplib's own heartbeats need two to three intervals to notice a node that is frozen. Here what comes
 * counts, and after half an interval without anything the node is asked. It counts looks, not time: a
 * process that was frozen itself first hears what came meanwhile.
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #silentLooks = 0;
  #isAsking = false;
  #isPaused = false;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.heartbeat / looks).unref();
  }

  /** Something came from the node. */
  heard(): void {
    this.#silentLooks = 0;
  }

  /** Whether the node reads nothing for now, so that it cannot answer; amqplib's heartbeats go on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#silentLooks = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#isPaused) return;
    this.#silentLooks += 1;
    if (this.#silentLooks >= 2 * looks) {
      this.close();
      this.#options.onSilent();
    } else if (this.#silentLooks >= looks / 2 && !this.#isAsking) {
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      await this.#options.ask();
      this.heard();
    } catch {
      // The link is gone, and whoever has it knows.
    }
    this.#isAsking = false;
  }
}
