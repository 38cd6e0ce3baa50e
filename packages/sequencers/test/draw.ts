/** Draws numbers in a process of its own, and prints them as ranges: node draw.ts URL KEY COUNT */
import { RedisSequencer } from "../src/redis.ts";

const [url = "", key = "", count = "0"] = process.argv.slice(2);
const sequencer = new RedisSequencer({ url, key, blockSize: 100, answerTimeout: 30 });
const ranges: [number, number][] = [];
for (let i = 0; i < Number(count); i++) {
  const next = sequencer.next();
  const number = typeof next === "number" ? next : await next;
  const range = ranges.at(-1);
  if (range !== undefined && range[1] + 1 === number) range[1] = number;
  else ranges.push([number, number]);
}
await sequencer.close();
console.log(JSON.stringify(ranges));
