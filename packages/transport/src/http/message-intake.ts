/** `POST /messages`: from a request to messages on the embedded broker, each of them once. */
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { OldestFirst } from "@esme/bounded";
import { HttpError, json, type Reply, readBody, typeRefusal } from "@esme/http";
import type { Message } from "@esme/messages";
import { BrokerError } from "../broker/broker.ts";
import type { MemoryBroker } from "../broker/memory-broker.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { isUrgent, octetsOf, readPosted } from "./posted-messages.ts";

/** What the intake works with. */
export interface IntakeDeps {
  readonly broker: MemoryBroker;
  readonly transportName: string;
  /** Whether there is a queue for messages with priority. */
  readonly hasPriority: boolean;
  readonly metrics: Metrics;
}

/** What it holds at most. */
export interface IntakeLimits {
  /** Octets of a request's body. */
  readonly body: number;
  /** Ids of posted messages that are remembered. */
  readonly ids: number;
}

/** Takes messages until it is told to refuse them. */
export class MessageIntake {
  readonly #deps: IntakeDeps;
  readonly #limits: IntakeLimits;
  /** Posted messages by id, as digests: what came is known when it comes again. */
  readonly #posted: OldestFirst<string, string>;
  #isRefusing = false;

  constructor(deps: IntakeDeps, limits: IntakeLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#posted = new OldestFirst(limits.ids);
  }

  /** From here on nothing is taken. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Answers 202 once the messages are on the queue, or says what keeps them from it. */
  async post(request: IncomingMessage): Promise<Reply> {
    const { metrics } = this.#deps;
    try {
      const reply = await this.#take(request);
      if (reply.status === 400) metrics.posted("invalid");
      else if (reply.status !== 202) metrics.posted("refused");
      return reply;
    } catch (error) {
      if (error instanceof HttpError) metrics.posted("refused");
      throw error;
    }
  }

  async #take(request: IncomingMessage): Promise<Reply> {
    if (this.#isRefusing) throw stopping();
    const refusal = typeRefusal(request);
    if (refusal !== undefined) throw refusal;
    const octets = await readBody(request, this.#limits.body);
    // It may have begun while the body came.
    if (this.#isRefusing) throw stopping();
    const posted = readPosted(octets, this.#deps);
    if ("issues" in posted) {
      return json(400, { error: "not a message", ...posted });
    }
    const messages = posted.messages.map(digested);
    const clash = this.#clashOf(messages);
    if (clash !== undefined) {
      return json(409, {
        error: "this message_id was used for another message",
        message_id: clash,
      });
    }
    const { taken, error } = await this.#publish(messages, octets.length / messages.length);
    if (error !== undefined) {
      const retry = { "retry-after": "1" };
      return json(429, { error: error.message, message_ids: taken }, retry);
    }
    return json(202, posted.isList ? { message_ids: taken } : { message_id: taken[0] });
  }

  /** The first id that stands for something else already, here or before. */
  #clashOf(messages: readonly Digested[]): string | undefined {
    const here = new Map<string, string>();
    return messages.find(({ message: { message_id }, digest }) => {
      const known = this.#posted.get(message_id) ?? here.get(message_id);
      here.set(message_id, digest);
      return known !== undefined && known !== digest;
    })?.message.message_id;
  }

  /** Puts messages on the queue in order, those that came before excepted, until it is full. */
  async #publish(
    messages: readonly Digested[],
    octets: number,
  ): Promise<{ taken: readonly string[]; error?: BrokerError }> {
    const { broker, metrics, transportName } = this.#deps;
    const taken: string[] = [];
    for (const { message, digest } of messages) {
      const { message_id } = message;
      const isRepeated = this.#posted.get(message_id) !== undefined;
      if (!isRepeated) {
        // Before the publish: the same message may come on another connection meanwhile.
        this.#posted.set(message_id, digest);
        try {
          const queue = isUrgent(message) ? "outbound.high" : "outbound";
          await broker.publishMessage(`${transportName}.${queue}`, message, octets);
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
}

/** For whoever comes too late. */
export function stopping(): HttpError {
  return new HttpError(503, "stopping", "the worker is stopping");
}

/** A message, and what makes two messages of one id the same message. */
interface Digested {
  readonly message: Message;
  readonly digest: string;
}

function digested(message: Message): Digested {
  const { to_addr, from_addr, content } = message;
  const said = JSON.stringify([to_addr, from_addr, content, octetsOf(message)]);
  // A short one is its own digest: hashing took 2 % of a gateway's time (tools/bench, gateway).
  return { message, digest: said.length <= 200 ? said : hash("sha256", said, "base64") };
}
