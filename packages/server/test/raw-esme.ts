// An ESME octet by octet, for what a client would never do.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { decode, encode, Framer, type Pdu, type PduInput } from "@esme/pdu";
import { onTestFinished } from "vitest";

/** Writes what the test says, and reads PDU by PDU. */
export class RawEsme {
  readonly stream: Duplex;
  readonly #framer = new Framer();
  readonly #pdus: Pdu[] = [];
  #wake = () => {};
  #ended = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Uint8Array) => {
      for (const frame of this.#framer.push(chunk)) this.#pdus.push(decode(frame));
      this.#wake();
    });
    stream.on("error", () => {});
    stream.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Connected over TCP; gone when the test is over. */
  static async connect({ port }: { readonly port: number }): Promise<RawEsme> {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return new RawEsme(socket as Socket);
  }

  write(octets: Uint8Array | string): void {
    this.stream.write(octets);
  }

  send(...pdus: PduInput[]): void {
    this.write(Buffer.concat(pdus.map((pdu) => encode(pdu))));
  }

  /** The next PDU; undefined when the server closed the connection. */
  async next(): Promise<Pdu | undefined> {
    while (this.#pdus.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#pdus.shift();
  }

  /** Binds, and gives the command_status of the answer; undefined when the server closed the connection. */
  async bind(system_id = "esme", password = "secret"): Promise<number | undefined> {
    this.send({ command: "bind_transceiver", sequence_number: 1, system_id, password });
    return (await this.next())?.command_status;
  }

  /** Resolves when the server closed the connection. */
  async closed(): Promise<void> {
    while ((await this.next()) !== undefined);
  }
}
