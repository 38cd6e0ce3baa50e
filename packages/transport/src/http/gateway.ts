/** The worker alone as an SMS gateway: `POST /messages` and `GET /stream` on the embedded broker. */
import {
  EventStream,
  type Exchange,
  eventText,
  type Guard,
  HttpError,
  type Reply,
  type Route,
} from "@esme/http";
import type { MemoryBroker } from "../broker/memory-broker.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { GatewayReport } from "../status/snapshot.ts";
import { type IntakeLimits, MessageIntake, stopping } from "./message-intake.ts";
import { type RingReader, StreamRing } from "./stream-ring.ts";

/** What a gateway works with. */
export interface GatewayDeps {
  readonly broker: MemoryBroker;
  readonly transportName: string;
  /** Whether there is a queue for messages with priority. */
  readonly hasPriority: boolean;
  readonly guard: Guard;
  readonly metrics: Metrics;
  /** False for a worker that only receives: then there is no `POST /messages`. */
  readonly sends: boolean;
}

/** What a gateway holds at most. */
export interface GatewayLimits extends IntakeLimits {
  /** Events and inbound messages kept for streams, and their characters in all. */
  readonly entries: number;
  readonly characters: number;
  /** Streams at a time. */
  readonly streams: number;
  /** Between two heartbeats, in milliseconds. */
  readonly heartbeat: number;
}

/** A reader that takes nothing for so many heartbeats is gone. */
const mostStalls = 4;

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
  readonly #intake: MessageIntake;
  #stopListening: readonly (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #isRefusing = false;

  constructor(deps: GatewayDeps, limits: Partial<GatewayLimits> = {}) {
    this.#deps = deps;
    this.#limits = { ...usualLimits, ...limits };
    this.#intake = new MessageIntake(deps, this.#limits);
    const life = Date.now().toString(36);
    this.#ring = new StreamRing(this.#limits, life, () => deps.metrics.dropped());
    const post = guarded(deps.guard, ({ request }) => this.#intake.post(request));
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
    const { broker, hasPriority, transportName } = this.#deps;
    await broker.declareQueue(`${transportName}.outbound`);
    if (hasPriority) await broker.declareQueue(`${transportName}.outbound.high`);
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
    this.#intake.refuse();
  }

  /** Ends every stream. */
  close(): void {
    this.refuse();
    clearInterval(this.#heartbeat);
    for (const stop of this.#stopListening) stop();
    for (const stream of this.#streams) stream.end();
  }

  #stream(exchange: Exchange): Reply | undefined {
    const { request, query } = exchange;
    if (this.#isRefusing) throw stopping();
    if (this.#streams.size >= this.#limits.streams) {
      const message = `${this.#limits.streams} streams are open already`;
      throw new HttpError(503, "too_many", message);
    }
    if (request.method === "HEAD") {
      return { status: 200, headers: { "content-type": "text/event-stream" } };
    }
    const header = request.headers["last-event-id"];
    const asked = new URLSearchParams(query).get("after");
    const reader = this.#ring.reader(asked ?? (typeof header === "string" ? header : undefined));
    const stream = EventStream.answer(exchange, mostStalls);
    const pump = () => pumpInto(stream, reader);
    const stopListening = this.#ring.listen(pump);
    this.#streams.add(stream);
    stream.onDrain(pump);
    stream.onClose(() => {
      stopListening();
      this.#streams.delete(stream);
    });
    pump();
    return undefined;
  }
}

function guarded(guard: Guard, handle: Route["handle"]): Route["handle"] {
  return (exchange) => {
    const refusal = guard(exchange.request);
    if (refusal !== undefined) throw refusal;
    return handle(exchange);
  };
}

/** Writes what there is until the reader has enough for now: what it does not take waits in the ring. */
function pumpInto(stream: EventStream, reader: RingReader): void {
  while (!stream.isFull) {
    const missed = reader.takeMissed();
    if (missed !== 0) stream.write(eventText("gap", JSON.stringify({ missed })));
    const entry = reader.next();
    if (entry === undefined) return;
    stream.write(eventText(entry.kind, entry.json, entry.id));
  }
}
