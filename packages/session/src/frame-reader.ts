/** Reads frames from the stream: as many as there is room for, in time, and in order. */
import type { Duplex } from "node:stream";
import { FrameError, Framer, isFrameError } from "@esme/pdu";
import type { Deadlines } from "./deadlines.ts";
import type { Settings } from "./options.ts";

/**
 * Whether more may be read: `busy` says that our callbacks have enough, `congested` that the peer
 * does not read what we write.
 */
export type Room = "room" | "busy" | "congested";

/** What {@link FrameReader} works with. */
export interface FrameReaderInit {
  readonly stream: Duplex;
  readonly deadlines: Deadlines;
  readonly settings: Pick<Settings, "maxPduLength" | "maxBindLength" | "partialPduTimeout">;
  /** Whether the peer is one that bound: only then its PDUs may be long. */
  readonly isKnown: () => boolean;
  /** Octets came. */
  readonly onOctets: (now: number) => void;
  /** A frame came. `hold`: the frames behind it wait for the next turn. */
  readonly onFrame: (frame: Uint8Array, now: number) => "go on" | "hold";
  /** All frames of a piece of the stream were handed on. */
  readonly afterFrames: () => void;
  /** The lengths of the peer's octets cannot be trusted: there will be no more frames. */
  readonly onBroken: (error: FrameError) => void;
  readonly room: () => Room;
  /** Whether we read. Not called when we stop because the peer does not read what we write. */
  readonly onReading: (reads: boolean) => void;
}

/** From octets to frames. */
export class FrameReader {
  readonly #init: FrameReaderInit;
  readonly #framer: Framer;
  /** Frames that wait for the next turn. */
  #held: Uint8Array[] | undefined = undefined;
  /** Why there are no more frames behind them. */
  #broken: FrameError | undefined = undefined;
  #reading = true;
  #busy = false;
  #stopped = false;

  constructor(init: FrameReaderInit) {
    this.#init = init;
    this.#framer = new Framer({ maxPduLength: init.settings.maxPduLength });
    init.stream.on("data", this.#onData);
    // A stream that its owner had paused would stay so.
    init.stream.resume();
  }

  /** Reads, or stops reading, as the room for what is read allows. */
  readOn(): void {
    if (this.#stopped) return;
    const room = this.#held === undefined ? this.#init.room() : "busy";
    const busy = room === "busy";
    if (busy !== this.#busy) {
      this.#busy = busy;
      this.#init.onReading(!busy);
    }
    const reading = room === "room";
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
    this.#init.onOctets(now);
    try {
      const frames = this.#framer.push(chunk);
      this.#watchPartial(frames.length > 0, now);
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
  #watchPartial(fresh: boolean, now: number): void {
    const { deadlines, settings } = this.#init;
    const { partialPduTimeout } = settings;
    if (this.#framer.pending === 0 || partialPduTimeout === 0) deadlines.clear("partialPdu");
    else if (fresh || !deadlines.has("partialPdu")) {
      deadlines.set("partialPdu", partialPduTimeout, now);
    }
  }

  #take(frames: readonly Uint8Array[], now: number): void {
    if (this.#held !== undefined) {
      // One by one: the arguments of one call are limited.
      for (const frame of frames) this.#held.push(frame);
      return;
    }
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index];
      if (frame === undefined || this.#stopped) return;
      if (frame.length > this.#limit) {
        this.#init.onBroken(tooLong(frame.length, this.#limit, frame));
        return;
      }
      if (this.#init.onFrame(frame, now) === "hold" && index + 1 < frames.length) {
        this.#hold(frames.slice(index + 1));
        return;
      }
    }
    const { awaited } = this.#framer;
    if (this.#broken !== undefined) this.#init.onBroken(this.#broken);
    else if (awaited > this.#limit) this.#init.onBroken(tooLong(awaited, this.#limit));
    else this.#init.afterFrames();
  }

  /** Asked for each PDU when its turn comes: the one before it may have been the bind. */
  get #limit(): number {
    const { isKnown, settings } = this.#init;
    return isKnown() ? settings.maxPduLength : settings.maxBindLength;
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

/** A PDU that is too long, with its header when it is all there. */
function tooLong(length: number, limit: number, frame?: Uint8Array): FrameError {
  if (frame === undefined) return new FrameError(length, limit, []);
  const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [command_id, sequence_number] = [header.getUint32(4), header.getUint32(12)];
  return new FrameError(length, limit, [], { command_id, sequence_number });
}
