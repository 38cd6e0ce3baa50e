/**
 * Measures the worker as an HTTP gateway beside Kannel (Debian: apt-get install kannel): one message a
 * request, over 50 kept connections, to the same SMSC: `pnpm --filter @esme/bench gateway`. Each
 * message counts when the SMSC has it. Exits with 1 when a promise is missed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cpuOf } from "./worker/cores.ts";
import { BenchProcess } from "./worker/process.ts";
import type { Counts } from "./worker/smsc.ts";

const ROUNDS = 3;
const MESSAGES = 20_000;
/** Before they count: V8 compiles what is hot meanwhile. */
const WARM_UP = 10_000;
const CONNECTIONS = 50;
const WINDOW = 100;

const promised = { rate: 6_000, cpu: 0.2 };

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const text = "The quick brown fox jumps over the lazy dog.";
const numberOf = (index: number): string => `2782${String(index).padStart(7, "0")}`;

/** A gateway: the port of its HTTP server, its processes, and how it is asked to send. */
interface Gateway {
  readonly port: number;
  readonly processes: readonly ChildProcess[];
  readonly request: (index: number) => string;
}

type Start = (smscPort: number, folder: string) => Promise<Gateway>;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** ESME_BENCH_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles" profiles the worker. */
const profiling = (process.env["ESME_BENCH_NODE_OPTIONS"] ?? "").split(" ").filter(Boolean);

const worker: Start = async (smscPort) => {
  const port = await freePort();
  const words = [
    ...["--amqp-url", "memory:", "--http-bind", `127.0.0.1:${port}`, "--host", "127.0.0.1"],
    ...["--port", String(smscPort), "--worker-concurrency", String(WINDOW), "--log-level", "ERROR"],
  ];
  const bin = path("../../packages/transport/bin/esme-transport.js");
  const child = spawn(process.execPath, [...profiling, bin, ...words], { stdio: "inherit" });
  const request = (index: number): string => {
    const body = JSON.stringify({ to_addr: numberOf(index), from_addr: "4711", content: text });
    const head = "POST /messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json";
    return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  return { port, processes: [child], request };
};

const kannel: Start = async (smscPort, folder) => {
  const [admin, box, port] = [await freePort(), await freePort(), await freePort()];
  const file = join(folder, "kannel.conf");
  await writeFile(
    file,
    `group = core
admin-port = ${admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = ${box}
smsbox-interface = 127.0.0.1
log-level = 4

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = ${WINDOW}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${port}
sendsms-interface = 127.0.0.1
log-level = 4

group = sendsms-user
username = bench
password = bench
`,
  );
  const options = { stdio: "ignore", cwd: folder } as const;
  const bearerbox = spawn("/usr/sbin/bearerbox", ["-v", "4", file], options);
  await answering(box);
  const smsbox = spawn("/usr/sbin/smsbox", ["-v", "4", file], options);
  const request = (index: number): string => {
    const query = new URLSearchParams({
      username: "bench",
      password: "bench",
      from: "4711",
      to: numberOf(index),
      text,
    });
    return `GET /cgi-bin/sendsms?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  };
  return { port, processes: [smsbox, bearerbox], request };
};

/** Resolves when somebody listens there. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await delay(20);
  }
}

/** Requests over one kept connection, each after the answer to the one before. */
function post(gateway: Gateway, next: () => number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: gateway.port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1");
    let answer = "";
    const send = (): void => {
      const index = next();
      if (index !== undefined) socket.write(gateway.request(index));
      else {
        socket.destroy();
        resolve();
      }
    };
    socket.on("connect", send).on("error", reject);
    socket.on("close", () => reject(new Error("the gateway closed a kept connection")));
    socket.on("data", (chunk: string) => {
      answer += chunk;
      const end = answer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const [, length] = /content-length: (\d+)/i.exec(answer.slice(0, end)) ?? [];
      if (answer.length < end + 4 + Number(length)) return;
      if (!answer.startsWith("HTTP/1.1 202")) reject(new Error(answer));
      answer = "";
      send();
    });
  });
}

interface Figures {
  readonly rate: number;
  readonly cpu: number;
}

/** So many messages, from the first request until the SMSC has the last one. */
async function run(gateway: Gateway, smsc: BenchProcess, count: number): Promise<Figures> {
  const before = (await smsc.ask<Counts>("counts")).submitted;
  const pids = gateway.processes.flatMap(({ pid }) => pid ?? []);
  const [cpuBefore, begun] = [cpuOf(pids), performance.now()];
  let index = 0;
  const next = (): number | undefined => (index < count ? index++ : undefined);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => post(gateway, next)));
  while ((await smsc.ask<Counts>("counts")).submitted < before + count) await delay(5);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    rate: count / seconds,
    cpu: (cpuOf(pids) - cpuBefore) / (count / 1_000),
  };
}

/** A gateway's figures when it is warm. */
async function measure(start: Start, smsc: BenchProcess, smscPort: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), "esme-bench-"));
  const gateway = await start(smscPort, folder);
  try {
    await answering(gateway.port);
    while ((await smsc.ask<number>("links")) === 0) await delay(20);
    await run(gateway, smsc, WARM_UP);
    return await run(gateway, smsc, MESSAGES);
  } finally {
    for (const child of gateway.processes) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    while ((await smsc.ask<number>("links")) > 0) await delay(20);
    await rm(folder, { recursive: true });
  }
}

const contenders = new Map<string, Start>([
  ["Kannel", kannel],
  ["@esme/transport", worker],
]);

const smsc = new BenchProcess(path("./worker/smsc.ts"));
const rounds = new Map([...contenders.keys()].map((name) => [name, [] as Figures[]]));
try {
  const smscPort = await smsc.ask<number>("listen");
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, start] of contenders) {
      rounds.get(name)?.push(await measure(start, smsc, smscPort));
    }
  }
} finally {
  await smsc.end();
}

const middle = (name: string, key: keyof Figures): number =>
  (rounds.get(name) ?? []).map((figures) => figures[key]).sort((a, b) => a - b)[ROUNDS >> 1] ??
  Number.NaN;
const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}`;
console.log(`Node ${process.version}, ${machine}\n`);
console.log(
  "| gateway | messages/s | of Kannel | CPU s per 1,000 | |\n| --- | --- | --- | --- | --- |",
);
for (const name of contenders.keys()) {
  const [rate, cpu] = [middle(name, "rate"), middle(name, "cpu")];
  const kept = rate >= promised.rate && cpu <= promised.cpu;
  const isOurs = name !== "Kannel";
  if (isOurs && !kept) process.exitCode = 1;
  const wanted = `at least ${promised.rate} at ${promised.cpu}: ${kept ? "ok" : "MISSED"}`;
  const share = (rate / middle("Kannel", "rate")).toFixed(2);
  const cells = [name, rate.toFixed(0), share, cpu.toFixed(3), isOurs ? wanted : ""];
  console.log(`| ${cells.join(" | ")} |`);
}
