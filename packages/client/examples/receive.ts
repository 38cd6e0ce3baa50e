// Prints what comes until Ctrl-C, then unbinds: node --import tsx receive.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";
import { decodeShortMessage } from "@esme/sm-split";

const [host, port, system_id, password] = process.argv.slice(2);
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  bind: { mode: "receiver", system_id, password },
  reconnect: true,
});
client.on("bound", () => console.log("bound"));
client.on("reconnecting", ({ delay, reason }) => console.log(`${reason.message}; in ${delay} ms`));
process.once("SIGINT", () => void client.unbind());

const pdus = client.listen();
client.connect().catch((error: Error) => console.log(error.message));
for await (const pdu of pdus) {
  if (pdu.command !== "deliver_sm") continue;
  const octets = pdu.message_payload ?? pdu.short_message;
  console.log(`${pdu.source_addr}: ${decodeShortMessage(octets, pdu.data_coding)}`);
}
