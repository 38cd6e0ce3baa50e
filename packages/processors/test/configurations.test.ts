/** Configuration files as people write them for vumi2, and the settings it makes of them. */
import { readFileSync } from "node:fs";
import { InMemorySmppCache } from "@esme/caches";
import { newMessage } from "@esme/messages";
import { describe, expect, test } from "vitest";
import {
  configSchema,
  DeliveryReportProcessor,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "../src/index.ts";

interface Row {
  file: string;
  submit: object;
  submit_effective: object;
  sm: object;
  dr: object;
}

const rows: Row[] = JSON.parse(
  readFileSync(new URL("./data/configurations.json", import.meta.url), "utf8"),
);
const mistyped = "13-typos-and-extras.yaml";
const message = newMessage({ to_addr: "27820001001", from_addr: "123456", content: "hello" });

describe("configuration files for vumi2", () => {
  test.each(rows.filter(({ file }) => file !== mistyped))(
    "$file is taken as it is",
    async (row) => {
      const deps = { cache: new InMemorySmppCache() };
      const submit = (config: object) =>
        new SubmitShortMessageProcessor(config).handleOutboundMessage(message);
      expect(await submit(row.submit)).toEqual(await submit(row.submit_effective));
      expect(() => new ShortMessageProcessor(row.sm, deps)).not.toThrow();
      expect(() => new DeliveryReportProcessor(row.dr, deps)).not.toThrow();
    },
  );

  test("a mistyped key, which vumi2 only warns of, is refused with the right one", () => {
    const row = rows.find(({ file }) => file === mistyped);
    expect(() => new SubmitShortMessageProcessor(row?.submit)).toThrow(
      "multipart: unknown key, did you mean multipart_handling?",
    );
  });
});

test.each([
  ["SubmitShortMessageProcessor", "multipart_handling"],
  ["ShortMessageProcessor", "repeated_within"],
  ["DeliveryReportProcessor", "status_mapping"],
] as const)(
  "the schema of %s describes what people write: %s, and no key is required",
  (name, key) => {
    const schema = configSchema(name);
    expect(schema).toHaveProperty(`properties.${key}`);
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    expect(schema).not.toHaveProperty("required");
  },
);
