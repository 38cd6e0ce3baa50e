/** Which connection a command goes to. */

import type { RedisScript, ScriptOptions } from "./redis-script.ts";

/** A connection, as far as scripts need it. */
export interface Link {
  /**
   * Runs a script, and waits until so many of the replicas that there are have what it wrote. A node
   * that is about to take the key's slot of a cluster over wants to be `asking`.
   */
  run(
    script: RedisScript,
    options: ScriptOptions,
    replicas: number,
    asking: boolean,
  ): Promise<unknown>;
  /** What is unanswered rejects, and the next command gets another connection. */
  destroy(): void;
}

/** A route to one server, or to the one of several servers that has the key. */
export interface Route {
  /**
   * The connection for a key. Rejects when there is none now. `refused` is what the server that was
   * tried before said.
   */
  link(key: string, refused?: string): Promise<{ link: Link; asking: boolean }>;
  /** Resolves when what is unanswered is answered. */
  close(): Promise<void>;
  /** What is unanswered rejects. */
  destroy(): void;
}
