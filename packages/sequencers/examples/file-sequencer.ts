/** A sequencer whose counter is in a file, so that one process goes on where it was before a restart. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "@esme/sequencers";

/** What a configuration gives this class. */
export interface FileSequencerConfig {
  /** The file with the last number of the block in use. */
  file: string;
  /** The number a new file begins with. Default 1. */
  first?: number;
}

/** The file is written once for so many numbers; those left of them are skipped by a restart. */
const blockSize = 1000;

/** In a configuration: `./file-sequencer.js#FileSequencer`. */
export class FileSequencer implements Sequencer {
  readonly #file: string;
  /** The number before the next, running on without end. */
  #last: number;
  #lastOfBlock: number;

  constructor({ file, first = FIRST_SEQUENCE_NUMBER }: FileSequencerConfig) {
    this.#file = file;
    this.#last = readNumber(file) ?? first - 1;
    this.#lastOfBlock = this.#last;
  }

  next(): number {
    if (this.#last === this.#lastOfBlock) this.#takeBlock();
    this.#last += 1;
    return ((this.#last - FIRST_SEQUENCE_NUMBER) % LAST_SEQUENCE_NUMBER) + FIRST_SEQUENCE_NUMBER;
  }

  /** Renaming is one step: the file is never half written. */
  #takeBlock(): void {
    this.#lastOfBlock += blockSize;
    writeFileSync(`${this.#file}.new`, String(this.#lastOfBlock));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readNumber(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if (!/^\d{1,15}$/.test(text))
    throw new Error(`${file}: expected a number, delete it to begin anew`);
  return Number(text);
}
