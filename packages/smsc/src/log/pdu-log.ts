/** The last PDUs on the wire: their octets in a ring of fixed size, nothing decoded. */
import { OldestFirst } from "@esme/bounded";
import { commands } from "@esme/pdu";
import { checkOptions, type OptionTable } from "@esme/settings";
import type { PduEvent } from "../sessions/pdu-event.ts";
import type { Smsc } from "../smsc.ts";

/** How much is kept. At either limit the oldest PDUs are dropped. */
export interface PduLogOptions {
  /** Octets of PDUs. Default 16 MiB, at least 65,536. */
  readonly octets?: number | undefined;
  /** PDUs. Default 50,000. */
  readonly entries?: number | undefined;
}

const logOptions = {
  octets: "number",
  entries: "number",
} as const satisfies OptionTable<PduLogOptions>;

/** One PDU as it was on the wire, but for passwords: they are kept as asterisks. */
export interface LoggedPdu {
  /** Counts from 1. */
  readonly id: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly direction: "in" | "out";
  /** A view into the log: it is overwritten when the log has gone round. */
  readonly octets: Uint8Array;
  readonly peer: Peer;
}

/** The session that a PDU came from or went to. */
export interface Peer {
  readonly session: number;
  readonly remote: string;
  system_id: string;
}

/** The longest PDU kept whole, in octets; more of it is cut off. */
const longest = 65_536;

/** Ended sessions whose names are kept. */
const peersKept = 10_000;

/** What is kept of a PDU on its way. */
interface Passing {
  readonly session: { readonly id: number; readonly remote: string; readonly system_id: string };
  readonly direction: "in" | "out";
  readonly octets: Uint8Array;
}

/** Keeps PDUs, in memory of a fixed size: `octets` and the four columns. */
export class PduLog {
  readonly #octets: Uint8Array;
  readonly #entries: number;
  readonly #times: Float64Array;
  /** Where each begins, counted over all octets ever kept: the place is that modulo the size. */
  readonly #starts: Float64Array;
  /** Length, negative for what went out. */
  readonly #lengths: Int32Array;
  readonly #sessions: Uint32Array;
  readonly #peers = new OldestFirst<number, Peer>(peersKept);
  #end = 0;
  #first = 1;
  #last = 0;

  /** Throws TypeError and RangeError for options that cannot work. */
  constructor(options: PduLogOptions = {}) {
    checkOptions("SmscHttp: log", options, logOptions);
    const { octets = 16 << 20, entries = 50_000 } = options;
    check("octets", octets, longest);
    check("entries", entries, 1);
    this.#octets = new Uint8Array(octets);
    this.#entries = entries;
    this.#times = new Float64Array(entries);
    this.#starts = new Float64Array(entries);
    this.#lengths = new Int32Array(entries);
    this.#sessions = new Uint32Array(entries);
  }

  /** The ids kept are `first` to `last`; none when `last` is below `first`. */
  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  /** Keeps every PDU of a message centre from now on. Returns a function that ends it. */
  watch(smsc: Smsc): () => void {
    const add = (event: PduEvent): void => this.add(event);
    smsc.on("pdu", add);
    return () => void smsc.off("pdu", add);
  }

  /** Keeps one PDU. */
  add({ session, direction, octets }: Passing): void {
    const length = Math.min(octets.length, longest);
    const place = this.#reserve(length);
    const kept = this.#octets.subarray(place, place + length);
    kept.set(octets.length === length ? octets : octets.subarray(0, length));
    starPassword(kept);
    const column = ++this.#last % this.#entries;
    this.#times[column] = performance.timeOrigin + performance.now();
    this.#starts[column] = this.#end;
    this.#lengths[column] = direction === "out" ? -length : length;
    this.#sessions[column] = session.id;
    this.#end += length;
    this.#note(session);
    this.#forget();
  }

  /** The PDU with this id, unless it is gone or yet to come. */
  get(id: number): LoggedPdu | undefined {
    if (!Number.isInteger(id) || id < this.#first || id > this.#last) return undefined;
    const column = id % this.#entries;
    const length = this.#lengths[column] ?? 0;
    const place = (this.#starts[column] ?? 0) % this.#octets.length;
    const session = this.#sessions[column] ?? 0;
    return {
      id,
      time: this.#times[column] ?? 0,
      direction: length < 0 ? "out" : "in",
      octets: this.#octets.subarray(place, place + Math.abs(length)),
      peer: this.#peers.get(session) ?? { session, remote: "", system_id: "" },
    };
  }

  /** Forgets everything; ids go on. */
  clear(): void {
    this.#first = this.#last + 1;
  }

  /** A place for so many octets in one piece. */
  #reserve(length: number): number {
    const place = this.#end % this.#octets.length;
    if (place + length <= this.#octets.length) return place;
    this.#end += this.#octets.length - place;
    return 0;
  }

  /** Gives up what was overwritten, in octets or in the columns. */
  #forget(): void {
    const oldest = this.#end - this.#octets.length;
    while (
      this.#last - this.#first >= this.#entries ||
      (this.#starts[this.#first % this.#entries] ?? 0) < oldest
    ) {
      this.#first++;
    }
  }

  #note({ id, remote, system_id }: Passing["session"]): void {
    const known = this.#peers.get(id);
    if (known !== undefined) known.system_id = system_id;
    else this.#peers.set(id, { session: id, remote, system_id });
  }
}

const withPassword = new Set<number>([
  commands.bind_receiver.id,
  commands.bind_transmitter.id,
  commands.bind_transceiver.id,
  commands.outbind.id,
]);

/** Puts asterisks for the second C-octet string of a bind; for all behind the header if there is none. */
function starPassword(octets: Uint8Array): void {
  if (octets.length < 16) return;
  const command_id = new DataView(octets.buffer, octets.byteOffset).getUint32(4);
  if (!withPassword.has(command_id)) return;
  const system_id = octets.indexOf(0, 16);
  const end = octets.indexOf(0, system_id + 1);
  if (system_id < 0) octets.fill(0x2a, 16);
  else octets.fill(0x2a, system_id + 1, end < 0 ? octets.length : end);
}

function check(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`${name} is ${value}: expected an integer from ${min}`);
}
