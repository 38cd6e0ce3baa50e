/** Files and folders of a package that import each other in a circle. Imports of types count. */
import { dirname, join, relative } from "node:path";
import { importsOf, sourceFiles } from "./sources.ts";

/** What imports what: a name to the names that it imports. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * One sentence for each circle; `src` is the folder of a package's sources.
 *
 * The root of `src` is no folder of its own here: it has the entries, which import every folder,
 * and beside them what several folders share. Circles of its files are found all the same.
 */
export function circles(src: string): string[] {
  const files = fileGraph(src);
  return [
    ...circlesOf(files).map((circle) => `files import each other in a circle: ${circle}`),
    ...circlesOf(folderGraph(files)).map((circle) => `folders import each other: ${circle}`),
  ];
}

function fileGraph(src: string): Graph {
  return new Map(
    sourceFiles(src).map((file) => {
      const imported = importsOf(file).filter((specifier) => specifier.startsWith("."));
      const paths = imported.map((specifier) => relative(src, join(dirname(file), specifier)));
      return [relative(src, file), new Set(paths)];
    }),
  );
}

function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, imported] of files) {
    const from = dirname(file);
    const to = folders.get(from) ?? new Set();
    folders.set(from, to);
    for (const folder of [...imported].map((path) => dirname(path))) {
      if (folder !== from && folder !== "." && from !== ".") to.add(folder);
    }
  }
  return folders;
}

/** Each group of names that all lead to each other, as `a <-> b`. */
function circlesOf(graph: Graph): string[] {
  const reach = new Map([...graph.keys()].map((name) => [name, reachable(graph, name)]));
  const told = new Set<string>();
  const found: string[] = [];
  for (const [name, others] of reach) {
    if (!others.has(name) || told.has(name)) continue;
    const circle = [...others].filter((other) => reach.get(other)?.has(name) === true).sort();
    for (const member of circle) told.add(member);
    found.push(circle.join(" <-> "));
  }
  return found;
}

/** All that a name leads to. It leads to itself only in a circle. */
function reachable(graph: Graph, start: string): Set<string> {
  const seen = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(graph.get(name) ?? []));
  }
  return seen;
}
