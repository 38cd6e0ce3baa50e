/** An ESME that does everything right, but for what is done to its octets on their way out. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { Framer, type PduInputOf } from "@esme/pdu";
import { Session } from "@esme/session";
import { splitShortMessage } from "@esme/sm-split";

/** Changes, drops or doubles frames; they come as they would be written. */
export type Flaw = (frame: Buffer) => readonly Uint8Array[];

export interface EsmeHabits {
  readonly port: number;
  readonly flaw?: Flaw;
  readonly mode?: "bind_transceiver" | "bind_transmitter";
  /** Milliseconds between two submissions; absent: none. */
  readonly every?: number;
  /** Sends a text in so many parts after each bind. */
  readonly long?: boolean;
  /** Waits so long after a throttled submission. Default: as long as it takes. */
  readonly pauseWhenThrottled?: number;
  readonly reconnects?: boolean;
  /** Answers the responses of submissions that it has not made. */
  readonly answersStrays?: boolean;
  readonly interface_version?: number;
}

/** Connects, and comes back until it is stopped. */
export class FlawedEsme {
  readonly #habits: EsmeHabits;
  #socket: Socket | undefined;
  #session: Session | undefined;
  readonly #stop = new AbortController();
  #sequence = 0;
  readonly done: Promise<void>;

  constructor(habits: EsmeHabits) {
    this.#habits = habits;
    this.done = this.#live();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#socket?.destroy();
    await this.done;
  }

  async #live(): Promise<void> {
    do {
      await this.#sessionOnce().catch(() => undefined);
    } while (!this.#stop.signal.aborted && this.#habits.reconnects !== false);
  }

  async #sessionOnce(): Promise<void> {
    const { port, mode = "bind_transceiver", every, long, interface_version = 0x34 } = this.#habits;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    await once(socket, "connect", { signal: this.#stop.signal });
    const session = new Session(flawed(socket, this.#habits.flaw), {
      role: "esme",
      sequencer: { next: () => ++this.#sequence },
    });
    this.#session = session;
    session.setCallbacks({ deliver_sm: () => undefined });
    session.on("stray", ({ sequence_number }) => {
      if (this.#habits.answersStrays) session.send({ command: "generic_nack", sequence_number });
    });
    // Not `once`: it would reject with what the session survived.
    const closed = new Promise((resolve) => session.on("close", resolve));
    await session.request({ command: mode, system_id: "checked", interface_version });
    if (long) await this.#sendLong(session);
    if (every !== undefined) void this.#send(session, every);
    await closed;
  }

  async #sendLong(session: Session): Promise<void> {
    const { parts, esm_class, data_coding } = splitShortMessage("long ".repeat(60));
    for (const short_message of parts) {
      await submit(session, { esm_class, data_coding, short_message });
    }
  }

  async #send(session: Session, every: number): Promise<void> {
    const { pauseWhenThrottled = 1_500 } = this.#habits;
    while (session === this.#session && session.state !== "CLOSED") {
      const throttled = await submit(session, { short_message: Buffer.from("hi") }).then(
        () => false,
        () => true,
      );
      await new Promise((resolve) => setTimeout(resolve, throttled ? pauseWhenThrottled : every));
    }
  }
}

function submit(session: Session, fields: Omit<PduInputOf<"submit_sm">, "command">) {
  const text = { source_addr: "4711", destination_addr: "27820001001" };
  return session.request({ command: "submit_sm", ...text, ...fields });
}

/** The socket, with a flaw on its way out. */
function flawed(socket: Socket, flaw: Flaw = (frame) => [frame]): Duplex {
  const framer = new Framer();
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Uint8Array, _, done) => {
      const frames = framer.push(chunk).flatMap((frame) => flaw(Buffer.from(frame)));
      socket.write(Buffer.concat(frames), () => done());
    },
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk) => stream.push(chunk));
  socket.on("end", () => stream.push(null));
  socket.on("error", () => stream.destroy());
  socket.on("close", () => stream.destroy());
  return stream;
}
