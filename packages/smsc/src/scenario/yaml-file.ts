/** YAML files that people write: their values, or a sentence with its line for everything that is wrong. */
import { closeSync, openSync, readSync } from "node:fs";
import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";

/** The longest file that is read, in octets. */
const longest = 1 << 20;

/** Mistakes that are told; of more it is told how many. */
const mostReasons = 10;

/** Not YAML that can be read. `reasons` are sentences with their line; none quotes the file. */
export class YamlError extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.name = "YamlError";
    this.reasons = reasons;
  }
}

/** What a file says. */
export interface YamlFile {
  /** Plain values. Numbers that YAML would write otherwise (`007`, `+27...`) are text. */
  readonly value: unknown;
  /** `file.yaml, line 3`: where a value is, or the key `key` in it; else what it would be in. */
  readonly placeOf: (path: readonly (string | number)[], key?: string) => string;
}

/** The text of a file. Throws YamlError when it is longer than a megabyte, and the system's error. */
export function yamlTextOf(file: string): string {
  const buffer = Buffer.alloc(longest + 1);
  const descriptor = openSync(file, "r");
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    if (length > longest) throw tooLong(file);
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads YAML. `name` is how errors call it. Throws {@link YamlError} with what is wrong. */
export function readYaml(text: string, name: string): YamlFile {
  if (Buffer.byteLength(text) > longest) throw tooLong(name);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    // Pretty errors quote the file, and with it perhaps a password.
    prettyErrors: false,
    // Takes time quadratic in the keys: done below.
    uniqueKeys: false,
    lineCounter,
  });
  const placeAt = (offset: number) => `${name}, line ${lineCounter.linePos(offset).line}`;
  const mistakes = mistakesIn(document);
  if (mistakes.length > 0) throw new YamlError(told(mistakes, placeAt));
  keepDigits(document);
  return {
    value: plainValueOf(document, (offset) => placeAt(offset)),
    placeOf: (path, key) => placeAt(offsetOf(document, path, key)),
  };
}

function tooLong(name: string): YamlError {
  const most = longest.toLocaleString("en");
  return new YamlError([`${name}: the file is longer than a megabyte (${most} octets)`]);
}

interface Mistake {
  readonly offset: number;
  readonly says: string;
}

function told(mistakes: readonly Mistake[], placeAt: (offset: number) => string): string[] {
  const first = mistakes
    .slice(0, mostReasons)
    .map(({ offset, says }) => `${placeAt(offset)}: ${says}`);
  const others = mistakes.length - first.length;
  return others > 0 ? [...first, `and ${others} more`] : first;
}

/** What the errors of the library mean; its own words may quote the file. */
const words: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_INDENT: "the indentation does not fit what stands before it",
  BAD_SCALAR_START: "a text that begins with a special character has to stand in quotes",
  BAD_DQ_ESCAPE: "a backslash in double quotes begins an escape: use single quotes",
  BLOCK_AS_IMPLICIT_KEY: "a mapping begins in the middle of a line: put the text in quotes",
  BLOCK_IN_FLOW: "no lines with dashes or indented mappings inside of [ ] and { }",
  KEY_OVER_1024_CHARS: "a key has more than 1,024 characters",
  MISSING_CHAR: "a quote, a bracket, a colon or a comma is missing",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines: a colon or a quote may be missing",
  MULTIPLE_DOCS: "the file has several documents: leave out the line ---",
  RESOURCE_EXHAUSTION: "mappings and lists are nested too deeply",
  TAB_AS_INDENT: "tabs cannot indent: use blanks",
  TAG_RESOLVE_FAILED: "a tag (a word that begins with !) is not known: put the text in quotes",
};

/** Everything that is wrong, in the order of the file. */
function mistakesIn(document: Document): Mistake[] {
  const mistakes = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    offset: pos[0],
    says: words[code] ?? `this is no YAML (${code})`,
  }));
  return mistakes.length > 0 ? mistakes : mistakesOfNodes(document);
}

/** What the library finds when it makes values, and then without a line; and keys that come twice. */
function mistakesOfNodes(document: Document): Mistake[] {
  const mistakes: Mistake[] = [];
  const anchors = new Map<string, Node>();
  const note = (node: unknown, says: string) => mistakes.push({ offset: offsetOfNode(node), says });
  visit(document, (_, node, ancestors) => {
    if (isNode(node) && "anchor" in node && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        note(node, "an alias (*) names no anchor (&) before it: put a text with * in quotes");
      } else if (ancestors.some((ancestor) => ancestor === target)) {
        note(node, "an alias (*) stands inside of what it stands for");
      }
    }
    if (isMap(node)) {
      for (const key of repeatedKeys(node)) note(key, "the key stands twice in one mapping");
    }
    if (isPair(node)) {
      if (!isScalar(node.key)) note(node.key, "a key has to be a word");
      if (isMerge(node) && !mayMerge(node.value, anchors)) {
        note(node.value, "<< takes a mapping, or an alias (*) of one");
      }
    }
  });
  return mistakes;
}

function repeatedKeys({ items }: YAMLMap): Node[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key) || typeof key.value === "symbol") return [];
    const isRepeated = seen.has(key.value);
    seen.add(key.value);
    return isRepeated ? [key] : [];
  });
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === "symbol";
}

function mayMerge(value: unknown, anchors: ReadonlyMap<string, Node>): boolean {
  if (isSeq(value)) return value.items.every((item) => mayMerge(item, anchors));
  if (!isAlias(value)) return isMap(value);
  const target = anchors.get(value.source);
  // One without an anchor is told by itself.
  return target === undefined || isMap(target);
}

/** Throws YamlError for aliases that would make more of the file than there is room for. */
function plainValueOf(document: Document, placeAt: (offset: number) => string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let last = 0;
    visit(document, {
      Alias: (_, alias) => {
        last = offsetOfNode(alias);
      },
    });
    throw new YamlError([`${placeAt(last)}: the aliases (*) up to here stand for too much`]);
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

/** Where in the file a value or a key of it begins; what stands around it when it is not there. */
function offsetOf(
  document: Document,
  path: readonly (string | number)[],
  key: string | undefined,
): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (node !== undefined) return offsetIn(node, length === path.length ? key : undefined);
  }
  return offsetIn(document.contents, path.length === 0 ? key : undefined);
}

function offsetIn(node: unknown, key: string | undefined): number {
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  return offsetOfNode(key !== undefined && pair !== undefined ? pair.key : node);
}

function offsetOfNode(node: unknown): number {
  if (typeof node !== "object" || node === null || !("range" in node)) return 0;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : 0;
}
