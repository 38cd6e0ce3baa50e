/** The texts of phones as their owners see them: what came, what was sent, what became of each. */
import { OldestFirst } from "@esme/bounded";
import { statusName } from "@esme/pdu";
import { z } from "zod";
import type { PhoneMessage } from "../../life/joined-texts.ts";
import type { ReceiptReport, SubmitReport } from "../../life/messages.ts";
import type { MobileReport } from "../../phones/mobile-report.ts";
import type { Smsc } from "../../smsc.ts";
import { Waiters } from "./waiters.ts";

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
    reason: z.string().describe("Why it was refused or failed; empty otherwise"),
    text: z.string().describe("Empty until the phone shows it"),
    parts: z.int().describe("Number of short messages"),
    message_ids: z.array(z.string()),
    receipts: z
      .array(z.strictObject({ message_id: z.string(), stat: z.string(), time: z.string() }))
      .describe("Receipts that were queued for the ESME"),
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
  /** Only texts with a smaller id. */
  readonly before?: number | undefined;
}

/** How much is kept. Whichever runs out first, the texts that have been kept longest go. */
export interface TextLimits {
  /** Texts. Default 2,000. */
  readonly texts?: number | undefined;
  /** Octets that they take in memory. Default 16,777,216 (16 MiB). */
  readonly octets?: number | undefined;
}

/** How much of what is kept is told at once: so many texts, and no more octets than this behind the first. */
export interface Page {
  readonly texts: number;
  readonly octets: number;
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
  /** Where it is kept, counted over all texts that ever were. */
  place: number;
  state: PhoneText["state"];
  reason: string;
  text: string;
  parts: number;
  message_ids: readonly string[];
  /** Counts the changes of all texts. */
  change: number;
}

type Begun = Omit<Entry, "id" | "time" | "receipts" | "keys" | "place" | "change">;

/** Texts on their way that are followed without being kept. */
const mostFollowed = 50_000;

/**
 * Keeps the last texts of all phones. One that makes room while it is on its way is followed all the
 * same, and is kept again, with everything that happened to it, when it has arrived or failed.
 */
export class Conversations {
  readonly #limit: number;
  readonly #octetLimit: number;
  /** A ring: a text is at its place modulo the limit. */
  readonly #entries: (Entry | undefined)[] = [];
  /** Those that are kept. */
  readonly #byId = new Map<number, Entry>();
  /** Those that are kept, by what the events call them. */
  readonly #byKey = new Map<string, Entry>();
  /** Those on their way that are not kept. */
  readonly #followed = new OldestFirst<string, Entry>(mostFollowed);
  readonly #waiting = new Waiters<Entry>();
  #last = 0;
  #places = 0;
  /** The place of the text that has been kept longest, or one before it. */
  #oldest = 1;
  #octets = 0;
  #changes = 0;

  /** Throws RangeError for limits that cannot work. */
  constructor({ texts = 2_000, octets = 16 << 20 }: TextLimits = {}) {
    check("texts", texts);
    check("textOctets", octets);
    this.#limit = texts;
    this.#octetLimit = octets;
  }

  /** Octets that the texts take that are kept. */
  get octets(): number {
    return this.#octets;
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
    const entry = this.#byId.get(id);
    return entry && told(entry);
  }

  /** The text that is followed under this key, see {@link mobileKey}. */
  find(key: string): PhoneText | undefined {
    const entry = this.#named(key);
    return entry && told(entry);
  }

  /** Texts, oldest first: the last ones of those that fit, as many as a page has room for. */
  texts(filter: TextFilter = {}, page: Page = everything): PhoneText[] {
    const fitting = this.#kept((entry) => fits(entry, filter)).reverse();
    return fitting.slice(0, roomIn(fitting, page)).reverse().map(told);
  }

