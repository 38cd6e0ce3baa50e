/**
 * Measures @esme/client beside npm `smpp` and beside a raw socket with ready-made octets, all
 * against one and the same cheap server, each in a process of its own: `npm run -s client`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer, Socket } from "node:net";
import { cpus, loadavg } from "node:os";
import { Client } from "@esme/client";
import { encode, Npi, Ton } from "@esme/pdu";

/** Submits so many messages, `window` of them in flight, and waits for all answers. */
type Run = (messages: number) => Promise<void>;

/** What a process reports: messages per second, and microseconds of its CPU per message. */
interface Figures {
  readonly rate: number;
  readonly cpu: number;
}

const fields = {
  source_addr_ton: Ton.alphanumeric,
  source_addr: "EXAMPLE",
  dest_addr_ton: Ton.international,
  dest_addr_npi: Npi.isdn,
  destination_addr: "447700900123",
  registered_delivery: 1,
  short_message: Buffer.alloc(100, "The quick brown fox jumps over the lazy dog. "),
};

const HOST = "127.0.0.1";
const HEADER = 16;

// ---- the server: answers with ready-made octets, and only writes the sequence number into them

const bound = Buffer.from(encode({ command: "bind_transceiver_resp", system_id: "cheap" }));
const taken = Buffer.from(encode({ command: "submit_sm_resp", message_id: "0123456789" }));
const SUBMIT_SM = 0x00000004;

function serve(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      const octets = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const answers: Buffer[] = [];
      let at = 0;
      while (at + HEADER <= octets.length && at + octets.readUInt32BE(at) <= octets.length) {
        const answer = octets.readUInt32BE(at + 4) === SUBMIT_SM ? taken : bound;
        octets.copy(answer, 12, at + 12, at + HEADER);
        answers.push(Buffer.from(answer));
        at += octets.readUInt32BE(at);
      }
      rest = octets.subarray(at);
      if (answers.length > 0) socket.write(Buffer.concat(answers));
    });
  });
  server.listen(0, HOST, () => {
    const address = server.address();
    if (typeof address === "object") process.send?.(address?.port);
  });
  process.once("disconnect", () => process.exit());
}

// ---- the contenders

/** A socket that makes one write of every PDU, where a session hands it many at once. */
class WriteByWrite extends Socket {
  override _write(
    octets: Buffer,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    let at = 0;
    for (;;) {
      const end = at + octets.readUInt32BE(at);
      if (end >= octets.length) break;
      super._write(octets.subarray(at, end), encoding, ignore);
      at = end;
    }
    super._write(at === 0 ? octets : octets.subarray(at), encoding, callback);
  }
}

function ignore(): void {}

async function esme(port: number, window: number, stream?: Socket): Promise<Run> {
  const client = new Client({ host: HOST, port, window, stream });
  await client.connect();
  await client.bindTransceiver({ system_id: "bench" });
  return async (messages) => {
    let left = messages;
    const submit = async () => {
      while (left-- > 0) await client.submitSm(fields);
    };
    await Promise.all(Array.from({ length: window }, submit));
  };
}

async function esmeWriteByWrite(port: number, window: number): Promise<Run> {
  const socket = new WriteByWrite();
  socket.setNoDelay(true).connect(port, HOST);
  await once(socket, "connect");
  return esme(port, window, socket);
}

/** The part of npm `smpp` that is measured; the package has no types. */
interface NodeSmpp {
  connect(options: object): {
    on(event: string, listener: () => void): void;
    bind_transceiver(fields: object, onResponse: () => void): void;
    submit_sm(fields: object, onResponse: () => void): void;
  };
}

async function nodeSmpp(port: number, window: number): Promise<Run> {
  const smpp: NodeSmpp = createRequire(import.meta.url)("smpp");
  const session = smpp.connect({ host: HOST, port, noDelay: true });
  await new Promise<void>((resolve) => session.on("connect", resolve));
  await new Promise<void>((resolve) => session.bind_transceiver({ system_id: "bench" }, resolve));
  return (messages) =>
    new Promise((resolve) => {
      let left = messages;
      let unanswered = messages;
      const onResponse = () => {
        if (--unanswered === 0) resolve();
        else if (left > 0) submit();
      };
      const submit = () => {
        left--;
        session.submit_sm(fields, onResponse);
      };
      for (let count = Math.min(window, messages); count > 0; count--) submit();
    });
}

