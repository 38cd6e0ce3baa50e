/** A Redis cluster for tests: three masters on free ports, gone after `stop`. */
import { createConnection } from "node:net";
import { startRedis } from "./redis.ts";
import { freePort, type RunningService } from "./service.ts";

/** A cluster that is up. */
export interface RedisCluster {
  /** The URL of each master. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** The first and last of each master's slots (Redis cluster specification: 16384 in all). */
const slots = ["0 5460", "5461 10922", "10923 16383"];

/** Resolves with undefined when there is no `redis-server` on PATH. */
export async function startRedisCluster(): Promise<RedisCluster | undefined> {
  const nodes: RunningService[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const buses: number[] = [];
    for (const range of slots) {
      const bus = await freePort();
      const node = await startRedis({
        arguments: ["--cluster-enabled", "yes", "--cluster-port", String(bus)],
      });
      if (node === undefined) return undefined;
      nodes.push(node);
      buses.push(bus);
      await ask(node.url, `CLUSTER SET-CONFIG-EPOCH ${nodes.length}`);
      await ask(node.url, `CLUSTER ADDSLOTSRANGE ${range}`);
    }
    const urls = nodes.map(({ url }) => url);
    const [first = "", ...others] = urls;
    for (const [i, url] of others.entries()) {
      await ask(first, `CLUSTER MEET 127.0.0.1 ${new URL(url).port} ${buses[i + 1]}`);
    }
    await untilWhole(urls, 20_000);
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Polls until every master knows of all slots and of the two others. */
async function untilWhole(urls: readonly string[], timeout: number): Promise<void> {
  const end = Date.now() + timeout;
  for (;;) {
    const infos = await Promise.all(urls.map((url) => ask(url, "CLUSTER INFO")));
    const whole = infos.every(
      (info) => info.includes("cluster_state:ok") && info.includes(`cluster_size:${slots.length}`),
    );
    if (whole) return;
    if (Date.now() > end) throw new Error(`the Redis cluster was not whole in ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The whole answer to one command, as it comes. Rejects with what Redis says against it. */
function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      if (answer.startsWith("-")) reject(new Error(`${command}: ${answer.trimEnd()}`));
      else resolve(answer);
    });
    socket.write(`${command}\r\nQUIT\r\n`);
  });
}
