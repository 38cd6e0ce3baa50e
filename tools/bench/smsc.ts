/**
 * How many submit_sm a message centre answers in a second, over 10 binds with up to 200 unanswered
 * each, with the log of PDUs off and on: `pnpm --filter @esme/bench smsc [messages a round]`.
 *
 * The message centre runs in a process of its own; this one only writes ready-made octets. On a busy
 * machine look at the CPU time of each message: it is what the rate depends on.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encode, Framer } from "@esme/pdu";
import { Smsc, SmscHttp } from "@esme/smsc";

const binds = 10;
const window = 200;
const batch = 50;
const rounds = 5;

/** submit_sm a second that are promised, with the log of PDUs off and on. */
const promised = { off: 100_000, on: 20_000 } as const;

type Log = keyof typeof promised;

const bind = encode({ command: "bind_transceiver", system_id: "load", sequence_number: 1 });
const submit = encode({
  command: "submit_sm",
  source_addr: "4711",
  destination_addr: "27820001001",
  short_message: new Uint8Array(100).fill(0x61),
  sequence_number: 2,
});
const submits = Buffer.concat(Array.from({ length: batch }, () => submit));

if (process.argv[2] === "serve") await serve(process.argv[3] === "on");
else await measure(Number(process.argv[2] ?? 200_000));

async function serve(hasLog: boolean): Promise<void> {
  const smsc = await new Smsc({ port: 0 }).listen();
  const http = hasLog ? await new SmscHttp(smsc).listen({ port: 0 }) : undefined;
  process.send?.({ port: smsc.port });
  process.on("message", () =>
    process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
  );
  process.once("disconnect", () => void Promise.all([http?.close(), smsc.close()]));
}

async function measure(messages: number): Promise<void> {
  const contenders = await Promise.all((["off", "on"] as const).map((log) => start(log)));
  console.log(
    `${messages} submit_sm a round, ${binds} binds, ${rounds} rounds in turn; the best counts`,
  );
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) await contender.run(messages);
  }
  const results = contenders.map((contender) => contender.result());
  for (const { line } of results) console.log(line);
  for (const contender of contenders) contender.stop();
  if (results.some(({ isKept }) => !isKept)) process.exitCode = 1;
}

async function start(log: Log) {
  const server = fork(import.meta.filename, ["serve", log]);
  const port = Number(await told(server, "port"));
  const sockets = await Promise.all(Array.from({ length: binds }, () => bound(port)));
  let best = 0;
  let leastCpu = Number.POSITIVE_INFINITY;
  let rss = 0;
  return {
    async run(messages: number): Promise<void> {
      const before = await cost(server);
      const begun = performance.now();
      await Promise.all(sockets.map((socket) => load(socket, messages / binds)));
      best = Math.max(best, (messages / (performance.now() - begun)) * 1000);
      const after = await cost(server);
      leastCpu = Math.min(leastCpu, (after.cpu - before.cpu) / messages);
      rss = after.rss;
    },
    result() {
      const rate = Math.round(best);
      const isKept = rate >= promised[log];
      const verdict = `at least ${promised[log]}: ${isKept ? "ok" : "MISSED"}`;
      const what = `log ${log}`.padEnd(8);
      const cpu = `${leastCpu.toFixed(1)} us of CPU each`;
      return { line: `${what} ${rate} submit_sm/s (${verdict}), ${cpu}, ${rss >> 20} MB`, isKept };
    },
    stop(): void {
      for (const socket of sockets) socket.destroy();
      server.disconnect();
    },
  };
}

/** Microseconds of CPU and octets of memory that a server has taken. */
async function cost(server: ChildProcess): Promise<{ cpu: number; rss: number }> {
  server.send("cost");
  const [{ cpu, rss }] = await once(server, "message");
  return { cpu: cpu.user + cpu.system, rss };
}

async function told(server: ChildProcess, key: string): Promise<unknown> {
  const [message] = await once(server, "message");
  return message[key];
}

async function bound(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(bind);
  await once(socket, "data");
  return socket;
}

/** Submits so many messages, a multiple of `batch`, over a bound connection; waits for the answers. */
function load(socket: Socket, messages: number): Promise<void> {
  const framer = new Framer();
  let sent = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const fill = (): void => {
      for (; sent < messages && sent - answered <= window - batch; sent += batch)
        socket.write(submits);
    };
    socket.on("data", function take(chunk) {
      answered += framer.push(chunk).length;
      if (answered < messages) return fill();
      socket.off("data", take);
      resolve();
    });
    fill();
  });
}
