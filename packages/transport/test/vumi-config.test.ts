/** Configurations of vumi2 workers, and the settings that its own loader makes of them. */
import { readFileSync } from "node:fs";
import { newMessage } from "@esme/messages";
import { ConfigError } from "@esme/settings";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LoadedConfig, loadConfig } from "../src/config/config.ts";
import type { TransportConfig } from "../src/config/settings.ts";
import { bindPlans } from "../src/link/binds.ts";
import { middlewareEntries } from "../src/middleware/middleware-config.ts";
import { loadClass } from "../src/plug-ins/load-class.ts";
import { buildMiddlewares } from "../src/plug-ins/middlewares.ts";
import { PlugInShutdown } from "../src/plug-ins/plug-in-shutdown.ts";
import { buildPlugIns } from "../src/plug-ins/plug-ins.ts";
import { silentLogger } from "./silent-logger.ts";

type Worker = Readonly<Record<string, unknown>>;
interface Expected {
  readonly worker?: Worker;
  readonly refused?: unknown;
  readonly warnings?: readonly string[] | null;
  readonly middlewares?: readonly object[];
  readonly file?: string;
  readonly environment?: string;
  readonly command_line?: string;
}

const read = (name: string): string =>
  readFileSync(new URL(`./data/vumi-config/${name}`, import.meta.url), "utf8");

const expected: {
  readonly [section in "files" | "environment" | "command_line" | "layers"]: Readonly<
    Record<string, Expected>
  >;
} = JSON.parse(read("expected.json"));

function load({ file, environment, command_line }: Expected): LoadedConfig {
  const lines = (environment ? read(environment) : "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const words: string[] = command_line ? JSON.parse(read(command_line)) : [];
  return loadConfig({
    ...(file && { file: { name: file, text: read(file) } }),
    environment: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))),
    // The first two words name vumi2's command and class.
    flags: words.slice(2),
  });
}

/** Where the loader itself was at fault, ours is right. */
const better: Readonly<Record<string, Worker>> = {
  // YAML 1.1 made other text of what was written.
  "15-unquoted-scalars.yaml": {
    password: "01234567",
    system_type: "off",
    address_range: "12:30",
  },
};

/** Our settings as vumi2 would show them. */
function shown(config: TransportConfig): Worker {
  const { amqp, amqp_url, password, sentry_dsn, ...plain } = config;
  return {
    ...plain,
    amqp: { ...amqp, password: amqp.password.reveal() },
    amqp_url: amqp_url.reveal(),
    password: password.reveal(),
    sentry_dsn: sentry_dsn.reveal(),
  };
}

/** The logging middleware's own, which vumi2 fills in where it makes the class. */
const defaults = { log_level: "info", logger_name: "vumi2.middlewares.logging" };

const entries = (section: keyof typeof expected, as: keyof Expected) =>
  Object.entries(expected[section]).map(
    ([name, row]) => [name, section === "layers" ? row : { ...row, [as]: name }] as const,
  );

const rows = [
  ...entries("files", "file"),
  ...entries("environment", "environment"),
  ...entries("command_line", "command_line"),
  ...entries("layers", "file"),
].filter(([, row]) => row.worker !== undefined || row.refused);

/** An empty file and an empty block end vumi2; here they mean the defaults. */
const startsHere = new Set(["17-null-block.yaml", "18-empty.yaml"]);

/** A key that vumi2 warns about ends this worker: it stands where a misspelt one would be missed. */
const refusedHere = new Set(["13-typos-and-extras.yaml"]);

describe("the settings of", () => {
  test.each(rows.filter(([name, { worker }]) => worker && !refusedHere.has(name)))(
    "%s",
    async (name, row) => {
      const config = shown(load(row).config);
      const wanted = { ...row.worker, ...better[name] };
      for (const [key, value] of Object.entries(wanted)) {
        // Text that vumi2 leaves out is empty here.
        const comparable = value === null ? "" : value;
        if (key.endsWith("_class") && String(value).startsWith("vumi2.")) {
          const [ours, theirs] = [String(config[key]), String(value)];
          expect(await loadClass(ours, "."), key).toBe(await loadClass(theirs, "."));
        } else expect({ [key]: config[key] }).toEqual({ [key]: comparable });
      }
    },
  );

  test.each(rows.filter(([name]) => startsHere.has(name)))("%s are the defaults", (_, row) => {
    expect(load(row).config.port).toBe(2775);
  });
});

