/** One connection to RabbitMQ with a channel for what is published, from its opening to its loss; it never comes back. */
import type { SecureContextOptions } from "node:tls";
import { withTimeout } from "@esme/bounded";
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { Secret } from "../config/values/secret.ts";
import { gather } from "./gather.ts";
import { NodeWatch } from "./node-watch.ts";
import { type LinkConsumer, RabbitConsumption } from "./rabbit-consumption.ts";
import { refusalOf } from "./rabbit-refusals.ts";

/** How a publish ended. */
export type PublishEnd =
  | { readonly kind: "confirmed" }
  /** No queue is bound under its key. */
  | { readonly kind: "returned" }
  /** The broker took no responsibility for it, and may do so later. */
  | { readonly kind: "refused" }
  /** The link is gone: the broker may have it or not. */
  | { readonly kind: "lost" }
  /** The broker takes at most so many octets. */
  | { readonly kind: "too_large"; readonly most: number };

/** A message on its way to the broker. */
export interface Publish {
  readonly routingKey: string;
  readonly content: Buffer;
  /** Called once for each time that it was published. */
  ended(end: PublishEnd): void;
}

const [confirmed, returned, refused, lost] = [
  { kind: "confirmed" },
  { kind: "returned" },
  { kind: "refused" },
  { kind: "lost" },
] as const satisfies readonly PublishEnd[];

/** A message on its way over one channel. */
interface Flight {
  readonly publish: Publish;
  /** No queue took it; its confirm follows. */
  isReturned: boolean;
  /** What comes of it is not waited for any more. */
  isOver: boolean;
}

interface LinkParts {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  readonly settings: LinkSettings;
  readonly maxMessageSize: number;
  readonly lost: Promise<Error>;
  /** Makes it lost. */
  readonly abandon: (reason: Error) => void;
  /** Ends the socket without a farewell; harmless when it has ended. */
  readonly destroy: () => void;
  readonly watch: NodeWatch | undefined;
}

/**
 * How long `renew` waits for the confirms of what is on its way, in milliseconds: after that it counts as
 * lost, and is published once more.
 */
const renewTimeout = 1_000;

/** How long a closing waits for the broker's farewells, each, in milliseconds. */
const closeTimeout = 1_000;

/** AMQP's NOT_FOUND and PRECONDITION_FAILED. */
const notFound = 404;
const preconditionFailed = 406;

/** What connections to all nodes have in common. */
export interface LinkSettings {
  readonly exchange: string;
  /** Of queues that are made, beside that they are durable. */
  readonly queueArguments: Readonly<Record<string, unknown>>;
  /** In seconds: two of them without a sign of life, and the link is gone. 0: for ever. */
  readonly heartbeat: number;
  /** How long the opening may take, in milliseconds. */
  readonly connectTimeout: number;
  /** For URLs with `amqps:`. */
  readonly tls: RabbitTls;
}

/** Files and names of TLS. */
export interface RabbitTls extends SecureContextOptions {
  /** The name in the certificate, where it is not the host of the URL. */
  readonly servername?: string;
}

/** How a link is opened. */
export interface LinkOptions extends LinkSettings {
  readonly url: Secret;
  /** Octets of a message that the broker takes at most, where an earlier link learned it. */
  readonly maxMessageSize: number;
  /** Destroys the socket, at any time. */
  readonly signal: AbortSignal;
  /** The broker reads nothing from this connection for now, and says why; or, without, it does again. */
  readonly onBlocked: (reason: string | undefined) => void;
}

/** What works over any number of links, one at a time. */
export interface LinkTenant {
  /** A link was opened. */
  attach(link: RabbitLink): void;
  /** It was lost. */
  detach(): void;
}

/** A link is open when it is made, and gone once `lost` resolves. */
export class RabbitLink {
  /** Resolves with the reason once the link is gone, whoever ended it. */
  readonly lost: Promise<Error>;
  readonly #exchange: string;
  readonly #queueArguments: LinkSettings["queueArguments"];
  readonly #connection: ChannelModel;
  #channel: ConfirmChannel;
  readonly #consumptions = new Set<RabbitConsumption>();
  /** In the order of publishing, until the broker confirms them. */
  readonly #unconfirmed = new Set<Flight>();
  #onAllConfirmed: (() => void) | undefined;
  readonly #declaring = new Map<string, Promise<void>>();
  readonly #destroy: () => void;
  readonly #abandon: (reason: Error) => void;
  /** Absent without a heartbeat. */
  readonly #watch: NodeWatch | undefined;
  readonly #maxMessageSize: number;
  #refusedAbove = Number.POSITIVE_INFINITY;
  /** Resolves once nothing is left of the connection. */
  readonly #over: Promise<void>;
  #state: "open" | "closing" | "gone" = "open";

