/** The application: fills the worker's queue and takes what it publishes, whatever happens to the broker. */
import { setTimeout as passed } from "node:timers/promises";
import { newMessage, parseEvent, parseMessage, serialise } from "@esme/messages";
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from "amqplib";
import type { Count } from "./count.ts";

/** How the queues are made. */
export type QueueType = "classic" | "quorum";

/** What the application is given. */
export interface ApplicationOptions {
  /** The nodes of the broker: any will do. */
  readonly urls: readonly string[];
  readonly transportName: string;
  readonly queueType: QueueType;
  readonly count: Count;
}

const exchange = "vumi";
const kinds = ["outbound", "event", "inbound", "failed"] as const;

/** Marks of what the application sends: the number of a message is in its id and in its recipient. */
const mark = "chaos-";
/** Ends alike for all: some endings mean something to the simulated SMSC, as 9999dd, refused. */
const ending = "2782";
const recipient = (number: number): string => `${String(number).padStart(8, "0")}${ending}`;

/** The number of the message that goes to a recipient. */
export const numberOf = (digits: string): number => Number(digits.slice(0, -ending.length));

/** Each seventh message takes two parts. */
const partsOf = (number: number): number => (number % 7 === 0 ? 2 : 1);

/** Reconnects by itself. Not the worker's own broker code: what it says must not depend on that. */
export class Application {
  readonly #options: ApplicationOptions;
  #connection: ChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  #connected: Promise<void> | undefined;
  #isClosed = false;
  #attempts = 0;

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** Resolves once the queues are there and consumed. */
  connect(): Promise<void> {
    this.#connected ??= this.#connect();
    return this.#connected;
  }

  /** Publishes the next message. Resolves when the broker has it, or when that cannot be known. */
  async publish(): Promise<void> {
    const { count } = this.#options;
    await this.connect();
    const number = count.progress.published;
    count.publish(partsOf(number));
    const body = Buffer.from(serialise(this.#message(number)));
    const isConfirmed = await new Promise<boolean>((resolve) => {
      const key = this.#queue("outbound");
      const connection = this.#connection;
      const settle = (error: unknown): void => {
        const isTaken = error === null || error === undefined;
        resolve(isTaken);
        // A channel that was refused while a queue elected its leader is refused for ever (RabbitMQ 3.10).
        if (!isTaken) void connection?.close().catch(() => {});
      };
      try {
        if (this.#channel === undefined) return resolve(false);
        this.#channel.publish(exchange, key, body, { persistent: true, mandatory: true }, settle);
      } catch {
        resolve(false);
      }
    });
    if (isConfirmed) count.confirm(number);
  }

  /** Messages on each of the queues; undefined while the broker cannot be asked. */
  async waiting(): Promise<Readonly<Record<string, number>> | undefined> {
    try {
      await this.connect();
      const counts = kinds.map(async (kind) => {
        const reply = await this.#channel?.checkQueue(this.#queue(kind));
        return [kind, reply?.messageCount ?? 0] as const;
      });
      return Object.fromEntries(await Promise.all(counts));
    } catch {
      return undefined;
    }
  }

  /** Removes the queues. */
  async remove(): Promise<void> {
    await this.connect();
    for (const kind of kinds) await this.#channel?.deleteQueue(this.#queue(kind));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close().catch(() => {});
  }

  #message(number: number) {
    const text = `message ${number}`;
    return newMessage({
      message_id: `${mark}${number}`,
      to_addr: recipient(number),
      from_addr: "4711",
      transport_name: this.#options.transportName,
      content: partsOf(number) === 2 ? text.padEnd(200, ".") : text,
    });
  }

  #queue(kind: (typeof kinds)[number]): string {
    return `${this.#options.transportName}.${kind}`;
  }

  async #connect(): Promise<void> {
    for (;;) {
      if (this.#isClosed) throw new Error("the application was closed");
      try {
        return await this.#open();
      } catch {
        await passed(200);
      }
    }
  }

  async #open(): Promise<void> {
    const { urls, queueType } = this.#options;
    this.#attempts += 1;
    const url = urls[this.#attempts % urls.length] ?? "";
    const connection = await connect(`${url}?heartbeat=2`, { noDelay: true, timeout: 5_000 });
    const lost = (): void => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#channel = undefined;
      this.#connected = undefined;
      // It is the reader of events as well: it comes back without being asked.
      if (!this.#isClosed) void this.connect().catch(() => {});
    };
    connection.on("error", () => {});
    connection.on("close", lost);
    this.#connection = connection;
    try {
      const channel = await connection.createConfirmChannel();
      channel.on("error", () => {});
      channel.on("close", () => void connection.close().catch(() => {}));
      await channel.assertExchange(exchange, "direct", { durable: true });
      for (const kind of kinds) {
        const options = { durable: true, arguments: { "x-queue-type": queueType } };
        await channel.assertQueue(this.#queue(kind), options);
        await channel.bindQueue(this.#queue(kind), exchange, this.#queue(kind));
      }
      await channel.prefetch(500);
      for (const kind of ["event", "inbound", "failed"] as const) {
        await channel.consume(this.#queue(kind), (message) => {
          if (message) this.#take(kind, message, channel);
        });
      }
      this.#channel = channel;
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
  }

  #take(kind: "event" | "inbound" | "failed", message: ConsumeMessage, channel: ConfirmChannel) {
    const text = message.content.toString();
    if (kind === "event") this.#event(text);
    else if (kind === "inbound") this.#inbound(text);
    else this.#options.count.strange.push(`on the failed queue: ${text.slice(0, 300)}`);
    channel.ack(message);
  }

  #event(text: string): void {
    const { count } = this.#options;
    const event = parseEvent(text);
    const { user_message_id, event_type, event_id, transport_metadata } = event;
    const number = Number(user_message_id.slice(mark.length));
    if (event_type === "delivery_report") {
      count.report(number, Number(transport_metadata["smpp_part"] ?? 1));
    } else {
      const isMarked = JSON.stringify(transport_metadata).includes('"maybe_duplicate":true');
      const isHeld = event_type === "nack" && event.nack_reason.startsWith("fate unknown: ");
      count.event(number, event_id, isHeld ? "held" : event_type, isMarked);
    }
  }

  #inbound(text: string): void {
    const { content } = parseMessage(text);
    this.#options.count.arrive(Number(/^text (\d+)/.exec(content ?? "")?.[1]));
  }
}
