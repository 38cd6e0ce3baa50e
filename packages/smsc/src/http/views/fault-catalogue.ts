/** Every fault in words, with what can be set about it: what the page makes its forms from. */
import { z } from "zod";
import type { ConnectionFault, RequestFault } from "../../faults/fault.ts";
import { faults } from "../../faults/faults.ts";
import { snakeCase } from "../../input/keys.ts";

const parameter = z.strictObject({
  name: z.string().describe("The key in the fault"),
  says: z.string(),
  unit: z.string().exactOptional(),
  kind: z.enum(["number", "status", "choice", "weights"]),
  value: z.union([z.number(), z.string()]).describe("The value that the page begins with"),
  choices: z.array(z.string()).exactOptional(),
});

/** One fault that there is. */
export const knownFault = z
  .strictObject({
    fault: z.string(),
    title: z.string(),
    says: z.string().describe("What it does, in words"),
    about: z.enum(["answers", "link"]).describe("What the fault is in"),
    parameters: z.array(parameter),
  })
  .meta({ id: "KnownFault" });

export type KnownFault = z.infer<typeof knownFault>;

/** These faults in words. */
export function catalogueOf(faults: readonly (RequestFault | ConnectionFault)[]): KnownFault[] {
  return faults.map(({ fault, title, says, about, keys }) => {
    const parameters = Object.entries(keys).flatMap(([key, { says, form }]) =>
      form === undefined ? [] : [{ name: snakeCase(key), says, ...form }],
    );
    return { fault, title, says, about, parameters };
  });
}

/** In the order in which the page shows them. */
export const faultCatalogue: readonly KnownFault[] = catalogueOf(faults);
