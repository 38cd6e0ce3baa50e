import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sequencerContract } from "../src/contract.ts";
import type { Sequencer } from "../src/index.ts";

/** A sequencer by name, `file#Export`, as a configuration names it. */
async function make(name: string, config: object): Promise<Sequencer> {
  const [file = "", exported = ""] = name.split("#");
  const { href } = new URL(`../examples/${file}`, import.meta.url);
  const module: Record<string, unknown> = await import(href);
  const found = module[exported];
  if (typeof found !== "function") throw new Error(`${name}: no class`);
  return Reflect.construct(found, [config]);
}

describe("file-sequencer.ts#FileSequencer", () => {
  let folder = "";
  let files = 0;
  const newFile = () => join(folder, String(files++));
  const create = (config: object) => make("file-sequencer.ts#FileSequencer", config);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "esme-sequencers-"));
  });

  afterAll(() => rm(folder, { recursive: true }));

  describe("keeps the contract", () => {
    const cases = sequencerContract({
      create: (options) => create({ file: newFile(), ...options }),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("never repeats a number after a restart", async () => {
    const file = newFile();
    const before = await create({ file });
    expect([await before.next(), await before.next()]).toEqual([1, 2]);
    expect(await (await create({ file })).next()).toBe(1001);
    expect((await readdir(folder)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  test("says what is wrong with its file", async () => {
    const file = newFile();
    await writeFile(file, "text");
    await expect(create({ file })).rejects.toThrow("expected a number, delete it to begin anew");
  });
});
