/** Modules that the configuration names: files, and packages beside the configuration. */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** A module by its path from the folder `base`, or a package's; rejects as `import` does. */
export async function loadModule(
  specifier: string,
  base: string,
): Promise<Record<string, unknown>> {
  return import(locate(specifier, base));
}

/** A file by its path from `base`; a package from `base` too, else from where the worker is. */
function locate(specifier: string, base: string): string {
  if (/^\.{0,2}\//.test(specifier)) return pathToFileURL(resolve(base, specifier)).href;
  try {
    const from = createRequire(join(resolve(base), "worker.yaml"));
    return pathToFileURL(from.resolve(specifier)).href;
  } catch {
    return specifier;
  }
}
