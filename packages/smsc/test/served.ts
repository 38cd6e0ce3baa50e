/** A message centre with its HTTP server, and a client that speaks JSON to it. */
import { request } from "node:http";
import { Smsc, SmscHttp, type SmscHttpOptions, type SmscOptions } from "../src/index.ts";

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
}

/** Both, closed together. */
export class Served implements AsyncDisposable {
  readonly smsc: Smsc;
  readonly http: SmscHttp;

  private constructor(smsc: Smsc, http: SmscHttp) {
    this.smsc = smsc;
    this.http = http;
  }

  static async start(options: SmscOptions = {}, httpOptions: SmscHttpOptions = {}) {
    const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
    return new Served(smsc, await new SmscHttp(smsc, httpOptions).listen({ port: 0 }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http.close();
    await this.smsc.close();
  }

  get = (path: string): Promise<Answered> => this.call("GET", path);

  post = (path: string, body?: unknown): Promise<Answered> =>
    this.call("POST", path, body === undefined ? undefined : JSON.stringify(body));

  delete = (path: string): Promise<Answered> => this.call("DELETE", path);

  /** Headers are as given, those that clients make themselves included. */
  call(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.http.url), { method, headers, agent: false });
      sent.on("error", reject);
      sent.on("response", async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString("latin1");
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, json: parsed(Buffer.concat(chunks).toString()) });
      });
      sent.end(body);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
