export { OldestFirst } from "./oldest-first.ts";
export { withTimeout } from "./with-timeout.ts";
