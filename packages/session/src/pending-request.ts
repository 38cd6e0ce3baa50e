/** One request on its way: waiting, then in flight, then settled exactly once. */
import {
  type CommandName,
  type NoVendorTlvs,
  type Pdu,
  PduError,
  type PduOf,
  type RequestName,
  type ResponseNameOf,
  type VendorTlvs,
} from "@esme/pdu";
import { checkOptions, type OptionTable, time } from "./check-options.ts";
import { AbortError, type StatusError } from "./errors.ts";

/** How long to wait for one request, and what stops it. */
export interface RequestOptions {
  /**
   * Milliseconds to wait for the response, counted from the moment the request is written.
   * Default: the session's `requestTimeout`; 0 waits for ever.
   */
  timeout?: number | undefined;
  /**
   * Milliseconds to wait for a place in the window, for the rate limit, for a throttling peer or
   * for the link to come back. Default: the session's `waitTimeout`; 0 waits for ever.
   */
  waitTimeout?: number | undefined;
  /**
   * Stops the waiting: the promise rejects with AbortError at once. A request not written yet is
   * taken back; for one already written the place in the window stays taken until the peer's
   * answer or its timeout.
   */
  signal?: AbortSignal | undefined;
}

/**
 * What a request resolves with. `damaged`: its body could not be decoded, these are the fields that
 * could be read and the defaults of the others; command_status 0 says that the peer took the request.
 */
export type ResponseOf<C extends RequestName, T extends VendorTlvs = NoVendorTlvs> = PduOf<
  ResponseNameOf<C>,
  T
> & { damaged?: true };

/**
 * Where the one result of a request goes. Methods, so that the typed callbacks of a promise fit:
 * that the response belongs to the request's command is checked at run time.
 */
export interface Outcome {
  resolve(response: Pdu): void;
  reject(error: Error): void;
}

const requestOptions = {
  timeout: time(0),
  waitTimeout: time(0),
  signal: "object",
} as const satisfies OptionTable<RequestOptions>;

/**
 * The times of one request, its own or these defaults. Throws TypeError for an unknown option or a
 * wrong type, RangeError for what is no time.
 */
export function timesOf(
  command: string,
  options: RequestOptions | undefined,
  defaults: Pick<PendingRequestInit, "timeout" | "waitTimeout">,
): Pick<PendingRequestInit, "timeout" | "waitTimeout"> {
  if (options === undefined) return defaults;
  checkOptions(command, options, requestOptions);
  const { timeout = defaults.timeout, waitTimeout = defaults.waitTimeout } = options;
  return { timeout, waitTimeout };
}

/** The caller's own sequence_number. Throws PduError `out_of_range` for what is none. */
export function ownNumberOf(pdu: { sequence_number?: number | undefined }): number | undefined {
  const { sequence_number: number } = pdu;
  const fits = Number.isInteger(number) && Number(number) >= 0 && Number(number) <= 0xffff_ffff;
  if (number === undefined || fits) return number;
  const shown = typeof number === "number" ? number : `a ${typeof number}`;
  const what = `sequence_number is ${shown}: expected an integer from 0 to 4294967295`;
  throw new PduError("out_of_range", what, { field: "sequence_number", limit: 0xffff_ffff });
}

/** What a {@link PendingRequest} is made of. */
export interface PendingRequestInit {
  readonly command: CommandName;
  /** The encoded PDU; its sequence number is put in when it is written. */
  readonly frame: Uint8Array;
  /** The sequence number that the caller insists on. */
  readonly ownNumber: number | undefined;
  /** Milliseconds for the response, 0 for ever. */
  readonly timeout: number;
  /** Milliseconds until it must be written, 0 for ever. */
  readonly waitTimeout: number;
  /** Whether it counts in the window; bind, unbind and enquire_link do not. */
  readonly counted: boolean;
  /** Whether the peer answers it; outbind and alert_notification have no response. */
  readonly answered: boolean;
}

