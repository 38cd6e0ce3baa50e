// The other end of an in-memory connection, played by a test PDU by PDU.
import { Duplex } from "node:stream";
import { decode, encode, Framer, type Pdu, type PduInput } from "@esme/pdu";

/** Two streams: what is written to one is read from the other, in a later turn. */
export function duplexPair(): [Duplex, Duplex] {
  const pairs: Duplex[] = [];
  const half = (other: () => Duplex | undefined) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        setImmediate(() => {
          const target = other();
          if (target !== undefined && !target.destroyed) target.push(chunk);
          done();
        });
      },
      final(done) {
        setImmediate(() => {
          const target = other();
          if (target !== undefined && !target.destroyed) target.push(null);
          done();
        });
      },
      destroy(error, done) {
        setImmediate(() => other()?.push(null));
        done(error);
      },
    });
  const left = half(() => pairs[1]);
  const right = half(() => pairs[0]);
  pairs.push(left, right);
  return [left, right];
}

/** Reads what a session writes, frame by frame, and writes what the script says. */
export class ScriptedPeer {
  readonly stream: Duplex;
  readonly #framer = new Framer();
  readonly #frames: Uint8Array[] = [];
  readonly #readers: ((frame: Uint8Array | undefined) => void)[] = [];
  #ended = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Uint8Array) => {
      for (const frame of this.#framer.push(chunk)) {
        const reader = this.#readers.shift();
        if (reader === undefined) this.#frames.push(frame);
        else reader(frame);
      }
    });
    stream.on("error", () => {});
    const end = () => {
      this.#ended = true;
      for (const reader of this.#readers.splice(0)) reader(undefined);
    };
    stream.on("end", () => {
      end();
      stream.end();
    });
    stream.on("close", end);
  }

  /** The next frame the session wrote; undefined when it closed the connection. */
  frame(): Promise<Uint8Array | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined || this.#ended) return Promise.resolve(frame);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The next PDU the session wrote. */
  async next(): Promise<Pdu> {
    const frame = await this.frame();
    if (frame === undefined) throw new Error("the session closed the connection");
    return decode(frame);
  }

  /** The next PDU, which must be this one. */
  async expect<C extends Pdu["command"]>(command: C): Promise<Extract<Pdu, { command: C }>> {
    const pdu = await this.next();
    if (!isCommand(pdu, command)) throw new Error(`expected ${command}, got ${pdu.command}`);
    return pdu;
  }

  /** Frames that came and were not read. */
  get unread(): number {
    return this.#frames.length;
  }

  /** Resolves when the session closed its side. */
  async ended(): Promise<void> {
    while ((await this.frame()) !== undefined);
  }

  /** Writes PDUs, all in one segment. */
  send(...pdus: PduInput[]): void {
    this.write(Buffer.concat(pdus.map((pdu) => encode(pdu))));
  }

  write(octets: Uint8Array): void {
    this.stream.write(octets);
  }
}

function isCommand<C extends Pdu["command"]>(
  pdu: Pdu,
  command: C,
): pdu is Extract<Pdu, { command: C }> {
  return pdu.command === command;
}