describe("refused, as by vumi2:", () => {
  const refused = rows.filter(([name, row]) => row.refused && !startsHere.has(name));
  test.each(refused)("%s", (_, row) => {
    expect(() => load(row)).toThrow(ConfigError);
  });
});

test("unknown keys that vumi2 warns about are told, one inside a mapping of the worker's is refused", () => {
  const name = "13-typos-and-extras.yaml";
  expect(() => load({ file: name })).toThrow(
    `amqp.host: unknown key, did you mean hostname? (${name}, line 4)`,
  );
  const text = read(name).replace("  host:", "  hostname:");
  const { warnings } = loadConfig({ file: { name, text } });
  expect(warnings).toEqual([
    `hostname: not a key of this worker, ignored; did you mean host? (${name}, line 7)`,
    `enquire_link_interval: not a key of this worker, ignored; did you mean smpp_enquire_link_interval? (${name}, line 10)`,
  ]);
});

test.each(Object.entries(expected.files).filter(([, { middlewares }]) => middlewares))(
  "the middlewares of %s",
  async (file, { middlewares = [] }) => {
    const { config } = load({ file });
    const entries = middlewareEntries(config.middlewares);
    expect(entries.map(({ place, own, ...keys }) => ({ ...defaults, ...keys, ...own }))).toEqual(
      middlewares.map((wanted) => ({ ...defaults, ...wanted })),
    );
    const { outbound, inbound, event } = await buildMiddlewares(
      config,
      silentLogger,
      ".",
      new PlugInShutdown(silentLogger),
    );
    expect([outbound, inbound, event]).toEqual(Array(3).fill(expect.any(Function)));
  },
);

describe("numbers in a file of vumi2's", () => {
  test.each(Array.from({ length: 34 }, (_, number) => number))(
    "interface_version %i is 3.3 or earlier",
    (number) => {
      const { config } = loadConfig({ file: { name: "f", text: `interface_version: ${number}` } });
      expect(bindPlans(config)[0]?.bind.interface_version).toBe(0x33);
    },
  );

  const submitted = async (text: string) => {
    const { config } = loadConfig({ file: { name: "f", text } });
    const { submit, close } = await buildPlugIns(config, silentLogger, ".", () => {});
    onTestFinished(() => close(0));
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });
    return (await submit.handleOutboundMessage(message))[0];
  };

  test.each([
    ["source_addr_ton: 5, source_addr_npi: 9", { source_addr_ton: 5, source_addr_npi: 9 }],
    ["source_addr_npi: 6, dest_addr_ton: 1", { source_addr_npi: 6, dest_addr_ton: 1 }],
    ["dest_addr_npi: PRIVATE", { dest_addr_npi: 9 }],
    ["data_coding: 8", { data_coding: 8 }],
    ["data_coding: '8'", { data_coding: 8 }],
    ["source_addr_ton: '1', dest_addr_npi: \"0\"", { source_addr_ton: 1, dest_addr_npi: 0 }],
    ["registered_delivery: {sme_originated_acks: [0]}", { registered_delivery: 0 }],
    ["registered_delivery: {sme_originated_acks: [1]}", { registered_delivery: 4 }],
    ["registered_delivery: {sme_originated_acks: [1, 2]}", { registered_delivery: 12 }],
    ["registered_delivery: {delivery_receipt: 1}", { registered_delivery: 1 }],
  ])("%s goes out as the transport document has it", async (text, fields) => {
    expect(await submitted(`submit_sm_processor_config: {${text}}`)).toMatchObject(fields);
  });

  test("quoted ones are taken everywhere", async () => {
    const text = `
port: "2776"
mt_tps: "10.5"
throttle: {statuses: "88, 0x14", max_pause: "20"}
binds: [{port: "2777", count: "2"}]
tlvs: {pe_id: {tag: "0x1400", max: "30"}}
smpp_cache_config: {timeout: "60", multipartTimeout: '60'}
middlewares: [{class_path: vumi2.middlewares.logging.LoggingMiddleware, enable_for_connectors: ["smpp"], outbound_enabled: "true"}]
`;
    const { config } = loadConfig({ file: { name: "f", text } });
    expect(config).toMatchObject({
      port: 2776,
      mt_tps: 10.5,
      throttle: { statuses: [0x58, 0x14], max_pause: 20 },
      binds: [{ port: 2777, count: 2 }],
      tlvs: { pe_id: { tag: 0x1400, max: 30 } },
    });
    const parts = await buildPlugIns(config, silentLogger, ".", () => {});
    expect(parts.middlewares.outbound).toBeDefined();
    await parts.close(0);
  });
});
