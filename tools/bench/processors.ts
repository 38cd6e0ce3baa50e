/**
 * What the worker's processors take for one text that comes and one body that goes out, beside the same
 * without the check in question, and beside the check as it was: zod for every body, a digest for every PDU.
 */
import { deepStrictEqual } from "node:assert";
import { hash } from "node:crypto";
import { InMemorySmppCache } from "@esme/caches";
import { newMessage, parseMessage, serialise } from "@esme/messages";
import { decode, encode } from "@esme/pdu";
import { type DeliverSm, DeliveryReportProcessor, ShortMessageProcessor } from "@esme/processors";
import * as z from "zod";

type Contenders = Readonly<Record<string, () => unknown>>;

/** Shortest CPU time of a call in nanoseconds; contenders take turns, so that all share the noise. */
async function measure(contenders: Contenders): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < 20; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const time = await timePerCall(run);
      // The first rounds warm up.
      if (round > 1) best[name] = Math.min(best[name] ?? time, time);
    }
  }
  return best;
}

const calls = 10_000;

async function timePerCall(run: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / calls;
}

let failed = false;

/** One row for each contender, with its time in multiples of the first one's and what is promised. */
async function report(title: string, contenders: Contenders, promised: Record<string, number>) {
  const times = await measure(contenders);
  const [[first, reference] = ["", 0]] = Object.entries(times);
  console.log(`\n${title}`);
  for (const [name, time] of Object.entries(times)) {
    const ratio = time / reference;
    const most = promised[name];
    const verdict = most === undefined ? "" : ratio <= most ? "ok" : "MISSED";
    if (verdict === "MISSED") failed = true;
    const columns = [
      name.padEnd(52),
      `${time.toFixed(0)} ns`.padStart(10),
      name === first ? "" : `${ratio.toFixed(2)} x`.padStart(10),
      most === undefined ? "" : `(at most ${most} x: ${verdict})`,
    ];
    console.log(columns.join(" ").trimEnd());
  }
}

const text = "The quick brown fox jumps over 13 lazy dogs, and then once more over all of them. ";
const body = Buffer.from(
  serialise(
    newMessage({
      to_addr: "27820001001",
      from_addr: "123456",
      content: text,
      helper_metadata: { conversation: { id: "abc", step: 3 } },
    }),
  ),
);

/** As `parseMessage` was: every body goes through zod, and is walked for traps and for its depth. */
const string = z.string("text");
const stringOrNull = z.string("text or null").nullable().default(null);
const metadata = z.looseObject({}, "an object").default(() => ({}));
const time = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z?$/;
const schema = z.looseObject({
  to_addr: string,
  from_addr: string,
  transport_name: string,
  transport_type: string,
  message_version: string.default("20110921"),
  message_type: z.enum(["user_message"]).default("user_message"),
  timestamp: string.transform((value) => (time.test(value) ? value : z.NEVER)),
  routing_metadata: metadata,
  helper_metadata: metadata,
  message_id: string.default(""),
  in_reply_to: stringOrNull,
  provider: stringOrNull,
  session_event: z.enum(["new", "resume", "close"]).nullable().default(null),
  content: stringOrNull,
  transport_metadata: metadata,
  group: stringOrNull,
  to_addr_type: stringOrNull,
  from_addr_type: stringOrNull,
});

function withoutTraps(value: unknown): unknown {
  const pending = [value];
  for (const each of pending) {
    if (typeof each !== "object" || each === null) continue;
    for (const [key, inner] of Object.entries(each)) {
      if (key === "__proto__") Reflect.deleteProperty(each, key);
      else if (typeof inner === "object") pending.push(inner);
    }
  }
  return value;
}

function isFlat(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isFlat(member, levels - 1));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const withZod = () => {
  const message = schema.parse(withoutTraps(JSON.parse(utf8.decode(body))));
  if (!isFlat(message, 100)) throw new Error("too deep");
  return message;
};
deepStrictEqual({ ...withZod() }, { ...parseMessage(body) });

await report(
  "a body that goes out",
  {
    "JSON.parse alone": () => JSON.parse(utf8.decode(body)),
    parseMessage: () => parseMessage(body),
    "zod for every body": withZod,
  },
  { parseMessage: 2 },
);

const message = parseMessage(body);
await report(
  "a body that comes",
  { "JSON.stringify alone": () => JSON.stringify(message), serialise: () => serialise(message) },
  { serialise: 1.5 },
);

const frame = encode({
  command: "deliver_sm",
  source_addr: "27820001001",
  destination_addr: "123456",
  short_message: Buffer.from(text),
});
const cache = new InMemorySmppCache();
const link = {};
let number = 0;

/** A PDU with the next number. */
function next(): DeliverSm {
  const pdu = decode(frame);
  if (pdu.command !== "deliver_sm") throw new Error("a deliver_sm is made");
  number = (number % 0x7fff_ffff) + 1;
  pdu.sequence_number = number;
  return pdu;
}

async function taken(processor: ShortMessageProcessor, pdu: DeliverSm): Promise<void> {
  const outcome = await processor.handleDeliverSm(pdu, link);
  if (outcome.kind !== "message") throw new Error(`a message, not ${outcome.kind}`);
  await outcome.settle?.(true);
}

/** As repetitions were recognised: a digest of all fields. */
function digestOf({ unknown_tlvs = [], ...fields }: DeliverSm): string {
  let all = "";
  for (const [key, value] of Object.entries(fields)) {
    all += `${key}=${value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value}\0`;
  }
  for (const { tag, value } of unknown_tlvs) all += `${tag}:${Buffer.from(value).toString("hex")}`;
  return hash("sha256", all, "base64");
}
const digests = new Map<number, string>();
function remember(pdu: DeliverSm): void {
  digests.set(pdu.sequence_number, digestOf(pdu));
  if (digests.size > 10_000) for (const [oldest] of digests) return void digests.delete(oldest);
}

const never = new ShortMessageProcessor({ repeated_within: 0 }, { cache });
const always = new ShortMessageProcessor({}, { cache });
await report(
  "a text that comes",
  {
    "ShortMessageProcessor, repeated_within: 0": () => taken(never, next()),
    ShortMessageProcessor: () => taken(always, next()),
    "a digest for every PDU": () => {
      const pdu = next();
      remember(pdu);
      return taken(never, pdu);
    },
  },
  { ShortMessageProcessor: 1.6 },
);

const receipts = new DeliveryReportProcessor({}, { cache });
await report(
  "the same, as the worker asks",
  {
    ShortMessageProcessor: () => taken(always, next()),
    "DeliveryReportProcessor first": async () => {
      const pdu = next();
      await receipts.handleDeliverSm(pdu);
      await taken(always, pdu);
    },
  },
  { "DeliveryReportProcessor first": 1.25 },
);

process.exitCode = failed ? 1 : 0;
