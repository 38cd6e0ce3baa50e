// Sends one SMS: node --import tsx send.ts <host> <port> <system_id> <password> <to> <text>
import { Client } from "@esme/client";
import { sendText } from "@esme/client/text";

const [host, port, system_id, password, to = "447937954654", text = "hello"] =
  process.argv.slice(2);
const client = new Client({ host, port: port === undefined ? undefined : Number(port) });
await client.connect();
await client.bindTransmitter({ system_id, password });
const { message_ids } = await sendText(client, { to, text });
console.log(`accepted as ${message_ids.join(", ")}`);
await client.unbind();
