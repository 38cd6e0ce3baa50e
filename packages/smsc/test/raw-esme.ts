/** An ESME made of a stream and the codec alone: writes octets, shows every PDU that comes. */
import { once } from "node:events";
import { connect } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import {
  type CommandName,
  decode,
  encode,
  Framer,
  type Pdu,
  PduError,
  type PduInput,
  type PduOf,
} from "@esme/pdu";
import type { Smsc } from "../src/index.ts";

type BindMode = "bind_transmitter" | "bind_receiver" | "bind_transceiver";

export class RawEsme {
  /** Every whole frame, decodable or not. */
  readonly frames: Uint8Array[] = [];
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #framer = new Framer();
  readonly #unread: Pdu[] = [];
  #onPdu: (() => void) | undefined;
  #sequence = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.closed = new Promise((resolve) => {
      stream.on("close", () => {
        resolve();
        this.#onPdu?.();
      });
    });
    stream.on("end", () => stream.end());
    stream.on("error", () => {});
    stream.on("data", (chunk: Uint8Array) => {
      for (const frame of this.#framer.push(chunk)) this.#take(frame);
      this.#onPdu?.();
    });
  }

  /** Connects over TCP. */
  static async dial({ port }: { readonly port: number }): Promise<RawEsme> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    return new RawEsme(socket);
  }

  /** Connects in memory. */
  static join(smsc: Smsc): RawEsme {
    const [ours, theirs] = duplexPair();
    smsc.accept(theirs);
    return new RawEsme(ours);
  }

  /** Sends a PDU and gives its sequence number. */
  send(pdu: PduInput): number {
    const sequence_number = pdu.sequence_number ?? ++this.#sequence;
    this.write(encode(pdu, sequence_number));
    return sequence_number;
  }

  write(octets: Uint8Array): void {
    this.#stream.write(octets);
  }

  /** The next unread PDU of this command; rejects when the connection ends before it. */
  async read<C extends CommandName>(command: C): Promise<PduOf<C>> {
    for (;;) {
      const index = this.#unread.findIndex((pdu) => pdu.command === command);
      const [found] = index < 0 ? [] : this.#unread.splice(index, 1);
      if (found !== undefined && isOf(found, command)) return found;
      if (this.#stream.destroyed) throw new Error(`the connection ended before a ${command}`);
      await new Promise<void>((resolve) => {
        this.#onPdu = resolve;
      });
    }
  }

  /** Commands that came and were not read. */
  get unread(): string[] {
    return this.#unread.map(({ command }) => command);
  }

  /** Octets that have come and make no whole PDU. */
  get pending(): number {
    return this.#framer.pending;
  }

  async bind(mode: BindMode = "bind_transceiver", system_id = "esme", password = "secret") {
    this.send({ command: mode, system_id, password });
    return this.read(`${mode}_resp`);
  }

  /** Reads a deliver_sm and answers it. */
  async takeDelivery(command_status = 0): Promise<PduOf<"deliver_sm">> {
    const pdu = await this.read("deliver_sm");
    const { sequence_number } = pdu;
    this.send({ command: "deliver_sm_resp", sequence_number, command_status, message_id: "" });
    return pdu;
  }

  /** Submits a text and reads the answer. */
  async submit(fields: Omit<PduInput & { command: "submit_sm" }, "command">) {
    this.send({ ...fields, command: "submit_sm" });
    return this.read("submit_sm_resp");
  }

  end(): Promise<void> {
    this.#stream.destroy();
    return this.closed;
  }

  #take(frame: Uint8Array): void {
    this.frames.push(frame);
    try {
      this.#unread.push(decode(frame));
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
    }
  }
}

function isOf<C extends CommandName>(pdu: Pdu, command: C): pdu is PduOf<C> {
  return pdu.command === command;
}
