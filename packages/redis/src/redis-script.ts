/** What runs in Redis: scripts in Lua, each over one key. */

import { hash } from "node:crypto";

/** A script, and the digest by which Redis knows it once it has seen it. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
  /** Whether an answer counts only once replicas have what the script wrote. */
  readonly confirm: boolean;
}

/** A key, and what errors call it: there may be a phone number in it. */
export interface RedisKey {
  readonly name: string;
  readonly shown: string;
}

/** What a script runs over: one key, so that a cluster will do. */
export interface ScriptOptions {
  keys: string[];
  arguments: string[];
}

/** The commands that run scripts. Clients, pools, sentinels and clusters of `redis` all have them. */
export interface RedisClient {
  eval(script: string, options: ScriptOptions): Promise<unknown>;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
}

/**
 * A script in Lua. `confirm: false` is for scripts that only read, and for what may be lost when
 * another server takes over.
 */
export function redisScript(text: string, { confirm = true } = {}): RedisScript {
  return { text, sha1: hash("sha1", text), confirm };
}

/** Runs a script; a server that does not know it yet gets its text. */
export async function runScript(
  client: RedisClient,
  { text, sha1 }: RedisScript,
  options: ScriptOptions,
): Promise<unknown> {
  try {
    return await client.evalSha(sha1, options);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return client.eval(text, options);
  }
}
