/** Scenario files: what a message centre is, how it misbehaves, what happens when. */
import { mapping } from "@esme/settings/schema";
import { readYaml, YamlError, type YamlMapping } from "@esme/settings/yaml";
import { z } from "zod";
import type { Behaviour } from "../faults/behaviours.ts";
import { faultSchema } from "../faults/fault-schema.ts";
import { checked, InputError, type InputProblem, sentence } from "../input/input.ts";
import type { SmscOptions } from "../options.ts";
import { optionKeys, optionsOf } from "./file-options.ts";
import { type Step, stepSchema } from "./step.ts";

/** A scenario, read from its file. */
export interface Scenario {
  /** Those that the file names. */
  readonly options: SmscOptions;
  /** In force from the start; the first in the file is asked first. */
  readonly faults: readonly Behaviour[];
  readonly steps: readonly Step[];
}

/** A scenario file that cannot be played. `message` has a line for each reason. */
export class ScenarioError extends Error {
  constructor(reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.name = "ScenarioError";
  }
}

const scenario = mapping({
  ...optionKeys,
  faults: z.array(faultSchema, { error: "a list of faults" }).default([]),
  steps: z.array(stepSchema, { error: "a list of steps" }).default([]),
});

/**
 * Reads YAML. `name` is how errors call it: `file.yaml, line 3: faults[0].status: expected ..., got ...`.
 * Throws {@link ScenarioError} with what is wrong.
 */
export function readScenario(text: string, name = "scenario"): Scenario {
  try {
    const { values, where } = readYaml({ name, text }, () => "addresses");
    return scenarioOf(values, where);
  } catch (error) {
    if (error instanceof YamlError) throw new ScenarioError(error.reasons);
    throw error;
  }
}

function scenarioOf(values: unknown, where: YamlMapping["where"]): Scenario {
  try {
    const { faults, steps, ...options } = checked(scenario, values);
    return { options: optionsOf(options), faults, steps };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ScenarioError(
      error.problems.map(
        (problem) => `${where(placeOf(problem).map(String))}: ${sentence(problem)}`,
      ),
    );
  }
}

/** A key that does not belong there has a line of its own. */
function placeOf({ path, key }: InputProblem): InputProblem["path"] {
  return key === undefined ? path : [...path, key];
}
