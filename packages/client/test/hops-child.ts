// The process that hops.test.ts measures: which functions one submitSm calls.
import { once } from "node:events";
import { Session as Inspector } from "node:inspector/promises";
import { createServer } from "node:net";
import { Client } from "@esme/client";
import { encode } from "@esme/pdu";

/** The functions called, by file: `session/src/session.ts`. */
export type Hops = Record<string, string[]>;

const HEADER = 16;
const BIND_TRANSCEIVER = 0x09;

/** An SMSC without any code of ours: it answers with ready-made octets. */
async function cheapServer(): Promise<number> {
  const bound = Buffer.from(encode({ command: "bind_transceiver_resp", system_id: "cheap" }));
  const taken = Buffer.from(encode({ command: "submit_sm_resp", message_id: "0123456789" }));
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    // One request at a time, which comes in one piece.
    socket.on("data", (chunk) => {
      const answer = chunk.readUInt32BE(4) === BIND_TRANSCEIVER ? bound : taken;
      chunk.copy(answer, 12, 12, HEADER);
      socket.write(answer);
    });
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const client = new Client({ host: "127.0.0.1", port: await cheapServer() });
await client.connect();
await client.bindTransceiver({ system_id: "a", password: "b" });
const message = { destination_addr: "447700900123", short_message: Buffer.from("hello") };
await client.submitSm(message);

const inspector = new Inspector();
inspector.connect();
await inspector.post("Profiler.enable");
await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
await client.submitSm(message);
const { result } = await inspector.post("Profiler.takePreciseCoverage");
inspector.disconnect();
await client.disconnect();

const hops: Hops = {};
for (const { url, functions } of result) {
  const [, file] = /\/packages\/(.+\/src\/.+\.ts)$/.exec(url) ?? [];
  const called = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  if (file === undefined || called.length === 0) continue;
  hops[file] = called.map(({ functionName }) => functionName || "(anonymous)");
}
console.log(JSON.stringify(hops));
