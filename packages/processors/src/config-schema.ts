/** The configuration of the processors as JSON Schema, for editors and for the README's tables. */

import * as z from "zod";
import { deliveryReportConfig } from "./receipt/delivery-report-config.ts";
import { submitConfig } from "./submit/submit-config.ts";
import { shortMessageConfig } from "./text/short-message-config.ts";

const schemas = {
  SubmitShortMessageProcessor: submitConfig,
  ShortMessageProcessor: shortMessageConfig,
  DeliveryReportProcessor: deliveryReportConfig,
};

/** A schema of JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the constructor of that class takes as its configuration, by JSON Schema 2020-12. */
export function configSchema(processor: keyof typeof schemas): JsonSchema {
  return jsonSchemaOf(schemas[processor]);
}

/** What a mapping of keys takes, with its defaults. */
export function jsonSchemaOf(schema: z.ZodObject): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    // Of what is transformed zod leaves the default out, since it has not the type of the input.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
    },
  });
}
