/** The package runs where there is no Node: nothing of it needs Buffer, process or a module of Node's. */
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { bundle } from "../../sm-split/test/bundle.ts";

test("receipts are read and written in a browser", async () => {
  const script = await bundle(fileURLToPath(new URL("browser.ts", import.meta.url)));
  const world = { TextDecoder, TextEncoder, results: [] };
  runInContext(script, createContext(world));
  expect(world.results).toEqual(["4711", "delivered", "2026-11-22T00:05Z", "привет"]);
});
