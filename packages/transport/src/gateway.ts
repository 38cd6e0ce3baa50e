/** The worker alone as an SMS gateway: `POST /messages` and `GET /stream` on the embedded broker. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Message, serialise } from "@esme/messages";
import { BrokerError } from "./broker.ts";
import { EventStream } from "./event-stream.ts";
import type { Guard } from "./gateway-guard.ts";
import { type Exchange, json, type Reply, type Route } from "./http-server.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import type { Metrics } from "./metrics.ts";
import { readPosted } from "./posted-messages.ts";
import { Recent } from "./recent.ts";
import type { GatewayReport } from "./snapshot.ts";
import { StreamRing } from "./stream-ring.ts";

/** What a gateway works with. */
export interface GatewayDeps {
  readonly broker: MemoryBroker;
  readonly transportName: string;
  readonly guard: Guard;
  readonly metrics: Metrics;
  /** False for a worker that only receives: then there is no `POST /messages`. */
  readonly sends: boolean;
}

/** What a gateway holds at most. */
export interface GatewayLimits {
  /** Octets of a request's body. */
  readonly body: number;
  /** Events and inbound messages kept for streams, and their characters in all. */
  readonly entries: number;
  readonly characters: number;
  /** Streams at a time. */
  readonly streams: number;
  /** Ids of posted messages that are remembered at least. */
  readonly ids: number;
  /** Between two heartbeats, in milliseconds. */
  readonly heartbeat: number;
}

const usualLimits: GatewayLimits = {
  body: 1_048_576,
  entries: 10_000,
  characters: 16_777_216,
  streams: 100,
  ids: 10_000,
  heartbeat: 15_000,
};

/** Begins with `start`; the routes refuse after `refuse`, streams end with `close`. */
export class Gateway {
  readonly routes: readonly Route[];
  readonly #deps: GatewayDeps;
  readonly #limits: GatewayLimits;
  readonly #ring: StreamRing;
  readonly #streams = new Set<EventStream>();
  /** Posted messages by id, as digests: what came is known when it comes again. */
  readonly #posted: Recent<string, string>;
  #stopListening: readonly (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #isRefusing = false;