/** What no client can be faster than: it reads no answer, numbers no request, only counts octets. */
async function rawSocket(port: number, window: number): Promise<Run> {
  const submit = encode({ command: "submit_sm", ...fields });
  const submits = Buffer.concat(Array.from({ length: window }, () => submit));
  const socket = connect({ host: HOST, port, noDelay: true });
  socket.write(encode({ command: "bind_transceiver", system_id: "bench" }));
  await once(socket, "data");
  return (messages) =>
    new Promise((resolve) => {
      let left = messages;
      let awaited = messages * taken.length;
      const write = (count: number) => {
        const some = Math.min(count, left);
        left -= some;
        if (some > 0) socket.write(submits.subarray(0, some * submit.length));
      };
      socket.on("data", function count(chunk: Buffer) {
        const before = Math.ceil(awaited / taken.length);
        awaited -= chunk.length;
        write(before - Math.ceil(awaited / taken.length));
        if (awaited > 0) return;
        socket.off("data", count);
        resolve();
      });
      write(window);
    });
}

const contenders = {
  "@esme/client": esme,
  "the same, a write for each PDU": esmeWriteByWrite,
  "smpp 0.6.0-rc.4": nodeSmpp,
  "raw socket, ready-made octets": rawSocket,
} as const satisfies Record<string, (port: number, window: number) => Promise<Run>>;
type Name = keyof typeof contenders;
const names = Object.keys(contenders) as Name[];

const WARM_UP = 400;
const MEASURED = 1_000;

/** Runs for so many milliseconds. Runs are long enough that their ends do not count. */
async function runFor(run: Run, window: number, milliseconds: number): Promise<Figures> {
  const messages = window === 1 ? 1_000 : 10_000;
  const cpu = process.cpuUsage();
  const start = performance.now();
  let sent = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    await run(messages);
    sent += messages;
    elapsed = performance.now() - start;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { rate: sent / (elapsed / 1000), cpu: (user + system) / sent };
}

async function measure(name: Name, port: number, window: number): Promise<void> {
  const run = await contenders[name](port, window);
  await runFor(run, window, WARM_UP);
  process.send?.(await runFor(run, window, MEASURED), () => process.exit());
}

// ---- the table

const ROUNDS = 3;
const WINDOWS = [1, 10, 100];

async function report(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`a process ended with ${code} before it had measured`);
    }),
  ]);
  return message;
}

/** The best of all rounds; contenders take turns, so that all share the machine's noise. */
async function best(port: unknown, window: number): Promise<Map<Name, Figures>> {
  const found = new Map<Name, Figures>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const child = fork(import.meta.filename, ["measure", name, String(port), String(window)]);
      const ended = once(child, "exit");
      // Sent by `measure` above.
      const { rate, cpu } = (await report(child)) as Figures;
      await ended;
      const { rate: most, cpu: least } = found.get(name) ?? { rate: 0, cpu: Infinity };
      found.set(name, { rate: Math.max(rate, most), cpu: Math.min(cpu, least) });
    }
  }
  return found;
}

/** How many times the rate of npm `smpp` a client must reach, and how many times less CPU it may take. */
function wantedOf(window: number): number {
  return window === 100 ? 4 : 1;
}

async function compare(): Promise<void> {
  const load = loadavg()[0]?.toFixed(1);
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim()}, load ${load} at the start`;
  console.log(`Node ${process.version}, ${machine}\n`);
  console.log(
    "| window | client | messages/s | times smpp | CPU per message | times less than smpp |",
  );
  console.log("|---|---|---|---|---|---|");
  const server = fork(import.meta.filename, ["serve"]);
  const port = await report(server);
  for (const window of WINDOWS) {
    const figures = await best(port, window);
    const rival = figures.get("smpp 0.6.0-rc.4");
    for (const [name, { rate, cpu }] of figures) {
      const faster = rate / (rival?.rate ?? Number.NaN);
      const cheaper = (rival?.cpu ?? Number.NaN) / cpu;
      const promised = name === "@esme/client";
      const wanted = wantedOf(window);
      if (promised && !(faster >= wanted && cheaper >= wanted)) process.exitCode = 1;
      const goal = promised ? ` (at least ${wanted})` : "";
      const columns = [
        window,
        name,
        Math.round(rate).toLocaleString("en"),
        `${faster.toFixed(1)}${goal}`,
        `${cpu.toFixed(1)} us`,
        `${cheaper.toFixed(1)}${goal}`,
      ];
      console.log(`| ${columns.join(" | ")} |`);
    }
  }
  server.disconnect();
}

const [role, name, port, window] = process.argv.slice(2);
if (role === "serve") serve();
else if (role === "measure") await measure(name as Name, Number(port), Number(window));
else await compare();
