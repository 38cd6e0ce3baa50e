/** The texts of phones as their owners see them: what came, what was sent, what became of each. */
import { statusName } from "@esme/pdu";
import { z } from "zod";
import type { ReceiptReport, SubmitReport } from "../message-centre.ts";
import type { MobileReport } from "../mobile-report.ts";
import type { PhoneMessage } from "../phones.ts";
import type { Smsc } from "../smsc.ts";

/** One text, to a phone or from it. */
export const phoneText = z
  .strictObject({
    id: z.int().describe("Counts the texts from 1"),
    time: z.string().describe("ISO 8601, UTC"),
    phone: z.string().describe("The number of the phone"),
    other: z.string().describe("The number or short code at the other end"),
    direction: z.enum(["to_phone", "from_phone"]),
    state: z
      .enum(["accepted", "refused", "shown", "failed", "queued", "taken"])
      .describe(
        "To a phone: `accepted` by the message centre, `refused` by it, `shown` on the phone, or `failed`. " +
          "From a phone: `queued`, `taken` by an ESME, or `failed`",
      ),
    reason: z.string().describe("Of a refusal or a failure; empty otherwise"),
    text: z.string().describe("Empty until the phone shows it"),
    parts: z.int().describe("How many short messages carry it"),
    message_ids: z.array(z.string()),
    receipts: z
      .array(z.strictObject({ message_id: z.string(), stat: z.string(), time: z.string() }))
      .describe("Those that were queued for the ESME"),
    system_id: z.string().describe("The account that submitted it; empty for texts from phones"),
  })
  .meta({ id: "PhoneText" });

/** One phone that has texts. */
export const phone = z
  .strictObject({ number: z.string(), texts: z.int(), last: phoneText })
  .meta({ id: "Phone" });

export type PhoneText = z.infer<typeof phoneText>;
export type Phone = z.infer<typeof phone>;

/** Which texts are asked for; what is left out does not matter. */
export interface TextFilter {
  readonly phone?: string | undefined;
  readonly other?: string | undefined;
  readonly direction?: PhoneText["direction"] | undefined;
  readonly state?: PhoneText["state"] | undefined;
  /** Only texts with a greater id. */
  readonly after?: number | undefined;
}

interface Entry {
  text: PhoneText;
  /** Counts the changes of all texts. */
  change: number;
  /** What events call it. */
  readonly keys: string[];
}

/** Keeps the last texts of all phones. */
export class Conversations {
  readonly #limit: number;
  /** A ring: the place of a text is its id modulo the limit. */
  readonly #entries: (Entry | undefined)[] = [];
  /** Ids of texts, by what the events call them. */
  readonly #byKey = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #last = 0;
  #changes = 0;

  /** Keeps so many texts. */
  constructor(limit = 2_000) {
    this.#limit = limit;
  }

  /** Follows a message centre from now on. Returns a function that ends it. */
  watch(smsc: Smsc): () => void {
    const listeners = {
      submit: (report: SubmitReport) => this.#onSubmit(report),
      message: (message: PhoneMessage) => this.#onMessage(message),
      receipt: (report: ReceiptReport) => this.#onReceipt(report),
      mobile: (report: MobileReport) => this.#onMobile(report),
    };
    smsc.on("submit", listeners.submit).on("message", listeners.message);
    smsc.on("receipt", listeners.receipt).on("mobile", listeners.mobile);
    return () => {
      smsc.off("submit", listeners.submit).off("message", listeners.message);
      smsc.off("receipt", listeners.receipt).off("mobile", listeners.mobile);
    };
  }

  /** How often a text was added or changed. */
  get changes(): number {
    return this.#changes;
  }

  /** The text with this id, while it is kept. */
  get(id: number): PhoneText | undefined {
    const entry = this.#entries[id % this.#limit];
    return entry?.text.id === id ? entry.text : undefined;
  }

