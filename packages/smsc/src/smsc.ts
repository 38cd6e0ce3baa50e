/** The message centre: a server, its sessions, and the messages that pass through it. */
import { EventEmitter, on, once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import {
  commands,
  encode,
  PduError,
  type PduInputOf,
  type PduOf,
  responseTo,
  SmppError,
} from "@esme/pdu";
import type { Account } from "./accounts.ts";
import { type Behaviour, type BehaviourInForce, Behaviours } from "./behaviour.ts";
import { Deliveries } from "./deliveries.ts";
import { MessageCentre, type ReceiptReport, type SubmitReport } from "./message-centre.ts";
import { type MobileText, mobileOriginated } from "./mobile-originated.ts";
import { follow, type MobileReport } from "./mobile-report.ts";
import { type ResolvedOptions, resolved, type SmscOptions } from "./options.ts";
import { decoded, PduEvent } from "./pdu-event.ts";
import type { PhoneMessage } from "./phones.ts";
import { callbacksFor } from "./requests.ts";
import { SmscSession } from "./smsc-session.ts";
import { Timers } from "./timers.ts";
import type { Verdict } from "./wire.ts";

/** How a message centre is reached. */
export interface SmscAccess {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Its name in bind responses. */
  readonly system_id: string;
  /** Without passwords; undefined: everybody may bind. */
  readonly accounts: readonly Omit<Account, "password">[] | undefined;
}

/** What {@link Smsc} tells. */
export interface SmscEvents {
  bound: [session: SmscSession];
  /** A session that had bound has ended. */
  unbound: [session: SmscSession];
  /** A submission was taken or refused: once for each destination. */
  submit: [report: SubmitReport];
  /** A phone shows a text; its parts are joined. */
  message: [message: PhoneMessage];
  /** A phone sent a text, or the text was taken or given up. */
  mobile: [report: MobileReport];
  /** A receipt was queued for the ESME that asked for it. */
  receipt: [report: ReceiptReport];
  /** A PDU was read or is about to be written. */
  pdu: [event: PduEvent];
}

/**
 * An SMPP server that behaves like a message centre, and misbehaves on command. It keeps the
 * process alive only while it listens.
 *
 * It extends EventEmitter because that is what listeners of servers expect in Node.js.
 */
export class Smsc extends EventEmitter<SmscEvents> {
  readonly #options: ResolvedOptions;
  readonly #timers = new Timers();
  readonly #behaviours: Behaviours;
  readonly #deliveries: Deliveries;
  readonly #centre: MessageCentre;
  readonly #sessions = new Set<SmscSession>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  #accepted = 0;
  #references = 0;

  constructor(options: SmscOptions = {}) {
    super();
    this.#options = resolved(options);
    const { outcome, messageId, receiptDelay, storeLimit, queueLimit, seed } = this.#options;
    this.#port = this.#options.port;
    this.#behaviours = new Behaviours(seed);
    this.#deliveries = new Deliveries({ ...this.#options, limit: queueLimit }, this.#timers);
    this.#centre = new MessageCentre({
      outcome,
      messageId,
      receiptDelay,
      storeLimit,
      timers: this.#timers,
      deliver: (pdu, system_id) => void this.#deliverReceipt(pdu, system_id),
      onSubmit: (report) => this.emit("submit", report),
      onMessage: (message) => this.emit("message", message),
      onReceipt: (report) => this.emit("receipt", report),
    });
  }

  /** The port that it listens on, or is to listen on. */
  get port(): number {
    return this.#port;
  }

  /** What an ESME has to know to connect, and who may. */
  get access(): SmscAccess {
    const { host, tls, system_id, accounts } = this.#options;
    const known = accounts?.map(({ password: _, ...account }) => account);
    return { host, port: this.#port, tls: tls !== undefined, system_id, accounts: known };
  }

  /** The connected ESMEs, oldest first; not all of them need be bound. */
  get sessions(): readonly SmscSession[] {
    return [...this.#sessions];
  }

  /** deliver_sm that wait for a receiver, an answer, or another attempt. */
  get pendingDeliveries(): number {
    return this.#deliveries.pending;
  }

  /** Begins to listen. Rejects with the system's error, EADDRINUSE when the port is taken. */
  async listen(): Promise<this> {
    const { host, tls } = this.#options;
    const accept = (socket: Socket): void => void this.accept(socket);
    const server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer({ ...tls, noDelay: true }, accept);
    this.#server = server;
    // Those whose TLS handshake is not over are no sessions yet, but keep the server from closing.
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", (error: Error) => {
      this.#options.logger.warn({ error: error.message }, "a TLS handshake failed");
    });
    server.listen(this.#port, host);
    await once(server, "listening");
    server.on("error", (error: Error) => {
      this.#options.logger.error({ error: error.message }, "a connection could not be accepted");
    });
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
    return this;
  }

  /** Closes all connections and stops listening. What was not delivered is rejected with `closed`. */
  async close(): Promise<void> {
    this.#timers.clear();
    this.#deliveries.close();
    const server = this.#server;
    this.#server = undefined;
    const stopped = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#sessions].map(({ session }) => session.close()));
    await stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Serves an ESME over any stream, as `listen` does for every connection. */
  accept(stream: Duplex): SmscSession {
    const { window, requestTimeout, bindTimeout, enquireLinkInterval, logger } = this.#options;
    const session = new SmscSession(
      ++this.#accepted,
      stream,
      {
        judge: (from, request) => this.#judge(from, request),
        attentive: () => this.#behaviours.active || this.listenerCount("pdu") > 0,
        watch: (from, direction, octets) => this.#watch(from, direction, octets),
        line: ({ system_id }) => this.#behaviours.lineOf(system_id, Date.now()),
      },
      { window, requestTimeout, bindTimeout, enquireLinkInterval, logger },
    );
    this.#sessions.add(session);
    session.session.setCallbacks(
      callbacksFor(session, { ...this.#options, centre: this.#centre, sessions: this.#sessions }),
    );
    session.session.on("bound", () => this.#bound(session));
    session.session.on("close", () => this.#ended(session));
    session.session.on("error", (error) => {
      logger.warn({ session: session.id, error: error.message }, "the session survived an error");
    });
    return session;
  }

  /**
   * Sends a text from a phone, in parts when it is long or when asked to. Resolves with the
   * responses, one for each part; waits for a receiver when none is bound.
   *
   * Rejects with StatusError when a part was refused for good, TimeoutError or LinkError when it
   * was given up, SmppError `queue_full` or `closed`, and RangeError, SplitError or PduError when
   * such a text cannot be made; then nothing was sent.
   */
  async deliver(text: MobileText): Promise<PduOf<"deliver_sm_resp">[]> {
    const pdus = mobileOriginated(text, ++this.#references);
    const answers = Promise.all(pdus.map((pdu) => this.#deliveries.deliver(pdu, text.system_id)));
    const count = { id: this.#references, parts: pdus.length };
    follow(answers, text, count, (report) => this.emit("mobile", report));
    return answers;
  }

  /** Puts a behaviour in force. The newest is asked first. Returns a function that ends it. */
  behave(behaviour: Behaviour): () => void {
    return this.#behaviours.add(behaviour, Date.now());
  }

  /** The behaviours in force, the newest first; those of connections behind the others. */
  get behaviours(): readonly BehaviourInForce[] {
    return this.#behaviours.inForce(Date.now());
  }

  /** Ends all behaviours. */
  behaveWell(): void {
    this.#behaviours.clear();
  }

  /** The texts that phones show from now on. */
  async *messages(): AsyncGenerator<PhoneMessage, void> {
    for await (const [message] of on(this, "message")) yield message;
  }

  #bound(session: SmscSession): void {
    const { id, system_id, mode, remote } = session;
    this.#options.logger.info({ session: id, system_id, mode, remote }, "bound");
    this.emit("bound", session);
    if (session.receives) this.#deliveries.add(session);
  }

  #ended(session: SmscSession): void {
    this.#sessions.delete(session);
    this.#deliveries.remove(session);
    if (session.mode === undefined) return;
    this.#options.logger.info({ session: session.id, system_id: session.system_id }, "unbound");
    this.emit("unbound", session);
  }

  async #deliverReceipt(pdu: PduInputOf<"deliver_sm">, system_id: string): Promise<void> {
    try {
      await this.#deliveries.deliver(pdu, system_id);
    } catch (error) {
      const code = error instanceof SmppError ? error.code : String(error);
      this.#options.logger.warn({ system_id, code }, "a receipt was given up");
    }
  }

  #judge({ system_id }: SmscSession, frame: Uint8Array): Verdict | undefined {
    if (!this.#behaviours.active) return undefined;
    const request = decoded(frame);
    if (request instanceof PduError || request.command === "unknown") return undefined;
    if (commands[request.command].response === null) return undefined;
    const actions = this.#behaviours.actionsFor(request, Date.now(), system_id);
    if (actions === undefined) return undefined;
    const refusal = (command_status: number) => encode(responseTo(request, { command_status }));
    return { actions, refusal };
  }

  #watch(session: SmscSession, direction: "in" | "out", octets: Uint8Array): void {
    if (this.listenerCount("pdu") === 0) return;
    this.emit("pdu", new PduEvent(session, direction, octets));
  }
}