  constructor(deps: GatewayDeps, limits: Partial<GatewayLimits> = {}) {
    this.#deps = deps;
    this.#limits = { ...usualLimits, ...limits };
    this.#posted = new Recent(this.#limits.ids);
    const life = Date.now().toString(36);
    this.#ring = new StreamRing(this.#limits, life, () => deps.metrics.dropped());
    const post = guarded(deps.guard, (exchange) => this.#post(exchange.request));
    const stream = guarded(deps.guard, (exchange) => this.#stream(exchange));
    this.routes = [
      ...(deps.sends ? [{ method: "POST", path: "/messages", handle: post } as const] : []),
      { method: "GET", path: "/stream", handle: stream },
    ];
  }

  get report(): GatewayReport {
    return { streams: this.#streams.size, kept: this.#ring.size };
  }

  /** Keeps what the worker publishes, and gives what is posted before the SMSC is there a queue. */
  async start(): Promise<void> {
    const { broker, transportName } = this.#deps;
    await broker.declareQueue(`${transportName}.outbound`);
    this.#stopListening = (["event", "inbound"] as const).map((kind) =>
      broker.listen(`${transportName}.${kind}`, (body) => {
        // On one line, since lines are what a stream consists of.
        this.#ring.put(
          kind,
          Buffer.from(body)
            .toString()
            .replaceAll(/[\r\n]+/g, " "),
        );
      }),
    );
    this.#heartbeat = setInterval(() => {
      for (const stream of this.#streams) stream.beat();
    }, this.#limits.heartbeat).unref();
  }

  /** From here on nothing new is taken; streams go on, for the events of what was taken. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Ends every stream. */
  close(): void {
    this.refuse();
    clearInterval(this.#heartbeat);
    for (const stop of this.#stopListening) stop();
    for (const stream of this.#streams) stream.end();
  }

  async #post(request: IncomingMessage): Promise<Reply> {
    const reply = await this.#take(request);
    if (reply.status === 400) this.#deps.metrics.posted("invalid");
    else if (reply.status !== 202) this.#deps.metrics.posted("refused");
    return reply;
  }

  async #take(request: IncomingMessage): Promise<Reply> {
    if (this.#isRefusing) return stopping;
    if (!/^application\/json(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
      return json(415, { error: "wants content-type: application/json" });
    }
    const octets = await readBody(request, this.#limits.body);
    if (octets === undefined) {
      return json(413, { error: `the body has more than ${this.#limits.body} octets` });
    }
    const posted = readPosted(octets, this.#deps.transportName);
    if ("issues" in posted) {
      return json(400, { error: "not a message", issues: posted.issues });
    }
    const clash = this.#clashOf(posted.messages);
    if (clash !== undefined) {
      return json(409, {
        error: "this message_id was used for another message",
        message_id: clash,
      });
    }
    const { taken, error } = await this.#publish(posted.messages);
    if (error !== undefined) {
      const retry = { "retry-after": "1" };
      return json(429, { error: error.message, message_ids: taken }, retry);
    }
    return json(202, posted.isList ? { message_ids: taken } : { message_id: taken[0] });
  }

  /** The first id that stands for something else already, here or before. */
  #clashOf(messages: readonly Message[]): string | undefined {
    const here = new Map<string, string>();
    return messages.find((message) => {
      const { message_id } = message;
      const digest = digestOf(message);
      const known = this.#posted.get(message_id) ?? here.get(message_id);
      here.set(message_id, digest);
      return known !== undefined && known !== digest;
    })?.message_id;
  }

  /** Puts messages on the queue in order, those that came before excepted, until it is full. */
  async #publish(
    messages: readonly Message[],
  ): Promise<{ taken: readonly string[]; error?: BrokerError }> {
    const { broker, metrics, transportName } = this.#deps;
    const taken: string[] = [];
    for (const message of messages) {
      const { message_id } = message;
      const isRepeated = this.#posted.get(message_id) !== undefined;
      if (!isRepeated) {
        // Before the publish: the same message may come on another connection meanwhile.
        this.#posted.set(message_id, digestOf(message));
        try {
          await broker.publish(`${transportName}.outbound`, Buffer.from(serialise(message)));
        } catch (error) {
          this.#posted.delete(message_id);
          if (error instanceof BrokerError) return { taken, error };
          throw error;
        }
      }
      metrics.posted(isRepeated ? "repeated" : "accepted");
      taken.push(message_id);
    }
    return { taken };
  }

  #stream({ request, response, query }: Exchange): Reply | undefined {
    if (this.#isRefusing) return stopping;
    if (this.#streams.size >= this.#limits.streams) {
      return json(503, { error: `${this.#limits.streams} streams are open already` });
    }
    if (request.method === "HEAD") {
      return { status: 200, headers: { "content-type": "text/event-stream" }, body: "" };
    }
    const header = request.headers["last-event-id"];
    const after = query.get("after") ?? (typeof header === "string" ? header : undefined);
    const stream = new EventStream(response, this.#ring.reader(after));
    const stopListening = this.#ring.listen(() => stream.pump());
    this.#streams.add(stream);
    response.once("close", () => {
      stopListening();
      this.#streams.delete(stream);
    });
    return undefined;
  }
}

const stopping = json(503, { error: "the worker is stopping" });

function guarded(guard: Guard, handle: Route["handle"]): Route["handle"] {
  return (exchange) => guard(exchange.request) ?? handle(exchange);
}

/** What makes two messages of one id the same message. */
function digestOf({ to_addr, from_addr, content }: Message): string {
  return createHash("sha256")
    .update(JSON.stringify([to_addr, from_addr, content]))
    .digest("base64");
}

/** The whole body, or undefined when it is larger than it may be. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > most) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  // The chunks of a request without an encoding are buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
