/** A thread beside the cases: when one does not end, it says which, and ends the process. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { at, hangTime, name, seed } = workerData;
let seen = -1;
let since = 0;

setInterval(() => {
  const now = Date.now();
  const index = Atomics.load(at, 0);
  if (index !== seen) {
    seen = index;
    since = now;
  } else if (now - since > hangTime) {
    const again = `npm run fuzz -- ${name} --seed ${seed} --case ${index}`;
    writeSync(2, `${name}: case ${index} does not end\nTo repeat it: ${again}\n`);
    process.kill(process.pid, "SIGKILL");
  }
}, 1_000);
