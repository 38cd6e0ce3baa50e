/** Stores parts in a process of its own, and ends itself by kill -9: node store-part.ts URL PREFIX */
import { RedisSmppCache } from "../src/redis.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
const cache = new RedisSmppCache({ url, prefix });
for (const sequence of [1, 3]) {
  const octets = Uint8Array.of(sequence);
  await cache.storeMultipart({
    source: "1",
    destination: "2",
    reference: 7,
    total: 3,
    sequence,
    octets,
  });
}
await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 1, total: 2 });
process.kill(process.pid, "SIGKILL");
