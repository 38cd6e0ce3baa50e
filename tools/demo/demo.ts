/**
 * The main job on embedded defaults: an application sends and receives texts through the worker,
 * over a broker in memory and a simulated SMSC on a real TCP socket, which has a web page.
 *
 * Afterwards the application answers whatever is texted to it from the page. With `--once` it ends
 * after the last step, with 0 when every step was seen.
 */
import { once } from "node:events";
import {
  type Message,
  newMessage,
  parseEvent,
  parseMessage,
  reply,
  serialise,
} from "@esme/messages";
import { Smsc, SmscHttp } from "@esme/smsc";
import { MemoryBroker, SmppTransport } from "@esme/transport";
import { Happenings } from "./happenings.ts";

const shortCode = "4711";
const phone = "27820001001";
const wrongNumber = "27820999911"; // The simulator refuses ...9999dd with command_status dd: 11.

const emoji = "Your parcel is on its way! 🚚📦 ".repeat(8).trim();
const answer =
  "Thank you, I am at home today until six o'clock. After that please leave it with the " +
  "neighbours on the second floor; they know about it and will be there all evening long.";

const happenings = new Happenings();
const broker = new MemoryBroker();
const smsc = new Smsc({ port: 0 });
const http = new SmscHttp(smsc);
let transport: SmppTransport | undefined;

const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);

async function main(): Promise<void> {
  await tour();
  say("Every step was seen.");
  if (process.argv.includes("--once")) return;
  answerEverybody();
  say(`Now you: open ${http.url} and text ${shortCode} as any phone; the application answers.`);
  console.log(`Or bind an ESME of your own to 127.0.0.1:${smsc.port}. Ctrl-C ends it all.`);
  await interrupted;
}

/** Where the page usually is; anywhere when that is taken, as by the demonstration next door. */
async function servePage(): Promise<void> {
  const port = process.argv.includes("--once") ? 0 : 8775;
  await http.listen({ port }).catch(() => http.listen({ port: 0 }));
}

async function tour(): Promise<void> {
  await smsc.listen();
  await servePage();
  await application();
  smsc.on("submit", (report) => happenings.add({ kind: "submit", ...report }));
  smsc.on("mobile", (report) => happenings.add({ kind: "sent", ...report }));
  smsc.on("message", (message) => happenings.add({ kind: "shown", ...message }));
  transport = new SmppTransport(
    {
      port: smsc.port,
      host: "127.0.0.1",
      log_level: "ERROR",
      submit_sm_processor_config: {
        registered_delivery: { delivery_receipt: "SMSC_DELIVERY_RECEIPT_REQUESTED" },
      },
    },
    { broker },
  );
  await transport.start();
  say("esme: the main job on embedded defaults");
  step("broker", "in memory");
  step("SMSC", `simulated, on 127.0.0.1:${smsc.port}`);
  step("its page", http.url);
  step("worker", 'transport "smpp", bound as transceiver');

  await delivered("A short text", "Your code is 123456.");
  await delivered("A long text with emoji", emoji);
  await refused();
  await replied();
}

/** The application's side of the broker: events and inbound messages. */
async function application(): Promise<void> {
  await broker.connect();
  await broker.consume("smpp.event", 10, (delivery) => {
    happenings.add({ kind: "event", ...parseEvent(delivery.body) });
    delivery.ack();
  });
  await broker.consume("smpp.inbound", 10, (delivery) => {
    happenings.add({ kind: "inbound", ...parseMessage(delivery.body) });
    delivery.ack();
  });
}

async function send(to: string, content: string): Promise<string> {
  const message = newMessage({ to_addr: to, from_addr: shortCode, content });
  await broker.publish("smpp.outbound", Buffer.from(serialise(message)));
  step("queued", `${quoted(content)} to ${to}`);
  return message.message_id;
}

/** The event of a kind about a message. */
async function event(kind: string, message_id: string) {
  return happenings.first(
    `${kind} event`,
    (each) =>
      each.kind === "event" && each.event_type === kind && each.user_message_id === message_id,
  );
}

async function delivered(title: string, content: string): Promise<void> {
  say(title);
  const id = await send(phone, content);
  const shown = await happenings.first(
    "text on the phone",
    (each) => each.kind === "shown" && each.text === content,
  );
  const { parts, ids } = shown.kind === "shown" ? shown : { parts: 0, ids: [] };
  step("submitted", `in ${parts} part${parts === 1 ? "" : "s"}`);
  await event("ack", id);
  step("accepted", `as id ${ids.join(", ")}`);
  step("shown", `on the phone as ${quoted(content)}`);
  await event("delivery_report", id);
  step("delivered", "says the receipt");
}

async function refused(): Promise<void> {
  say("A text that the SMSC refuses");
  const id = await send(wrongNumber, "Anybody there?");
  await happenings.first("submission", (each) => each.kind === "submit" && each.to === wrongNumber);
  step("submitted", "in 1 part");
  const nack = await event("nack", id);
  step("refused", nack.kind === "event" ? String(nack.nack_reason) : "");
}

async function replied(): Promise<void> {
  say("A reply from the phone, through the page's HTTP API");
  const answered = await fetch(new URL("api/texts?wait=10", http.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ from: phone, to: shortCode, text: answer }),
  });
  if (!answered.ok) throw new Error(`The page answered ${answered.status}.`);
  const sent = await happenings.first("text from the phone", (each) => each.kind === "sent");
  step("sent", `by the phone in ${sent.kind === "sent" ? sent.parts : 0} parts`);
  await happenings.first(
    "inbound message",
    (each) => each.kind === "inbound" && each.content === answer,
  );
  step("received", `as one message: ${quoted(answer)}`);
}

/** From now on the application answers every text. */
function answerEverybody(): void {
  happenings.watch((happening) => {
    if (happening.kind === "inbound") void answerTo(happening);
  });
}

async function answerTo(message: Message): Promise<void> {
  const content = `You wrote: ${message.content}`;
  await broker.publish("smpp.outbound", Buffer.from(serialise(reply(message, { content }))));
}

function say(text: string): void {
  console.log(`\n${text}`);
}

function step(name: string, text: string): void {
  console.log(`  ${name.padEnd(10)} ${text}`);
}

function quoted(text: string): string {
  const characters = [...text];
  return characters.length > 44 ? `"${characters.slice(0, 42).join("")}…"` : `"${text}"`;
}

try {
  await Promise.race([main(), interrupted]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
await transport?.stop();
await http.close();
await smsc.close();
await broker.close();
