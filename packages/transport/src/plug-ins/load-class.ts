/** Classes named in the configuration: built in, or a module of one's own. */

import { resolve } from "node:path";
import { InMemorySmppCache } from "@esme/caches";
import {
  DeliveryReportProcessor,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "@esme/processors";
import { InMemorySequencer } from "@esme/sequencers";
import { nearestName, reasonOf } from "@esme/settings";
import { loadModule } from "../config/load-module.ts";
import { LoggingMiddleware } from "../middleware/logging-middleware.ts";
import { TransliterationMiddleware } from "../middleware/transliteration-middleware.ts";

/** What every class named in a configuration must be: `new X(its own configuration, deps)`. */
export type PartClass = new (config: never, deps: never) => object;

/** The built-in classes, each under its own name and under the one that vumi2 has for it. */
const builtIns: ReadonlyMap<string, PartClass> = new Map<string, PartClass>([
  ["@esme/sequencers#InMemorySequencer", InMemorySequencer],
  ["vumi2.transports.smpp.sequencers.InMemorySequencer", InMemorySequencer],
  ["@esme/processors#SubmitShortMessageProcessor", SubmitShortMessageProcessor],
  ["vumi2.transports.smpp.processors.SubmitShortMessageProcessor", SubmitShortMessageProcessor],
  ["@esme/processors#ShortMessageProcessor", ShortMessageProcessor],
  ["vumi2.transports.smpp.processors.ShortMessageProcessor", ShortMessageProcessor],
  ["@esme/processors#DeliveryReportProcessor", DeliveryReportProcessor],
  // Spelt so in vumi2.
  ["vumi2.transports.smpp.processors.DeliveryReportProcesser", DeliveryReportProcessor],
  ["@esme/caches#InMemorySmppCache", InMemorySmppCache],
  ["vumi2.transports.smpp.smpp_cache.InMemorySmppCache", InMemorySmppCache],
  ["@esme/transport#LoggingMiddleware", LoggingMiddleware],
  ["vumi2.middlewares.logging.LoggingMiddleware", LoggingMiddleware],
  ["@esme/transport#TransliterationMiddleware", TransliterationMiddleware],
  ["vumi2.middlewares.unidecoder.Unidecoder", TransliterationMiddleware],
]);

/** True for the names of the worker's own classes. */
export function isBuiltIn(name: string): boolean {
  return builtIns.has(name);
}

/**
 * The class that a name stands for: a built-in one, `package#Export`, or `./file.js#Export` from
 * the folder `base`. Without `#Export` it is the module's default export.
 *
 * @throws Error that says which of it is missing: the module, what it imports, the export, a class
 */
export async function loadClass(name: string, base: string): Promise<PartClass> {
  const builtIn = builtIns.get(name);
  if (builtIn) return builtIn;
  const [specifier = "", exported = "default"] = name.split("#");
  let module: Record<string, unknown>;
  try {
    module = await loadModule(specifier, base);
  } catch (cause) {
    throw new Error(`${name}: ${notLoaded(name, base, cause)}`, { cause });
  }
  const found = module[exported];
  if (isClass(found)) return found;
  if (found !== undefined) throw new Error(`${name}: the export is no class`);
  const names = Object.keys(module).sort();
  const meant = nearestName(exported, names);
  const list = names.join(", ") || "nothing";
  throw new Error(
    `${name}: the module has no export ${exported}, it exports ${list}${didYouMean(meant)}`,
  );
}

function notLoaded(name: string, base: string, cause: unknown): string {
  const meant = didYouMean(nearestName(name, builtIns.keys()));
  // A name such as `package.module.Class`.
  if (/^\w+(?:\.\w+)+$/.test(name)) {
    return `a class of Python cannot be used, name one as "package#Export"${meant}`;
  }
  const reason = reasonOf(cause);
  // Which file of ours imports it is nobody's business.
  const [what] = reason.split(" imported from ");
  return `cannot be loaded from ${resolve(base)}: ${what}${meant}`;
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `; did you mean ${name}?`;
}

function isClass(value: unknown): value is PartClass {
  return typeof value === "function" && typeof value.prototype === "object";
}
