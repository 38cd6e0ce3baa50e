/** Reads PDUs from the stream, as many as there is room for, and hands them on in their order. */
import type { Duplex } from "node:stream";
import {
  type Codec,
  decodeDamaged,
  FrameError,
  Framer,
  isFrameError,
  isPduError,
  type Pdu,
} from "@esme/pdu";
import type { CallbackTable } from "./callbacks.ts";
import { asError, LinkError } from "./errors.ts";
import { headerOf, isResponseFrame, ownFrame, ownOctets } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { InboundRequests } from "./inbound-requests.ts";
import { isKeepAlive, type KeepAlive } from "./keep-alive.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { OutboundRequests } from "./outbound-requests.ts";
import type { Reporter } from "./reporter.ts";
import type { Shutdown } from "./shutdown.ts";
import type { Stats } from "./stats.ts";
import type { Timer, Timers } from "./timers.ts";

/** What {@link PduReader} works with. */
export interface PduReaderInit {
  readonly stream: Duplex;
  readonly codec: Codec;
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly timers: Timers;
  readonly keepAlive: KeepAlive;
  readonly callbacks: CallbackTable;
  readonly writer: FrameWriter;
  readonly inbound: InboundRequests;
  readonly outbound: OutboundRequests;
  readonly shutdown: Shutdown;
  readonly stats: Stats;
  readonly reporter: Reporter;
  /** Called when all PDUs of a chunk of the stream were handed on. */
  readonly afterWork: () => void;
}

/** A response of so many octets most likely has no octet strings: a copy would cost for nothing. */
const PLAIN_RESPONSE = 100;

/** From octets to PDUs, and on to the requests of either side. */
export class PduReader {
  readonly #init: PduReaderInit;
  readonly #framer: Framer;
  /** The time for a PDU runs from its first octets: a trickle does not prolong it. */
  readonly #partialPduTimer: Timer;
  /** Frames that wait for the next turn. */
  #held: Uint8Array[] | undefined = undefined;
  /** Why there are no more frames behind them. */
  #broken: FrameError | undefined = undefined;
  #isReading = true;
  #isBusy = false;

