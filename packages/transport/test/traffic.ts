/** Messages in both directions while a test does harm, and the count of what became of each. */

import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import type { Event, Message } from "@esme/messages";
import { Status } from "@esme/pdu";
import { Smsc, type SmscOptions } from "@esme/smsc";
import type { Application } from "./application.ts";

/** Outbound messages that wait for their event, at most; and texts of phones for their answer. */
const ahead = { outbound: 300, inbound: 40 };

export class Traffic {
  readonly #application: Application;
  /** Messages that the broker confirmed: these must not be lost. By id, the number each goes to. */
  readonly #sent = new Map<string, string>();
  /** Messages that the broker did not confirm: they may be there or not. */
  readonly #doubtful = new Set<string>();
  /** Events by message, those published twice by their event_id counted once. */
  readonly #events = new Map<string, Map<string, Event>>();
  /** How often the SMSC took a message, by the number that it goes to. */
  readonly #submitted = new Map<string, number>();
  /** Texts of which every part was answered ESME_ROK: these must not be lost. */
  readonly #accepted = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #pumps: Promise<void>[] = [];
  #stopped = false;
  #smsc: Smsc | undefined;
  #begun = 0;
  #taken = 0;
  #texts = 0;

  constructor(application: Application) {
    this.#application = application;
    void this.#read(application.events.next.bind(application.events), (event) => this.#on(event));
    void this.#read(application.inbound.next.bind(application.inbound), ({ content }: Message) => {
      this.#arrived.add(content ?? "");
    });
  }

  /** Messages with an event so far. */
  get settled(): number {
    return this.#events.size;
  }

  /** A message centre that counts what it takes, in the place of the one before. */
  async serve(options: SmscOptions): Promise<Smsc> {
    const smsc = new Smsc({
      retryDelay: 100,
      window: 20,
      onSubmit: (pdu) => this.#takeSubmit("destination_addr" in pdu ? pdu.destination_addr : ""),
      ...options,
    });
    this.#smsc = await smsc.listen();
    this.#tell();
    return smsc;
  }

  /** Closes the message centre; texts wait for the next one. */
  async close(): Promise<void> {
    const smsc = this.#smsc;
    this.#smsc = undefined;
    await smsc?.close();
  }

  /** Sends in both directions until `finish`. */
  begin(): void {
    this.#pumps.push(this.#sendMessages(), this.#sendTexts());
  }

  /** Resolves once so many more messages have their event, and so many more texts have arrived. */
  async flows(messages: number, texts: number): Promise<void> {
    const [events, arrived] = [this.#events.size + messages, this.#arrived.size + texts];
    await this.until(() => this.#events.size >= events && this.#arrived.size >= arrived);
  }

  /** Sends a number of messages, without keeping back. */
  async send(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#sendMessage()));
  }

  /** Sends no more, and resolves once everything that must not be lost is there. */
  async finish(): Promise<void> {
    this.#stopped = true;
    this.#tell();
    await Promise.all(this.#pumps);
    await this.until(() => this.#missing().length === 0);
  }

  /** What a count of everything finds wrong; empty when nothing was lost or doubled unmarked. */
  faults(): string[] {
    const found = this.#missing();
    for (const [id, events] of this.#events) {
      const kinds = [...events.values()];
      const marked = kinds.some(isMarked);
      if (!this.#sent.has(id) && !this.#doubtful.has(id)) found.push(`an event about ${id}`);
      if (kinds.some(({ event_type }) => event_type !== "ack")) found.push(`${id}: not an ack`);
      if (kinds.length > 1 && !marked) found.push(`${id}: ${kinds.length} events, none marked`);
      const times = this.#submitted.get(this.#sent.get(id) ?? "") ?? 1;
      if (times > 1 && !marked) found.push(`${id}: sent ${times} times, not marked`);
    }
    for (const number of this.#sent.values()) {
      if (!this.#submitted.has(number)) found.push(`${number}: never sent`);
    }
    return found;
  }

  /** Messages that the SMSC took more than once. */
  get duplicates(): number {
    return [...this.#submitted.values()].filter((times) => times > 1).length;
  }

  /** Looks again with everything that happens. */
  until(condition: () => unknown): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #missing(): string[] {
    const unsettled = [...this.#sent.keys()].filter((id) => !this.#events.has(id));
    const lost = [...this.#accepted].filter((text) => !this.#arrived.has(text));
    return [...unsettled.map((id) => `${id}: no event`), ...lost.map((text) => `lost: ${text}`)];
  }

  async #sendMessages(): Promise<void> {
    while (!this.#stopped) {
      await this.until(() => this.#stopped || this.#sent.size - this.#events.size < ahead.outbound);
      await this.send(20);
    }
  }

  async #sendMessage(): Promise<void> {
    this.#begun += 1;
    const to_addr = `27820${String(this.#begun).padStart(6, "0")}`;
    const { id, published } = this.#application.begin("hello", { to_addr });
    try {
      await published;
      this.#sent.set(id, to_addr);
    } catch {
      this.#doubtful.add(id);
      // A broker that is lost refuses at once: others must have their turn to find it again.
      await turn();
    }
    this.#tell();
  }

  async #sendTexts(): Promise<void> {
    const waiting = new Set<Promise<void>>();
    while (!this.#stopped) {
      await this.until(() => this.#stopped || (this.#smsc && waiting.size < ahead.inbound));
      const sending = this.#sendText().finally(() => waiting.delete(sending));
      waiting.add(sending);
    }
    await Promise.all(waiting);
  }

  /** Each fifth is long enough for two parts. */
  async #sendText(): Promise<void> {
    this.#texts += 1;
    const number = `text ${this.#texts}`;
    const text = this.#texts % 5 === 0 ? number.padEnd(200, ".") : number;
    const from = `27821${String(this.#texts).padStart(6, "0")}`;
    try {
      const responses = await this.#smsc?.deliver({ from, to: "4711", text });
      const taken = responses?.every(({ command_status }) => command_status === Status.ESME_ROK);
      if (taken) this.#accepted.add(text);
    } catch {
      // Given up with a message centre that was closed: it may have arrived or not.
      await turn();
    }
    this.#tell();
  }

  /** Counts it at once and answers later, so that many are without an answer at any time. */
  async #takeSubmit(number: string): Promise<undefined> {
    this.#taken += 1;
    this.#submitted.set(number, (this.#submitted.get(number) ?? 0) + 1);
    await delay(1 + (this.#taken % 15));
  }

  #on(event: Event): void {
    const known = this.#events.get(event.user_message_id) ?? new Map<string, Event>();
    this.#events.set(event.user_message_id, known.set(event.event_id, event));
  }

  async #read<T>(next: () => Promise<T>, take: (item: T) => void): Promise<void> {
    for (;;) {
      take(await next());
      this.#tell();
    }
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function isMarked({ transport_metadata: { smpp } }: Event): boolean {
  return typeof smpp === "object" && smpp !== null && "maybe_duplicate" in smpp;
}
