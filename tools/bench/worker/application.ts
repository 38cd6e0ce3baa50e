/** The application of the bench, a process of its own: fills a worker's queue, takes what it publishes. */
import { newMessage, serialise } from "@esme/messages";
import { connect } from "amqplib";
import { Pauses } from "./pauses.ts";
import { answer } from "./process.ts";

/** A moment, in milliseconds on a clock that all processes share. */
export type Moment = number;

/** How queues are made. */
export type QueueType = "classic" | "quorum";

/** Whose queues are made, and how. */
export interface Prepared {
  readonly transportName: string;
  readonly queues: QueueType;
  /** URL of the node that will lead the queues; default: the one that the application uses. */
  readonly leader?: string;
}

const exchange = "vumi";
const content = "The quick brown fox jumps over the lazy dog. ".repeat(3).slice(0, 100);

const url = process.argv[2] ?? "";
const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.assertExchange(exchange, "direct", { durable: true });

/** What came on one queue. */
interface Taken {
  count: number;
  /** Kept only where asked for, and read when the clock has stopped. */
  bodies: Buffer[] | undefined;
  readonly marks: Set<{ readonly count: number; readonly reached: (at: Moment) => void }>;
}

/** When events come. */
const pauses = new Pauses();
const taken = new Map<string, Taken>();
let name = "";
/** The numbers that messages were sent to, by message_id. */
const sent = new Map<string, string>();

const queueOf = (kind: string): string => `${name}.${kind}`;

async function prepare({ transportName, queues, leader }: Prepared): Promise<void> {
  name = transportName;
  const options = { durable: true, arguments: { "x-queue-type": queues } };
  // The node that a queue is declared through leads it.
  const there = leader === undefined ? undefined : await connect(leader);
  const declaring = (await there?.createChannel()) ?? channel;
  for (const kind of ["outbound", "event", "inbound"]) {
    await declaring.assertQueue(queueOf(kind), options);
    await channel.bindQueue(queueOf(kind), exchange, queueOf(kind));
  }
  await there?.close();
  for (const kind of ["event", "inbound"]) await take(kind);
}

/** Unacknowledged: the application's part of the two cores should be small. */
async function take(kind: string): Promise<void> {
  const own: Taken = { count: 0, bodies: undefined, marks: new Set() };
  taken.set(kind, own);
  const onMessage = (message: { content: Buffer } | null): void => {
    if (!message) return;
    own.count += 1;
    if (kind === "event") pauses.mark();
    own.bodies?.push(message.content);
    for (const mark of own.marks) {
      if (own.count !== mark.count) continue;
      own.marks.delete(mark);
      mark.reached(now());
    }
  };
  await channel.consume(queueOf(kind), onMessage, { noAck: true, consumerTag: queueOf(kind) });
}

/**
 * Publishes messages, each to a number of its own, and waits until the broker has them. At most
 * `ahead` of them are ahead of the events, so that a long run measures the worker and not the queue.
 */
async function fill({ count, ahead }: { count: number; ahead?: number }): Promise<void> {
  for (let index = 0; index < count; index++) {
    const to_addr = `2782${String(index % 1_000_000).padStart(7, "0")}`;
    const message = newMessage({ to_addr, from_addr: "4711", transport_name: name, content });
    if (takenOf("event").bodies) sent.set(message.message_id, to_addr);
    const body = Buffer.from(serialise(message));
    channel.publish(exchange, queueOf("outbound"), body, { persistent: true });
    if (index % 1_000 !== 999) continue;
    await channel.waitForConfirms();
    if (ahead !== undefined) await reached("event", index - ahead);
  }
  await channel.waitForConfirms();
}

/** Resolves at the moment when so many have come since `prepare`. */
function reached(kind: string, count: number): Promise<Moment> {
  const own = takenOf(kind);
  if (own.count >= count) return Promise.resolve(now());
  return new Promise((resolve) => own.marks.add({ count, reached: resolve }));
}

function now(): Moment {
  return performance.timeOrigin + performance.now();
}

function takenOf(kind: string): Taken {
  const own = taken.get(kind);
  if (!own) throw new Error(`nothing is taken from ${kind}: prepare first`);
  return own;
}

/** What is wrong with the events that were kept: each message wants one ack and its own report. */
function faults(): string[] {
  const acks = new Map<string, number>();
  const reports = new Map<string, number>();
  const found: string[] = [];
  for (const body of takenOf("event").bodies ?? []) {
    const event: Record<string, string> = JSON.parse(body.toString());
    const { user_message_id: id = "", event_type, delivery_status } = event;
    const number = sent.get(id);
    if (number === undefined) found.push(`an event for a message that was not sent: ${id}`);
    const counts = event_type === "delivery_report" ? reports : acks;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (event_type === "nack") found.push(`a nack: ${event["nack_reason"]}`);
    const wanted = Number(number?.at(-1)) % 2 === 0 ? "delivered" : "failed";
    if (event_type === "delivery_report" && delivery_status !== wanted) {
      found.push(`the report of another message: ${delivery_status} where ${wanted} belongs`);
    }
  }
  for (const id of sent.keys()) {
    if (acks.get(id) !== 1) found.push(`${acks.get(id) ?? 0} acks for a message`);
    if (reports.get(id) !== 1) found.push(`${reports.get(id) ?? 0} reports`);
  }
  return found;
}

/** Sender and length of each inbound message that was kept. */
function texts(): [sender: string, length: number][] {
  return (takenOf("inbound").bodies ?? []).map((body) => {
    const message: { from_addr: string; content: string } = JSON.parse(body.toString());
    return [message.from_addr, message.content.length];
  });
}

/** Queues of accounts that nobody uses. */
let idle: string[] = [];

async function declareAccounts(count: number): Promise<void> {
  const options = { durable: true, arguments: { "x-queue-type": "quorum" } };
  for (let account = idle.length / 4; account < count; account++) {
    for (const kind of ["outbound", "event", "inbound", "failed"]) {
      const queue = `esme-bench-idle-${process.pid}-${account}.${kind}`;
      await channel.assertQueue(queue, options);
      idle.push(queue);
    }
  }
}

async function deleteAccounts(): Promise<void> {
  for (const queue of idle) await channel.deleteQueue(queue);
  idle = [];
}

answer({
  prepare,
  declareAccounts,
  deleteAccounts,
  fill,
  reached: ({ kind, count }: { kind: string; count: number }) => reached(kind, count),
  /** From here on what comes is kept, and what is sent is remembered. */
  keep: () => {
    sent.clear();
    for (const own of taken.values()) own.bodies = [];
  },
  taken: (kind: string) => takenOf(kind).count,
  watch: () => pauses.begin(),
  longestPause: () => pauses.longest(),
  faults,
  texts,
  remove: async () => {
    for (const kind of ["outbound", "event", "inbound", "failed"]) {
      await channel.deleteQueue(queueOf(kind));
    }
  },
});
