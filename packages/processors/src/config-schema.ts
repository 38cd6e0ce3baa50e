/** The configuration of the processors as JSON Schema, for editors and for files of settings. */

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
  return z.toJSONSchema(schemas[processor], { io: "input", unrepresentable: "any" });
}
