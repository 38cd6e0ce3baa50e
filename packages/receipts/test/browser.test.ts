/** The package runs where there is no Node.js: nothing of it needs Buffer, process or a module of Node.js. */
import { fileURLToPath } from "node:url";
import { bundle } from "@esme/browser/bundle";
import { runWithoutNode } from "@esme/browser/without-node";
import { expect, test } from "vitest";

test("receipts are read and written in a browser", () => {
  const { code } = bundle(fileURLToPath(new URL("browser.ts", import.meta.url)));
  const results: unknown[] = [];
  runWithoutNode({ TextDecoder, TextEncoder, results }, code);
  expect(results).toEqual(["4711", "delivered", "2026-11-22T00:05Z", "привет"]);
});