  constructor(init: PduReaderInit) {
    this.#init = init;
    this.#framer = new Framer({ maxPduLength: init.settings.maxPduLength });
    const { partialPduTimeout } = init.settings;
    this.#partialPduTimer = init.timers.create("peer", () => {
      const what = `the rest of a PDU did not come within ${partialPduTimeout} ms`;
      void init.shutdown.end(new LinkError("partial_pdu", what), "drop");
    });
    init.stream.on("data", this.#onData);
    init.stream.once("close", () => init.stream.off("data", this.#onData));
    // A stream that its owner had paused would stay paused.
    init.stream.resume();
  }

  /**
   * Stops reading while too many requests wait for callbacks, which stops the peer's time, too, and
   * while the peer does not read what we write, which does not; else goes on.
   */
  updateReading(): void {
    const { lifecycle, inbound, writer, timers, stream } = this.#init;
    const { state } = lifecycle;
    if (state === "CLOSED") return;
    // After an unbind no request is taken any more: answers on their way are read, whatever waits.
    const isUnbound = state === "UNBOUND";
    const isBusy = this.#held !== undefined || (!isUnbound && inbound.full);
    if (isBusy !== this.#isBusy) {
      this.#isBusy = isBusy;
      if (isBusy) timers.stopPeerTime();
      else timers.startPeerTime();
    }
    const isReading = !isBusy && (isUnbound || !writer.congested);
    if (isReading === this.#isReading) return;
    this.#isReading = isReading;
    if (isReading) stream.resume();
    else stream.pause();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    const { lifecycle, keepAlive, timers, settings } = this.#init;
    if (lifecycle.state === "CLOSED") return;
    const now = performance.now();
    keepAlive.onReceived(timers.peerTime.at(now));
    try {
      const frames = this.#framer.push(chunk);
      const timer = this.#partialPduTimer;
      if (this.#framer.pending === 0) timer.stop();
      else if (frames.length > 0 || !timer.isRunning) timer.start(settings.partialPduTimeout, now);
      this.#take(frames, now);
    } catch (error) {
      if (!isFrameError(error)) throw error;
      const { command_length, limit, command_id, sequence_number } = error;
      const header = command_id === undefined ? undefined : { command_id, sequence_number };
      // Without the frames: an application that keeps the reason must not keep them in memory.
      this.#broken = new FrameError(command_length, limit, [], header);
      this.#take(error.frames, now);
    }
  };

  #take(frames: readonly Uint8Array[], now: number): void {
    if (this.#held !== undefined) {
      // One by one: the arguments of one call are limited.
      for (const frame of frames) this.#held.push(frame);
      return;
    }
    const { lifecycle, settings, afterWork } = this.#init;
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index];
      // Asked for each PDU when its turn comes: the one before it may have been the bind, or the end.
      const { state } = lifecycle;
      if (frame === undefined || state === "CLOSED") return;
      const limit = state === "OPEN" ? settings.maxBindLength : settings.maxPduLength;
      if (frame.length > limit) {
        this.#hangUp(tooLong(frame.length, limit, frame));
        return;
      }
      this.#read(frame, now);
      // Peers send deliver_sm in the same segment as the bind response: the application that awaits
      // the bind gets a turn to set callbacks before the first message is handed on.
      if (state === "OPEN" && lifecycle.isBound && index + 1 < frames.length) {
        this.#hold(frames.slice(index + 1));
        return;
      }
    }
    const { awaited } = this.#framer;
    if (this.#broken !== undefined) this.#hangUp(this.#broken);
    else if (awaited > settings.maxBindLength && lifecycle.state === "OPEN") {
      this.#hangUp(tooLong(awaited, settings.maxBindLength));
    } else afterWork();
  }

  #hold(frames: Uint8Array[]): void {
    this.#held = frames;
    this.updateReading();
    setImmediate(() => {
      this.#held = undefined;
      this.#take(frames, performance.now());
    });
  }

  #read(received: Uint8Array, now: number): void {
    const isPlain = isResponseFrame(received) && received.length <= PLAIN_RESPONSE;
    const frame = isPlain ? received : ownFrame(received);
    let pdu: Pdu;
    try {
      pdu = this.#init.codec.decode(frame);
      if (isPlain) ownOctets(pdu);
    } catch (error) {
      // Any error: also with a codec of the user's own, a peer must not end the process.
      this.#onUndecodable(frame, asError(error), now);
      return;
    }
    this.#handOn(pdu, frame, now);
  }

  #handOn(pdu: Pdu, frame: Uint8Array, now: number): void {
    const { settings, keepAlive, timers, callbacks, inbound, outbound, reporter } = this.#init;
    const { command } = pdu;
    reporter.pdu("in", command, frame);
    if (settings.inactivityTimeout > 0 && !isKeepAlive(command)) {
      keepAlive.onActivity(timers.peerTime.at(now));
    }
    if (!isResponseFrame(frame)) inbound.receive(pdu, frame.length);
    else {
      if (callbacks.wants(command)) callbacks.show(pdu, "in");
      outbound.receive(pdu, now);
    }
  }

  #onUndecodable(frame: Uint8Array, error: Error, now: number): void {
    const { reporter, inbound, stats } = this.#init;
    if (!isResponseFrame(frame)) {
      reporter.pdu("in", "malformed", frame);
      reporter.error(error);
      inbound.receiveMalformed(frame, error);
      return;
    }
    // The status alone decides: an application that got an error for a success would send again.
    stats.damaged++;
    if (isPduError(error)) reporter.tolerated(error);
    else reporter.error(error);
    const damaged = true as const;
    this.#handOn(Object.assign(decodeDamaged(ownFrame(frame)), { damaged }), frame, now);
  }

  /** A length cannot be trusted: there will be no more PDUs. */
  #hangUp(error: FrameError): void {
    const { lifecycle, settings, stats, inbound, shutdown } = this.#init;
    if (lifecycle.state === "CLOSED") return;
    stats.malformed++;
    inbound.refuseFrame(error);
    const isEarly = lifecycle.state === "OPEN" && error.limit === settings.maxBindLength;
    const hint = isEarly ? "; before the bind the limit is maxBindLength" : "";
    const reason = new LinkError("untrusted_length", `${error.message}${hint}`, { cause: error });
    void shutdown.end(reason, "linger");
  }
}

/** The error for a PDU that is too long, with its header if that is there. */
function tooLong(length: number, limit: number, frame?: Uint8Array): FrameError {
  return new FrameError(length, limit, [], frame && headerOf(frame));
}
