/** The application's side of the broker: sends outbound bodies, takes what the worker publishes. */
import { type Event, type Message, newMessage, parseEvent, parseMessage } from "@esme/messages";
import type { Broker, Delivery } from "../src/broker/broker.ts";
import { Inbox } from "./inbox.ts";

export class Application {
  readonly events = new Inbox<Event>();
  readonly inbound = new Inbox<Message>();
  /** What the worker dead-lettered, parsed. */
  readonly failed = new Inbox<unknown>();
  readonly #broker: Broker;
  readonly #name: string;

  private constructor(broker: Broker, name: string) {
    this.#broker = broker;
    this.#name = name;
  }

  /** Connects the broker and declares the three queues of a transport. */
  static async on(broker: Broker, transportName = "smpp"): Promise<Application> {
    const application = new Application(broker, transportName);
    await broker.connect();
    await application.declare();
    return application;
  }

  /** On a broker that is connected; it declares nothing. */
  static without(broker: Broker, transportName: string): Application {
    return new Application(broker, transportName);
  }

  async declare(): Promise<void> {
    for (const queue of ["outbound", "event", "inbound"]) {
      await this.#broker.declareQueue(`${this.#name}.${queue}`);
    }
  }

  /** Takes all that the worker publishes from here on, and what waits already. */
  async listen(): Promise<void> {
    await this.#consume("event", this.events, parseEvent);
    await this.#consume("inbound", this.inbound, parseMessage);
    await this.#consume("failed", this.failed, (body) => JSON.parse(Buffer.from(body).toString()));
  }

  async #consume<T>(queue: string, inbox: Inbox<T>, parse: (body: Uint8Array) => T): Promise<void> {
    await this.#broker.consume(`${this.#name}.${queue}`, 100, (delivery: Delivery) => {
      inbox.put(parse(delivery.body));
      delivery.ack();
    });
  }

  /** Publishes a user message and gives back its id. */
  async send(content: string, fields: Partial<Message> = {}): Promise<string> {
    const { id, published } = this.begin(content, fields);
    await published;
    return id;
  }

  /** The same, where the id is of interest even when the broker does not confirm. */
  begin(content: string, fields: Partial<Message> = {}): { id: string; published: Promise<void> } {
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content, ...fields });
    return { id: message.message_id, published: this.publish(JSON.stringify(message)) };
  }

  /** Publishes any octets to the worker's queue. */
  publish(body: string | Uint8Array): Promise<void> {
    return this.#broker.publish(`${this.#name}.outbound`, Buffer.from(body));
  }
}
