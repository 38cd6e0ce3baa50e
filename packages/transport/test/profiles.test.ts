/** Every shipped profile: its form, that it works, and that it says what its row states. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMessage } from "@esme/messages";
import { configSchema as processorSchema } from "@esme/processors";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkConfig, loadConfig } from "../src/config/config.ts";
import { loadProfile, profileNames } from "../src/config/profile.ts";
import { groupKeys, settings } from "../src/config/settings.ts";
import { clientOptions } from "../src/link/client-options.ts";
import { buildPlugIns } from "../src/plug-ins/plug-ins.ts";
import { knobs, withoutProfile } from "../tools/knobs.ts";
import { profileSchema, profilesReadme } from "../tools/profile-docs.ts";
import {
  configOf,
  operators,
  plugInsOf,
  type Row,
  rowOf,
  stated,
  submitted,
} from "./profile-world.ts";
import { silentLogger } from "./silent-logger.ts";

const folder = new URL("../profiles/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const json = (name: string) => JSON.parse(read(name));

const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictTuples: false });
const configurationSchema = JSON.parse(
  readFileSync(new URL("../config.schema.json", folder), "utf8"),
);
const base = "https://esme.example/profiles/schema.json";
ajv.addSchema(configurationSchema, "https://esme.example/config.schema.json");
const fits = ajv.compile({ ...json("schema.json"), $id: base });

describe("every profile", () => {
  test.each(profileNames())("%s fits the schema", (slug) => {
    expect(fits(json(`${slug}.json`)), JSON.stringify(fits.errors)).toBe(true);
  });

  test.each(profileNames())("%s makes a configuration without a warning", async (slug) => {
    const { config, warnings, origins } = checkConfig({ profile: slug });
    expect(warnings).toEqual([]);
    expect([...origins.values()]).toContain(`profile ${slug}`);
    const { sequencer } = await plugInsOf(slug);
    expect(clientOptions(config, sequencer, silentLogger).codec).toBeDefined();
  });

  test.each(profileNames())("%s has the sources of its row, and notes", (slug) => {
    const { kind, read, notes } = json(`${slug}.json`);
    expect({ kind, read }).toEqual({ kind: rowOf(slug).kind, read: rowOf(slug).read });
    expect(notes.length).toBeGreaterThan(0);
    for (const note of notes) expect(note).toMatch(/^\S.*[^.\s]$/);
  });

  test.each(profileNames())("%s holds no account", (slug) => {
    expect(read(`${slug}.json`)).not.toMatch(
      /"(?:system_id|password|username|amqp\w*)"|:\/\/[^/\s"]*@/,
    );
  });

  test("gives way to the file, key by key", () => {
    const file = {
      name: "worker.yaml",
      text: [
        "profile: smsportal",
        "mt_tps: 200",
        "tlvs: { mine: { tag: 0x1500, type: text } }",
        "submit_sm_processor_config: { dest_addr_ton: 1 }",
      ].join("\n"),
    };
    const { config, origins } = loadConfig({ file });
    expect(config.mt_tps).toBe(200);
    expect(config.smpp_window).toBe(10);
    expect(Object.keys(config.tlvs)).toEqual(["customer_reference", "cost_centre", "mine"]);
    expect(config.submit_sm_processor_config).toMatchObject({ dest_addr_ton: 1, dest_addr_npi: 0 });
    expect(origins.get("smpp_window")).toBe("profile smsportal");
  });
});

describe("the schema of a profile", () => {
  test.each<[string, object]>([
    ["a key that is none", { config: { mt_tp: 5 } }],
    ["a value of another type", { config: { mt_tps: "fast" } }],
    ["a secret", { config: { password: "secret" } }],
    ["a key of the worker's", { config: { amqp_url: "amqp://localhost" } }],
    ["a processor's key that is none", { config: { dr_processor_config: { id_formt: "auto" } } }],
    [
      "a processor's value",
      { config: { submit_sm_processor_config: { multipart_handling: "udh" } } },
    ],
    ["a definition of a TLV", { config: { tlvs: { a: { tag: 1, type: "float" } } } }],
    ["an unknown key beside", { config: {}, note: "x" }],
    ["no configuration", {}],
  ])("refuses %s", (_, profile) => {
    expect(fits({ name: "x", ...profile })).toBe(false);
  });

  test("leaves the configuration of a class of one's own alone", () => {
    const config = { dr_processor_class: "./mine.js", dr_processor_config: { anything: 1 } };
    expect(fits({ name: "x", config })).toBe(true);
  });
});

test("the example of the README is a profile that works", async () => {
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
  expect(fits(JSON.parse(example)), JSON.stringify(fits.errors)).toBe(true);
  const folder = await mkdtemp(join(tmpdir(), "esme-profile-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "mine.yaml"), example);
  const { config, warnings } = checkConfig({ profile: "./mine.yaml" }, folder);
  expect(warnings).toEqual([]);
  const { submit, cache } = await buildPlugIns(config, silentLogger, folder, () => {});
  onTestFinished(() => cache.close());
  const [pdu] = await submit.handleOutboundMessage(
    newMessage({ to_addr: "27820001001", from_addr: "Vumi", content: "x" }),
  );
  expect(pdu?.unknown_tlvs).toEqual([{ tag: 0x1400, value: new TextEncoder().encode("4711") }]);
});

describe("what is generated from the profiles", () => {
  test("is as `npm run generate` writes it", () => {
    expect(json("schema.json")).toEqual(JSON.parse(JSON.stringify(profileSchema())));
    expect(read("README.md")).toBe(profilesReadme(new URL("README.md", folder)));
  });

  test("leaves no row out: each has a profile, or a reason for none", () => {
    const rows = new Set(profileNames().map((slug) => rowOf(slug).name));
    const told = [...rows, ...Object.keys(withoutProfile)];
    expect(told.sort()).toEqual(operators.providers.map(({ name }) => name).sort());
  });

  test("has no files but those", () => {
    const files = readdirSync(folder).filter((file) => !file.endsWith(".json"));
    expect(files).toEqual(["README.md"]);
  });
});

describe("the differences between operators", () => {
  test("are those that were found, in that order", () => {
    const found = operators.quirk_summary.map(({ knob }) => knob);
    expect(knobs.map(({ knob }) => knob)).toEqual(found);
  });

  const processors = {
    submit_sm_processor_config: "SubmitShortMessageProcessor",
    sm_processor_config: "ShortMessageProcessor",
    dr_processor_config: "DeliveryReportProcessor",
  } as const;

  /** The keys that stand below a key. */
  function keysBelow(key: string): readonly string[] {
    const own = groupKeys(key);
    if (own !== undefined) return own;
    const processor = new Map(Object.entries(processors)).get(key);
    return Object.keys(Object(processor && processorSchema(processor)["properties"]));
  }

  test.each(knobs)("$knob has settings that exist", ({ settings: paths }) => {
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const [key = "", inner] = path.split(".");
      expect(Object.keys(settings.shape)).toContain(key);
      if (inner !== undefined) expect(keysBelow(key)).toContain(inner);
    }
  });

  test.each(knobs)(
    "$knob is set by the profiles that are named",
    ({ settings: paths, profiles, remark }) => {
      for (const slug of profiles) {
        const { config } = loadProfile(slug, ".");
        expect(
          paths.some((path) => at(config, path) !== undefined),
          slug,
        ).toBe(true);
      }
      if (profiles.length === 0) expect(remark).toBeDefined();
    },
  );
});

