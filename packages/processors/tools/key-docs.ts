/** What is generated from the schemas of the processors: the README's tables. */
import { type KeySchema, keyTable } from "@esme/docs";
import { configSchema, jsonSchemaOf } from "../src/config-schema.ts";
import { messageOverrides } from "../src/submit/submit-config.ts";

/** The tables by their names in the README. */
export function keySections(): Record<string, string> {
  const { ussd, ...submit } = keysOf(configSchema("SubmitShortMessageProcessor"));
  const { ussd: _, ...text } = keysOf(configSchema("ShortMessageProcessor"));
  const message = Object.entries(keysOf(jsonSchemaOf(messageOverrides)));
  const messageAlone = message.filter(([key]) => !Object.hasOwn(submit, key));
  return {
    submit_keys: keyTable({ properties: submit }),
    message_keys: keyTable({ properties: Object.fromEntries(messageAlone) }),
    text_keys: keyTable({ properties: text }),
    receipt_keys: keyTable({ properties: keysOf(configSchema("DeliveryReportProcessor")) }),
    ussd_keys: keyTable(ussd ?? {}),
  };
}

function keysOf(schema: object): Record<string, KeySchema> {
  // zod's own type of a schema has every keyword of every draft.
  return (schema as KeySchema).properties ?? {};
}
