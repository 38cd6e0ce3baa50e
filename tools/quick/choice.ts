/** Which tests need nothing but Node.js: by what a test file imports, itself or through its helpers. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import all from "../../vitest.config.ts";
import { importsOf, sourceFiles } from "../arrows/sources.ts";

/** What starts a server, a browser or a process. */
const starters = [
  /^node:child_process$/,
  /^@esme\/services/,
  /^@esme\/browser\/chromium$/,
  /^playwright-core/,
];

/** Tests that take long: by chance and for as long as they are given, or by the size of their input. */
export const long = ["**/*.fuzz.test.ts", "**/*.model.test.ts", "**/*.long.test.ts"];

export const root = fileURLToPath(new URL("../..", import.meta.url));

function startsSomething(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !file.startsWith(root) || file.includes("/src/")) return false;
  seen.add(file);
  return importsOf(file).some((specifier) =>
    specifier.startsWith(".")
      ? startsSomething(join(dirname(file), specifier), seen)
      : starters.some((starter) => starter.test(specifier)),
  );
}

/** Projects named on the command line; to look at the imports of all others takes 2 s. */
export const named = process.argv.flatMap((word, index, words) =>
  words[index - 1] === "--project" ? [word] : word.startsWith("--project=") ? [word.slice(10)] : [],
);

/** Whether Vitest may run it: names may have `*` and `!`, which are Vitest's to understand. */
function isNamed(name: unknown): boolean {
  const arePlain = named.every((word) => /^[\w-]+$/.test(word));
  return named.length === 0 || !arePlain || named.some((word) => word === name);
}

/** The projects of all tests that may be run, each with the files that start something. */
export function projects() {
  return (all.test?.projects ?? []).flatMap((project) => {
    if (typeof project !== "object" || !("test" in project)) return [];
    const { name, root: folder = "." } = project.test ?? {};
    if (!isNamed(name)) return [];
    const own = join(root, folder);
    const starting = sourceFiles(join(own, "test")).filter(
      (file) => file.endsWith(".test.ts") && startsSomething(file),
    );
    return [{ project, own, starting }];
  });
}
