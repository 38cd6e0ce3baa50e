/** What was sent in both directions, and what became of each message: the judgement of a run. */

/** Events, receipts and texts that are missing or too many; all zeros is right. */
export interface Judgement {
  /** Messages that the broker confirmed and that have no ack or nack. */
  readonly lost: number;
  /** Messages sent once that have more than one ack or nack; those with one event_id count once. */
  readonly eventsTwice: number;
  /** Those of unknown fate, under a ledger that holds them, are no mistake: see `Duplicates.held`. */
  readonly nacks: number;
  /** Messages with an ack of which the SMSC never took some part. */
  readonly neverSent: number;
  /** Messages with an ack and a part that has no delivery report. */
  readonly receiptsLost: number;
  /** Texts that were answered ESME_ROK and never reached the application. */
  readonly textsLost: number;
  /** What was sent twice without `maybe_duplicate` on its ack. */
  readonly unmarked: number;
}

/** What came more than once: unavoidable where an answer or a confirm was lost on its way. */
export interface Duplicates {
  /** Messages of which the SMSC took a part more than once. */
  readonly messages: number;
  /** submit_sm beyond one for each part. */
  readonly submits: number;
  /** Messages with `maybe_duplicate` on an ack: somebody could not know what the SMSC had. */
  readonly marked: number;
  /** Texts that arrived more than once. */
  readonly texts: number;
  /** Messages whose nack says that nobody knows whether they were sent; they are not sent again. */
  readonly held: number;
}

/** What an event says of a message. */
export type End = "ack" | "nack" | "held";

/** What became of one outbound message. Parts are bits: the first is 1, the second 2. */
interface Fate {
  readonly parts: number;
  /** The broker confirmed it: it must not be lost. */
  isConfirmed: boolean;
  /** submit_sm that the SMSC took. */
  submits: number;
  sent: number;
  reported: number;
  /** Of its ack or nack. */
  eventId: string | undefined;
  end: End | undefined;
  isMarked: boolean;
  hasTwoEvents: boolean;
}

/** One text of a phone. */
interface Text {
  /** Every part of it was answered ESME_ROK. */
  isTaken: boolean;
  arrivals: number;
}

/** Counts all that passes. Messages and texts are known by their number, from 0. */
export class Count {
  readonly #messages: Fate[] = [];
  readonly #texts: Text[] = [];
  #settled = 0;
  #open = 0;
  #arrived = 0;
  #reported = 0;
  /** Events, reports and texts that must come and have not: with a million messages nobody looks at each. */
  #wanting = 0;
  /** Things that cannot be, in words: an event about nothing, a message on `.failed`. */
  readonly strange: string[] = [];

  /** A message is about to be published. Returns its number. */
  publish(parts: number): number {
    return this.#messages.push(fateOf(parts)) - 1;
  }

