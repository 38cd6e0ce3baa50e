/** Sentry's side of a DSN: takes envelopes and shows the events in them. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Inbox } from "./inbox.ts";

export class SentryEndpoint {
  readonly events = new Inbox<Record<string, unknown>>();
  /** Everything that came, as text. */
  received = "";
  readonly #server: Server;

  private constructor(answers: boolean) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const octets = Buffer.concat(chunks);
        const zipped = request.headers["content-encoding"] === "gzip";
        this.#take(`${request.url}\n${(zipped ? gunzipSync(octets) : octets).toString()}`);
        if (answers) response.end("{}");
      });
    });
  }

  /** With `answers: false` it takes what comes and never says so. */
  static async listen({ answers = true } = {}): Promise<SentryEndpoint> {
    const endpoint = new SentryEndpoint(answers);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  get dsn(): string {
    // Listening on TCP: the address is no path.
    const { port } = this.#server.address() as AddressInfo;
    return `http://publickey@127.0.0.1:${port}/42`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** An envelope is a header, then a header and a payload for each item, a line each. */
  #take(text: string): void {
    this.received += text;
    const [, , ...lines] = text.split("\n");
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const header: unknown = JSON.parse(lines[at] ?? "");
      if (Reflect.get(Object(header), "type") !== "event") continue;
      this.events.put(JSON.parse(lines[at + 1] ?? ""));
    }
  }
}