  /**
   * Texts that were added or changed after so many changes, in the order of their last change, and
   * up to which change that is. What is beyond the page is for the next time.
   */
  changedSince(changes: number, page: Page): { texts: PhoneText[]; changes: number } {
    const changed = this.#kept(({ change }) => change > changes);
    changed.sort((one, other) => one.change - other.change);
    const some = changed.slice(0, roomIn(changed, page));
    const last = some.length < changed.length ? some.at(-1) : undefined;
    return { texts: some.map(told), changes: last === undefined ? this.#changes : last.change };
  }

  /**
   * Phones that have texts, the one with the newest first, as many as a page has room for; `before`:
   * only those whose newest text has a smaller id.
   */
  phones(before = Number.POSITIVE_INFINITY, page: Page = everything): Phone[] {
    const phones = new Map<string, { number: string; texts: number; last: Entry }>();
    for (const entry of this.#kept(() => true)) {
      const { texts = 0 } = phones.get(entry.phone) ?? {};
      phones.set(entry.phone, { number: entry.phone, texts: texts + 1, last: entry });
    }
    const fitting = [...phones.values()]
      .filter(({ last }) => last.id < before)
      .sort((one, other) => other.last.id - one.last.id);
    const room = roomIn(
      fitting.map(({ last }) => last),
      page,
    );
    return fitting.slice(0, room).map(({ last, ...rest }) => ({ ...rest, last: told(last) }));
  }

  /** Waits until a text that fits is added or changed; resolves at once when the signal is over. */
  changed(filter: TextFilter, signal: AbortSignal): Promise<void> {
    return this.#waiting.wait(filter.phone, (entry) => fits(entry, filter), signal);
  }

  /** Forgets all texts, those on their way, too; ids go on. */
  clear(): void {
    this.#entries.length = 0;
    this.#byId.clear();
    this.#byKey.clear();
    this.#followed.clear();
    this.#octets = 0;
    this.#changes++;
    this.#waiting.wakeAll();
  }

  #onSubmit({ from, to, message_id, command_status, system_id }: SubmitReport): void {
    const taken = command_status === 0;
    this.#add(taken ? submitKey(message_id, to) : undefined, {
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
  }

  #onMessage({ to, text, ids }: PhoneMessage): void {
    const entry = this.#joined(ids.map((id) => submitKey(id, to)));
    if (entry === undefined) return;
    entry.state = "shown";
    entry.reason = "";
    this.#write(entry, text);
    entry.parts = ids.length;
    entry.message_ids = ids;
    this.#arrived(entry);
  }

  /**
   * The parts of a text become one: it takes the place of the first. Undefined when one of them was
   * forgotten, and receipts with it: the text is not shown as one that got none.
   */
  #joined(keys: readonly string[]): Entry | undefined {
    const parts = keys.flatMap((key) => this.#named(key) ?? []);
    for (const part of parts) if (parts.length > 1) this.#forget(part);
    const [first, ...others] = parts.sort((one, other) => one.id - other.id);
    if (first === undefined || parts.length < keys.length) return undefined;
    for (const { receipts, keys } of others) {
      first.receipts.push(...receipts);
      first.keys.push(...keys);
    }
    return first;
  }

  #forget(entry: Entry): void {
    if (this.#byId.delete(entry.id)) {
      this.#entries[entry.place % this.#limit] = undefined;
      this.#octets -= octetsOf(entry);
    }
    for (const key of entry.keys) {
      for (const named of [this.#byKey, this.#followed]) {
        if (named.get(key) === entry) named.delete(key);
      }
    }
  }

  #onReceipt({ message_id, to, stat }: ReceiptReport): void {
    const entry = this.#named(submitKey(message_id, to));
    if (entry === undefined) return;
    entry.receipts.push({ message_id, stat, time: new Date().toISOString() });
    if (entry.receipts.length > mostReceipts) entry.receipts.shift();
    if (entry.state === "accepted" && stat !== "DELIVRD" && stat !== "ENROUTE") {
      entry.state = "failed";
      entry.reason = stat;
    }
    if (isOnItsWay(entry)) this.#changed(entry);
    else this.#arrived(entry);
  }

  #onMobile({ id, from, to, text, parts, state, reason }: MobileReport): void {
    const known = this.#named(mobileKey(id));
    if (known !== undefined) {
      known.state = state;
      known.reason = reason;
      this.#arrived(known);
    } else if (state === "queued") {
      this.#add(mobileKey(id), {
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
    }
  }

  /** `key` is what events will call it. */
  #add(key: string | undefined, begun: Begun): void {
    // Written out: a spread costs ten times as much (tools/bench/smsc.ts, log on).
    const entry: Entry = {
      id: ++this.#last,
      time: Date.now(),
      phone: begun.phone,
      other: begun.other,
      direction: begun.direction,
      system_id: begun.system_id,
      receipts: [],
      keys: key === undefined ? [] : [key],
      place: 0,
      state: begun.state,
      reason: begun.reason,
      text: begun.text,
      parts: begun.parts,
      message_ids: begun.message_ids,
      change: 0,
    };
    this.#keep(entry);
    this.#changed(entry);
  }

  /** Nothing more is to come but receipts: it is kept from now on, if it was not. */
  #arrived(entry: Entry): void {
    if (!this.#byId.has(entry.id)) this.#keep(entry);
    this.#changed(entry);
  }

  /** Gives a text a place; the one that has had its place longest makes room. */
  #keep(entry: Entry): void {
    entry.place = ++this.#places;
    const slot = entry.place % this.#limit;
    const oldest = this.#entries[slot];
    if (oldest !== undefined) this.#leave(oldest);
    this.#entries[slot] = entry;
    this.#byId.set(entry.id, entry);
    this.#octets += octetsOf(entry);
    for (const key of entry.keys) {
      this.#byKey.set(key, entry);
      this.#followed.delete(key);
    }
    this.#makeRoom();
  }

  /** Gives an entry its text. */
  #write(entry: Entry, text: string): void {
    const before = octetsOf(entry);
    entry.text = text;
    if (!this.#byId.has(entry.id)) return;
    this.#octets += octetsOf(entry) - before;
    this.#makeRoom();
  }

  /** Lets go of those that have been kept longest, until the octets are enough for the others. */
  #makeRoom(): void {
    this.#oldest = Math.max(this.#oldest, this.#places - this.#limit + 1);
    while (this.#octets > this.#octetLimit && this.#oldest <= this.#places) {
      const slot = this.#oldest++ % this.#limit;
      const oldest = this.#entries[slot];
      if (oldest === undefined) continue;
      this.#entries[slot] = undefined;
      this.#leave(oldest);
    }
  }

  /** A text is not kept any more; one on its way is followed. */
  #leave(entry: Entry): void {
    if (this.#byId.delete(entry.id)) this.#octets -= octetsOf(entry);
    for (const key of entry.keys) {
      // A message_id may have been given a second time.
      if (this.#byKey.get(key) !== entry) continue;
      this.#byKey.delete(key);
      if (isOnItsWay(entry)) this.#followed.set(key, entry);
    }
  }

  #named(key: string): Entry | undefined {
    return this.#byKey.get(key) ?? this.#followed.get(key);
  }

  #changed(entry: Entry): void {
    entry.change = ++this.#changes;
    this.#waiting.wake(entry);
  }

  /** Those that fit, in the order of their ids. */
  #kept(fits: (entry: Entry) => boolean): Entry[] {
    const kept: Entry[] = [];
    for (const entry of this.#byId.values()) if (fits(entry)) kept.push(entry);
    return kept.sort((one, other) => one.id - other.id);
  }
}

