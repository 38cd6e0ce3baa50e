/** Route to the node of a cluster that has a key. */

import { keySlot } from "./key-slot.ts";
import { addressOf, type RedisServer } from "./redis-address.ts";
import type { RedisLink } from "./redis-link.ts";
import type { Route } from "./route.ts";
import { ServerRoute } from "./server-route.ts";

/** Slots of one primary, and where all are that have them. */
interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly primary: string;
  readonly replicas: readonly string[];
}

/**
 * Any node tells which primary has which slots. One is asked at the beginning, when a node refuses
 * what it got, and when there is no connection to it.
 */
export class ClusterRoute implements Route {
  /** How to log in: the same everywhere. */
  readonly #login: Omit<RedisServer, "host" | "port">;
  readonly #timeout: number;
  readonly #seeds: readonly string[];
  /** Nodes that were heard of, by their addresses. */
  readonly #nodes = new Map<string, ServerRoute>();
  #ranges: readonly SlotRange[] | undefined;
  #asking: Promise<readonly SlotRange[]> | undefined;

  /** `timeout` for connecting, in milliseconds. */
  constructor(seeds: readonly RedisServer[], timeout: number) {
    const { host: _, port: __, ...login } = seeds[0] ?? { host: "", port: 0 };
    this.#login = login;
    this.#timeout = timeout;
    this.#seeds = seeds.map(addressOf);
    for (const seed of this.#seeds) this.#node(seed);
  }

  async link(key: string, refused = ""): Promise<{ link: RedisLink; asking: boolean }> {
    const [word, , address = ""] = refused.split(" ");
    if (word === "ASK") return { ...(await this.#node(address).link()), asking: true };
    if (refused !== "") this.#ranges = undefined;
    this.#ranges ??= await this.#askForRanges(word === "MOVED" ? address : undefined);
    const slot = keySlot(key);
    const range = this.#ranges.find(({ first, last }) => slot >= first && slot <= last);
    try {
      if (range === undefined) throw new Error(`no node has the slot ${slot}`);
      return await this.#node(range.primary).link();
    } catch (error) {
      this.#ranges = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.close()));
  }

  destroy(): void {
    for (const node of this.#nodes.values()) node.destroy();
  }

  #node(address: string): ServerRoute {
    const known = this.#nodes.get(address);
    if (known !== undefined) return known;
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
    const server = { ...this.#login, host, port: Number(address.slice(colon + 1)) };
    const node = new ServerRoute(server, this.#timeout);
    this.#nodes.set(address, node);
    return node;
  }

  #askForRanges(first: string | undefined): Promise<readonly SlotRange[]> {
    this.#asking ??= this.#findRanges(first).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Asks one node after the other, and each time another one first. */
  async #findRanges(first: string | undefined): Promise<readonly SlotRange[]> {
    const known = [...this.#nodes.keys()];
    let trouble: unknown = new Error("there are no nodes");
    for (const address of first === undefined ? known : [first, ...known]) {
      const node = this.#node(address);
      try {
        const { link } = await node.link();
        const ranges = rangesIn(await link.send("CLUSTER", "SLOTS"), address);
        this.#forgetAllBut(ranges);
        this.#nodes.delete(address);
        this.#nodes.set(address, node);
        return ranges;
      } catch (error) {
        trouble = error;
      }
    }
    throw trouble;
  }

  #forgetAllBut(ranges: readonly SlotRange[]): void {
    const heardOf = ranges.flatMap(({ primary, replicas }) => [primary, ...replicas]);
    const kept = new Set([...this.#seeds, ...heardOf]);
    for (const address of kept) this.#node(address);
    for (const [address, node] of this.#nodes) {
      if (kept.has(address)) continue;
      node.destroy();
      this.#nodes.delete(address);
    }
  }
}

/** What `CLUSTER SLOTS` answers. A node that is not told its own host is where it was asked. */
function rangesIn(answer: unknown, asked: string): SlotRange[] {
  const askedHost = asked.slice(0, asked.lastIndexOf(":"));
  const rows: unknown[] = Array.isArray(answer) ? answer : [];
  return rows.flatMap((row) => {
    const [first, last, ...nodes] = Array.isArray(row) ? row : [];
    const [primary, ...replicas] = nodes.map((node) => {
      const [host, port] = Array.isArray(node) ? node : [];
      return host ? addressOf({ host: String(host), port: Number(port) }) : `${askedHost}:${port}`;
    });
    return primary === undefined
      ? []
      : [{ first: Number(first), last: Number(last), primary, replicas }];
  });
}
