/** Scenario files: what a message centre is, how it misbehaves, what happens when. */
import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import type { Behaviour } from "../behaviour.ts";
import { faultSchema } from "../fault-schema.ts";
import { checked, InputError, type InputProblem, mapping, sentence } from "../input.ts";
import type { SmscOptions } from "../options.ts";
import { optionKeys, optionsOf } from "./options-schema.ts";
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
 * Reads YAML. `name` is how errors call it: `file.yaml, line 3: faults[0].status: wants ..., got ...`.
 * Throws {@link ScenarioError} with everything that is wrong.
 */
export function readScenario(text: string, name = "scenario"): Scenario {
  const lineCounter = new LineCounter();
  // Pretty errors quote the file, and with it perhaps a password.
  const document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter });
  const lineOf = (offset: number) => `${name}, line ${lineCounter.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw new ScenarioError(
      document.errors.map(({ message, pos }) => `${lineOf(pos[0])}: ${message}`),
    );
  }
  keepDigits(document);
  try {
    const { faults, steps, ...options } = checked(scenario, document.toJS() ?? {});
    return { options: optionsOf(options), faults, steps };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ScenarioError(
      error.problems.map(
        (problem) => `${lineOf(offsetOf(document, problem))}: ${sentence(problem)}`,
      ),
    );
  }
}

/** What YAML takes for a number and writes otherwise, a phone number more often than not, is text. */
function keepDigits(document: Document): void {
  visit(document, {
    Scalar: (_, scalar) => {
      const { source = "", value, type } = scalar;
      if (type !== "PLAIN" || typeof value !== "number") return;
      if (/^(?:\+|[+-]?0)\d+$/.test(source) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
        scalar.value = source;
      }
    },
  });
}

/** Where in the file a problem is: the key that should not be there, else the value. */
function offsetOf(document: Document, { path, got }: InputProblem): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown =
      length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && JSON.stringify(key.value) === got);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    if (typeof node === "object" && node !== null && "range" in node) {
      const { range } = node;
      if (Array.isArray(range) && typeof range[0] === "number") return range[0];
    }
  }
  return 0;
}
