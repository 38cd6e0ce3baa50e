/**
 * Runs every `ts` and `js` block of every README as a program of its own.
 *
 * Port 2775 in a block becomes the port of a simulated SMSC, port 3550 that of one behind TLS (its
 * authority is `operator-ca.pem` in the folder where blocks run), and the default URLs of RabbitMQ and
 * Redis those of the services found or started. A block passes when it ends by itself with code 0.
 * A block that needs PostgreSQL is skipped where it is not there.
 */
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findService, missingLine } from "@esme/services/find";
import { rabbitmq } from "@esme/services/rabbitmq";
import { redis } from "@esme/services/redis";
import { Smsc } from "@esme/smsc";
import { blocksOf } from "./blocks.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..", "..");
// Below this folder, so that every package of the workspace can be imported.
const work = join(here, ".readme-blocks");
const timeout = 30_000;

/** How blocks name PostgreSQL, and where it is. */
const postgres = "postgres://postgres@127.0.0.1:5432/postgres";
const postgresUrl = process.env["POSTGRES_URL"] ?? postgres;

const packages = (await readdir(join(root, "packages"))).sort();
const files = ["README.md", ...packages.map((name) => join("packages", name, "README.md"))];
const programs = (
  await Promise.all(
    files.map(async (file) =>
      blocksOf(await readFile(join(root, file), "utf8")).map((block) => ({ file, ...block })),
    ),
  )
).flat();

const smsc = await new Smsc({ port: 0 }).listen();
const secure = await new Smsc({
  port: 0,
  tls: {
    cert: await readFile(join(here, "folder", "operator-ca.pem")),
    key: await readFile(join(here, "operator-key.pem")),
  },
}).listen();
const services = await Promise.all([rabbitmq, redis].map(findOrSay));
await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });

const hasPostgres = await answersPostgres();
let failed = 0;
let skipped = 0;
try {
  for (const [index, program] of programs.entries()) {
    const place = `${program.file}:${program.line}`;
    if (!hasPostgres && program.code.includes(postgres)) {
      skipped += 1;
      console.log(`skipped: ${place} needs PostgreSQL on ${postgres}, or POSTGRES_URL`);
      continue;
    }
    const path = join(work, `${index}.${program.language}`);
    await writeFile(path, prepared(program.code));
    const { code, output } = await run(path);
    if (code === 0) continue;
    failed += 1;
    console.error(
      `${place}: the block ended with ${code ?? `no end after ${timeout} ms`}\n${output}`,
    );
  }
} finally {
  await rm(work, { recursive: true, force: true });
  await Promise.all([smsc.close(), secure.close()]);
  await Promise.all(services.map(({ stop }) => stop()));
}
const passed = programs.length - failed - skipped;
console.log(`README blocks: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function findOrSay(kind: typeof redis): Promise<{
  from: string;
  to: string;
  stop(): Promise<void>;
}> {
  const service = await findService(kind);
  if (!service) throw new Error(missingLine(kind));
  return { from: kind.defaultUrl, to: service.url, stop: () => service.stop() };
}

async function answersPostgres(): Promise<boolean> {
  // The package has no types.
  const pg: {
    Client: new (options: object) => { connect(): Promise<void>; end(): Promise<void> };
  } = createRequire(import.meta.url)("pg");
  const client = new pg.Client({ connectionString: postgresUrl });
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

function prepared(code: string): string {
  return services.reduce(
    (text, { from, to }) => text.replaceAll(from, to),
    code
      .replaceAll(postgres, postgresUrl)
      .replaceAll(/\b2775\b/g, String(smsc.port))
      .replaceAll(/\b3550\b/g, String(secure.port)),
  );
}

function run(path: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--conditions=@esme/source", "--import", "tsx", path], {
      cwd: join(here, "folder"),
      timeout,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("close", (code) => resolve({ code, output }));
  });
}
