/** The keys of a configuration as rows of a README, made from their JSON Schema. */

/** As much of JSON Schema as zod writes for configurations. */
export interface KeySchema {
  type?: string | string[];
  properties?: Record<string, KeySchema>;
  anyOf?: KeySchema[];
  enum?: unknown[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  [key: string]: unknown;
}

/** A table with one row for each key, and for each key inside a mapping of known keys. */
export function keyTable(schema: KeySchema): string {
  const rows = keyRows(schema);
  return ["| key | takes | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** Its rows; `prefix` stands before each key. */
export function keyRows(schema: KeySchema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const name = prefix + key;
    if (!inner.properties) return [row(name, inner)];
    const heading = inner.description ? [`| \`${name}\` | mapping | | ${inner.description} |`] : [];
    return [...heading, ...keyRows(inner, `${name}.`)];
  });
}

function row(name: string, schema: KeySchema): string {
  const cells = [`\`${name}\``, takes(schema), shown(schema.default), schema.description ?? ""];
  return `| ${cells.join(" | ")} |`;
}

function shown(known: unknown): string {
  if (known === undefined || known === "") return "";
  return `\`${JSON.stringify(known)}\``.replaceAll('"', "");
}

/** What the key takes, in a few words. */
function takes(schema: KeySchema): string {
  const { type, minimum, maximum, maxLength } = schema;
  if (schema.enum) return isFlag(schema.enum) ? "true, false" : words(schema.enum);
  if (type === "object") return "mapping";
  if (type === "array") return "list";
  if (type === "boolean") return "true, false";
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return `${minimum} to ${maximum}`;
  if (type === "integer" || type === "number") return "number";
  if (minimum !== undefined) return `at least ${minimum}`;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(takes))].join("; ");
  return maxLength === undefined ? "text" : `text, at most ${maxLength}`;
}

function isFlag(values: readonly unknown[]): boolean {
  return values.includes(true);
}

function words(values: readonly unknown[]): string {
  return values.map((word) => `\`${String(word)}\``).join(", ");
}