/** Whether it has neither arrived nor failed. */
function isOnItsWay({ state }: Entry): boolean {
  return state === "accepted" || state === "queued";
}

/** A text as others see it, which does not change any more. */
function told({
  keys: _,
  change: __,
  place: ___,
  time,
  receipts,
  message_ids,
  ...rest
}: Entry): PhoneText {
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

/** All that is kept. */
const everything: Page = {
  texts: Number.POSITIVE_INFINITY,
  octets: Number.POSITIVE_INFINITY,
};

/** How many of these a page has room for: one at least. */
function roomIn(entries: readonly Entry[], { texts, octets }: Page): number {
  let [count, room] = [0, octets];
  for (const entry of entries) {
    room -= octetsOf(entry);
    if (count === texts || (room < 0 && count > 0)) break;
    count++;
  }
  return count;
}

/** Receipts that are kept of one text: a text has 255 parts at most, and few receipts for each. */
const mostReceipts = 1_000;

/** What an entry takes besides its text, about. */
const overhead = 512;

/** What an entry takes in memory: two octets a character at most. */
function octetsOf({ text }: Entry): number {
  return overhead + 2 * text.length;
}

function check(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} is ${value}: expected an integer from 1`);
}

function fits(
  text: Entry,
  { phone, other, direction, state, after = 0, before = Number.POSITIVE_INFINITY }: TextFilter,
): boolean {
  return (
    text.id > after &&
    text.id < before &&
    (phone === undefined || text.phone === phone) &&
    (other === undefined || text.other === other) &&
    (direction === undefined || text.direction === direction) &&
    (state === undefined || text.state === state)
  );
}
