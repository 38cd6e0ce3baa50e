/** What plug-ins opened is given back: each once, after the last message, whatever else fails. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { PlugInShutdown } from "../src/plug-ins/plug-in-shutdown.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { prepare, start, type World } from "./world.ts";

const file = fileURLToPath(new URL("./data/classes/shutdown.mjs", import.meta.url));

const own = {
  sequencer_class: `${file}#Numbers`,
  smpp_cache_class: `${file}#Cache`,
  submit_sm_processor_class: `${file}#Submit`,
  sm_processor_class: `${file}#Texts`,
  dr_processor_class: `${file}#Receipts`,
  middlewares: [
    { class_path: `${file}#Middle`, enable_for_connectors: ["smpp"], event_enabled: true },
    { class_path: `${file}#Middle`, enable_for_connectors: ["elsewhere"] },
  ],
} satisfies TransportConfigInput;

const all = ["Numbers", "Cache", "Submit", "Texts", "Receipts", "Middle", "Middle"];

/** Which classes logged that, in order. */
const told = ({ log }: Pick<World, "log">, what: string): string[] => {
  const lines = log.messages("info").filter((line) => line.startsWith(`${what} `));
  return lines.map((line) => line.slice(what.length + 1));
};

test("a stop closes every plug-in once, after the last message, the cache after what uses it", async () => {
  const world = await start({ config: own });
  const { application, log, smsc, transport } = world;
  smsc.behave({ fault: "delay", ms: 100 });
  await application.send("hello");
  const submitting = new Promise((resolve) => smsc.once("submit", resolve));
  await submitting;
  await Promise.all([transport.stop(), transport.stop()]);
  await transport.stop();
  expect(told(world, "closed").sort()).toEqual([...all].sort());
  const lines = log.messages("info");
  const lastUse = lines.findLastIndex((line) => line.startsWith("used "));
  expect(lastUse).toBeGreaterThan(0);
  expect(lines.findIndex((line) => line.startsWith("closed "))).toBeGreaterThan(lastUse);
  expect(new Set(told(world, "closed").slice(-2))).toEqual(new Set(["Cache", "Numbers"]));
});

test.each([
  ["fails", "it is busy"],
  ["hangs", "close() did not end within"],
])("one that %s is logged with its key, and keeps no other from it", async (how, reason) => {
  const world = await prepare({
    config: { ...own, drain_timeout: 1, dr_processor_config: { [how]: true } },
  });
  await world.transport.prepare();
  await world.transport.stop();
  expect(told(world, "closed").sort()).toEqual([...all].sort());
  expect(world.log.messages("warn")).toContain("a plug-in did not close");
  expect(world.log.text()).toContain("dr_processor_class");
  expect(world.log.text()).toContain(reason);
});

describe("nothing is left of", () => {
  test.each<[string, TransportConfigInput]>([
    ["a processor that cannot be made", { dr_processor_class: `${file}#Nowhere` }],
    ["a middleware that cannot be made", { middlewares: [{ class_path: `${file}#Nowhere` }] }],
    ["TLVs that cannot be", { tlvs: { mine: { tag: 0x0204 } } }],
  ])("a start that fails for %s", async (_, config) => {
    const world = await prepare({ config: { ...own, ...config } });
    await expect(world.transport.start()).rejects.toThrow();
    expect(told(world, "made").length).toBeGreaterThan(1);
    expect(told(world, "closed").sort()).toEqual(told(world, "made").sort());
  });

  test.each<[string, (world: World) => Promise<void>]>([
    ["a stop", async () => {}],
    ["a start and a stop", ({ transport }) => transport.start()],
  ])("a start after %s: it is refused", async (_, before) => {
    const world = await prepare({ config: own });
    await before(world);
    await world.transport.stop();
    await expect(world.transport.start()).rejects.toThrow("the transport was stopped");
    await expect(world.transport.stop()).resolves.toBeUndefined();
    expect(told(world, "closed").sort()).toEqual(told(world, "made").sort());
  });
});

test("one plug-in for two keys is closed once", async () => {
  const log = new RecordingLogger();
  const shutdown = new PlugInShutdown(log);
  let closed = 0;
  const plugin = { close: () => (closed += 1) };
  shutdown.add("sm_processor_class", plugin);
  shutdown.next();
  shutdown.add("dr_processor_class", plugin);
  shutdown.add("sequencer_class", {});
  await Promise.all([shutdown.close(1_000), shutdown.close(1_000)]);
  expect(closed).toBe(1);
  expect(log.messages("warn")).toEqual([]);
});
