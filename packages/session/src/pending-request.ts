/** One request of this side: it waits, is in flight, and is settled exactly once. */
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
import { AbortError, type StatusError } from "./errors.ts";
import { messageCommands } from "./lifecycle.ts";
import type { RequestOptions, RequestTimes } from "./options.ts";

/**
 * What a request resolves with. `damaged`: the body could not be decoded; these are the fields that
 * could be read, and the defaults of the others. With command_status 0 the peer took the request.
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

/** The caller's own sequence_number. Throws PduError `out_of_range` for an invalid one. */
export function ownNumberOf(pdu: { sequence_number?: number | undefined }): number | undefined {
  const { sequence_number: number } = pdu;
  const fits = Number.isInteger(number) && Number(number) >= 0 && Number(number) <= 0xffff_ffff;
  if (number === undefined || fits) return number;
  const shown = typeof number === "number" ? number : `a ${typeof number}`;
  const what = `sequence_number is ${shown}: expected an integer from 0 to 4294967295`;
  throw new PduError("out_of_range", what, { field: "sequence_number", limit: 0xffff_ffff });
}

/** What a {@link PendingRequest} is made of. */
export interface PendingRequestInit extends RequestTimes {
  readonly command: CommandName;
  /** The encoded PDU; its sequence number is put in when it is written. */
  readonly frame: Uint8Array;
  /** The caller's own sequence number. */
  readonly ownNumber: number | undefined;
  /** Whether it comes from the queue and counts in the window; bind, unbind and enquire_link do not. */
  readonly isQueued: boolean;
  /** Whether the peer answers it; outbind and alert_notification have no response. */
  readonly hasResponse: boolean;
}

/** A request with all that the queue and the window need to know about it. */
export class PendingRequest {
  readonly command: CommandName;
  readonly ownNumber: number | undefined;
  readonly timeout: number;
  readonly waitTimeout: number;
  readonly isQueued: boolean;
  readonly hasResponse: boolean;
  /** Whether it carries a message, rather than asks about one. */
  readonly isMessage: boolean;
  readonly createdAt: number;
  /** The encoded PDU: often a view into a buffer that the encoder shares with other PDUs. */
  frame: Uint8Array;
  /** When waiting to be written is over. */
  readonly waitDeadline: number;
  /** When waiting for the response is over, in the time of the peer. */
  deadline = Number.POSITIVE_INFINITY;
  writtenAt = Number.NaN;
  /** Whether it was in flight on a link that was lost, and waits to be sent again. */
  #wasWritten = false;
  /** Its place in the order of the queue; below 0 with priority. */
  ticket = 0;
  /** How often the SMSC refused it as if the session were not bound. */
  bindsLost = 0;
  /** Its own answer to the loss of the link. */
  onLinkLoss: RequestOptions["onLinkLoss"] = undefined;
  /** The last throttling answer to it. */
  refusal: StatusError | undefined = undefined;
  #outcome: Outcome | undefined;
  #stopWatching: (() => void) | undefined = undefined;

  constructor(init: PendingRequestInit, outcome: Outcome, now: number) {
    this.command = init.command;
    this.frame = init.frame;
    this.ownNumber = init.ownNumber;
    this.timeout = init.timeout;
    this.waitTimeout = init.waitTimeout;
    this.isQueued = init.isQueued;
    this.hasResponse = init.hasResponse;
    this.isMessage = messageCommands.has(init.command);
    this.createdAt = now;
    this.waitDeadline = init.waitTimeout === 0 ? Number.POSITIVE_INFINITY : now + init.waitTimeout;
    this.#outcome = outcome;
  }

  /** Whether its promise is settled; it may still take a place in the window. */
  get settled(): boolean {
    return this.#outcome === undefined;
  }

  /** Whether it goes before all that wait without. */
  get hasPriority(): boolean {
    return this.ticket < 0;
  }

  /** Whether it is in flight now. */
  get isInFlight(): boolean {
    return !Number.isNaN(this.writtenAt);
  }

  /** Whether a peer may have acted on it. */
  get written(): boolean {
    return this.isInFlight || this.#wasWritten;
  }

  /** Writes the sequence number into the frame and starts the time for the response, the peer's time. */
  writeAs(sequenceNumber: number, now: number, peerNow: number): void {
    const { frame } = this;
    frame[12] = sequenceNumber >>> 24;
    frame[13] = sequenceNumber >>> 16;
    frame[14] = sequenceNumber >>> 8;
    frame[15] = sequenceNumber;
    this.writtenAt = now;
    this.deadline = this.timeout === 0 ? Number.POSITIVE_INFINITY : peerNow + this.timeout;
  }

  /** It waits again. `wasWritten`: a peer may have acted on it; not if the peer refused it. */
  waitAgain(wasWritten: boolean): void {
    this.#wasWritten ||= wasWritten;
    this.writtenAt = Number.NaN;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** Rejects with AbortError as soon as the signal aborts, and calls `onAborted`. */
  abortOn(signal: AbortSignal, onAborted: () => void): void {
    const abort = () => {
      if (this.settled) return;
      this.reject(new AbortError(this.command, this.written, signal.reason));
      onAborted();
    };
    if (signal.aborted) {
      abort();
      return;
    }
    this.#stopWatching = onceAborted(signal, abort);
  }

  resolve(response: Pdu): void {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    this.#stopWatching?.();
    outcome?.resolve(response);
  }

  reject(error: Error): void {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    this.#stopWatching?.();
    outcome?.reject(error);
  }
}

/**
 * Node.js walks the listeners of a signal for every one that is added or removed: with a shutdown
 * signal shared by 40,000 requests that took 15 s. It also warns from the 11th on. So each signal has
 * one listener.
 */
const watches = new WeakMap<AbortSignal, AbortWatch>();

/** Many callbacks behind one listener of a signal. */
class AbortWatch {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener("abort", this.#onAbort);
    this.#callbacks.add(callback);
  }

  delete(callback: () => void): void {
    if (!this.#callbacks.delete(callback) || this.#callbacks.size > 0) return;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const callback of callbacks) callback();
  };
}

/** Calls back when the signal, not aborted yet, aborts. Returns a function that stops watching. */
function onceAborted(signal: AbortSignal, callback: () => void): () => void {
  const watch = watches.get(signal) ?? new AbortWatch(signal);
  watches.set(signal, watch);
  watch.add(callback);
  return () => watch.delete(callback);
}
