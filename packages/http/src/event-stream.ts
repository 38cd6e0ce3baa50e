/** Server-sent events for one reader (HTML standard, section 9.2). */
import type { Writable } from "node:stream";
import type { Exchange } from "./listener.ts";

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Asks proxies of nginx's kind to pass on each event as it comes.
  "x-accel-buffering": "no",
  connection: "close",
};

/** One event. JSON has no line breaks of its own, so that one line of data is enough. */
export function eventText(name: string, json: string, id?: string): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${json}\n\n`;
}

/** Holds nothing but what it was told to write: whoever writes asks before whether the reader keeps up. */
export class EventStream {
  readonly #writable: Writable;
  readonly #mostStalls: number;
  #stalls = 0;

  /** `mostStalls`: a reader that takes nothing between so many beats is disconnected. */
  constructor(writable: Writable, mostStalls: number) {
    this.#writable = writable;
    this.#mostStalls = mostStalls;
    writable.write("retry: 1000\n\n");
  }

  /** The stream as the answer to a request. */
  static answer(exchange: Pick<Exchange, "response" | "headers">, mostStalls: number): EventStream {
    const { response } = exchange;
    response.writeHead(200, { ...exchange.headers, ...headers });
    return new EventStream(response, mostStalls);
  }

  /** Whether the reader has taken all that was written. */
  get isTaken(): boolean {
    return this.#writable.writableLength === 0;
  }

  /** Whether so much waits for the reader that no more is to be written before `drain`. */
  get isFull(): boolean {
    return this.#writable.writableNeedDrain;
  }

  /** Writes events, see {@link eventText}. */
  write(events: string): void {
    this.#writable.write(events);
    this.#stalls = 0;
  }

  /** Shows both sides that the other is there; ends a reader that takes nothing. To be called regularly. */
  beat(): void {
    if (this.isTaken) this.write(": heartbeat\n\n");
    else if (++this.#stalls >= this.#mostStalls) this.#writable.destroy();
  }

  /** Calls the listener each time there is room again. */
  onDrain(listener: () => void): void {
    this.#writable.on("drain", listener);
  }

  /** Calls the listener when the stream is over, whoever ended it. */
  onClose(listener: () => void): void {
    this.#writable.once("close", listener);
  }

  end(): void {
    this.#writable.end();
  }
}
