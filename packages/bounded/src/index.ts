export { OldestFirst } from "./oldest-first.ts";
export { type Queued, TurnQueue } from "./turn-queue.ts";
export { withTimeout } from "./with-timeout.ts";
