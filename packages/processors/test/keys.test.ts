/** The keys of the processors: each is one row, from which everything else is made. */
import { readFileSync } from "node:fs";
import { keyTable } from "@esme/docs";
import { flag, mapping } from "@esme/settings/schema";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { readConfig } from "../src/config.ts";
import { jsonSchemaOf } from "../src/config-schema.ts";
import { ConfigError } from "../src/index.ts";
import { deliveryReportConfig } from "../src/receipt/delivery-report-config.ts";
import { messageOverrides, submitConfig } from "../src/submit/submit-config.ts";
import { shortMessageConfig } from "../src/text/short-message-config.ts";
import { ussdConfig } from "../src/ussd/ussd-dialect.ts";
import { keySections } from "../tools/key-docs.ts";

describe("a new key is one row:", () => {
  const keep_order = flag.default(true).describe("Parts go out in order");
  const schema = mapping({ ...submitConfig.shape, keep_order });

  test("its types", () => {
    const given: z.input<typeof schema> = { keep_order: "false" };
    const read: z.output<typeof schema> = readConfig(schema, given);
    const value: boolean = read.keep_order;
    expect(value).toBe(false);
  });

  test("its default", () => {
    expect(readConfig(schema, {}).keep_order).toBe(true);
  });

  test.each([
    [{ keep_order: "perhaps" }, 'keep_order: expected true or false, got "perhaps"'],
    [{ keep_ordr: true }, "keep_ordr: unknown key, did you mean keep_order?"],
  ])("its check: %j", (given, sentence) => {
    expect(() => readConfig(schema, given)).toThrow(new ConfigError([sentence]));
  });

  test("its row of the README and of the JSON Schema", () => {
    const table = keyTable(jsonSchemaOf(schema));
    expect(table).toContain("\n| `keep_order` | true, false | `true` | Parts go out in order |");
  });
});

test("the README has the tables (npm run generate)", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const [name, table] of Object.entries(keySections())) {
    expect(readme).toContain(
      `<!-- ${name}: npm run generate -->\n${table}\n<!-- end of ${name} -->`,
    );
  }
});

test("every key says what it is for", () => {
  const rows = Object.values(keySections()).flatMap((table) => table.split("\n"));
  expect(rows.filter((row) => row.endsWith("|  |"))).toEqual([]);
});

test.each<[string, z.ZodObject, object]>([
  [
    "submit_sm_processor_config",
    submitConfig,
    {
      fallback_data_coding: "ucs2",
      multipart_handling: "short_message",
      max_parts: 255,
      national_tables: "none",
      service_type: "",
      source_addr_ton: 0,
      source_addr_npi: 0,
      dest_addr_ton: 0,
      dest_addr_npi: 1,
      registered_delivery: {
        delivery_receipt: 0,
        sme_originated_acks: [],
        intermediate_notification: false,
        parts: "all",
      },
      validity_period: "",
      schedule_delivery_time: "",
      priority_flag: 0,
      protocol_id: 0,
      esm_class: 0,
      tlvs: {},
      part_limits: {},
      single_limits: {},
      multipart_sar_reference_rollover: 65_536,
      address_rules: { alphanumeric_sender: false, leading_plus: false },
      dest_addr_form: "as_written",
      required_tlvs: [],
      unsupported: [],
    },
  ],
  ["transport_metadata.smpp", messageOverrides, {}],
  [
    "sm_processor_config",
    shortMessageConfig,
    {
      data_coding_overrides: { overrides: {}, packed: new Set() },
      udh_without_udhi: false,
      repeated_within: 10,
    },
  ],
  [
    "dr_processor_config",
    deliveryReportConfig,
    {
      status_additions: {},
      sources: { tlvs: true, esm_class: true, body: true },
      id_format: "as_is",
      multipart_reports: "per_part",
      early_receipts: 60,
      receipt_details: false,
      receipt_text: false,
      receipt_dates: {},
    },
  ],
  [
    "ussd",
    ussdConfig,
    { dialect: "default", max_session_length: 180, ussd_code_pdu_field: "short_message" },
  ],
])("the defaults of %s", (_, schema, defaults) => {
  expect(readConfig(schema, {})).toStrictEqual(defaults);
});

test("what a message has itself replaces a whole mapping, with its defaults", () => {
  expect(readConfig(messageOverrides, { registered_delivery: { parts: "last" } })).toStrictEqual({
    registered_delivery: {
      delivery_receipt: 0,
      sme_originated_acks: [],
      intermediate_notification: false,
      parts: "last",
    },
  });
});
