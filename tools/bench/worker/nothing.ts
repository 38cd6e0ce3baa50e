/**
 * The ceiling: a worker that only passes ready-made octets on, between the same broker and the same
 * SMSC, in the order that loses nothing. It reads no message and makes none.
 *
 * Outbound: submit_sm, its response, the event confirmed by the broker, the message acknowledged.
 * Inbound: deliver_sm, the message confirmed by the broker, deliver_sm_resp.
 */
import { connect as dial } from "node:net";
import { ack, newMessage, serialise } from "@esme/messages";
import { encode } from "@esme/pdu";
import { type ConsumeMessage, connect } from "amqplib";

const [url = "", port = "", name = "", concurrency = ""] = process.argv.slice(2);
const exchange = "vumi";
const HEADER = 16;
const SUBMIT_SM_RESP = 0x80000004;
const DELIVER_SM = 0x5;

const content = "The quick brown fox jumps over the lazy dog. ".repeat(3).slice(0, 100);
const event = Buffer.from(serialise(ack("0".repeat(32))));
const inbound = Buffer.from(
  serialise(newMessage({ to_addr: "4711", from_addr: "27820001001", content })),
);
const submit = Buffer.from(
  encode({
    command: "submit_sm",
    source_addr: "4711",
    destination_addr: "27820001001",
    short_message: Buffer.from(content),
  }),
);
const delivered = Buffer.from(encode({ command: "deliver_sm_resp" }));

const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.prefetch(Number(concurrency));
const socket = dial({ host: "127.0.0.1", port: Number(port), noDelay: true });

const unanswered = new Map<number, ConsumeMessage>();
let sequence = 1;
let rest: Buffer = Buffer.alloc(0);

/** Gathers what one turn of the event loop writes, as the client does. */
function write(octets: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    setImmediate(() => socket.uncork());
  }
  socket.write(octets);
}

function take(message: ConsumeMessage | null): void {
  if (!message) return;
  const frame = Buffer.from(submit);
  sequence += 1;
  frame.writeUInt32BE(sequence, 12);
  unanswered.set(sequence, message);
  write(frame);
}

function publish(queue: string, octets: Buffer, confirmed: () => void): void {
  const options = { persistent: true };
  channel.publish(exchange, `${name}.${queue}`, octets, options, (error) => {
    if (error) throw error;
    confirmed();
  });
}

async function receive(frame: Buffer): Promise<void> {
  const command = frame.readUInt32BE(4);
  const number = frame.readUInt32BE(12);
  if (command === SUBMIT_SM_RESP) {
    const message = unanswered.get(number);
    unanswered.delete(number);
    if (message) publish("event", event, () => channel.ack(message));
  } else if (command === DELIVER_SM) {
    const response = Buffer.from(delivered);
    response.writeUInt32BE(number, 12);
    publish("inbound", inbound, () => write(response));
  } else {
    await channel.consume(`${name}.outbound`, take);
  }
}

socket.on("data", (chunk) => {
  const octets = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  let at = 0;
  while (at + HEADER <= octets.length && at + octets.readUInt32BE(at) <= octets.length) {
    const end = at + octets.readUInt32BE(at);
    void receive(octets.subarray(at, end));
    at = end;
  }
  rest = octets.subarray(at);
});
socket.write(encode({ command: "bind_transceiver", system_id: "nothing" }));
process.once("SIGTERM", () => process.exit());
process.once("disconnect", () => process.exit());
