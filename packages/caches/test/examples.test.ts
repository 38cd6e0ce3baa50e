import { describe, test } from "vitest";
import { smppCacheContract } from "../src/contract.ts";
import type { SmppCache } from "../src/index.ts";

/** A cache by name, `file#Export`, as a configuration names it. */
async function make(name: string): Promise<SmppCache> {
  const [file = "", exported = ""] = name.split("#");
  const { href } = new URL(`../examples/${file}`, import.meta.url);
  const module: Record<string, unknown> = await import(href);
  const found = module[exported];
  if (typeof found !== "function") throw new Error(`${name}: no class`);
  return Reflect.construct(found, [{}, {}]);
}

describe.each(["map-smpp-cache.ts#MapSmppCache"])("%s keeps the contract", (name) => {
  test.each(smppCacheContract({ create: () => make(name) }))("$name", ({ run }) => run());
});
