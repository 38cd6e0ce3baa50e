/**
 * Loaded into a process with `--import`, this tells the bench what the process used: the program
 * itself is the built one, unchanged. Plain JavaScript, so that no loader for TypeScript comes along.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

process.on("message", ({ id, question, subject }) => {
  if (question !== "usage") return;
  if (subject?.collect) collect();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ id, answer: { cpu: user + system, rss, heapUsed } });
});
// The listener must not keep a worker alive that was told to stop.
process.channel?.unref();
