/** What happens in a message centre as a stream of events (text/event-stream) for each who looks. */
import { Readable } from "node:stream";
import type { PduLog } from "../../log/pdu-log.ts";
import { type PduSummary, summaryOf } from "../../log/pdu-summary.ts";
import type { Smsc } from "../../smsc.ts";
import { type PduFilter, passes } from "../routes/pdu-filter.ts";
import type { Conversations, Page } from "./conversations.ts";
import type { Faults } from "./fault-list.ts";
import type { SessionRates } from "./session-rates.ts";
import { centreStateOf } from "./state.ts";

/** How often what is new is told. Milliseconds. */
const interval = 200;

/** The state is told once in so many intervals: rates are per second. */
const intervalsOfState = 5;

/** Something is written at least once in so many intervals, to find out who is gone. */
const intervalsOfSilence = 75;

/** PDUs told at once, the latest. */
const mostPdus = 200;

/** Texts told at once, those that changed first. */
const mostTexts: Page = { texts: 200, octets: 1 << 18 };

/** PDUs looked at at once for one stream; those before them count as missed, whether or not they fit. */
const mostLookedAt = 2_000;

/** Intervals in which nothing of a stream may be read; then it is torn down. */
const intervalsOfPatience = 150;

/** Streams at one time. */
const mostStreams = 50;

interface Watcher {
  readonly stream: Readable;
  readonly filter: PduFilter;
  /** Intervals since something was told. */
  silent: number;
  /** Intervals since what was told has been waiting to be read. */
  unread: number;
  /** What it was told last: the PDU that was looked at, the changes of texts, the faults, the second of the state. */
  seen: number;
  changes: number;
  faults: string;
  second: number;
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

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.#watchers.size < mostStreams;
  }

  /** A stream of what happens from now on. It begins with the state and the faults in force. */
  open(filter: PduFilter): Readable {
    const { log, conversations } = this.#sources;
    const stream = new Readable({ read: () => {} });
    const news = this.#news();
    const watcher = {
      stream,
      filter,
      silent: 0,
      unread: 0,
      seen: log.last,
      changes: conversations.changes,
      faults: news.faults,
      second: Math.floor(this.#intervals / intervalsOfState),
    };
    stream.on("close", () => this.#remove(watcher));
    this.#watchers.add(watcher);
    if (this.#clock === undefined) this.#start();
    stream.push(`retry: 1000\n\n${news.state}${news.faults}`);
    return stream;
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of [...this.#watchers]) stream.destroy();
  }

  #start(): void {
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
    this.#intervals++;
    const news = this.#news();
    for (const watcher of [...this.#watchers]) {
      if (watcher.stream.readableLength === 0) this.#tell(watcher, news);
      else if (++watcher.unread >= intervalsOfPatience) watcher.stream.destroy();
    }
  }

  /** What all are told, written once. */
  #news(): News {
    const { smsc, rates, log, faults } = this.#sources;
    let state: string | undefined;
    return {
      get state() {
        state ??= event("state", centreStateOf(smsc, rates, log));
        return state;
      },
      faults: event("faults", faults.list()),
    };
  }

  /** Everything that is new for one, in one piece. One who is slow misses states, but nothing else. */
  #tell(watcher: Watcher, news: News): void {
    let told = "";
    // The same moment for all: the state is made once.
    const second = Math.floor(this.#intervals / intervalsOfState);
    if (second !== watcher.second) told += news.state;
    watcher.second = second;
    told += this.#textsFor(watcher);
    if (news.faults !== watcher.faults) told += news.faults;
    watcher.faults = news.faults;
    told += pdusFor(watcher, this.#sources.log);
    watcher.unread = 0;
    watcher.silent++;
    if (told === "" && watcher.silent >= intervalsOfSilence) told = ":\n\n";
    if (told === "") return;
    watcher.silent = 0;
    watcher.stream.push(told);
  }

  #textsFor(watcher: Watcher): string {
    const { conversations } = this.#sources;
    if (conversations.changes === watcher.changes) return "";
    const { texts, changes } = conversations.changedSince(watcher.changes, mostTexts);
    watcher.changes = changes;
    return event("texts", texts);
  }
}

/** Events that are the same for all who look. */
interface News {
  readonly state: string;
  readonly faults: string;
}

/** The PDUs that fit since the last time, and how many more there were; empty when there were none. */
function pdusFor(watcher: Watcher, log: PduLog): string {
  const pdus: PduSummary[] = [];
  const first = Math.max(watcher.seen + 1, log.first, log.last - mostLookedAt + 1);
  let missed = Math.max(0, first - watcher.seen - 1);
  for (let id = log.last; id >= first; id--) {
    const logged = log.get(id);
    if (logged === undefined || !passes(logged, watcher.filter)) continue;
    if (pdus.length < mostPdus) pdus.push(summaryOf(logged));
    else missed++;
  }
  watcher.seen = log.last;
  return pdus.length + missed > 0 ? event("pdus", { pdus: pdus.reverse(), missed }) : "";
}

/** JSON has no line breaks of its own, so that one data line is enough. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
