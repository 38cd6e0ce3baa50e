/** Writes frames to the stream: those of one turn of the event loop in one write. */
import type { Duplex } from "node:stream";

/** Octets that wait for a peer that does not read; with more of them we stop reading, too. */
const CONGESTED = 1 << 20;

/**
 * So many frames that wait for a peer that does not read are joined: each of them keeps a buffer of
 * the encoder in memory.
 */
const MOST_SEPARATE = 64;

/** What the owner of a {@link FrameWriter} does for it. */
export interface FrameWriterHooks {
  /** Called with every frame that is added. */
  readonly onFrame: (frame: Uint8Array, command: string) => void;
  /** Called when it is time to write: adds what may leave now, and flushes. */
  readonly onTurn: () => void;
  /** Asked right before each write; absent: always. */
  readonly mayWrite?: (() => boolean) | undefined;
  /** Called when it is time to write, and it may not. */
  readonly onForbidden: () => void;
}

/**
 * Collects frames and writes them together at the end of the turn of the event loop, after the
 * continuations of all promises that this turn settled: a window of answers after which the
 * application sends a window of requests costs one write (tools/bench client: 3 times the rate).
 */
export class FrameWriter {
  readonly #stream: Duplex;
  readonly #hooks: FrameWriterHooks;
  #frames: Uint8Array[] = [];
  #octets = 0;
  /** How many of them, at the end, are not joined. */
  #separate = 0;
  #scheduled = false;
  #blocked = false;
  #closed = false;

  constructor(stream: Duplex, hooks: FrameWriterHooks) {
    this.#stream = stream;
    this.#hooks = hooks;
    stream.on("drain", this.#onDrain);
  }

  /** Whether so much waits that no more should be read. */
  get congested(): boolean {
    return this.#octets > CONGESTED;
  }

  /** Frames are written in the order of these calls. After the end it does nothing. */
  add(frame: Uint8Array, command: string): void {
    if (this.#closed) return;
    this.#hooks.onFrame(frame, command);
    this.#frames.push(frame);
    this.#octets += frame.length;
    this.#separate++;
    if (this.#blocked && this.#separate >= MOST_SEPARATE) this.#join();
  }

  /** Asks for a write at the end of this turn. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    // A microtask that schedules a tick: such a tick runs when no microtask is left, after the
    // continuations of all promises that this turn settled. Not queueMicrotask: it creates an
    // AsyncResource for each call.
    void resolved.then(this.#afterMicrotasks);
  }

  /** Writes what waits now, whether or not the peer reads; where it may not, that is dropped. */
  flush(): void {
    if (this.#frames.length === 0 || !this.#isOpen) return;
    const [frames, length] = [this.#frames, this.#octets];
    this.#frames = [];
    this.#octets = 0;
    this.#separate = 0;
    if (this.#hooks.mayWrite?.() === false) return;
    this.#blocked = !this.#stream.write(joined(frames, length));
  }

  /** Writes what waits, and ends our side of the stream. */
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

  /** Copies each octet once: what is joined is not joined again. */
  #join(): void {
    this.#frames.push(Buffer.concat(this.#frames.splice(-this.#separate)));
    this.#separate = 0;
  }

  /**
   * Whether the stream takes octets. A destroyed stream emits `close` later; a request that is taken
   * from the queue before that would count as written.
   */
  get #isOpen(): boolean {
    return !this.#closed && !this.#stream.destroyed && !this.#stream.writableEnded;
  }

  readonly #afterMicrotasks = (): void => process.nextTick(this.#write);

  readonly #write = (): void => {
    this.#scheduled = false;
    if (this.#blocked || !this.#isOpen) return;
    // Before requests leave the queue: what was not written must not count as written.
    if (this.#hooks.mayWrite?.() === false) this.#hooks.onForbidden();
    else this.#hooks.onTurn();
  };

  readonly #onDrain = (): void => {
    this.#blocked = false;
    this.schedule();
  };
}

const resolved = Promise.resolve();

/**
 * The frames as one array. Requests encoded one after the other lie side by side in the buffer of the
 * encoder: they need no copy.
 */
function joined(frames: readonly Uint8Array[], length: number): Uint8Array {
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
