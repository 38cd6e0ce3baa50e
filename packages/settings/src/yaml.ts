/** YAML files that people write: plain values with their lines; wrong text is refused in sentences. */

import { closeSync, openSync, readSync } from "node:fs";
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  Parser,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { reasonOf } from "./reason-of.ts";

/** The largest file that is read, in octets: the largest real ones have some 10,000. */
const largestFile = 1_000_000;

/** Values in a file, with each alias counted as what it stands for. */
const mostValues = 100_000;

/** Mappings and lists in one another. */
const deepest = 50;

/** Problems of one file that are told; the first ones explain the others. */
const mostProblems = 10;

/** Not YAML that can be read. `reasons` are sentences with their line; none quotes the file. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.reasons = reasons;
  }
}

/** The text of a YAML file, and the name to use for it in messages. */
export interface YamlFile {
  readonly name: string;
  readonly text: string;
}

/** A mapping as a file has it. */
export interface YamlMapping {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a key or an item stands, or the nearest one around it, such as `worker.yaml, line 3`. */
  where(path: readonly string[]): string;
}

/**
 * What plain scalars mean. `text`: what somebody typed. `typed`: what YAML says. `addresses`: the same,
 * but for numbers that YAML would write otherwise (`007`, `+27...`, more digits than a number holds):
 * those are text, since most of them are phone numbers.
 */
export type Scalars = "text" | "typed" | "addresses";

/**
 * Reads a mapping; text without anything in it is an empty one. `scalarsAt` says what the plain scalars
 * at a path mean. Takes time and memory in proportion to the text, whatever it holds.
 *
 * @throws YamlError with the line of each problem; nothing of the text is quoted but names of keys
 */
export function readYaml(
  file: YamlFile,
  scalarsAt: (path: readonly string[]) => Scalars,
): YamlMapping {
  const { name, text } = file;
  const octets = Buffer.byteLength(text);
  if (octets > largestFile) throw new YamlError([`${name}: ${tooLarge}`]);
  const lineCounter = new LineCounter();
  const refuse = (problems: readonly (readonly [offset: number, problem: string])[]): never => {
    // What follows on the same line is most often the same mistake.
    const byLine = new Map<number, string>();
    for (const [offset, problem] of problems) {
      const { line, col } = lineCounter.linePos(offset);
      if (!byLine.has(line)) byLine.set(line, `${name}, line ${line}, column ${col}: ${problem}`);
    }
    throw new YamlError(atMost([...byLine.values()]));
  };
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  for (const offset of nestedTooDeeply(tokens)) refuse([[offset, tooDeep]]);
  // `uniqueKeys` of the library compares each key with all before it. Its pretty errors quote the file.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, lineCounter });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { values: {}, where: () => name };
  if (second !== undefined) refuse([[second.range[0], sentences.MULTIPLE_DOCS ?? ""]]);
  // A tag that nobody knows is a warning there, and makes another value of what was written.
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) refuse(errors.map((error) => [error.pos[0], wrong(error, text)]));
  const reader = new Reader(document, scalarsAt);
  const values = reader.values();
  if (reader.problems.length > 0) refuse(reader.problems);
  if (values === null) return { values: {}, where: () => name };
  if (!isMap(document.contents)) {
    throw new YamlError([`${name}: expected a mapping of keys to values`]);
  }
  return {
    // What a mapping of the document becomes is a record.
    values: values as Record<string, unknown>,
    where(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = reader.offsets.get(path.slice(0, length).join("."));
        if (offset !== undefined) return `${name}, line ${lineCounter.linePos(offset).line}`;
      }
      return name;
    },
  };
}

/**
 * The text of a file, of which no more is read than a configuration may have.
 *
 * @throws Error that says what is wrong with the file, without its name
 */
