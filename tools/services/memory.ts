/** Measures memory, for tests of what is held. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose_gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What the heap and all buffers take, in octets, when nothing is left to collect. */
export function memory(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
