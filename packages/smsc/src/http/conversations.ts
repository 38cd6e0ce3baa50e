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

/** A text as it is kept: cheap to make and to change, for there may be many thousands a second. */
interface Entry {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly phone: string;
  readonly other: string;
  readonly direction: PhoneText["direction"];
  readonly system_id: string;
  readonly receipts: PhoneText["receipts"];
  /** What events call it. */
  readonly keys: string[];
  state: PhoneText["state"];
  reason: string;
  text: string;
  parts: number;
  message_ids: readonly string[];
  /** Counts the changes of all texts. */
  change: number;
}

type Begun = Omit<Entry, "id" | "time" | "receipts" | "keys" | "change">;

/** A text that nothing is known of yet. */
const begun = { state: "accepted", reason: "", text: "", parts: 1, message_ids: [] } as const;

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
    const entry = this.#entry(id);
    return entry && told(entry);
  }

  /** The text that is followed under this key, see {@link mobileKey}. */
  find(key: string): PhoneText | undefined {
    return this.get(this.#byKey.get(key) ?? 0);
  }

  /** Texts, oldest first: the last `limit` of those that fit. */
  texts(filter: TextFilter = {}, limit = this.#limit): PhoneText[] {
    const { after = 0 } = filter;
    const found = this.#kept().filter((entry) => entry.id > after && fits(entry, filter));
    return found.slice(-limit).map(told);
  }

  /** Texts that were added or changed after so many changes: the latest of them. */
  changedSince(changes: number, limit: number): PhoneText[] {
    const changed = this.#kept().filter(({ change }) => change > changes);
    return changed.slice(-limit).map(told);
  }

  /** Phones that have texts, the one with the newest first. */
  phones(): Phone[] {
    const phones = new Map<string, { number: string; texts: number; last: Entry }>();
    for (const entry of this.#kept()) {
      const { texts = 0 } = phones.get(entry.phone) ?? {};
      phones.set(entry.phone, { number: entry.phone, texts: texts + 1, last: entry });
    }
    return [...phones.values()]
      .sort((one, other) => other.last.id - one.last.id)
      .map(({ last, ...rest }) => ({ ...rest, last: told(last) }));
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
    const entry = this.#add({
      phone: to,
      other: from,
      direction: "to_phone",
      state: taken ? "accepted" : "refused",
      reason: taken ? "" : statusName(command_status),
      text: "",
      parts: 1,
      message_ids: taken ? [message_id] : [],
      system_id,
    });
    if (taken) this.#name(entry, submitKey(message_id, to));
  }

  #onMessage(message: PhoneMessage): void {
    const { from, to, ids, system_id } = message;
    const entry =
      (ids.length > 1 ? this.#joined(ids, to) : this.#named(submitKey(ids[0] ?? "", to))) ??
      this.#add({ ...begun, phone: to, other: from, direction: "to_phone", system_id });
    if (ids.length > 1) this.#name(entry, ...ids.map((id) => submitKey(id, to)));
    entry.state = "shown";
    entry.reason = "";
    entry.text = message.text;
    entry.parts = message.parts;
    entry.message_ids = ids;
    this.#changed(entry);
  }

  /** The parts of a text become one: it takes the place of the first. */
  #joined(ids: readonly string[], to: string): Entry | undefined {
    const known = ids.flatMap((id) => this.#named(submitKey(id, to)) ?? []);
    const [first, ...others] = known.sort((one, other) => one.id - other.id);
    for (const { id, receipts } of others) {
      this.#entries[id % this.#limit] = undefined;
      first?.receipts.push(...receipts);
    }
    return first;
  }

  #onReceipt({ message_id, to, stat }: ReceiptReport): void {
    const entry = this.#named(submitKey(message_id, to));
    if (entry === undefined) return;
    entry.receipts.push({ message_id, stat, time: new Date().toISOString() });
    if (entry.state === "accepted" && stat !== "DELIVRD" && stat !== "ENROUTE") {
      entry.state = "failed";
      entry.reason = stat;
    }
    this.#changed(entry);
  }

  #onMobile({ id, from, to, text, parts, state, reason }: MobileReport): void {
    const known = this.#named(mobileKey(id));
    if (known !== undefined) {
      known.state = state;
      known.reason = reason;
      this.#changed(known);
      return;
    }
    const entry = this.#add({
      phone: from,
      other: to,
      direction: "from_phone",
      state,
      reason,
      text: typeof text === "string" ? text : `${text.length} octets`,
      parts,
      message_ids: [],
      system_id: "",
    });
    this.#name(entry, mobileKey(id));
  }

  #add(begun: Begun): Entry {
    const id = ++this.#last;
    for (const key of this.#entries[id % this.#limit]?.keys ?? []) this.#byKey.delete(key);
    // Written out: a spread costs ten times as much (tools/bench/smsc.ts, log on).
    const entry: Entry = {
      id,
      time: Date.now(),
      phone: begun.phone,
      other: begun.other,
      direction: begun.direction,
      system_id: begun.system_id,
      receipts: [],
      keys: [],
      state: begun.state,
      reason: begun.reason,
      text: begun.text,
      parts: begun.parts,
      message_ids: begun.message_ids,
      change: 0,
    };
    this.#entries[id % this.#limit] = entry;
    this.#changed(entry);
    return entry;
  }

  /** The text is found by these from now on, until it makes room. */
  #name(entry: Entry, ...keys: readonly string[]): void {
    entry.keys.push(...keys);
    for (const key of keys) this.#byKey.set(key, entry.id);
  }

  #named(key: string): Entry | undefined {
    return this.#entry(this.#byKey.get(key) ?? 0);
  }

  #entry(id: number): Entry | undefined {
    const entry = this.#entries[id % this.#limit];
    return entry?.id === id ? entry : undefined;
  }

  #changed(entry?: Entry): void {
    this.#changes++;
    if (entry !== undefined) entry.change = this.#changes;
    if (this.#waiting.size === 0) return;
    for (const done of [...this.#waiting]) done();
  }

  /** In the order of their ids. */
  #kept(): Entry[] {
    const next = (this.#last + 1) % this.#limit;
    const inOrder = [...this.#entries.slice(next), ...this.#entries.slice(0, next)];
    return inOrder.filter((entry) => entry !== undefined);
  }
}

/** A text as others see it, which does not change any more. */
function told({ keys: _, change: __, time, receipts, message_ids, ...rest }: Entry): PhoneText {
  return {
    ...rest,
    time: new Date(time).toISOString(),
    message_ids: [...message_ids],
    receipts: [...receipts],
  };
}

/** How a text from a phone is found, by the id of its {@link MobileReport}. */
export function mobileKey(id: number): string {
  return `mobile ${id}`;
}

/** One message_id stands for all destinations of a submit_multi. */
function submitKey(message_id: string, to: string): string {
  return `submit ${message_id} ${to}`;
}

function fits(text: Entry, { phone, other, direction, state }: TextFilter): boolean {
  return (
    (phone === undefined || text.phone === phone) &&
    (other === undefined || text.other === other) &&
    (direction === undefined || text.direction === direction) &&
    (state === undefined || text.state === state)
  );
}
