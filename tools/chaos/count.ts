/** What was sent in both directions, and what became of each message: the judgement of a run. */

/** Events, receipts and texts that are missing or too many; all zeros but for `duplicates` is right. */
export interface Judgement {
  /** Messages that the broker confirmed and that have no ack or nack. */
  readonly lost: number;
  /** Messages sent once that have more than one ack or nack; those with one event_id count once. */
  readonly eventsTwice: number;
  readonly nacks: number;
  /** Messages with an ack that the SMSC never took whole. */
  readonly neverSent: number;
  /** Messages with an ack and no delivery report. */
  readonly receiptsLost: number;
  /** Texts that were answered ESME_ROK and never reached the application. */
  readonly textsLost: number;
  /** What was sent twice without `maybe_duplicate` on its ack. */
  readonly unmarked: number;
}

/** What became of one outbound message. */
interface Fate {
  readonly parts: number;
  /** The broker confirmed it: it must not be lost. */
  isConfirmed: boolean;
  /** submit_sm that the SMSC took. */
  submits: number;
  /** Of its ack or nack. */
  eventId: string | undefined;
  isNack: boolean;
  isMarked: boolean;
  hasTwoEvents: boolean;
  reports: number;
}

/** Counts all that passes. Messages and texts are known by their number, from 0. */
export class Count {
  readonly #messages: Fate[] = [];
  /** By number: whether every part of the text was answered ESME_ROK, and how often it arrived. */
  readonly #texts: { isTaken: boolean; arrivals: number }[] = [];
  #settled = 0;
  #open = 0;
  #arrived = 0;
  #reported = 0;
  /** Things that cannot be, in words: an event about nothing, a message on `.failed`. */
  readonly strange: string[] = [];

  /** A message is about to be published. Returns its number. */
  publish(parts: number): number {
    const none = { submits: 0, reports: 0, eventId: undefined };
    const flags = { isConfirmed: false, isNack: false, isMarked: false, hasTwoEvents: false };
    return this.#messages.push({ parts, ...none, ...flags }) - 1;
  }

  confirm(number: number): void {
    const fate = this.#of(number);
    fate.isConfirmed = true;
    // Its event may be quicker than the broker's confirm.
    if (fate.eventId === undefined) this.#open += 1;
  }

  submit(number: number): void {
    this.#of(number).submits += 1;
  }

  /** The application has the ack or nack of a message. */
  event(number: number, eventId: string, isNack: boolean, isMarked: boolean): void {
    const fate = this.#of(number);
    if (fate.eventId === eventId) return;
    if (fate.eventId === undefined) {
      this.#settled += 1;
      if (fate.isConfirmed) this.#open -= 1;
    } else {
      fate.hasTwoEvents = true;
    }
    fate.eventId = eventId;
    fate.isNack ||= isNack;
    fate.isMarked ||= isMarked;
  }

  report(number: number): void {
    const fate = this.#of(number);
    if (fate.reports === 0) this.#reported += 1;
    fate.reports += 1;
  }

  /** A phone is about to write a text. Returns its number. */
  text(): number {
    return this.#texts.push({ isTaken: false, arrivals: 0 }) - 1;
  }

  taken(number: number): void {
    const text = this.#texts[number];
    if (text) text.isTaken = true;
  }

  arrive(number: number): void {
    const text = this.#texts[number];
    if (!text) return void this.strange.push(`a text that nobody wrote: ${number}`);
    if (text.arrivals === 0) this.#arrived += 1;
    text.arrivals += 1;
  }

  /** Messages that the broker has and that have no event yet. */
  get open(): number {
    return this.#open;
  }

  /** Messages published so far, settled, with a report; texts written, and arrived. */
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
    const { lost, receiptsLost, textsLost } = this.judgement();
    return lost + receiptsLost + textsLost === 0;
  }

  /** Messages of which the SMSC took a part more than once, and texts that arrived more than once. */
  get duplicates() {
    return {
      messages: this.#messages.filter(isDuplicate).length,
      submits: sum(this.#messages.map(({ submits, parts }) => Math.max(0, submits - parts))),
      texts: this.#texts.filter(({ arrivals }) => arrivals > 1).length,
    };
  }

  /** What is missing, in words. */
  *missing(): Generator<string> {
    for (const [
      number,
      { eventId, isConfirmed, isNack, reports, submits },
    ] of this.#messages.entries()) {
      const what = `message ${number}, taken by the SMSC in ${submits} submit_sm:`;
      if (isConfirmed && eventId === undefined) yield `${what} no event`;
      if (eventId !== undefined && !isNack && reports === 0) yield `${what} no delivery report`;
    }
    for (const [number, { isTaken, arrivals }] of this.#texts.entries()) {
      if (isTaken && arrivals === 0) yield `text ${number}: did not arrive`;
    }
  }

  judgement(): Judgement {
    const messages = this.#messages;
    const acks = messages.filter(({ eventId, isNack }) => eventId !== undefined && !isNack);
    return {
      lost: messages.filter((one) => one.isConfirmed && one.eventId === undefined).length,
      eventsTwice: messages.filter((one) => one.hasTwoEvents && !isDuplicate(one)).length,
      nacks: messages.filter(({ isNack }) => isNack).length,
      neverSent: acks.filter(({ submits, parts }) => submits < parts).length,
      receiptsLost: acks.filter(({ reports }) => reports === 0).length,
      textsLost: this.#texts.filter((text) => text.isTaken && text.arrivals === 0).length,
      unmarked: acks.filter((one) => isDuplicate(one) && !one.isMarked).length,
    };
  }

  #of(number: number): Fate {
    const fate = this.#messages[number];
    if (fate) return fate;
    this.strange.push(`about a message that nobody sent: ${number}`);
    return {
      parts: 0,
      isConfirmed: false,
      submits: 0,
      eventId: "",
      isNack: false,
      isMarked: false,
      hasTwoEvents: false,
      reports: 0,
    };
  }
}

function isDuplicate({ submits, parts }: Fate): boolean {
  return submits > parts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
