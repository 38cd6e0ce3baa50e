// An SMSC on in-memory streams that answers as the test says.
import { Duplex } from "node:stream";
import { decode, encode, Framer, type Pdu, type PduInput, Status } from "@esme/pdu";

/** How the SMSC treats a bind. */
export type BindManner = "accept" | "refuse" | "silent";

/** One connection, from the side of the SMSC. */
export class ScriptedSmsc {
  /** The end of the client. */
  readonly stream: Duplex;
  /** Neither reads nor answers any more, while the connection stays open. */
  isHalfOpen = false;
  /** Half a PDU went out, which what follows is part of. */
  isOutOfStep = false;
  isBound = false;
  isOver = false;
  /** submit_sm that have no answer yet. */
  readonly unanswered: { id: string; sequence_number: number }[] = [];
  /** The command_status of each answered deliver_sm, by its source_addr. */
  readonly answers = new Map<string, number[]>();
  readonly #delivered = new Map<number, string>();
  readonly #framer = new Framer();
  readonly #bind: () => BindManner;
  #sequence = 1_000;

  /** `onWritten` sees every submit_sm in the moment in which the client hands it to the stream. */
  constructor(bind: () => BindManner, onWritten: (id: string) => void) {
    this.#bind = bind;
    const written = new Framer();
    this.stream = new Duplex({
      read() {},
      write: (chunk: Uint8Array, _encoding, done) => {
        for (const frame of written.push(chunk)) {
          const pdu = decode(frame);
          if (pdu.command === "submit_sm") onWritten(pdu.destination_addr);
        }
        setImmediate(() => {
          this.#read(chunk);
          done();
        });
      },
      final: (done) => {
        setImmediate(() => {
          if (!this.isHalfOpen) this.end();
          done();
        });
      },
      destroy: (error, done) => {
        this.isOver = true;
        this.isBound = false;
        done(error);
      },
    });
  }

  send(...pdus: PduInput[]): void {
    this.write(Buffer.concat(pdus.map((pdu) => encode(pdu))));
  }

  write(octets: Uint8Array): void {
    setImmediate(() => {
      if (!this.isOver) this.stream.push(octets);
    });
  }

  /** Sends a message, which is known by its source_addr. */
  deliver(source_addr: string): void {
    const sequence_number = this.#sequence++;
    this.#delivered.set(sequence_number, source_addr);
    this.send({ command: "deliver_sm", sequence_number, source_addr });
  }

  unbind(): void {
    this.isBound = false;
    this.send({ command: "unbind", sequence_number: this.#sequence++ });
  }

  /** Closes its side, after what it sent. */
  end(): void {
    setImmediate(() => {
      if (this.isOver) return;
      this.isOver = true;
      this.isBound = false;
      this.stream.push(null);
    });
  }

  /** The connection breaks. */
  cut(error?: Error): void {
    this.stream.destroy(error);
  }

  #read(chunk: Uint8Array): void {
    if (this.isHalfOpen || this.isOver) return;
    for (const frame of this.#framer.push(chunk)) this.#take(decode(frame));
  }

  #take(pdu: Pdu): void {
    const { sequence_number } = pdu;
    switch (pdu.command) {
      case "bind_transceiver": {
        const manner = this.#bind();
        if (manner === "silent") return;
        this.isBound = manner === "accept";
        const command_status = this.isBound ? Status.ESME_ROK : Status.ESME_RBINDFAIL;
        this.send({ command: "bind_transceiver_resp", sequence_number, command_status });
        return;
      }
      case "submit_sm":
        this.unanswered.push({ id: pdu.destination_addr, sequence_number });
        return;
      case "enquire_link":
        this.send({ command: "enquire_link_resp", sequence_number });
        return;
      case "unbind":
        this.isBound = false;
        this.send({ command: "unbind_resp", sequence_number });
        return;
      case "unbind_resp":
        this.end();
        return;
      case "deliver_sm_resp": {
        const id = this.#delivered.get(sequence_number);
        if (id === undefined) return; // an answer to garbage
        this.answers.set(id, [...(this.answers.get(id) ?? []), pdu.command_status]);
      }
    }
  }
}
