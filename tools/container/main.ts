/**
 * Runs what the Dockerfile runs after the build, without Docker: deploys each program to an empty
 * folder and starts it there as the image would. Of each compose file it looks at what one can know
 * without Docker. What only an image can show is not shown here.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRabbitmqCluster } from "@esme/services/rabbitmq-cluster";
import { type Compose, readCompose, strangers, workerConfiguration } from "./compose.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const composeFiles = ["compose.yaml", "compose.cluster.yaml"];
const out = mkdtempSync(join(tmpdir(), "esme-container-"));

/** The words of a line in exec form, with the image's folder replaced by the one here. */
function execForm(instruction: string, target: string): string[] {
  const [, stage = ""] =
    new RegExp(`AS ${target}\\n([\\s\\S]*?)(?=\\nFROM|$)`).exec(dockerfile) ?? [];
  const [, words] = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(stage) ?? [];
  if (words === undefined)
    throw new Error(`Dockerfile: no ${instruction} in exec form in ${target}`);
  const parsed: string[] = JSON.parse(words);
  return parsed.map((word) => word.replace(/^\/app\//, `${join(out, target)}/`));
}

function run(words: readonly string[], cwd: string): string {
  const [command = "", ...args] = words;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${words.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
}

/** The targets of the Dockerfile, and whether each has a health check. */
function targets(): ReadonlyMap<string, boolean> {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  return new Map(
    stages.map((stage) => [/^\S+ AS (\S+)/.exec(stage)?.[1] ?? "", /^HEALTHCHECK/m.test(stage)]),
  );
}

/** A RabbitMQ starts with these lines, the other nodes' names aside. */
async function takesLines(source: string): Promise<void> {
  const lines = readFileSync(join(root, source), "utf8").split("\n");
  const settings = lines.filter((line) => line !== "" && !/^#|\.nodes\.\d/.test(line));
  const node = await startRabbitmqCluster({ size: 1, settings });
  if (!node) return console.log(`skipped: no rabbitmq-server to try ${source} with`);
  await node.stop();
  console.log(`rabbitmq: takes ${source}`);
}

async function check(file: string, compose: Compose, worker: readonly string[]): Promise<void> {
  const { problems, mounts } = compose;
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const example = workerConfiguration(file, compose);
  run([...worker, join(root, example)], out);
  console.log(`transport: takes ${example}`);
  for (const source of new Set(mounts.map((mount) => mount.source))) {
    const unknown = strangers(readFileSync(join(root, source), "utf8"), compose);
    if (unknown.length > 0) throw new Error(`${source}: ${file} has no service ${unknown}`);
    if (source.endsWith(".conf")) await takesLines(source);
  }
  console.log(`${file}: good`);
}

try {
  const deploys = [...dockerfile.matchAll(/^RUN (.* deploy .*)$/gm)].map(([, line = ""]) => line);
  if (deploys.length !== 2) throw new Error("Dockerfile: wants two deploys");
  for (const line of deploys) run(line.replace("/out/", `${out}/`).split(" "), root);
  for (const target of ["transport", "smsc"]) {
    run([...execForm("ENTRYPOINT", target), "--help"], out);
    console.log(`${target}: starts from what the image holds`);
  }
  const worker = [...execForm("ENTRYPOINT", "transport"), "--check", "--strict", "--config"];
  for (const file of composeFiles) await check(file, readCompose(root, file, targets()), worker);
} finally {
  rmSync(out, { recursive: true, force: true });
}
