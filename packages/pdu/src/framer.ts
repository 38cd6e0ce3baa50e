// Cuts a stream of octets, in whatever chunks it comes, into whole PDUs.

import { checkTypes } from "./check-types.ts";
import { FrameError } from "./errors.ts";
import { octet } from "./octets.ts";

const HEADER_LENGTH = 16;
/** Octets reserved for a PDU that spans chunks, before more of it has arrived. */
const FIRST_ROOM = 256;

/**
 * Collects chunks and gives whole PDUs. A PDU that lies within one chunk is a view into it, so a
 * chunk must not be written to afterwards; one that spans chunks is put together in its own buffer,
 * which grows as its octets arrive: a large command_length alone takes no memory. The work is linear in
 * the octets, however small the chunks are.
 */
export class Framer {
  readonly #maxPduLength: number;
  /** The octets of command_length that have arrived, while fewer than four have. */
  #length = 0;
  #lengthOctets = 0;
  /** The beginning of an incomplete PDU, its whole length, and how many octets have arrived. */
  #partial: Uint8Array | undefined;
  #awaited = 0;
  #filled = 0;
  #broken: FrameError | undefined;

  /** `maxPduLength`: the longest PDU to accept, in octets; 65,536 unless given. */
  constructor(options: { maxPduLength?: number } = {}) {
    checkTypes("Framer", options, { maxPduLength: "a number" });
    const { maxPduLength = 65_536 } = options;
    if (!Number.isInteger(maxPduLength) || maxPduLength < HEADER_LENGTH) {
      throw new RangeError(`maxPduLength: expected an integer from 16, got ${maxPduLength}`);
    }
    this.#maxPduLength = maxPduLength;
  }

  /** The octets that have arrived of an incomplete PDU. */
  get pending(): number {
    return this.#partial ? this.#filled : this.#lengthOctets;
  }

  /** The command_length of the incomplete PDU; 0 when there is none. */
  get awaited(): number {
    return this.#partial ? this.#awaited : 0;
  }

  /**
   * The PDUs that this chunk completes, in order. Throws {@link FrameError} as soon as a
   * command_length is below 16 or above the limit. The PDUs before it in the chunk are in the error's
   * `frames`. Every later call throws the same error without frames.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#broken) throw this.#broken;
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial) {
        at = this.#fill(this.#partial, chunk, at, frames);
        continue;
      }
      const start = at - this.#lengthOctets;
      while (this.#lengthOctets < 4 && at < chunk.length) {
        this.#length = this.#length * 256 + octet(chunk, at++);
        this.#lengthOctets++;
      }
      if (this.#lengthOctets < 4) break;
      const length = this.#length;
      if (length < HEADER_LENGTH || length > this.#maxPduLength) {
        throw this.#fail(chunk, start, frames);
      }
      this.#length = 0;
      this.#lengthOctets = 0;
      if (start >= 0 && start + length <= chunk.length) {
        frames.push(new Uint8Array(chunk.buffer, chunk.byteOffset + start, length));
        at = start + length;
      } else {
        const partial = new Uint8Array(Math.min(length, FIRST_ROOM));
        new DataView(partial.buffer).setUint32(0, length);
        this.#partial = partial;
        this.#awaited = length;
        this.#filled = 4;
      }
    }
    return frames;
  }

  /** Copies octets of the chunk to the incomplete PDU; gives the place in the chunk after them. */
  #fill(before: Uint8Array, chunk: Uint8Array, at: number, frames: Uint8Array[]): number {
    const filled = this.#filled;
    const end = Math.min(chunk.length, at + this.#awaited - filled);
    const partial = roomy(before, filled + end - at, this.#awaited);
    this.#partial = partial;
    if (end - at > 32) partial.set(chunk.subarray(at, end), filled);
    // For few octets a loop takes less time than the call: tools/bench, octet by octet.
    else
      for (let from = at, to = filled; from < end; from++, to++) partial[to] = octet(chunk, from);
    this.#filled = filled + end - at;
    if (this.#filled === this.#awaited) {
      frames.push(partial);
      this.#partial = undefined;
    }
    return end;
  }

  /** Remembers that the stream cannot be read any more; the error has the header when it is in the chunk. */
  #fail(chunk: Uint8Array, start: number, frames: Uint8Array[]): FrameError {
    let header: { command_id: number; sequence_number: number } | undefined;
    if (chunk.length - start >= HEADER_LENGTH && start >= 0) {
      const view = new DataView(chunk.buffer, chunk.byteOffset + start, HEADER_LENGTH);
      header = { command_id: view.getUint32(4), sequence_number: view.getUint32(12) };
    }
    this.#broken = new FrameError(this.#length, this.#maxPduLength, [], header);
    return new FrameError(this.#length, this.#maxPduLength, frames, header);
  }
}

/** These octets with room for `needed`, at least twice as much as before and at most `most`. */
function roomy(octets: Uint8Array, needed: number, most: number): Uint8Array {
  if (needed <= octets.length) return octets;
  const grown = new Uint8Array(Math.min(most, Math.max(needed, 2 * octets.length)));
  grown.set(octets);
  return grown;
}
