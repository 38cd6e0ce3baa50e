/**
 * An SMSC that does what the test says, octet by octet: by itself it only binds and answers
 * enquire_link.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createCodec, encode, Framer, type Pdu, responseTo } from "@esme/pdu";
import { Inbox } from "./inbox.ts";

// Tolerant: workers may be told to send passwords that are too long.
const { decode } = createCodec({ tolerate: () => {} });

/** The octets that answer a PDU; undefined: what the SMSC does by itself. */
export type Script = (pdu: Pdu) => Uint8Array | undefined;

export class ScriptedSmsc {
  readonly #server: Server;
  readonly #script: Script;
  readonly #sockets = new Set<Socket>();
  /** Binds and enquire_link requests; the answers are given by themselves. */
  readonly housekeeping = new Inbox<Uint8Array>();
  /** Every other PDU of the worker. */
  readonly received = new Inbox<Uint8Array>();

  private constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async listen(script: Script = () => undefined): Promise<ScriptedSmsc> {
    const smsc = new ScriptedSmsc(script);
    await new Promise<void>((resolve) => smsc.#server.listen(0, "127.0.0.1", resolve));
    return smsc;
  }

  get port(): number {
    const address = this.#server.address();
    if (!address || typeof address !== "object") throw new Error("not listening");
    return address.port;
  }

  /** The next of them, decoded. */
  async next(): Promise<Pdu> {
    return decode(await this.received.next());
  }

  /** Sends octets to the worker. */
  write(octets: Uint8Array): void {
    for (const socket of this.#sockets) socket.write(octets);
  }

  /** Ends the worker's connection without a farewell. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const framer = new Framer();
    socket.on("data", (chunk) => {
      for (const frame of framer.push(chunk)) this.#take(socket, Uint8Array.from(frame));
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #take(socket: Socket, frame: Uint8Array): void {
    const pdu = decode(frame);
    const answer = this.#script(pdu);
    if (answer !== undefined) {
      socket.write(answer);
      return;
    }
    switch (pdu.command) {
      case "bind_transceiver":
      case "bind_transmitter":
      case "bind_receiver":
        this.housekeeping.put(frame);
        socket.write(encode(responseTo(pdu, { system_id: "smsc" })));
        return;
      case "enquire_link":
        this.housekeeping.put(frame);
        socket.write(encode(responseTo(pdu)));
        return;
      case "unbind":
        socket.end(encode(responseTo(pdu)));
        return;
      default:
        this.received.put(frame);
    }
  }
}
