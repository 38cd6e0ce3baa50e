// A transmitter and a receiver side by side: node --import tsx two-binds.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";

const [host, port, system_id, password] = process.argv.slice(2);
const where = { host, port: port === undefined ? undefined : Number(port) };
const sender = new Client({ ...where, bind: { mode: "transmitter", system_id, password } });
const receiver = new Client({ ...where, bind: { mode: "receiver", system_id, password } });
const pdus = receiver.listen();
await Promise.all([sender.connect(), receiver.connect()]);
const { message_id } = await sender.submitSm({
  destination_addr: "447937954654",
  short_message: Buffer.from("hello"),
  registered_delivery: 1,
});
console.log(`accepted as ${message_id}`);
for await (const pdu of pdus) {
  if (pdu.command !== "deliver_sm") continue;
  console.log(`receipt: ${Buffer.from(pdu.short_message).toString("latin1")}`);
  break;
}
await Promise.all([sender.unbind(), receiver.unbind()]);
