/** The dependency picture as a table, and the imports that it does not allow. Circles never are. */
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { circles } from "./circles.ts";
import { importsOf, sourceFiles } from "./sources.ts";

/** What a package may import. */
interface Arrow {
  /** Siblings, for every file in `src`. */
  readonly siblings: readonly string[];
  /** Siblings that one file or folder (with `/`) alone may import: they stay optional for everybody else. */
  readonly only?: Readonly<Record<string, readonly string[]>>;
  /** Published packages. */
  readonly libraries?: readonly string[];
  /** Files that may use Node's own modules; absent: all of them. */
  readonly nodeFiles?: readonly string[];
  /** The files in the root of `src`: the entries. Absent: any. */
  readonly root?: readonly string[];
  /** Folders of `src` that only the named files outside of them may import. */
  readonly importers?: Readonly<Record<string, readonly string[]>>;
}

/** Bottom-up: wire and text, roles and contract, link and policy, wiring. */
export const arrows: Readonly<Record<string, Arrow>> = {
  pdu: { siblings: ["settings"], nodeFiles: [] },
  "gsm-codec": { siblings: [], libraries: ["iconv-lite"], nodeFiles: [] },
  "sm-split": { siblings: ["gsm-codec", "settings"], libraries: ["iconv-lite"], nodeFiles: [] },
  receipts: { siblings: ["pdu", "sm-split", "settings"], nodeFiles: [] },
  explain: { siblings: ["pdu", "sm-split", "receipts"], nodeFiles: ["src/cli.ts"] },
  messages: { siblings: [], libraries: ["zod"] },
  settings: { siblings: [], libraries: ["yaml", "zod"], nodeFiles: ["src/yaml.ts"] },
  bounded: { siblings: [], nodeFiles: [] },
  http: { siblings: ["settings"], libraries: ["hono"] },
  redis: { siblings: ["settings", "bounded"], libraries: ["redis"] },
  ledger: {
    siblings: ["settings"],
    only: { "src/redis.ts": ["redis"], "src/redis-scripts.ts": ["redis"] },
  },
  sequencers: { siblings: ["settings"], only: { "src/redis.ts": ["redis"] } },
  caches: {
    siblings: ["settings", "bounded"],
    only: { "src/redis.ts": ["redis"], "src/redis-scripts.ts": ["redis"] },
  },
  session: { siblings: ["pdu", "sequencers", "settings"] },
  client: {
    siblings: ["session", "pdu", "sequencers", "settings"],
    only: { "src/text/": ["sm-split", "receipts", "bounded"] },
  },
  server: { siblings: ["session", "pdu", "settings", "bounded"] },
  smsc: {
    siblings: [
      "server",
      "session",
      "pdu",
      "sm-split",
      "receipts",
      "explain",
      "settings",
      "bounded",
      "http",
    ],
    libraries: ["zod"],
    root: [
      "src/index.ts",
      "src/cli.ts",
      "src/smsc.ts",
      "src/options.ts",
      "src/flags.ts",
      "src/page-files.ts",
    ],
  },
  processors: {
    siblings: [
      "pdu",
      "sm-split",
      "receipts",
      "messages",
      "sequencers",
      "caches",
      "settings",
      "bounded",
    ],
    libraries: ["re2js", "zod"],
  },
  transport: {
    siblings: [
      "client",
      "processors",
      "sequencers",
      "caches",
      "ledger",
      "redis",
      "settings",
      "bounded",
      "http",
      "messages",
      "pdu",
      "gsm-codec",
    ],
    libraries: [
      "@sentry/node",
      "amqplib",
      "any-ascii",
      "pino",
      "pino-pretty",
      "prom-client",
      "zod",
    ],
    root: ["src/index.ts", "src/cli.ts", "src/smpp-transport.ts"],
    importers: { "src/http": ["src/smpp-transport.ts"] },
  },
};

/** One sentence for each import that is not allowed; `root` is the repository's folder. */
export function violations(root: string): string[] {
  const packages = readdirSync(join(root, "packages"));
  const unknown = packages
    .filter((name) => !(name in arrows))
    .map((name) => `packages/${name}: not in the picture, give it a row in tools/arrows/arrows.ts`);
  return [...unknown, ...packages.flatMap((name) => violationsOf(root, name))];
}

function violationsOf(root: string, name: string): string[] {
  const arrow = arrows[name];
  if (!arrow) return [];
  const folder = join(root, "packages", name);
  const inCircles = circles(join(folder, "src")).map((circle) => `packages/${name}: ${circle}`);
  const notInTheTable = sourceFiles(join(folder, "src")).flatMap((file) => {
    const path = relative(folder, file);
    if (dirname(path) === "src" && arrow.root?.includes(path) === false) {
      return [`packages/${name}/${path}: the root of src is for ${arrow.root.join(", ")}`];
    }
    return importsOf(file).flatMap((specifier) => {
      const problem = forbidden(name, arrow, path, specifier);
      return problem ? [`packages/${name}/${path}: imports ${specifier}, ${problem}`] : [];
    });
  });
  return [...inCircles, ...notInTheTable];
}

function forbidden(
  name: string,
  arrow: Arrow,
  path: string,
  specifier: string,
): string | undefined {
  if (specifier.startsWith(".")) return notAnImporter(arrow, path, join(dirname(path), specifier));
  if (specifier.startsWith("node:")) {
    const allowed = arrow.nodeFiles?.includes(path) ?? true;
    return allowed ? undefined : `but ${name} runs without Node here`;
  }
  const [scope = "", second = ""] = specifier.split("/");
  if (scope !== "@esme") {
    const library = scope.startsWith("@") ? `${scope}/${second}` : scope;
    return arrow.libraries?.includes(library) ? undefined : "which is not among its libraries";
  }
  const only = Object.entries(arrow.only ?? {}).flatMap(([where, siblings]) =>
    path === where || (where.endsWith("/") && path.startsWith(where)) ? siblings : [],
  );
  const allowed = [...arrow.siblings, ...only];
  if (allowed.includes(second)) return undefined;
  return `but ${name} may import ${allowed.join(", ") || "no sibling"}`;
}

function notAnImporter(arrow: Arrow, path: string, imported: string): string | undefined {
  const folder = dirname(imported);
  const importers = arrow.importers?.[folder];
  if (importers === undefined || dirname(path) === folder) return undefined;
  return importers.includes(path) ? undefined : `which only ${importers.join(", ")} may`;
}
