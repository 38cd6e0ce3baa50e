/**
 * How many submit_sm a message centre answers in a second, over 10 binds, each with up to 200
 * unanswered: `node --conditions=@esme/source --import tsx examples/load.ts [messages] [log]`.
 * With `log` its page and its log of PDUs are on.
 *
 * The message centre runs in a process of its own; this one only writes ready-made octets.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encode, Framer } from "@esme/pdu";
import { Smsc, SmscHttp } from "@esme/smsc";

const binds = 10;
const window = 200;
const batch = 100;

const bind = encode({ command: "bind_transceiver", system_id: "load", sequence_number: 1 });
const submit = encode({
  command: "submit_sm",
  source_addr: "4711",
  destination_addr: "27820001001",
  short_message: new Uint8Array(100).fill(0x61),
  sequence_number: 2,
});
const submits = Buffer.concat(Array.from({ length: batch }, () => submit));

/** Submits so many messages, a multiple of `batch`, over a bound connection; waits for the answers. */
function load(socket: Socket, messages: number): Promise<void> {
  const framer = new Framer();
  let sent = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const fill = (): void => {
      for (; sent < messages && sent - answered <= window - batch; sent += batch) {
        socket.write(submits);
      }
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

async function bound(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(bind);
  await once(socket, "data");
  return socket;
}

if (process.argv[2] === "serve") {
  const smsc = await new Smsc({ port: 0 }).listen();
  const http = process.argv[3] === "log" ? await new SmscHttp(smsc).listen({ port: 0 }) : undefined;
  process.send?.(smsc.port);
  process.once("disconnect", async () => {
    const { rss } = process.memoryUsage();
    console.log(`the message centre took ${Math.round(rss / 2 ** 20)} MiB`);
    await http?.close();
    await smsc.close();
  });
} else {
  const messages = Number(process.argv[2] ?? 200_000);
  const server = fork(import.meta.filename, ["serve", process.argv[3] ?? ""]);
  const [port] = await once(server, "message");
  const sockets = await Promise.all(Array.from({ length: binds }, () => bound(port)));
  for (const round of [1, 2, 3]) {
    const begun = performance.now();
    await Promise.all(sockets.map((socket) => load(socket, messages / binds)));
    const seconds = (performance.now() - begun) / 1000;
    console.log(`round ${round}: ${Math.round(messages / seconds)} submit_sm/s`);
  }
  for (const socket of sockets) socket.destroy();
  server.disconnect();
}
