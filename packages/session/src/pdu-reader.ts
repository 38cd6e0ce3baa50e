/** Reads PDUs from the stream: as many as there is room for, in time, and in order. */
import type { Duplex } from "node:stream";
import { type Codec, FrameError, Framer, isFrameError, type Pdu } from "@esme/pdu";
import type { Deadlines } from "./deadlines.ts";
import { asError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { InboundRequests } from "./inbound-requests.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import { ownFrame } from "./own-frame.ts";
import type { Timers } from "./timers.ts";

/** What {@link PduReader} works with. */
export interface PduReaderInit {
  readonly stream: Duplex;
  readonly codec: Codec;
  readonly lifecycle: Lifecycle;
  readonly timers: Timers;
  readonly writer: FrameWriter;
  readonly inbound: InboundRequests;
  readonly deadlines: Deadlines;
  readonly settings: Pick<Settings, "maxPduLength" | "maxBindLength" | "partialPduTimeout">;
  /** A PDU came, in this frame. */
  readonly onPdu: (pdu: Pdu, frame: Uint8Array, now: number) => void;
  /** A frame came that could not be decoded. */
  readonly onUnreadable: (frame: Uint8Array, error: Error, now: number) => void;
  /** All PDUs of a chunk of the stream were handed on. */
  readonly afterPdus: () => void;
  /** The lengths of the peer's octets cannot be trusted: there will be no more PDUs. */
  readonly onBroken: (error: FrameError) => void;
}

/** Octets of a response that most likely has no octet strings: to copy it would cost for nothing. */
const PLAIN_RESPONSE = 100;

/** From octets to PDUs. */
export class PduReader {
  readonly #init: PduReaderInit;
  readonly #framer: Framer;
  /** Frames that wait for the next turn. */
  #held: Uint8Array[] | undefined = undefined;
  /** Why there are no more frames behind them. */
  #broken: FrameError | undefined = undefined;
  /** Whether the rest of a PDU is awaited. */
  #isPartial = false;
  #reading = true;
  #busy = false;
  #stopped = false;

  constructor(init: PduReaderInit) {
    this.#init = init;
    this.#framer = new Framer({ maxPduLength: init.settings.maxPduLength });
    init.stream.on("data", this.#onData);
    // A stream that its owner had paused would stay so.
    init.stream.resume();
  }

  /**
   * Reads, or stops reading: while our callbacks have enough, which stops the peer's time, too, and
   * while the peer does not read what we write, which does not.
   */
  readOn(): void {
    if (this.#stopped) return;
    const { lifecycle, inbound, writer, timers } = this.#init;
    // After an unbind nothing is taken any more: answers on their way are read, whatever waits here.
    const isUnbound = lifecycle.state === "UNBOUND";
    const busy = this.#held !== undefined || (!isUnbound && inbound.full);
    if (busy !== this.#busy) {
      this.#busy = busy;
      timers.onReading(!busy);
    }
    const reading = !busy && (isUnbound || !writer.congested);
    if (reading === this.#reading) return;
    this.#reading = reading;
    if (reading) this.#init.stream.resume();
    else this.#init.stream.pause();
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#init.stream.off("data", this.#onData);
  }

  readonly #onData = (chunk: Uint8Array): void => {
    const now = performance.now();
    this.#init.timers.heard(now);
    try {
      const frames = this.#framer.push(chunk);
      if (this.#framer.pending > 0) this.#onPartial(frames.length > 0, now);
      else if (this.#isPartial) this.#onWhole();
      this.#take(frames, now);
    } catch (error) {
      if (!isFrameError(error)) throw error;
      const { command_length, limit, command_id, sequence_number } = error;
      const header = command_id === undefined ? undefined : { command_id, sequence_number };
      // Without the frames: who keeps the reason of an end must not hold what came before it.
      this.#broken = new FrameError(command_length, limit, [], header);
      this.#take(error.frames, now);
    }
  };

  /** The time for a PDU runs from its first octets: a trickle does not prolong it. */
  #onPartial(isNew: boolean, now: number): void {
    const { deadlines, settings } = this.#init;
    const { partialPduTimeout } = settings;
    if (partialPduTimeout > 0 && (isNew || !this.#isPartial)) {
      deadlines.set("partialPdu", partialPduTimeout, now);
    }
    this.#isPartial = true;
  }

  #onWhole(): void {
    this.#isPartial = false;
    this.#init.deadlines.clear("partialPdu");
  }

  #take(frames: readonly Uint8Array[], now: number): void {
    if (this.#held !== undefined) {
      // One by one: the arguments of one call are limited.
      for (const frame of frames) this.#held.push(frame);
      return;
    }
    const { lifecycle, settings, onBroken, afterPdus } = this.#init;
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index];
      if (frame === undefined || this.#stopped) return;
      // Asked for each PDU when its turn comes: the one before it may have been the bind.
      const wasOpen = lifecycle.state === "OPEN";
      const limit = wasOpen ? settings.maxBindLength : settings.maxPduLength;
      if (frame.length > limit) {
        onBroken(tooLong(frame.length, limit, frame));
        return;
      }
      this.#read(frame, now);
      // Peers send deliver_sm in the same segment as the bind response: who waits for the bind gets a
      // turn to install callbacks before the first message is handed out.
      if (wasOpen && lifecycle.isBound && index + 1 < frames.length) {
        this.#hold(frames.slice(index + 1));
        return;
      }
    }
    const { awaited } = this.#framer;
    if (this.#broken !== undefined) onBroken(this.#broken);
    else if (awaited > settings.maxBindLength && lifecycle.state === "OPEN") {
      onBroken(tooLong(awaited, settings.maxBindLength));
    } else afterPdus();
  }

  #read(received: Uint8Array, now: number): void {
    const isPlain = isResponseFrame(received) && received.length <= PLAIN_RESPONSE;
    const frame = isPlain ? received : ownFrame(received);
    let pdu: Pdu;
    try {
      pdu = this.#init.codec.decode(frame);
      if (isPlain) ownOctets(pdu);
    } catch (error) {
      // Any error: with a codec of the user's, too, a peer must not end the process.
      this.#init.onUnreadable(frame, asError(error), now);
      return;
    }
    this.#init.onPdu(pdu, frame, now);
  }

  #hold(frames: Uint8Array[]): void {
    this.#held = frames;
    this.readOn();
    setImmediate(() => {
      this.#held = undefined;
      this.#take(frames, performance.now());
    });
  }
}

/** Bit 31 of command_id marks a response (SMPP 3.4 section 5.1.2.1). */
export function isResponseFrame(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0x80) !== 0;
}

/** A PDU that is too long, with its header when it is all there. */
function tooLong(length: number, limit: number, frame?: Uint8Array): FrameError {
  if (frame === undefined) return new FrameError(length, limit, []);
  const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [command_id, sequence_number] = [header.getUint32(4), header.getUint32(12)];
  return new FrameError(length, limit, [], { command_id, sequence_number });
}

/** In a PDU: lists of entries of octets. */
const DEEPEST = 3;

/**
 * Gives the octet strings of a decoded PDU memory of their own. For short responses, of which few
 * have any: to copy the frame of each would cost more than this look.
 */
function ownOctets(pdu: object, depth = 1): void {
  const values = pdu as Record<string, unknown>; // any object can be read by key
  for (const key in values) {
    const value = values[key];
    if (typeof value !== "object" || value === null) continue;
    // A codec of the user's own may give objects that cannot be changed: those stay as they are.
    if (value instanceof Uint8Array) Reflect.set(values, key, new Uint8Array(value));
    else if (depth < DEEPEST) ownOctets(value, depth + 1);
  }
}
