// Long use leaves nothing behind, on both sides of the link: measured in a process of its own.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Report } from "./leak-child.ts";

const child = fileURLToPath(new URL("leak-child.ts", import.meta.url));

/** Ends only when the process has ended by itself: a handle left open fails the test. */
async function measure(kind: string, count: number): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--expose-gc", "--conditions=@esme/source", "--import", "tsx"],
    ...[child, kind, String(count)],
  ]);
  return JSON.parse(stdout);
}

const MB = 1024 * 1024;

test.each([
  ["cycles", 1_000],
  ["submits", 200_000],
])(
  "%s, %i of them, leave no listener, timer, handle, object or memory behind",
  async (kind, count) => {
    const { submitted, heap, ...left } = await measure(kind, count);
    expect(submitted).toBe(count);
    expect(left).toEqual({
      resources: [],
      signalListeners: 0,
      clientListeners: 0,
      inFlight: 0,
      waiting: 0,
      sessionsAlive: 0,
      clientsAlive: 0,
      warnings: [],
    });
    expect(heap).toBeLessThan(5 * MB);
  },
);
