/**
 * Measures how long the built commands take until they are of use, beside Node.js alone, which takes
 * turns with them: `pnpm --filter @esme/bench start`. Exits with 1 when a promise is missed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus, loadavg } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { newMessage, serialise } from "@esme/messages";
import { findService, missingLine } from "@esme/services/find";
import { rabbitmq } from "@esme/services/rabbitmq";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";

const ROUNDS = 5;

const path = (name: string): string =>
  fileURLToPath(new URL(`../../packages/${name}`, import.meta.url));
const transport = path("transport/bin/esme-transport.js");
const simulator = path("smsc/bin/esme-smsc.js");

type Child = ChildProcess & { readonly stdout: Readable };

function start(words: readonly string[]): Child {
  return spawn(process.execPath, [...words], { stdio: ["ignore", "pipe", "inherit"] });
}

async function end(child: Child): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Until the process has ended. */
async function whole(words: readonly string[]): Promise<void> {
  const child = start(words);
  child.stdout.resume();
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
}

/** Until `moment`, and then in order to the end. */
async function until(words: readonly string[], moment: (child: Child) => Promise<unknown>) {
  const begun = performance.now();
  const child = start(words);
  await Promise.race([
    moment(child),
    once(child, "exit").then(() => Promise.reject(new Error(`${words.join(" ")} ended`))),
  ]);
  const time = performance.now() - begun;
  await end(child);
  return time;
}

async function timed(run: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** Until a line says that it listens. */
async function listening(child: Child): Promise<void> {
  for await (const line of createInterface(child.stdout)) if (line.includes("listens on")) return;
}

/** A message waits in the queue: from the start of the worker to its submit_sm at the SMSC. */
async function firstSubmit(amqpUrl: string, smsc: Smsc): Promise<number> {
  const name = `esme-bench-start-${process.pid}`;
  const queues = ["outbound", "inbound", "event", "failed"].map((end) => `${name}.${end}`);
  const connection = await connect(amqpUrl);
  try {
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(`${name}.outbound`, { durable: true });
    const message = newMessage({
      to_addr: "27820001001",
      from_addr: "4711",
      content: "hello",
      transport_name: name,
      transport_type: "sms",
    });
    channel.sendToQueue(`${name}.outbound`, Buffer.from(serialise(message)));
    await channel.waitForConfirms();
    const words = ["--transport-name", name, "--host", "127.0.0.1", "--port", String(smsc.port)];
    const all = [transport, ...words, "--amqp-url", amqpUrl, "--log-level", "ERROR"];
    const time = await until(all, (child) => {
      child.stdout.resume();
      return once(smsc, "submit");
    });
    for (const queue of queues) await channel.deleteQueue(queue);
    return time;
  } finally {
    await connection.close();
  }
}

const broker = await findService(rabbitmq);
if (broker === undefined) throw new Error(missingLine(rabbitmq));
const smsc = new Smsc({ port: 0 });
await smsc.listen();

interface Contender {
  readonly name: string;
  /** Milliseconds that are promised. */
  readonly most?: number;
  readonly run: () => Promise<number>;
}

const node: Contender = { name: "node -e 0", run: () => timed(() => whole(["-e", "0"])) };
const contenders: readonly Contender[] = [
  node,
  {
    name: "esme-transport --help",
    most: 300,
    run: () => timed(() => whole([transport, "--help"])),
  },
  {
    name: "esme-transport: to the first submit_sm",
    most: 700,
    run: () => firstSubmit(broker.url, smsc),
  },
  {
    name: "esme-smsc: until it listens",
    most: 400,
    run: () => until([simulator, "--port", "0", "--http", "127.0.0.1:0"], listening),
  },
];

const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
try {
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of contenders) times.get(name)?.push(await run());
  }
} finally {
  await Promise.all([smsc.close(), broker.stop()]);
}

const middle = (name: string): number =>
  times.get(name)?.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
const load = loadavg()[0]?.toFixed(1);
const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim()}, load ${load}`;
console.log(`Node ${process.version}, ${machine}\n`);
console.log("| | ms | times node | wanted |\n| --- | --- | --- | --- |");
for (const { name, most } of contenders) {
  const time = middle(name);
  const kept = most === undefined || time <= most;
  if (!kept) process.exitCode = 1;
  const wanted = most === undefined ? "" : `at most ${most} ms: ${kept ? "ok" : "MISSED"}`;
  const cells = [name, time.toFixed(0), (time / middle(node.name)).toFixed(1), wanted];
  console.log(`| ${cells.join(" | ")} |`);
}