  confirm(number: number): void {
    this.#change(number, (fate) => {
      fate.isConfirmed = true;
      // Its event may be quicker than the broker's confirm.
      if (fate.eventId === undefined) this.#open += 1;
    });
  }

  /** The SMSC takes a part, from 1, of a message. */
  submit(number: number, part: number): void {
    this.#change(number, (fate) => {
      fate.submits += 1;
      fate.sent |= bitOf(part);
    });
  }

  /** The application has the ack or nack of a message. */
  event(number: number, eventId: string, end: End, isMarked: boolean): void {
    this.#change(number, (fate) => {
      if (fate.eventId === eventId) return;
      if (fate.eventId === undefined) {
        this.#settled += 1;
        if (fate.isConfirmed) this.#open -= 1;
      } else {
        fate.hasTwoEvents = true;
      }
      fate.eventId = eventId;
      if (fate.end !== "nack") fate.end = end;
      fate.isMarked ||= isMarked;
    });
  }

  /** The application has the delivery report of a part, from 1, of a message. */
  report(number: number, part: number): void {
    this.#change(number, (fate) => {
      if ((fate.reported & bitOf(part)) === 0) this.#reported += 1;
      fate.reported |= bitOf(part);
    });
  }

  /** A phone is about to write a text. Returns its number. */
  text(): number {
    return this.#texts.push({ isTaken: false, arrivals: 0 }) - 1;
  }

  taken(number: number): void {
    const text = this.#texts[number];
    if (!text) return;
    text.isTaken = true;
    if (text.arrivals === 0) this.#wanting += 1;
  }

  arrive(number: number): void {
    const text = this.#texts[number];
    if (!text) return void this.strange.push(`a text that nobody wrote: ${number}`);
    if (text.arrivals === 0) {
      this.#arrived += 1;
      if (text.isTaken) this.#wanting -= 1;
    }
    text.arrivals += 1;
  }

  /** Messages that the broker has and that have no event yet. */
  get open(): number {
    return this.#open;
  }

  /** Messages published so far and settled, parts with a report; texts written, and arrived. */
  get progress() {
    return {
      published: this.#messages.length,
      settled: this.#settled,
      reported: this.#reported,
      texts: this.#texts.length,
      arrived: this.#arrived,
    };
  }

  /** Whether nothing that must come is missing. */
  get isComplete(): boolean {
    return this.#wanting === 0;
  }

  get duplicates(): Duplicates {
    const messages = this.#messages.filter(isDuplicate);
    return {
      messages: messages.length,
      submits: messages.reduce((total, fate) => total + repeatsOf(fate), 0),
      marked: this.#messages.filter(({ isMarked }) => isMarked).length,
      texts: this.#texts.filter(({ arrivals }) => arrivals > 1).length,
      held: this.#messages.filter(({ end }) => end === "held").length,
    };
  }

  /** What is missing, in words. */
  *missing(): Generator<string> {
    for (const [number, fate] of this.#messages.entries()) {
      const what = `message ${number}, taken by the SMSC in ${fate.submits} submit_sm:`;
      if (wantsEvent(fate)) yield `${what} no event`;
      if (wantsReport(fate)) yield `${what} no delivery report of a part`;
      if (isUnmarked(fate)) yield `${what} no maybe_duplicate on its ack`;
    }
    for (const [number, { isTaken, arrivals }] of this.#texts.entries()) {
      if (isTaken && arrivals === 0) yield `text ${number}: did not arrive`;
    }
  }

  judgement(): Judgement {
    const messages = this.#messages;
    const acks = messages.filter(isAcknowledged);
    return {
      lost: messages.filter(wantsEvent).length,
      eventsTwice: messages.filter((one) => one.hasTwoEvents && !isDuplicate(one)).length,
      nacks: messages.filter(({ end }) => end === "nack").length,
      neverSent: acks.filter(({ sent, parts }) => sent !== allOf(parts)).length,
      receiptsLost: acks.filter(wantsReport).length,
      textsLost: this.#texts.filter((text) => text.isTaken && text.arrivals === 0).length,
      unmarked: messages.filter(isUnmarked).length,
    };
  }

  #change(number: number, change: (fate: Fate) => void): void {
    const fate = this.#messages[number];
    if (!fate) return void this.strange.push(`about a message that nobody sent: ${number}`);
    this.#wanting -= wantsOf(fate);
    change(fate);
    this.#wanting += wantsOf(fate);
  }
}

function fateOf(parts: number): Fate {
  const none = { submits: 0, sent: 0, reported: 0, eventId: undefined };
  return {
    parts,
    ...none,
    isConfirmed: false,
    end: undefined,
    isMarked: false,
    hasTwoEvents: false,
  };
}

const bitOf = (part: number): number => 1 << (part - 1);
const allOf = (parts: number): number => (1 << parts) - 1;

function isAcknowledged({ end }: Fate): boolean {
  return end === "ack";
}

function isDuplicate(fate: Fate): boolean {
  return repeatsOf(fate) > 0;
}

/** submit_sm beyond one for each part that was sent. */
function repeatsOf({ submits, sent, parts }: Fate): number {
  const numbers = Array.from({ length: parts }, (_, index) => index + 1);
  return submits - numbers.filter((part) => (sent & bitOf(part)) !== 0).length;
}

function isUnmarked(fate: Fate): boolean {
  return isAcknowledged(fate) && isDuplicate(fate) && !fate.isMarked;
}

function wantsEvent({ isConfirmed, eventId }: Fate): boolean {
  return isConfirmed && eventId === undefined;
}

function wantsReport(fate: Fate): boolean {
  return isAcknowledged(fate) && fate.reported !== allOf(fate.parts);
}

function wantsOf(fate: Fate): number {
  return Number(wantsEvent(fate)) + Number(wantsReport(fate));
}
