/**
 * Runs what the Dockerfile runs after the build, without Docker: deploys each program to an empty
 * folder and starts it there as the image would. What only an image can show is not shown here.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const compose: unknown = parse(readFileSync(join(root, "compose.yaml"), "utf8"));
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

function at(tree: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), tree);
}

try {
  const deploys = [...dockerfile.matchAll(/^RUN (.* deploy .*)$/gm)].map(([, line = ""]) => line);
  if (deploys.length !== 2) throw new Error("Dockerfile: wants two deploys");
  for (const line of deploys) run(line.replace("/out/", `${out}/`).split(" "), root);
  for (const target of ["transport", "smsc"]) {
    run([...execForm("ENTRYPOINT", target), "--help"], out);
    console.log(`${target}: starts from what the image holds`);
  }
  const [volume = ""] = Object.values(Object(at(compose, "services", "worker", "volumes")));
  const [example = ""] = String(volume).split(":");
  if (!existsSync(join(root, example))) throw new Error(`compose.yaml: ${example} is not there`);
  const worker = [...execForm("ENTRYPOINT", "transport"), "--check", "--config"];
  run([...worker, join(root, example)], out);
  console.log(`transport: takes ${example}`);
  for (const [name, service] of Object.entries(Object(at(compose, "services")))) {
    const target = at(service, "build", "target");
    if (target !== undefined && !dockerfile.includes(` AS ${String(target)}\n`)) {
      throw new Error(`compose.yaml: ${name} wants the target ${String(target)}`);
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
