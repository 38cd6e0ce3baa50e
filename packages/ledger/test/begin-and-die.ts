/** A process that begins a message, and is gone: URL PREFIX. */
import { RedisLedger } from "../src/redis.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
const ledger = new RedisLedger({ url, prefix, presence: 600 });
const entry = ledger.open("msg-1");
await Promise.all([entry.begin(1), entry.begin(2)]);
await entry.accepted(2, "smsc-2");
await ledger.open("msg-2").end("sent");
process.kill(process.pid, "SIGKILL");
