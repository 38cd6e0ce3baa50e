/** What happens in a message centre as a stream of events (text/event-stream) for each who looks. */
import { Readable } from "node:stream";
import type { PduLog } from "../log/pdu-log.ts";
import { type PduSummary, summaryOf } from "../log/pdu-summary.ts";
import type { Smsc } from "../smsc.ts";
import type { Conversations } from "./conversations.ts";
import type { Faults } from "./fault-list.ts";
import type { PduFilter } from "./pdu-routes.ts";
import { passes } from "./pdu-routes.ts";
import type { SessionRates } from "./session-rates.ts";
import { centreStateOf } from "./state.ts";

/** How often what is new is told. Milliseconds. */
const interval = 200;

/** The state is told once in so many intervals: rates are per second. */
const intervalsOfState = 5;

/** Something is written at least once in so many intervals, to find out who is gone. */
const intervalsOfSilence = 75;

/** PDUs and texts told at once; of more PDUs the latest, of more texts those that changed first. */
const most = 200;

/** Octets that may wait for one who does not read; with more the stream is torn down. */
const patience = 1 << 20;

/** Streams at one time. */
const mostStreams = 50;

interface Watcher {
  readonly stream: Readable;
  readonly filter: PduFilter;
  silent: number;
  /** The last PDU looked at. */
  seen: number;
}

interface Sources {
  readonly smsc: Smsc;
  readonly log: PduLog;
  readonly conversations: Conversations;
  readonly rates: SessionRates;
  readonly faults: Faults;
}

/** The streams, and the clock that feeds them. Without a stream nothing is done. */
export class Live {
  readonly #sources: Sources;
  readonly #watchers = new Set<Watcher>();
  #clock: NodeJS.Timeout | undefined;
  #intervals = 0;
  #changes = 0;
  #faults = "";

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.#watchers.size < mostStreams;
  }

  /** A stream of what happens from now on. It begins with the state and the faults in force. */
  open(filter: PduFilter): Readable {
    const stream = new Readable({ read: () => {} });
    const watcher = { stream, filter, silent: 0, seen: this.#sources.log.last };
    stream.on("close", () => this.#remove(watcher));
    this.#watchers.add(watcher);
    if (this.#clock === undefined) this.#start();
    stream.push("retry: 1000\n\n");
    tell(watcher, event("state", this.#state()));
    tell(watcher, event("faults", this.#sources.faults.list()));
    return stream;
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of [...this.#watchers]) stream.destroy();
  }

  #start(): void {
    this.#changes = this.#sources.conversations.changes;
    this.#faults = JSON.stringify(this.#sources.faults.list());
    this.#clock = setInterval(() => this.#tick(), interval);
    this.#clock.unref();
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #tick(): void {
    const news = this.#news();
    for (const watcher of [...this.#watchers]) {
      for (const each of news) tell(watcher, each);
      tellPdus(watcher, this.#sources.log);
      watcher.silent++;
      if (watcher.silent >= intervalsOfSilence) tell(watcher, ":\n\n");
    }
  }

  /** What is new for all. */
  #news(): string[] {
    const { conversations, faults } = this.#sources;
    const news: string[] = [];
    if (++this.#intervals % intervalsOfState === 0) news.push(event("state", this.#state()));
    if (conversations.changes !== this.#changes) {
      const { texts, changes } = conversations.changedSince(this.#changes, most);
      news.push(event("texts", texts));
      this.#changes = changes;
    }
    const inForce = JSON.stringify(faults.list());
    if (inForce !== this.#faults) {
      news.push(`event: faults\ndata: ${inForce}\n\n`);
      this.#faults = inForce;
    }
    return news;
  }

  #state(): unknown {
    const { smsc, rates, log } = this.#sources;
    return centreStateOf(smsc, rates, log);
  }
}

/** The PDUs that fit since the last time, and how many more there were. */
function tellPdus(watcher: Watcher, log: PduLog): void {
  const pdus: PduSummary[] = [];
  let missed = Math.max(0, log.first - watcher.seen - 1);
  for (let id = log.last; id > Math.max(watcher.seen, log.first - 1); id--) {
    const logged = log.get(id);
    if (logged === undefined || !passes(logged, watcher.filter)) continue;
    if (pdus.length < most) pdus.push(summaryOf(logged));
    else missed++;
  }
  watcher.seen = log.last;
  if (pdus.length + missed > 0) tell(watcher, event("pdus", { pdus: pdus.reverse(), missed }));
}

function tell(watcher: Watcher, text: string): void {
  const { stream } = watcher;
  if (stream.destroyed) return;
  watcher.silent = 0;
  stream.push(text);
  if (stream.readableLength > patience) stream.destroy();
}

/** JSON has no line breaks of its own, so that one data line is enough. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