  /** The text that is followed under this key, see {@link mobileKey}. */
  find(key: string): PhoneText | undefined {
    return this.get(this.#byKey.get(key) ?? 0);
  }

  /** Texts, oldest first: the last `limit` of those that fit. */
  texts(filter: TextFilter = {}, limit = this.#limit): PhoneText[] {
    const { after = 0 } = filter;
    return this.#kept()
      .map(({ text }) => text)
      .filter((text) => text.id > after && fits(text, filter))
      .slice(-limit);
  }

  /** Texts that were added or changed after so many changes: the latest of them. */
  changedSince(changes: number, limit: number): PhoneText[] {
    const changed = this.#kept().filter(({ change }) => change > changes);
    return changed.slice(-limit).map(({ text }) => text);
  }

  /** Phones that have texts, the one with the newest first. */
  phones(): Phone[] {
    const phones = new Map<string, Phone>();
    for (const { text } of this.#kept()) {
      const { texts = 0 } = phones.get(text.phone) ?? {};
      phones.set(text.phone, { number: text.phone, texts: texts + 1, last: text });
    }
    return [...phones.values()].sort((one, other) => other.last.id - one.last.id);
  }

  /** Waits for the next change; resolves at once when the signal is over. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      if (signal.aborted) return done();
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /** Forgets all texts; ids go on. */
  clear(): void {
    this.#entries.length = 0;
    this.#byKey.clear();
    this.#changed();
  }

  #onSubmit({ from, to, message_id, command_status, system_id }: SubmitReport): void {
    const taken = command_status === 0;
    const text = {
      phone: to,
      other: from,
      direction: "to_phone" as const,
      state: taken ? ("accepted" as const) : ("refused" as const),
      reason: taken ? "" : statusName(command_status),
      text: "",
      parts: 1,
      message_ids: taken ? [message_id] : [],
      system_id,
    };
    this.#add(text, taken ? [submitKey(message_id, to)] : []);
  }

  /** The parts of a text become one: it takes the place of the first. */
  #onMessage({ from, to, text, parts, ids, system_id }: PhoneMessage): void {
    const keys = ids.map((id) => submitKey(id, to));
    const known = keys.flatMap((key) => this.find(key) ?? []);
    const [first, ...others] = known.sort((one, other) => one.id - other.id);
    for (const { id } of others) this.#entries[id % this.#limit] = undefined;
    const fields = { text, parts, message_ids: [...ids], state: "shown" as const, reason: "" };
    if (first === undefined) {
      this.#add({ phone: to, other: from, direction: "to_phone", system_id, ...fields }, keys);
      return;
    }
    this.#replace(first.id, { ...fields, receipts: known.flatMap(({ receipts }) => receipts) });
    this.#name(first.id, keys);
  }

  #onReceipt({ message_id, to, stat }: ReceiptReport): void {
    const text = this.find(submitKey(message_id, to));
    if (text === undefined) return;
    const receipts = [...text.receipts, { message_id, stat, time: new Date().toISOString() }];
    const failed = text.state === "accepted" && stat !== "DELIVRD" && stat !== "ENROUTE";
    this.#replace(text.id, { receipts, ...(failed && { state: "failed", reason: stat }) });
  }

  #onMobile({ id, from, to, text, parts, state, reason }: MobileReport): void {
    const known = this.find(mobileKey(id));
    if (known !== undefined) {
      this.#replace(known.id, { state, reason });
      return;
    }
    const sent = {
      phone: from,
      other: to,
      direction: "from_phone" as const,
      state,
      reason,
      text: typeof text === "string" ? text : `${text.length} octets`,
      parts,
      message_ids: [],
      system_id: "",
    };
    this.#add(sent, [mobileKey(id)]);
  }

  #add(fields: Omit<PhoneText, "id" | "time" | "receipts">, keys: readonly string[]): void {
    const id = ++this.#last;
    for (const key of this.#entries[id % this.#limit]?.keys ?? []) this.#byKey.delete(key);
    const text = { id, time: new Date().toISOString(), receipts: [], ...fields };
    this.#entries[id % this.#limit] = { text, change: this.#changes + 1, keys: [] };
    this.#name(id, keys);
    this.#changed();
  }

  /** The text is found by these from now on, until it makes room. */
  #name(id: number, keys: readonly string[]): void {
    this.#entries[id % this.#limit]?.keys.push(...keys);
    for (const key of keys) this.#byKey.set(key, id);
  }

  #replace(id: number, fields: Partial<PhoneText>): void {
    const entry = this.#entries[id % this.#limit];
    if (entry === undefined) return;
    entry.text = { ...entry.text, ...fields };
    entry.change = this.#changes + 1;
    this.#changed();
  }

  #changed(): void {
    this.#changes++;
    for (const done of [...this.#waiting]) done();
  }

  /** In the order of their ids. */
  #kept(): Entry[] {
    const next = (this.#last + 1) % this.#limit;
    const inOrder = [...this.#entries.slice(next), ...this.#entries.slice(0, next)];
    return inOrder.filter((entry) => entry !== undefined);
  }
}

/** How a text from a phone is found, by the id of its {@link MobileReport}. */
export function mobileKey(id: number): string {
  return `mobile ${id}`;
}

/** One message_id stands for all destinations of a submit_multi. */
function submitKey(message_id: string, to: string): string {
  return `submit ${message_id} ${to}`;
}

function fits(text: PhoneText, { phone, other, direction, state }: TextFilter): boolean {
  return (
    (phone === undefined || text.phone === phone) &&
    (other === undefined || text.other === other) &&
    (direction === undefined || text.direction === direction) &&
    (state === undefined || text.state === state)
  );
}
