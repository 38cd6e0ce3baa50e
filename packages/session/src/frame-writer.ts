/** Octets on their way to the stream: everything of one tick leaves in one write. */
import type { Duplex } from "node:stream";

/** More than this waiting for a peer that does not read: we stop reading it, too. */
const CONGESTED = 1 << 20;

/** So many frames that wait for a peer are put together: each holds a buffer of the encoder. */
const LOOSE = 64;

/** What the owner of an {@link FrameWriter} does for it. */
export interface FrameWriterHooks {
  /** Sees every frame that is added. */
  readonly onFrame: (frame: Uint8Array, command: string) => void;
  /** Called when it is time to write: adds what may leave now, and flushes. */
  readonly onTurn: () => void;
}

/**
 * Gathers frames and writes them together, at the end of the turn of the event loop in which the
 * first was added, when all promises that this turn settled have run: a window of answers that
 * makes the application send a window of requests costs one write.
 *
 * Measured with window 100 over loopback: see "Speed" in the README of @esme/client.
 */
export class FrameWriter {
  readonly #stream: Duplex;
  readonly #hooks: FrameWriterHooks;
  #frames: Uint8Array[] = [];
  #octets = 0;
  /** How many of them, at the end, were not put together. */
  #loose = 0;
  #scheduled = false;
  #blocked = false;
  #closed = false;

  constructor(stream: Duplex, hooks: FrameWriterHooks) {
    this.#stream = stream;
    this.#hooks = hooks;
    stream.on("drain", this.#onDrain);
  }

  /** Whether so much waits that no more work should be accepted. */
  get congested(): boolean {
    return this.#octets > CONGESTED;
  }

  /** Frames in the order of this call are octets in the order of the wire. After the end: nothing. */
  add(frame: Uint8Array, command: string): void {
    if (this.#closed) return;
    this.#hooks.onFrame(frame, command);
    this.#frames.push(frame);
    this.#octets += frame.length;
    this.#loose++;
    if (this.#blocked && this.#loose >= LOOSE) this.#putTogether();
  }

  /** Asks for a write at the end of this turn. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    // A microtask that schedules a tick: ticks scheduled from a microtask run when no microtask is
    // left, so that the continuations of promises settled in this turn come first. Not by
    // queueMicrotask, which makes an AsyncResource each time.
    void resolved.then(this.#afterMicrotasks);
  }

  /** Writes what is pending now, whether or not the peer reads. */
  flush(): void {
    if (this.#frames.length === 0 || !this.#isOpen) return;
    const octets = together(this.#frames, this.#octets);
    this.#frames = [];
    this.#octets = 0;
    this.#loose = 0;
    this.#blocked = !this.#stream.write(octets);
  }

  /** Writes what is there, and ends our side of the stream. */
  end(): void {
    this.flush();
    this.close();
    this.#stream.end();
  }

  /** Nothing more is written. */
  close(): void {
    this.#closed = true;
    this.#frames = [];
    this.#stream.off("drain", this.#onDrain);
  }

  /** Each octet once: what is together stays so. */
  #putTogether(): void {
    this.#frames.push(Buffer.concat(this.#frames.splice(-this.#loose)));
    this.#loose = 0;
  }

  /**
   * Whether octets can still leave. A destroyed stream emits its event later; what is taken from a
   * queue for it would count as written.
   */
  get #isOpen(): boolean {
    return !this.#closed && !this.#stream.destroyed && !this.#stream.writableEnded;
  }

  readonly #afterMicrotasks = (): void => process.nextTick(this.#write);

  readonly #write = (): void => {
    this.#scheduled = false;
    if (this.#blocked || !this.#isOpen) return;
    this.#hooks.onTurn();
  };

  readonly #onDrain = (): void => {
    this.#blocked = false;
    this.schedule();
  };
}

const resolved = Promise.resolve();

/**
 * The frames in one piece. Requests that were made one after the other lie one after the other in the
 * buffer of the encoder: they need no copy.
 */
function together(frames: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = frames;
  if (first === undefined) return new Uint8Array();
  const { buffer, byteOffset } = first;
  let end = byteOffset;
  for (const frame of frames) {
    if (frame.byteOffset !== end || frame.buffer !== buffer) return Buffer.concat(frames, length);
    end += frame.length;
  }
  return frames.length === 1 ? first : new Uint8Array(buffer, byteOffset, length);
}