describe("what a row states, its profile has", () => {
  test.each(stated((row) => row.window))("%s: a window of %i", (slug, window) => {
    expect(configOf(slug).smpp_window).toBe(window);
  });

  test.each(stated((row) => row.throughput?.messages_per_second))(
    "%s: %i a second",
    (slug, rate) => {
      expect(configOf(slug).mt_tps).toBe(rate);
    },
  );

  test.each(stated((row) => row.enquire_link?.interval_s))(
    "%s: enquire_link every %i s",
    (slug, interval) => {
      expect(configOf(slug).smpp_enquire_link_interval).toBe(interval);
    },
  );

  test.each(stated((row) => (row.tls?.required === true ? true : undefined)))("%s: TLS", (slug) => {
    expect(configOf(slug).tls.enabled).toBe(true);
  });

  const versions = ["1.2", "1.3"];
  const oldest = ({ tls }: Row) =>
    tls?.min_version && versions.includes(tls.min_version) ? tls.min_version : undefined;

  test.each(stated(oldest))("%s: TLS %s or later", (slug, version) => {
    expect(configOf(slug).tls.min_version).toBe(`TLSv${version}`);
  });

  const ownStatuses = ({ error_codes }: Row) =>
    typeof error_codes?.command_status === "object"
      ? Object.keys(Object(error_codes.command_status)).filter((status) => /^0x\w+$/.test(status))
      : undefined;

  test.each(stated(ownStatuses))("%s: the statuses %j", (slug, statuses) => {
    const known = Object.keys(configOf(slug).statuses).map(Number);
    expect(known).toEqual(expect.arrayContaining(statuses.map(Number)));
  });

  const tags = ({ vendor_tlvs }: Row) =>
    vendor_tlvs?.flatMap(({ tag }) => (tag === null ? [] : [Number(tag)]));

  test.each(stated(tags))("%s: the TLVs %j", (slug, wanted) => {
    expect(Object.values(configOf(slug).tlvs).map(({ tag }) => tag)).toEqual(wanted);
  });

  const senders: Readonly<Record<string, string>> = {
    alphanumeric: "Vumi",
    short_code: "12345",
    international: "+27820002002",
    leading_plus: "+27820002002",
    msisdn: "27820002002",
    recommended: "27820002002",
  };

  const pairs = stated(({ source_addr = {} }) => source_addr).flatMap(([slug, kinds]) =>
    Object.entries(senders).flatMap(([kind, from_addr]) => {
      const pair = kinds[kind];
      return Array.isArray(pair) ? [[slug, from_addr, pair[0], pair[1] ?? 0] as const] : [];
    }),
  );

  test.each(pairs)("%s: the sender %s has TON %i and NPI %i", async (slug, from_addr, ton, npi) => {
    const [pdu] = await submitted(slug, "x", { from_addr, transport_metadata: required(slug) });
    expect([pdu?.source_addr_ton, pdu?.source_addr_npi]).toEqual([ton, npi]);
    expect(pdu?.source_addr).toBe(from_addr.replace("+", ""));
  });

  const destinations = stated(({ dest_addr }) =>
    Array.isArray(dest_addr) ? dest_addr : undefined,
  );

  test.each(destinations)("%s: a recipient has TON and NPI %j", async (slug, pair) => {
    const [pdu] = await submitted(slug, "x", { transport_metadata: required(slug) });
    expect([pdu?.dest_addr_ton, pdu?.dest_addr_npi]).toEqual(pair);
  });

  /** Values for the TLVs without which the profile sends nothing. */
  function required(slug: string): Record<string, unknown> {
    const names = configOf(slug).submit_sm_processor_config["required_tlvs"] ?? [];
    if (!Array.isArray(names)) throw new Error(`required_tlvs of ${slug} is no list`);
    return { smpp: { tlvs: Object.fromEntries(names.map((name) => [name, "x"])) } };
  }
});

function at(config: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (node, key) => Object.getOwnPropertyDescriptor(Object(node), key)?.value,
      config,
    );
}
