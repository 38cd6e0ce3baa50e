import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Smsc } from "@esme/smsc";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
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
    `port: expected an integer from 1 to 65535, got "smpp" (${path}, line 1)`,
  );
});

test.each([
  [["--config", "/nowhere/worker.yaml"], /--config: the file cannot be read: ENOENT/],
  [["--config"], /--config: expected a value/],
  [["--prot", "1"], /--prot: no such flag, did you mean --port\?/],
  [["--hots=x", "--ceck"], /--hots: .*--host\?\n--ceck: .*--check\?\nSee/s],
  [["--check=yes"], /--check: takes no value/],
  [
    ["worker"],
    /worker: expected the class vumi2\.transports\.smpp\.SmppTransceiverTransport behind it/,
  ],
  [
    ["worker", "vumi2.transports.smpp.SmppTransport"],
    /there is no class \S+SmppTransport here, did you mean vumi2\.transports\.smpp\.SmppTransceiverTransport\?/,
  ],
  [
    ["worker", "vumi2.transports.telnet.TelnetServerTransport"],
    /this program is vumi2\.transports\.smpp\.SmppTransceiverTransport alone/,
  ],
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

test("--check of a good file prints one line", async () => {
  const path = await file("host: smpp.example\ntransport_name: sms\n");
  const worker = run(["--check", `--config=${path}`]);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toBe(`${path}: good (sms, SMSC at smpp.example:2775)\n`);
});

test("--check tells of keys that it does not know; with --strict they end it with 2", async () => {
  const path = await file("hots: smpp.example\n");
  const environment = { VUMI_CONFIG_PREFIX: "sms", SMS_PROT: "1" };
  const worker = run(["--check", `--config=${path}`], environment);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toBe(
    `hots: not a key of this worker, ignored; did you mean host? (${path}, line 1)\n` +
      "SMS_PROT: not a key of this worker, ignored; did you mean SMS_PORT? (environment)\n" +
      `${path}: usable, warnings: 2 (smpp, SMSC at localhost:2775)\n`,
  );
  const strict = run(["--check", "--strict", `--config=${path}`], environment);
  expect(await strict.ended()).toBe(2);
  expect(strict.output).toMatch(/^hots: not a key of this worker; did you mean host\?/);
});

test.each(["{ tls: { enabld: true } }", "tls.enabld: true", "throttle: {max: 1}"])(
  "--check of %s ends with 2: a misspelt key inside a mapping is an error",
  async (text) => {
    const worker = run(["--check", "--config", await file(`${text}\n`)]);
    expect(await worker.ended()).toBe(2);
    expect(worker.output).toMatch(/(?:tls\.enabld|throttle\.max): unknown key/);
  },
);

test("--version says the version", async () => {
  const worker = run(["--version"]);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

test("vumi2's command line starts it, flags with underscores too", async () => {
  const words = ["worker", "vumi2.transports.smpp.SmppTransceiverTransport"];
  const worker = run([...words, "--system_id", "me", "--print-config"]);
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toContain('system_id: "me"  # --system-id');
});

test("a place for HTTP that is taken ends it with 1 and a sentence", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = Object(other.address());
  const worker = run(["--amqp-url", "memory:", "--http-bind", `127.0.0.1:${port}`]);
  expect(await worker.ended()).toBe(1);
  expect(worker.output).toContain(`http_bind: cannot listen on 127.0.0.1:${port}`);
  expect(worker.output).not.toMatch(/^ +at /m);
});

test("--print-config shows every value and where it came from, secrets hidden", async () => {
  const path = await file(
    "port: 2776\npassword: hunter2\nsmpp_cache_config: {url: redis://me:hunter2@r}\n",
  );
  const worker = run(["--print-config", "--config", path, "--host", "flag"], { AMQP_PORT: "5673" });
  expect(await worker.ended()).toBe(0);
  const lines = worker.output.split("\n");
  expect(lines).toContain(`port: 2776  # ${path}, line 1`);
  expect(lines).toContain('host: "flag"  # --host');
  expect(lines).toContain("amqp.port: 5673  # AMQP_PORT");
  expect(lines).toContain("smpp_bind_timeout: 30  # default");
  expect(lines).toContain(`password: "[secret]"  # ${path}, line 2`);
  expect(worker.output).not.toContain("hunter2");
});

// Modules in CommonJS that the worker loads: what is loaded is in the cache of `require`.
test("--help loads no broker, no logger and no metrics", async () => {
  const list = `import { _cache } from "node:module"; process.on("exit", () => {
    for (const file of Object.keys(_cache)) process.stderr.write(file + "\\n");
  });`;
  const option = `--import=data:text/javascript,${encodeURIComponent(list)}`;
  const worker = run(["--help"], { NODE_OPTIONS: option });
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toContain("/node_modules/yaml/");
  expect(worker.output).not.toMatch(/node_modules\/(amqplib|pino|prom-client|redis)\//);
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
    const [start] = worker.output.split("\n").map((line) => JSON.parse(line || "{}"));
    expect(start).toMatchObject({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      version: expect.stringMatching(/^\d+\.\d+/),
      file: path,
      transport_name: "smpp",
      environment: ["LOG_LEVEL", "HOST"],
      msg: expect.stringMatching(
        /starts as smpp, .*worker\.yaml; set by the environment: LOG_LEVEL, HOST$/,
      ),
    });
    await smsc.close();
  },
);
