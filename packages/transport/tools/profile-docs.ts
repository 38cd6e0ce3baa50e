/** What is generated from the profiles: their JSON Schema, and the tables of their README. */
import { readFileSync } from "node:fs";
import { configSchema as processorSchema } from "@esme/processors";
import { loadProfile, notOperators, profileNames } from "../src/config/profile.ts";
import { settings } from "../src/config/settings.ts";
import { knobs, withoutProfile } from "./knobs.ts";

const processors = {
  submit_sm_processor: "SubmitShortMessageProcessor",
  sm_processor: "ShortMessageProcessor",
  dr_processor: "DeliveryReportProcessor",
} as const;

const text = { type: "string", minLength: 1 };

/** The JSON Schema of a profile, which goes beside that of the configuration. */
export function profileSchema(): object {
  const keys = Object.keys(settings.shape).filter((key) => !notOperators.has(key));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Profile of an operator for esme-transport",
    type: "object",
    required: ["name", "config"],
    additionalProperties: false,
    properties: {
      $schema: text,
      name: { ...text, description: "The operator's name" },
      kind: { ...text, description: "What it is: aggregator, operator, gateway ..." },
      sources: {
        type: "array",
        items: text,
        description: "The pages or papers that say all this",
      },
      read: { ...text, description: "How much of them was read" },
      config: {
        description: "Keys of the configuration, below those of the file",
        allOf: [{ $ref: "../config.schema.json" }, ...Object.keys(processors).map(processor)],
        propertyNames: { enum: keys },
      },
      notes: {
        type: "array",
        items: text,
        description: "What an operator must know that is no setting",
      },
    },
  };
}

/** The keys of a processor, unless the profile names a class of its own. */
function processor(name: string): object {
  // A key of the table above: zod's mapped keys and the tables agree by the test of the schema.
  const { $schema: _, ...schema } = processorSchema(processors[name as keyof typeof processors]);
  return {
    if: { required: [`${name}_class`] },
    else: { properties: { [`${name}_config`]: schema } },
  };
}

/** A profile's row: its name in the configuration, the operator, what it sets, its sources. */
export function profileTable(): string {
  const rows = profileNames().map((slug) => {
    const { name, config, sources } = loadProfile(slug, ".");
    const keys = pathsOf(config).map((path) => `\`${path}\``);
    return `| \`${slug}\` | ${name} | ${keys.join(", ")} | ${sources.length} |`;
  });
  return ["| profile | operator | sets | sources |", "|---|---|---|---|", ...rows].join("\n");
}

/** The operators without one, and why. */
export function unshippedList(): string {
  return Object.entries(withoutProfile)
    .map(([name, reason]) => `- ${name}: ${reason}.`)
    .join("\n");
}

/** What operators differ in, the settings that say it, and some profiles that have one of them. */
export function knobTable(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const rows = knobs.map(
    ({ knob, settings, profiles, remark = "" }) =>
      `| ${knob} | ${code(settings)} | ${code(profiles)} | ${remark} |`,
  );
  return ["| difference | settings | profiles with one | |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}

/** The README with its tables made anew. */
export function profilesReadme(path: URL): string {
  const tables = { profiles: profileTable(), unshipped: unshippedList(), knobs: knobTable() };
  return Object.entries(tables).reduce(
    (readme, [name, table]) =>
      readme.replace(
        new RegExp(`(<!-- ${name}: npm run generate -->\n)[\\s\\S]*?(\n<!-- end of ${name} -->)`),
        (_, begin: string, end: string) => begin + table + end,
      ),
    readFileSync(path, "utf8"),
  );
}

/** The keys that a profile sets: one level deep in mappings, as the README of each names them. */
function pathsOf(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && isGroup(key)
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
}

function isGroup(key: string): boolean {
  return key.endsWith("_config") || ["tls", "reconnect", "throttle"].includes(key);
}
