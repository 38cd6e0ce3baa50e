// Sends over TLS, to an SMSC with a certificate of a private authority:
// node --import tsx tls.ts <host> <port> <system_id> <password> <ca.pem>
import { readFileSync } from "node:fs";
import { Client } from "@esme/client";

const [host, port, system_id, password, ca] = process.argv.slice(2);
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  // The client checks certificate and name of the SMSC. Without `ca` it trusts the authorities of Node.js.
  tls: ca === undefined ? true : { ca: readFileSync(ca) },
  bind: { mode: "transmitter", system_id, password },
});
await client.connect();
const { message_id } = await client.submitSm({
  destination_addr: "447937954654",
  short_message: Buffer.from("hello"),
});
console.log(`accepted as ${message_id}`);
await client.unbind();