/** A request with all that the queue and the window need to know about it. */
export class PendingRequest {
  readonly command: CommandName;
  readonly ownNumber: number | undefined;
  readonly timeout: number;
  readonly waitTimeout: number;
  readonly counted: boolean;
  readonly answered: boolean;
  readonly madeAt: number;
  /** The encoded PDU: often a view into a buffer that the encoder shares with others. */
  frame: Uint8Array;
  /** When waiting to be written is over. */
  readonly waitDeadline: number;
  /** When waiting for the response is over, in the time of the peer. */
  deadline = Number.POSITIVE_INFINITY;
  writtenAt = Number.NaN;
  /** Whether it was on a link that died before the answer came, and waits to be sent again. */
  #inDoubt = false;
  /** Its place among the requests of the queue. */
  ticket = 0;
  /** How many binds the SMSC lost, as its refusals of this request say. */
  bindsLost = 0;
  /** The throttling answer it got last. */
  refusal: StatusError | undefined = undefined;
  #outcome: Outcome | undefined;
  #unwatch: (() => void) | undefined = undefined;

  constructor(init: PendingRequestInit, outcome: Outcome, now: number) {
    this.command = init.command;
    this.frame = init.frame;
    this.ownNumber = init.ownNumber;
    this.timeout = init.timeout;
    this.waitTimeout = init.waitTimeout;
    this.counted = init.counted;
    this.answered = init.answered;
    this.madeAt = now;
    this.waitDeadline = init.waitTimeout === 0 ? Number.POSITIVE_INFINITY : now + init.waitTimeout;
    this.#outcome = outcome;
  }

  /** Whether its promise is decided; it may still hold its place in the window. */
  get settled(): boolean {
    return this.#outcome === undefined;
  }

  /** Whether it is in flight now. */
  get isInFlight(): boolean {
    return !Number.isNaN(this.writtenAt);
  }

  /** Whether a peer may have taken it. */
  get written(): boolean {
    return this.isInFlight || this.#inDoubt;
  }

  /** Puts the sequence number into the frame and starts the time for the response, which is the peer's. */
  writeAs(sequenceNumber: number, now: number, peerNow: number): void {
    const { frame } = this;
    frame[12] = sequenceNumber >>> 24;
    frame[13] = sequenceNumber >>> 16;
    frame[14] = sequenceNumber >>> 8;
    frame[15] = sequenceNumber;
    this.writtenAt = now;
    this.deadline = this.timeout === 0 ? Number.POSITIVE_INFINITY : peerNow + this.timeout;
  }

  /** Back to waiting: refused and as if never written, or `inDoubt`. */
  takeBack(inDoubt: boolean): void {
    this.#inDoubt ||= inDoubt;
    this.writtenAt = Number.NaN;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** Rejects with AbortError as soon as the signal aborts, and calls `aborted`. */
  abortOn(signal: AbortSignal, aborted: () => void): void {
    const abort = () => {
      if (this.settled) return;
      this.reject(new AbortError(this.command, this.written, signal.reason));
      aborted();
    };
    if (signal.aborted) {
      abort();
      return;
    }
    this.#unwatch = onceAborted(signal, abort);
  }

  resolve(response: Pdu): void {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    this.#unwatch?.();
    outcome?.resolve(response);
  }

  reject(error: Error): void {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    this.#unwatch?.();
    outcome?.reject(error);
  }
}

/**
 * A signal's own list of listeners is walked for every one that is added or removed: a shutdown
 * signal shared by 40,000 requests took 15 s that way, and Node.js warns from the 11th on.
 */
const watches = new WeakMap<AbortSignal, AbortWatch>();

/** Tells many about one signal, with a single listener on it. */
class AbortWatch {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener("abort", this.#tell);
    this.#callbacks.add(callback);
  }

  delete(callback: () => void): void {
    if (!this.#callbacks.delete(callback) || this.#callbacks.size > 0) return;
    this.#signal.removeEventListener("abort", this.#tell);
  }

  readonly #tell = (): void => {
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    this.#signal.removeEventListener("abort", this.#tell);
    for (const callback of callbacks) callback();
  };
}

/** Calls back when the signal aborts, which it has not yet. Returns what ends the watching. */
function onceAborted(signal: AbortSignal, callback: () => void): () => void {
  const watch = watches.get(signal) ?? new AbortWatch(signal);
  watches.set(signal, watch);
  watch.add(callback);
  return () => watch.delete(callback);
}
