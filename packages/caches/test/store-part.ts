/**
 * Stores the given parts of three in a process of its own, with a lease of a second, and ends itself
 * by kill -9: node store-part.ts URL PREFIX SEQUENCE...
 */
import { RedisSmppCache } from "../src/redis.ts";

const [url = "", prefix = "", ...sequences] = process.argv.slice(2);
const cache = new RedisSmppCache({ url, prefix });
for (const sequence of sequences.map(Number)) {
  const octets = Uint8Array.of(sequence);
  const part = { source: "1", destination: "2", reference: 7, total: 3, sequence, octets };
  await cache.leaseMultipart(part, 1);
}
await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 1, total: 2 });
process.kill(process.pid, "SIGKILL");