  private constructor(parts: LinkParts) {
    const { abandon, connection, channel, destroy, lost, maxMessageSize, settings, watch } = parts;
    this.#abandon = abandon;
    this.#watch = watch;
    this.#connection = connection;
    this.#maxMessageSize = maxMessageSize;
    this.#channel = channel;
    this.#exchange = settings.exchange;
    this.#queueArguments = settings.queueArguments;
    this.#destroy = destroy;
    this.lost = lost;
    this.#over = this.#outlast();
    this.#listen(channel);
  }

  /** While it is the channel for what is published, its loss is that of the link. */
  #listen(channel: ConfirmChannel): void {
    channel.on("return", ({ fields, content }) => this.#returned(fields.routingKey, content));
    // Before the unconfirmed messages hear that the channel is closed.
    channel.on("error", (error) => {
      if (channel !== this.#channel) return;
      this.#refusedAbove = largestTaken(error);
      this.#abandon(error);
    });
    channel.on("close", () => {
      if (channel !== this.#channel) return;
      this.#state = "gone";
      this.#abandon(new Error("the channel was closed"));
    });
  }

  /** A lost channel takes its connection along. A silent node never says what became of the rest. */
  async #outlast(): Promise<void> {
    await this.lost;
    this.#state = "gone";
    this.#watch?.close();
    for (const consumption of this.#consumptions) consumption.abandon();
    this.#loseUnconfirmed();
    await farewell(this.#connection);
    this.#destroy();
  }

  /** Connects, opens the channel, and makes the exchange if it is absent: all within `connectTimeout`. */
  static async open(link: LinkOptions): Promise<RabbitLink> {
    const { connectTimeout } = link;
    const end = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end.abort();
    }, connectTimeout);
    try {
      return await RabbitLink.#connect(link, end);
    } catch (error) {
      if (!isLate) throw error;
      const message = `no answer within ${connectTimeout / 1_000} s`;
      throw Object.assign(new Error(message, { cause: error }), { code: "ETIMEDOUT" });
    } finally {
      clearTimeout(timer);
    }
  }

  static async #connect(link: LinkOptions, end: AbortController): Promise<RabbitLink> {
    const { exchange, maxMessageSize, onBlocked, signal, tls } = link;
    // amqplib hands all options to `net.connect`; its types know only some of them.
    const options = { ...socketOptions, ...tls, signal: AbortSignal.any([signal, end.signal]) };
    const connection = await connect(withHeartbeat(link), options);
    let abandon = (_: Error): void => {};
    const lost = new Promise<Error>((resolve) => {
      abandon = resolve;
      // The first of several events knows the reason best.
      connection.on("error", resolve);
      connection.on("close", (error) => resolve(error ?? new Error("the connection was closed")));
    });
    const watch = watchOver(connection, link.heartbeat, abandon);
    connection.on("blocked", (reason) => {
      watch?.pause(true);
      onBlocked(reason);
    });
    connection.on("unblocked", () => {
      watch?.pause(false);
      onBlocked(undefined);
    });
    try {
      const channel = await connection.createConfirmChannel();
      channel.on("error", abandon);
      await inTurn(connection, [
        (side) => side.checkExchange(exchange),
        (side) => side.assertExchange(exchange, "direct", { durable: true }),
      ]);
      return new RabbitLink({
        connection,
        channel,
        settings: link,
        maxMessageSize,
        lost,
        abandon,
        destroy: () => end.abort(),
        watch,
      });
    } catch (error) {
      watch?.close();
      await farewell(connection);
      end.abort();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Octets of a message that the broker takes at most, when the link was lost over a larger one;
   * else Infinity: the broker may have been started again with another limit.
   */
  get refusedAbove(): number {
    return this.#refusedAbove;
  }

  /** Tells the message how it ended, at once when the link is gone. */
  publish(publish: Publish): void {
    const { content, routingKey } = publish;
    const { length } = content;
    if (length > this.#maxMessageSize) {
      publish.ended({ kind: "too_large", most: this.#maxMessageSize });
      return;
    }
    const flight: Flight = { publish, isReturned: false, isOver: false };
    this.#unconfirmed.add(flight);
    try {
      this.#channel.publish(this.#exchange, routingKey, content, usual, (error) => {
        this.#watch?.heard();
        if (flight.isOver) return;
        this.#unconfirmed.delete(flight);
        if (!error) publish.ended(flight.isReturned ? returned : confirmed);
        else publish.ended(this.#failureOf(error, length));
        if (this.#unconfirmed.size === 0) this.#onAllConfirmed?.();
      });
      gather(this.#channel);
    } catch {
      this.#unconfirmed.delete(flight);
      publish.ended(lost);
    }
  }

  #failureOf({ message }: Error, octets: number): PublishEnd {
    if (octets > this.#refusedAbove) return { kind: "too_large", most: this.#refusedAbove };
    // amqplib tells a nack and a lost channel apart by these words alone.
    return message === "message nacked" ? refused : lost;
  }

  /**
   * The broker returns a message before it confirms it, and says which by nothing but its key and
   * its octets: two messages that have both alike are as good as one another.
   */
  #returned(routingKey: string, content: Buffer): void {
    for (const flight of this.#unconfirmed) {
      const { publish } = flight;
      if (flight.isReturned || publish.routingKey !== routingKey) continue;
      if (!publish.content.equals(content)) continue;
      flight.isReturned = true;
      return;
    }
  }

  /**
   * Resolves once publishes go over a new channel. Nothing is to be published meanwhile; rejects when
   * the link is lost.
   *
   * For a channel that was refused something: in RabbitMQ 3.10 one whose first message to a quorum queue
   * comes while the queue elects its leader is refused everything to that queue, for ever.
   */
  async renew(): Promise<void> {
    const before = this.#channel;
    const allConfirmed = new Promise<void>((resolve) => {
      this.#onAllConfirmed = resolve;
      if (this.#unconfirmed.size === 0) resolve();
    });
    await withTimeout(renewTimeout, allConfirmed);
    this.#onAllConfirmed = undefined;
    const channel = await this.#connection.createConfirmChannel();
    this.#channel = channel;
    this.#listen(channel);
    this.#loseUnconfirmed();
    void before.close().catch(() => {});
  }

  /** What is not confirmed by now is not waited for. */
  #loseUnconfirmed(): void {
    const flights = [...this.#unconfirmed];
    this.#unconfirmed.clear();
    for (const flight of flights) {
      flight.isOver = true;
      flight.publish.ended(lost);
    }
  }

  /** Makes the queue if it is absent and binds it; asked for while it does so, it does it once. */
  declareQueue(queue: string, queueArguments = this.#queueArguments): Promise<void> {
    const declaring =
      this.#declaring.get(queue) ??
      this.#declare(queue, queueArguments).finally(() => this.#declaring.delete(queue));
    this.#declaring.set(queue, declaring);
    return declaring;
  }

  async #declare(queue: string, queueArguments: LinkSettings["queueArguments"]): Promise<void> {
    const options = { durable: true, arguments: queueArguments };
    const bind = (side: Channel) => side.bindQueue(queue, this.#exchange, queue);
    const use = async (side: Channel): Promise<void> => {
      await side.checkQueue(queue);
      await bind(side);
    };
    const make = async (side: Channel): Promise<void> => {
      await side.assertQueue(queue, options);
      await bind(side);
    };
    // Somebody else may make it in between, with other arguments, or delete it.
    await inTurn(this.#connection, [use, make, use, make, use, make]).catch(throwRefusal);
  }

  /** @throws BrokerError `queue_refused` when there is no such queue */
  async checkQueue(queue: string): Promise<void> {
    await inTurn(this.#connection, [(side) => side.checkQueue(queue)]).catch(throwRefusal);
  }

  /** A channel for whoever asks often. What the broker refuses closes it; its loss is told by `close`. */
  async channel(): Promise<Channel> {
    const channel = await this.#connection.createChannel();
    channel.on("error", () => {});
    return channel;
  }

  /** Begins to consume; rejects when the broker refuses, or the link is lost. */
  async consume(
    queue: string,
    prefetch: number,
    consumer: LinkConsumer,
  ): Promise<RabbitConsumption> {
    const beginning = RabbitConsumption.begin(this.#connection, queue, prefetch, {
      onMessage: (message, from) => {
        this.#watch?.heard();
        consumer.onMessage(message, from);
      },
      onEnded: () => consumer.onEnded(),
    });
    const consumption = await beginning.catch(throwRefusal);
    for (const one of this.#consumptions) if (one.isGone) this.#consumptions.delete(one);
    this.#consumptions.add(consumption);
    return consumption;
  }

  /** Sends what was acknowledged, and ends; never rejects, and takes three seconds at most. */
  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    // The channels first: a farewell of the connection overtakes what they have to send.
    const channels = [...this.#consumptions].map((consumption) => consumption.close());
    await Promise.all(channels);
    await withTimeout(
      closeTimeout,
      this.#channel.close().catch(() => {}),
    );
    if (this.#isClosing()) this.#destroy();
    await this.#over;
  }

  /** The compiler does not know that the state changes while one waits. */
  #isClosing(): boolean {
    return this.#state === "closing";
  }
}

/**
 * Tries one step after the other, each on a channel of its own since what the broker refuses closes
 * the channel, until one works. Only "not found" and "made otherwise" lead to the next.
 */
async function inTurn(
  connection: ChannelModel,
  [step, ...others]: readonly ((side: Channel) => Promise<unknown>)[],
): Promise<void> {
  if (!step) return;
  const side = await connection.createChannel();
  side.on("error", () => {});
  try {
    await step(side);
  } catch (error) {
    if (others.length === 0 || !isAboutWhatIsThere(error)) throw error;
    return inTurn(connection, others);
  }
  // Not waited for: it never resolves when the connection is lost on the way.
  void side.close().catch(() => {});
}

function throwRefusal(error: unknown): never {
  throw refusalOf(error) ?? error;
}

/** Leaves a node that is silent for two heartbeats; to open a channel is the least that it can be asked for. */
function watchOver(
  connection: ChannelModel,
  seconds: number,
  abandon: (reason: Error) => void,
): NodeWatch | undefined {
  if (seconds === 0) return undefined;
  const silent = new Error(`the node said nothing for two heartbeats of ${seconds} s`);
  return new NodeWatch({
    heartbeat: seconds * 1_000,
    ask: () => inTurn(connection, [async () => {}]),
    onSilent: () => abandon(Object.assign(silent, { code: "ETIMEDOUT" })),
  });
}

/** A URL that says how often goes before. */
function withHeartbeat({ heartbeat, url }: LinkOptions): string {
  const parsed = new URL(url.reveal());
  if (!parsed.searchParams.has("heartbeat")) {
    parsed.searchParams.set("heartbeat", String(heartbeat));
  }
  return parsed.href;
}

/**
 * RabbitMQ closes the channel over a message of more than its `max_message_size` octets, and only its
 * words say so. Infinity: it was closed over something else.
 */
function largestTaken(error: Error): number {
  const [, most] =
    /message size \d+ is larger than (?:configured )?max size (\d+)/.exec(error.message) ?? [];
  return most === undefined ? Number.POSITIVE_INFINITY : Number(most);
}

function isAboutWhatIsThere(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === notFound || error.code === preconditionFailed;
}

/** Closes a connection in the agreed way, for as long as that may take; never rejects. */
async function farewell(connection: ChannelModel): Promise<void> {
  const gone = new Promise<void>((resolve) => connection.on("close", () => resolve()));
  // It says that it was closed, or throws when it is gone already.
  const closing = connection.close().catch(() => {});
  await withTimeout(closeTimeout, Promise.race([gone, closing]));
}

/** Confirmed once a queue has it on disk, returned when there is no queue. */
const usual = { persistent: true, mandatory: true } as const;

/** What `net.connect` is given. */
const socketOptions = {
  // Confirms are small frames: with Nagle's algorithm on they wait for the peer's delayed
  // acknowledgement, and 12,000 messages/s become 500.
  noDelay: true,
  // What one turn of the event loop makes should fit, or it leaves in several writes.
  writableHighWaterMark: 1 << 20,
};
