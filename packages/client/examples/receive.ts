// Prints texts and receipts until Ctrl-C, then unbinds; the parts of long texts are joined:
// node --import tsx receive.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";
import { receiveTexts } from "@esme/client/text";

const [host, port, system_id, password] = process.argv.slice(2);
const callbacks = receiveTexts({
  // When one of these rejects, the answer is a temporary error: the SMSC delivers again.
  onText: ({ from, text }) => console.log(`${from}: ${text}`),
  onReceipt: ({ id, stat, status }) => console.log(`receipt: ${id} ${stat}, ${status}`),
  onIncomplete: ({ received, total }) =>
    console.log(`only ${received.length} of ${total} parts of a text came`),
});
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  bind: { mode: "receiver", system_id, password },
  reconnect: true,
  callbacks,
});
client.on("bound", () => console.log("bound"));
client.on("reconnecting", ({ delay, reason }) => console.log(`${reason.message}; in ${delay} ms`));
process.once("SIGINT", async () => {
  await client.unbind();
  callbacks[Symbol.dispose]();
});
client.connect().catch((error: Error) => console.log(error.message));
