// How many files and functions one submitSm crosses, from the call to the socket and back.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Hops } from "./hops-child.ts";

const child = fileURLToPath(new URL("hops-child.ts", import.meta.url));

test("submitSm crosses at most 20 files and 70 functions", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--conditions=@esme/source", "--import", "tsx", child],
  ]);
  const hops: Hops = JSON.parse(stdout);
  const files = Object.keys(hops);
  const functions = Object.values(hops).flat();
  const list = files.map((file) => `  ${file}: ${hops[file]?.join(", ")}`).join("\n");
  console.log(`submitSm crosses ${files.length} files and ${functions.length} functions\n${list}`);
  expect(files.length).toBeLessThanOrEqual(20);
  expect(functions.length).toBeLessThanOrEqual(70);
});
