/** What came of the mutants, in lines: the score, the score of each file, and who survived. */
import type { MutantResult } from "@stryker-mutator/api/core";

/** A mutant that a test noticed: one failed, waited for ever, or an error was left over. */
const noticed = new Set(["Killed", "Timeout", "RuntimeError"]);
const unnoticed = new Set(["Survived", "NoCoverage"]);

/** The report of a run; `folder` is cut off from the names of files. */
export function report(results: readonly MutantResult[], folder: string): string {
  const counted = results.filter(({ status }) => noticed.has(status) || unnoticed.has(status));
  const files = new Map<string, MutantResult[]>();
  for (const mutant of counted) {
    const { fileName } = mutant;
    const name = fileName.slice(fileName.indexOf(folder) + folder.length + 1);
    files.set(name, [...(files.get(name) ?? []), mutant]);
  }
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...sorted.flatMap(([name, mutants]) => survivors(name, mutants)),
    "",
    ...sorted.map(([name, mutants]) => `${score(mutants)}  ${name}`),
    `${score(counted)}  all`,
  ].join("\n");
}

function survivors(name: string, mutants: readonly MutantResult[]): string[] {
  return mutants
    .filter(({ status }) => unnoticed.has(status))
    .sort((a, b) => a.location.start.line - b.location.start.line)
    .map(({ location: { start }, mutatorName, replacement, status }) => {
      const instead = (replacement ?? "").replaceAll(/\s+/g, " ").slice(0, 100);
      const why = status === "NoCoverage" ? ", no test comes here" : "";
      return `${name}:${start.line}:${start.column}  ${mutatorName}: ${instead}${why}`;
    });
}

function score(mutants: readonly MutantResult[]): string {
  const found = mutants.filter(({ status }) => noticed.has(status)).length;
  const share = mutants.length === 0 ? "-" : ((100 * found) / mutants.length).toFixed(1);
  return `${share.padStart(5)} %  ${String(found).padStart(5)} of ${String(mutants.length).padStart(5)}`;
}
