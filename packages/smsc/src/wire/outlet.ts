/** The writing side of a socket: octets as they come, or in pieces that leave one after the other. */
import type { Duplex } from "node:stream";

/** What an outlet asks its owner. */
interface OutletHooks {
  /** Octets in a piece; Infinity writes everything as it comes. */
  readonly segment: () => number;
  /** Everything that waited has left. */
  readonly onDrain: () => void;
}

/** Writes to a socket. */
export class Outlet {
  readonly #socket: Duplex;
  readonly #hooks: OutletHooks;
  /** What waits to leave in pieces. */
  #queue: Uint8Array[] = [];
  #queued = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(socket: Duplex, hooks: OutletHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    socket.on("drain", () => this.#drained());
    socket.on("close", () => this.#forget());
  }

  /** Octets that have not left. */
  get length(): number {
    return this.#queued + this.#socket.writableLength;
  }

  /** False asks for a pause until `whenDrained`. */
  write(octets: Uint8Array): boolean {
    if (this.#queue.length === 0) {
      if (octets.length <= this.#hooks.segment()) return this.#socket.write(octets);
      setImmediate(() => this.#writePiece());
    }
    this.#queue.push(octets);
    this.#queued += octets.length;
    return false;
  }

  /** Acts once, when everything has left. */
  whenDrained(act: () => void): void {
    this.#whenEmpty.push(act);
  }

  /** Ends the socket after everything that waits. */
  end(done: () => void): void {
    if (this.#queue.length === 0) this.#socket.end(done);
    else this.whenDrained(() => this.#socket.end(done));
  }

  /** Writes one piece; a turn of the event loop between two pieces keeps the system from joining them. */
  #writePiece(): void {
    const [first] = this.#queue;
    if (first === undefined || !this.#socket.writable) {
      this.#forget();
      return;
    }
    const size = this.#hooks.segment();
    const piece = first.subarray(0, size);
    if (piece.length < first.length) this.#queue[0] = first.subarray(size);
    else this.#queue.shift();
    this.#queued -= piece.length;
    const next = this.#queue.length > 0 ? () => this.#writePiece() : () => this.#drained();
    this.#socket.write(piece, () => setImmediate(next));
  }

  #drained(): void {
    if (this.#queue.length > 0) return;
    for (const act of this.#whenEmpty.splice(0)) act();
    this.#hooks.onDrain();
  }

  #forget(): void {
    this.#queue = [];
    this.#queued = 0;
    this.#whenEmpty = [];
  }
}
