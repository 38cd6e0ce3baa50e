/** What a schema finds wrong with settings: one problem for each place, to be put into words where it is told. */
import { z } from "zod";

/** One thing that is wrong. */
export interface SchemaProblem {
  /** Where, from the outside in; of a key: the mapping that has it. */
  readonly path: readonly (string | number)[];
  /** What belongs there, as the schema says. Of an unknown key: the keys that there are. */
  readonly wants: string;
  /** What is there; undefined when it is missing, and where a key is wrong. */
  readonly value: unknown;
  /** The key that is wrong. */
  readonly key?: string;
  /** The keys that the mapping may have; undefined where `wants` says what its keys are. */
  readonly known?: readonly string[];
}

const separator = ", ";

/**
 * A mapping with these keys and no others. `wants` says what belongs there. What {@link problemsIn}
 * says of a key that is none has the keys that there are.
 */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape, wants = "a mapping") {
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys" ? Object.keys(shape).join(separator) : wants,
  });
}

/**
 * The problems that a schema of {@link mapping}s found in what was `given`, in its order; of unknown
 * keys one each. Takes time in proportion to their number: look for the nearest key only of those that
 * are told.
 */
export function problemsIn(error: z.ZodError, given: unknown): SchemaProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, given));
}

function problemsOf(issue: z.core.$ZodIssue, given: unknown): SchemaProblem[] {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const { message: wants } = issue;
  if (issue.code === "invalid_key") {
    const [reason] = issue.issues;
    const key = String(path.at(-1));
    return [{ path: path.slice(0, -1), wants: reason?.message ?? wants, value: undefined, key }];
  }
  if (issue.code !== "unrecognized_keys") return [{ path, wants, value: valueAt(given, path) }];
  const known = wants.split(separator);
  return issue.keys.map((key) => ({ path, wants, value: undefined, key, known }));
}

/** The value at a path; undefined when there is none. What is inherited, as `toString`, is not looked at. */
export function valueAt(tree: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === "object" && node !== null && Object.hasOwn(node, key)
        ? Reflect.get(node, key)
        : undefined,
    tree,
  );
}
