/** What a schema finds wrong with settings: one problem for each place, and the sentence that says it. */
import { z } from "zod";
import { didYouMean } from "./nearest-name.ts";

/** One thing that is wrong. */
export interface SchemaProblem {
  /** Where, from the outside in; of a key: the mapping that has it. */
  readonly path: readonly (string | number)[];
  /** What belongs there, as the schema says. Of an unknown key: the keys that there are. */
  readonly expected: string;
  /** What is there; undefined when it is missing, and where a key is wrong. */
  readonly value: unknown;
  /** The key that is wrong. */
  readonly key?: string;
  /** The keys that the mapping may have; undefined where `expected` says what its keys are. */
  readonly known?: readonly string[];
}

const separator = ", ";

/**
 * A mapping with these keys and no others. `expected` says what belongs there. What {@link problemsIn}
 * says of a key that is none has the keys that there are.
 */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape, expected = "a mapping") {
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys" ? Object.keys(shape).join(separator) : expected,
  });
}

/** The same, and the error names the keys where something else stands: for mappings of few keys. */
export function mappingOf<Shape extends z.ZodRawShape>(shape: Shape) {
  return mapping(shape, `a mapping of ${Object.keys(shape).join(separator)}`);
}

/**
 * The problems that a schema of {@link mapping}s found in what was `given`, in its order; of unknown
 * keys one each. Takes time in proportion to their number: make {@link sentenceOf} only of those that
 * are shown, since it looks for the nearest key.
 */
export function problemsIn(error: z.ZodError, given: unknown): SchemaProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, given));
}

function problemsOf(issue: z.core.$ZodIssue, given: unknown): SchemaProblem[] {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const { message: expected } = issue;
  if (issue.code === "invalid_key") {
    const [reason] = issue.issues;
    const key = String(path.pop());
    return [{ path, expected: reason?.message ?? expected, value: undefined, key }];
  }
  if (issue.code !== "unrecognized_keys") return [{ path, expected, value: valueAt(given, path) }];
  const known = expected.split(separator);
  return issue.keys.map((key) => ({ path, expected, value: undefined, key, known }));
}

/**
 * A problem without its place: `expected a port, got "x"`, `missing, expected a port`,
 * `unknown key, did you mean port?`. `got` is what may be shown of the value.
 */
export function sentenceOf({ expected, value, key, known }: SchemaProblem, got: string): string {
  if (known !== undefined) {
    return `unknown key${didYouMean(key ?? "", known) || `, expected ${expected}`}`;
  }
  if (key !== undefined) return `expected ${expected}`;
  return value === undefined ? `missing, expected ${expected}` : `expected ${expected}, got ${got}`;
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
