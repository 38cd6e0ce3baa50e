/** One `GET /stream`: entries of the ring as server-sent events, as fast as the reader takes them. */
import type { ServerResponse } from "node:http";
import type { Entry, RingReader } from "./stream-ring.ts";

/** A reader that takes nothing for so many heartbeats is gone. */
const mostStalls = 4;

/** The media type is that of the HTML standard, section 9.2. */
const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // Asks proxies of nginx's kind to pass on each event as it comes.
  "x-accel-buffering": "no",
  connection: "close",
};

/** Holds no more than the response's own buffer: what is not taken waits in the ring. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #reader: RingReader;
  #stalls = 0;

  constructor(response: ServerResponse, reader: RingReader) {
    this.#response = response;
    this.#reader = reader;
    response.writeHead(200, headers);
    response.write("retry: 1000\n\n");
    response.on("drain", () => this.pump());
    this.pump();
  }

  /** Writes what there is until the reader has enough for now. */
  pump(): void {
    while (!this.#response.writableNeedDrain) {
      const missed = this.#reader.takeMissed();
      if (missed !== 0) this.#response.write(`event: gap\ndata: ${JSON.stringify({ missed })}\n\n`);
      const entry = this.#reader.next();
      if (entry === undefined) return;
      this.#response.write(textOf(entry));
      this.#stalls = 0;
    }
  }

  /** Shows both sides that the other is there; ends a reader that takes nothing. */
  beat(): void {
    if (!this.#response.writableNeedDrain) {
      this.#stalls = 0;
      this.#response.write(": heartbeat\n\n");
      return;
    }
    this.#stalls += 1;
    if (this.#stalls >= mostStalls) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}

function textOf({ id, kind, json }: Entry): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${json}\n\n`;
}
