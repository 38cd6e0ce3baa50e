/** What happens in a message centre, as server-sent events to everybody who listens. */
import { type EventStream, eventText } from "@esme/http";
import type { LoggedPdu, PduLog } from "../../log/pdu-log.ts";
import { type PduSummary, summaryOf } from "../../log/pdu-summary.ts";
import type { Smsc } from "../../smsc.ts";
import type { Conversations, Page } from "./conversations.ts";
import type { Faults } from "./fault-list.ts";
import type { SessionRates } from "./session-rates.ts";
import { centreStateOf } from "./state.ts";

/** Between two looks at what is new, in milliseconds. */
const interval = 200;

/** The state is sent every so many intervals: rates are per second. */
const intervalsOfState = 5;

/** Heartbeats come every so many intervals; they find the readers that take nothing. */
const intervalsOfBeat = 50;

/** A reader that takes nothing between so many heartbeats is disconnected. */
export const mostStalls = 3;

/** PDUs in one event, the latest. */
const mostPdus = 200;

/** Texts in one event, those that changed first. */
const mostTexts: Page = { texts: 200, octets: 1 << 18 };

/** PDUs looked at in one interval for one stream; older ones count as missed, whether or not they fit. */
const mostLookedAt = 2_000;

/** Streams at one time. */
const mostStreams = 50;

interface Watcher {
  readonly stream: EventStream;
  /** Which PDUs it wants. */
  readonly fits: (pdu: LoggedPdu) => boolean;
  /** What it got last: the PDU that was looked at, the changes of texts, the faults, the second of the state. */
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

/** The streams, and the timer that feeds them. Without a stream there is no timer. */
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

  /** Sends what happens from now on to a stream, first the state and the faults in force. */
  open(stream: EventStream, fits: Watcher["fits"]): void {
    const { log, conversations } = this.#sources;
    const news = this.#news();
    const watcher = {
      stream,
      fits,
      seen: log.last,
      changes: conversations.changes,
      faults: news.faults,
      second: Math.floor(this.#intervals / intervalsOfState),
    };
    stream.onClose(() => this.#remove(watcher));
    this.#watchers.add(watcher);
    if (this.#clock === undefined) this.#start();
    stream.write(`${news.state}${news.faults}`);
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of [...this.#watchers]) stream.end();
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
    const isBeat = this.#intervals % intervalsOfBeat === 0;
    for (const watcher of [...this.#watchers]) {
      if (watcher.stream.isTaken) this.#tell(watcher, news);
      if (isBeat) watcher.stream.beat();
    }
  }

  /** The events that are the same for all, written once. */
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

  /** Everything that is new for one reader, in one write. A slow one misses states, and nothing else. */
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
    if (told !== "") watcher.stream.write(told);
  }

  #textsFor(watcher: Watcher): string {
    const { conversations } = this.#sources;
    if (conversations.changes === watcher.changes) return "";
    const { texts, changes } = conversations.changedSince(watcher.changes, mostTexts);
    watcher.changes = changes;
    return event("texts", texts);
  }
}

/** Events that are the same for all readers. */
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
    if (logged === undefined || !watcher.fits(logged)) continue;
    if (pdus.length < mostPdus) pdus.push(summaryOf(logged));
    else missed++;
  }
  watcher.seen = log.last;
  return pdus.length + missed > 0 ? event("pdus", { pdus: pdus.reverse(), missed }) : "";
}

function event(name: string, data: unknown): string {
  return eventText(name, JSON.stringify(data));
}
