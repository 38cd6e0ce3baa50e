// How many files and functions one submitSm crosses, from the call to the socket and back.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Hops } from "./hops-child.ts";

const child = fileURLToPath(new URL("hops-child.ts", import.meta.url));

/** Each hop is one more place to read, and costs time. The codec is counted apart. */
const MOST_FILES = 18;
const MOST_FUNCTIONS = 69;

test(`submitSm crosses at most ${MOST_FILES} files and ${MOST_FUNCTIONS} functions besides the codec`, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--conditions=@esme/source", "--import", "tsx", child],
  ]);
  const hops: Hops = JSON.parse(stdout);
  const files = Object.keys(hops).sort();
  const ours = files.filter((file) => !file.startsWith("pdu/"));
  const functionsIn = (some: readonly string[]) => some.flatMap((file) => hops[file] ?? []).length;
  const besides = `${files.length - ours.length} files and ${functionsIn(files) - functionsIn(ours)} functions of the codec`;
  console.log(
    `submitSm crosses ${ours.length} files and ${functionsIn(ours)} functions, and ${besides}`,
    ...files.map((file) => `\n  ${file}: ${hops[file]?.join(", ")}`),
  );
  expect(ours.length).toBeLessThanOrEqual(MOST_FILES);
  expect(functionsIn(ours)).toBeLessThanOrEqual(MOST_FUNCTIONS);
});
