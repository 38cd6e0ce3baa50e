/** The table of faults in the README, from their rows. */
import { z } from "zod";
import type { ConnectionFault, FaultKey, RequestFault } from "../src/faults/fault.ts";

/** A line for each fault: its name, what it does, what can be set. */
export function faultTable(faults: readonly (RequestFault | ConnectionFault)[]): string {
  const rows = faults.map(
    ({ fault, says, keys }) =>
      `| \`${fault}\` | ${says} | ${Object.entries(keys).map(keyWords).join("; ")} |`,
  );
  return ["| fault | what it does | keys |", "|---|---|---|", ...rows].join("\n");
}

/** `` `jitter`: more or less (ms, optional) ``. */
function keyWords([name, { is, says, form }]: [string, FaultKey]): string {
  const choices =
    form?.kind === "choice" ? `: ${form.choices.map((choice) => `\`${choice}\``).join(", ")}` : "";
  const notes = [
    ...(form?.kind === "number" && form.unit !== undefined ? [form.unit] : []),
    ...(is instanceof z.ZodExactOptional ? ["optional"] : []),
  ];
  const noted = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  return `\`${name}\`: ${says}${choices}${noted}`;
}
