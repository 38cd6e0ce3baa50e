/** Reads server-sent events, as a program that follows `GET /stream` would. */
import { type Event, type Message, parseEvent, parseMessage } from "@esme/messages";
import { Inbox } from "./inbox.ts";

/** One event as it came. */
export interface SentEvent {
  readonly id: string | undefined;
  readonly kind: string;
  readonly data: string;
}

export class EventSource {
  readonly response: Response;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  readonly #events = new Inbox<SentEvent>();
  readonly #comments = new Inbox<string>();
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventSource> {
    const abort = new AbortController();
    return new EventSource(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  next(): Promise<SentEvent> {
    return this.#events.next();
  }

  comment(): Promise<string> {
    return this.#comments.next();
  }

  /** The next event of vumi's, parsed. */
  async event(): Promise<Event> {
    return parseEvent((await this.#expect("event")).data);
  }

  async inbound(): Promise<Message> {
    return parseMessage((await this.#expect("inbound")).data);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #expect(kind: string): Promise<SentEvent> {
    const event = await this.next();
    if (event.kind !== kind) throw new Error(`expected ${kind}, got ${JSON.stringify(event)}`);
    return event;
  }

  async #read(): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
      }),
    );
    const comment = fields.get("");
    if (comment !== undefined) this.#comments.put(comment);
    const data = fields.get("data");
    if (data === undefined) return;
    this.#events.put({ id: fields.get("id"), kind: fields.get("event") ?? "message", data });
  }
}