export function readText(name: string): string {
  const octets = Buffer.alloc(largestFile + 1);
  let length = 0;
  try {
    const file = openSync(name, "r");
    try {
      while (length < octets.length) {
        const more = readSync(file, octets, length, octets.length - length, null);
        if (more === 0) break;
        length += more;
      }
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const reason = reasonOf(cause);
    // Node names the path, from which `//` is gone: it would not be known for a URL any more.
    throw new Error(`the file cannot be read: ${reason.replace(/, \w+ '.*'$/s, "")}`, { cause });
  }
  if (length > largestFile) throw new Error(`the file ${tooLarge}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets.subarray(0, length));
  } catch (cause) {
    throw new Error("the file is not UTF-8", { cause });
  }
}

const tooLarge = "has more than 1 MB, the most that is read";

const tooDeep = "too many levels of nesting";

/** Levels of tokens, of which a value has at most a few. */
const deepestToken = 4 * deepest;

/**
 * Where the first token stands that is nested too deeply. Composer goes down by recursion, and at the
 * end of the stack the library's own check is too late: V8 ends the process when it has to compile a
 * regular expression there ("RegExpCompiler Allocation failed").
 */
function* nestedTooDeeply(tokens: readonly CST.Token[]): Generator<number> {
  const waiting = tokens.map((token) => ({ token, level: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, level } = next;
    if (level > deepestToken) {
      yield token.offset;
      return;
    }
    const inner =
      "items" in token
        ? token.items.flatMap(({ key, value }) => [key, value])
        : [token.type === "document" ? token.value : undefined];
    for (const each of inner) if (each) waiting.push({ token: each, level: level + 1 });
  }
}

/** A name as messages show it: what is no name may be a value that lost its key. */
export function shownKey(key: string): string {
  return /^[\w.<-]{1,60}$/.test(key) ? key : `(a key of ${key.length} characters, not shown)`;
}

function atMost(problems: readonly string[]): string[] {
  const more = problems.length - mostProblems;
  return [
    ...problems.slice(0, mostProblems),
    ...(more > 0 ? [`... and ${more.toLocaleString("en")} more`] : []),
  ];
}

const quote = "put the value in quotes";

/** What is wrong, by the library's codes: its own words quote the file. */
const sentences: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  ALIAS_PROPS: `an alias (*) has an anchor (&) or a tag (!): ${quote}`,
  BAD_ALIAS: `* begins an alias, which ends at a blank and not in a colon: ${quote}`,
  BAD_COLLECTION_TYPE: `! begins a tag, and this one is for other values: ${quote}`,
  BAD_DIRECTIVE: "% begins a directive, which YAML does not have: put the line in quotes",
  BAD_DQ_ESCAPE: "\\ and what follows mean nothing in double quotes: write \\\\, or single quotes",
  BAD_INDENT: "the indentation does not fit the lines above",
  BAD_PROP_ORDER: "an anchor (&) or a tag (!) stands in the wrong place",
  BAD_SCALAR_START: `a value cannot begin with this character: ${quote}`,
  BLOCK_AS_IMPLICIT_KEY: `a second colon and blank on one line: ${quote}`,
  BLOCK_IN_FLOW: "a list or mapping with indentation cannot stand within [ ] or { }",
  KEY_OVER_1024_CHARS: "a key has more than 1,024 characters: is a colon missing?",
  MISSING_CHAR: "a colon or comma, or the blank behind it, is missing",
  MULTILINE_IMPLICIT_KEY:
    "a key goes over several lines: is a colon, or the blank behind it, missing?",
  MULTIPLE_ANCHORS: `a value has two anchors (&): ${quote}`,
  MULTIPLE_DOCS: "a second document begins here: one file is one document",
  MULTIPLE_TAGS: `a value has two tags (!): ${quote}`,
  NON_STRING_KEY: "a key is not text",
  RESOURCE_EXHAUSTION: tooDeep,
  TAB_AS_INDENT: "a tab stands where blanks belong",
  TAG_RESOLVE_FAILED: `! begins a tag, which YAML does not know: ${quote}`,
  UNEXPECTED_TOKEN: `something stands where nothing can: is a quotation mark or bracket missing? Else ${quote}`,
};

function wrong({ code, pos: [start] }: YAMLError, text: string): string {
  if (code === "MISSING_CHAR" && start >= text.length) {
    return "a quotation mark or bracket is opened before and not closed";
  }
  return sentences[code] ?? "this is no YAML";
}

/** One pass over a document. */
class Reader {
  /** Where each problem stands, as an offset, and what it is. */
  readonly problems: [offset: number, problem: string][] = [];
  /** Where each key stands, by its path. */
  readonly offsets = new Map<string, number>();
  readonly #document: Document.Parsed;
  readonly #scalarsAt: (path: readonly string[]) => Scalars;
  /** The last node with each anchor so far, and what each alias stood for in its own place. */
  readonly #anchors = new Map<string, unknown>();
  readonly #targets = new Map<Alias, unknown>();
  readonly #anchored = new Set<unknown>();
  /** The nodes around the one that is read. */
  readonly #around = new Set<unknown>();
  #count = 0;

  constructor(document: Document.Parsed, scalarsAt: (path: readonly string[]) => Scalars) {
    this.#document = document;
    this.#scalarsAt = scalarsAt;
  }

  /** The whole document; undefined inside for what is a problem. */
  values(): unknown {
    return this.#value(this.#document.contents, []);
  }

  #value(node: unknown, path: readonly string[]): unknown {
    if (node === null || node === undefined) return null;
    this.#count += 1;
    if (this.#count > mostValues) {
      return this.#problem(node, "more than 100,000 values, with what aliases stand for", true);
    }
    if (this.#around.size > deepest) return this.#problem(node, tooDeep);
    if (isAlias(node)) return this.#aliased(node, path);
    this.#remember(node);
    if (isScalar(node)) return this.#scalar(node, path);
    this.#around.add(node);
    try {
      if (isMap(node)) return this.#mapping(node, path);
      if (isSeq(node)) {
        return node.items.map((item, index) => {
          const inner = [...path, String(index)];
          this.#place(inner, item);
          return this.#value(item, inner);
        });
      }
    } finally {
      this.#around.delete(node);
    }
    return this.#problem(node, "this is no value");
  }

  #scalar(scalar: Scalar, path: readonly string[]): unknown {
    const { type, value } = scalar;
    if (value === null && scalar.anchor !== undefined) {
      return this.#problem(scalar, `& begins an anchor: ${quote}`);
    }
    return type === "PLAIN" && value !== null ? this.#meant(scalar, path) : value;
  }

  #meant({ value, source = "" }: Scalar, path: readonly string[]): unknown {
    const scalars = this.#scalarsAt(path);
    if (scalars === "text") return source;
    const isAddress = scalars === "addresses" && typeof value === "number" && losesDigits(source);
    return isAddress ? source : value;
  }

  #aliased(alias: Alias, path: readonly string[]): unknown {
    const target = this.#targetOf(alias);
    if (target === undefined) {
      return this.#problem(
        alias,
        `* begins an alias, and no anchor (&) before has its name: ${quote}`,
      );
    }
    if (this.#around.has(target)) return this.#problem(alias, "an alias stands for what it is in");
    return this.#value(target, path);
  }

  /** An anchor holds from its node on; what aliases stand for is read again and changes nothing. */
  #remember(node: unknown): void {
    const anchor: unknown = Reflect.get(Object(node), "anchor");
    if (typeof anchor !== "string" || this.#anchored.has(node)) return;
    this.#anchored.add(node);
    this.#anchors.set(anchor, node);
  }

  #targetOf(alias: Alias): unknown {
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    if (target !== undefined) this.#targets.set(alias, target);
    return target;
  }

  #mapping(map: YAMLMap, path: readonly string[]): Record<string, unknown> {
    const own = new Map<string, unknown>();
    const merged: Pair[] = [];
    for (const pair of map.items) {
      const key = this.#key(pair, path);
      if (key === undefined) continue;
      if (isMergeKey(pair)) {
        merged.push(pair);
        continue;
      }
      const inner = [...path, key];
      if (own.has(key)) this.#problem(pair.key, `${shownKey(key)} is given twice`);
      this.#place(inner, pair.key);
      own.set(key, this.#value(pair.value, inner));
    }
    for (const { key, value } of merged) this.#merge(own, key, value, path);
    // As entries: `__proto__` is a key like any other.
    return Object.fromEntries(own);
  }

  /** The keys of other mappings (`<<`): those that are there already win. */
  #merge(own: Map<string, unknown>, key: unknown, value: unknown, path: readonly string[]): void {
    const source = isAlias(value) ? this.#targetOf(value) : value;
    const sources = isSeq(source) ? source.items : [value];
    for (const each of sources) {
      const target = isAlias(each) ? this.#targetOf(each) : each;
      if (!isMap(target)) {
        this.#problem(key, "<<: expected a mapping, an alias (*) of one, or a list of these");
        continue;
      }
      const values = this.#value(each, path);
      for (const [name, inner] of Object.entries(Object(values))) {
        if (!own.has(name)) own.set(name, inner);
      }
    }
  }

  #key({ key }: Pair, path: readonly string[]): string | undefined {
    const node = isAlias(key) ? this.#targetOf(key) : key;
    if (isScalar(node) && node.value !== null) {
      this.#remember(node);
      return String(node.type === "PLAIN" ? this.#meant(node, path) : node.value);
    }
    this.#problem(key, "a key is not text");
    return undefined;
  }

  #place(path: readonly string[], node: unknown): void {
    const key = path.join(".");
    const offset = offsetOf(node);
    if (offset !== undefined && !this.offsets.has(key)) this.offsets.set(key, offset);
  }

  /** Remembers a problem; of those that many values have, one is enough. */
  #problem(node: unknown, problem: string, once = false): undefined {
    if (once && this.problems.some(([, known]) => known === problem)) return undefined;
    this.problems.push([offsetOf(node) ?? 0, problem]);
    return undefined;
  }
}

/** Whether a number comes back with other digits. */
function losesDigits(source: string): boolean {
  return /^(?:\+|[+-]?0)\d+$/.test(source) || Math.abs(Number(source)) > Number.MAX_SAFE_INTEGER;
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

function offsetOf(node: unknown): number | undefined {
  const range: unknown = Reflect.get(Object(node), "range");
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === "number" ? start : undefined;
}
