/** What is generated from the table of settings: the JSON Schema for editors, the README's rows. */
import { type KeySchema, keyTable as tableOf } from "@esme/docs";
import { z } from "zod";
import { settings } from "../src/config/settings.ts";

/** As much of JSON Schema as zod writes for the settings. */
interface Schema extends KeySchema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  pattern?: string;
}

/** Values that stand for a mapping or a list. */
const shorthands: Readonly<Record<string, Schema>> = {
  tls: { type: "boolean" },
  throttle: { type: "number" },
  binds: { type: "integer", minimum: 1, maximum: 100 },
};

/** What the loader reads beside the type itself, since it goes by the key and not by YAML. */
const alsoRead: Readonly<Record<string, Schema>> = {
  integer: { type: ["integer", "string"], pattern: "^(0x[0-9a-fA-F]+|[0-9_]+)$" },
  // A command_status: nothing else goes so far.
  status: { type: ["integer", "string"], pattern: "^(0x[0-9a-fA-F]+|[0-9_]+|ESME_\\w+)$" },
  number: { type: ["number", "string"], pattern: "^[0-9][0-9_]*(\\.[0-9]*)?$" },
  boolean: {
    type: ["boolean", "string"],
    pattern: "^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$",
  },
  string: { type: ["string", "number", "boolean"] },
};

/** What the settings take, with their defaults; secrets' defaults are not in it. */
function settingsSchema(table: z.ZodObject): Schema {
  const options = { unrepresentable: "any" } as const;
  const wanted = z.toJSONSchema(table, { io: "input", ...options });
  const given = z.toJSONSchema(table, { io: "output", ...options });
  // Read back as plain data: zod's own type of it has every keyword of every draft.
  return withDefaults(wanted as Schema, given as Schema);
}

function withDefaults(schema: Schema, output: Schema | undefined): Schema {
  const { default: _, ...rest } = schema;
  const known = output?.default;
  const hasDefault = known !== undefined && known !== "[secret]" && !schema.properties;
  const inner = Object.entries(schema.properties ?? {}).map(([key, value]) => [
    key,
    withDefaults(value, output?.properties?.[key]),
  ]);
  return {
    ...rest,
    ...(hasDefault && { default: known }),
    ...(inner.length > 0 && { properties: Object.fromEntries(inner) }),
  };
}

/** The JSON Schema of a configuration file, for editors and for profiles. */
export function configSchema(table: z.ZodObject = settings): Schema {
  const { $schema, properties = {}, ...rest } = settingsSchema(table);
  return {
    $schema,
    title: "Configuration of esme-transport",
    ...rest,
    // Unknown keys at the top are told and ignored, as by vumi2.
    additionalProperties: true,
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, schema]) => [key, shortened(key, relaxed(schema))]),
    ),
  };
}

function shortened(key: string, schema: Schema): Schema {
  const short = shorthands[key];
  if (!short) return schema;
  const { description, default: known, ...long } = schema;
  return {
    ...(description && { description }),
    ...(known !== undefined && { default: known }),
    anyOf: [relaxed(short), long],
  };
}

function relaxed(schema: Schema): Schema {
  const { properties, additionalProperties, items } = schema;
  const { enum: words, ...others } = schema;
  const isFlag = words?.includes(true) === true;
  const kind = schema.maximum === 0xffff_ffff ? "status" : isFlag ? "boolean" : schema.type;
  const own = typeof kind === "string" && (isFlag || !words) ? alsoRead[kind] : undefined;
  return {
    ...(isFlag ? others : schema),
    ...own,
    ...(schema.pattern && { pattern: schema.pattern }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, relaxed(value)]),
      ),
    }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: relaxed(additionalProperties),
    }),
    ...(items && { items: relaxed(items) }),
  };
}

/** The README's table: one row for each key. */
export function keyTable(table: z.ZodObject = settings): string {
  return tableOf(settingsSchema(table));
}
