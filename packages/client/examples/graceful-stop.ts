// Sends until SIGINT or SIGTERM, then waits for all responses and unbinds; no request is lost:
// node --import tsx graceful-stop.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";

const WINDOW = 10;
const [host, port, system_id, password] = process.argv.slice(2);
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  bind: { mode: "transmitter", system_id, password },
  window: WINDOW,
  maxPerSecond: 500,
  // unbind() waits so long for responses.
  unbindTimeout: 10_000,
});

let stopping = false;
const stop = () => {
  stopping = true;
};
process.once("SIGINT", stop).once("SIGTERM", stop);

let accepted = 0;
async function send(): Promise<void> {
  while (!stopping) {
    await client.submitSm({
      destination_addr: "447937954654",
      short_message: Buffer.from("hello"),
    });
    accepted++;
    if (accepted === 1) console.log("sending");
  }
}

await client.connect();
const outcomes = await Promise.allSettled(Array.from({ length: WINDOW }, send));
await client.unbind();
const lost = outcomes.filter(({ status }) => status === "rejected").length;
console.log(`${accepted} accepted, ${lost} lost`);
