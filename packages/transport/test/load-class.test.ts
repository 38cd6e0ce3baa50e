import { fileURLToPath } from "node:url";
import { InMemorySmppCache } from "@esme/caches";
import { DeliveryReportProcessor } from "@esme/processors";
import { InMemorySequencer } from "@esme/sequencers";
import { expect, test } from "vitest";
import { checkConfig } from "../src/config/config.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { loadClass } from "../src/plug-ins/load-class.ts";
import { buildPlugIns } from "../src/plug-ins/plug-ins.ts";
import { silentLogger } from "./silent-logger.ts";

const folder = fileURLToPath(new URL("./data/classes", import.meta.url));

const build = (input: TransportConfigInput) =>
  buildPlugIns(checkConfig(input).config, silentLogger, folder, () => {});

test.each([
  ["@esme/sequencers#InMemorySequencer", InMemorySequencer],
  ["vumi2.transports.smpp.sequencers.InMemorySequencer", InMemorySequencer],
  ["vumi2.transports.smpp.processors.DeliveryReportProcesser", DeliveryReportProcessor],
  ["vumi2.transports.smpp.smpp_cache.InMemorySmppCache", InMemorySmppCache],
  ["@esme/caches#InMemorySmppCache", InMemorySmppCache],
])("%s is built in", async (name, expected) => {
  expect(await loadClass(name, folder)).toBe(expected);
});

test.each([
  ["./own.mjs#OwnSequencer", "OwnSequencer"],
  ["./own.mjs", "default"],
  [`${folder}/own.mjs#OwnSequencer`, "OwnSequencer"],
])("%s is found from the folder of the configuration", async (name, expected) => {
  expect((await loadClass(name, folder)).name).toMatch(expected);
});

test("a package's export is found", async () => {
  expect((await loadClass("yaml#Document", process.cwd())).name).toBe("Document");
});

test.each([
  ["./nowhere.mjs#A", /cannot be loaded from .*classes: .*nowhere\.mjs/s],
  [
    "acme_sms.smpp.RedisSequencer",
    /^acme_sms\.smpp\.RedisSequencer: a class of Python cannot be used, name one as "package#Export"$/,
  ],
  [
    "vumi2.transports.smpp.processors.DeliveryReportProcessor",
    /did you mean vumi2\.transports\.smpp\.processors\.DeliveryReportProcesser\?$/,
  ],
  [
    "vumi2.transports.smpp.sequencer.InMemorySequencer",
    /did you mean vumi2\.transports\.smpp\.sequencers\.InMemorySequencer\?$/,
  ],
  ["@esme/sequencer#InMemorySequencer", /did you mean @esme\/sequencers#InMemorySequencer\?$/],
  ["./own.mjs#OwnSequenser", /it exports .*; did you mean OwnSequencer\?$/],
  ["./broken.mjs#A", /cannot be loaded from .*: broken on purpose/],
  [
    "./own.mjs#Missing",
    /has no export Missing, it exports NoSequencer, OwnSequencer, aValue, default/,
  ],
  ["./own.mjs#aValue", /the export is no class/],
])("%s is refused and the reason is told", async (name, reason) => {
  await expect(loadClass(name, folder)).rejects.toThrow(reason);
});

test.each<[string, TransportConfigInput, string]>([
  [
    "sequencer_config",
    { sequencer_config: { firts: 7 } },
    "InMemorySequencer: unknown option firts (number), did you mean first?",
  ],
  [
    "smpp_cache_config",
    { smpp_cache_config: { timout: 7 } },
    "InMemorySmppCache: unknown option timout (number), did you mean timeout?",
  ],
])("an unknown key of %s is an error", async (key, input, says) => {
  await expect(build(input)).rejects.toThrow(`${key}: ${says}`);
});

test("the sequencer of vumi2 takes any configuration, with a warning, and numbers in quotes are taken", async () => {
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (...line: unknown[]) => lines.push(line) };
  const config: TransportConfigInput = {
    sequencer_class: "vumi2.transports.smpp.sequencers.InMemorySequencer",
    sequencer_config: { first: 7 },
    smpp_cache_config: { timeout: "60" },
  };
  const { sequencer } = await buildPlugIns(checkConfig(config).config, logger, folder, () => {});
  expect(await sequencer.next()).toBe(1);
  expect(lines).toEqual([
    [{ keys: ["first"] }, expect.stringMatching(/^sequencer_config is ignored/)],
  ]);
});

test("a class gets its own configuration untouched, and what the worker has", async () => {
  const { sequencer } = await build({
    sequencer_class: "./own.mjs#OwnSequencer",
    sequencer_config: { anything: { at: ["all"] } },
  });
  expect(await sequencer.next()).toBe(500);
  expect(sequencer).toMatchObject({
    config: { anything: { at: ["all"] } },
    deps: {
      transportName: "smpp",
      host: "localhost",
      system_id: "smppclient1",
      logger: silentLogger,
    },
  });
});

test.each([
  [
    { sequencer_class: "./own.mjs#NoSequencer" },
    /^sequencer_class: \.\/own\.mjs#NoSequencer is not a sequencer, which has next\(\)$/,
  ],
  [
    { sequencer_class: "./own.mjs#OwnSequencer", sequencer_config: { step: "bad" } },
    /^sequencer_config: step: expected a number, got bad$/,
  ],
  [{ dr_processor_class: "./nowhere.mjs#A" }, /^dr_processor_class: /],
  [{ sm_processor_config: { charset: "x" } }, /^sm_processor_config: charset: unknown key/],
])("%j is refused with the key in front", async (input, reason) => {
  await expect(build(input)).rejects.toThrow(reason);
});
