import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Smsc } from "@esme/smsc";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WorkerProcess } from "./worker-process.ts";

let folder: string;
const running: WorkerProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "esme-transport-"));
});

afterEach(async () => {
  for (const worker of running.splice(0)) {
    worker.kill("SIGKILL");
    await worker.ended();
  }
  await rm(folder, { recursive: true });
});

async function file(text: string): Promise<string> {
  const path = join(folder, "worker.yaml");
  await writeFile(path, text);
  return path;
}

function run(words: readonly string[], environment?: NodeJS.ProcessEnv): WorkerProcess {
  const worker = new WorkerProcess(words, environment);
  running.push(worker);
  return worker;
}

test("a wrong key ends it with 2 and a sentence that names key, value and wish", async () => {
  const path = await file("port: smpp\n");
  const worker = run(["--config", path]);
  expect(await worker.ended()).toBe(2);
  expect(worker.output).toContain(
    `port: wants a whole number from 1 to 65535, got "smpp" (${path})`,
  );
});

test.each([
  [["--config", "/nowhere/worker.yaml"], /--config: the file cannot be read: ENOENT/],
  [["--config"], /--config: wants a value/],
  [["--prot", "1"], /--prot: no such flag/],
])("%j ends it with 2 and says what is wrong", async (words, pattern) => {
  const worker = run(words);
  expect(await worker.ended()).toBe(2);
  expect(worker.output).toMatch(pattern);
});

test("a wrong key of a class ends it with 2 and names the key", async () => {
  const worker = run(["--config", await file("submit_sm_processor_config: {multipart: udh}\n")]);
  expect(await worker.ended()).toBe(2);
  expect(worker.output).toMatch(/submit_sm_processor_config.*multipart.*multipart_handling/s);
});

test("--check ends it with 0 and tells of keys that it does not know", async () => {
  const path = await file("host: smpp.example\nhostname: other\n");
  const worker = run(["--check", `--config=${path}`]);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toBe(`hostname: not a key of this worker, ignored (${path})\n`);
});

test("--print-config shows every value and where it came from, secrets hidden", async () => {
  const path = await file(
    "port: 2776\npassword: hunter2\nsmpp_cache_config: {url: redis://me:hunter2@r}\n",
  );
  const worker = run(["--print-config", "--config", path, "--host", "flag"], { AMQP_PORT: "5673" });
  expect(await worker.ended()).toBe(0);
  const lines = worker.output.split("\n");
  expect(lines).toContain(`port: 2776  # ${path}`);
  expect(lines).toContain('host: "flag"  # --host');
  expect(lines).toContain("amqp.port: 5673  # AMQP_PORT");
  expect(lines).toContain("smpp_bind_timeout: 30  # default");
  expect(lines).toContain(`password: "[secret]"  # ${path}`);
  expect(worker.output).not.toContain("hunter2");
});

test("--help lists every flag", async () => {
  const worker = run(["--help"]);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toContain("--amqp-hostname");
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "it binds, stops on %s with 0, and its whole log has no secret",
  async (signal) => {
    const smsc = new Smsc({ port: 0 });
    await smsc.listen();
    const path = await file("password: hunter2\namqp_url: 'memory:'\n");
    const worker = run(["--config", path, "--port", String(smsc.port)], {
      HOST: "127.0.0.1",
      LOG_LEVEL: "trace",
    });
    await worker.until(/bound to the SMSC/);
    worker.kill(signal);
    expect(await worker.ended()).toBe(0);
    expect(worker.output).not.toContain("hunter2");
    expect(worker.output).toMatch(/"stopped"/);
    await smsc.close();
  },
);
