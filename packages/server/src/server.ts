/** The server: its port, its sessions, and the messages that go to them. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import {
  isPduError,
  type NoVendorTlvs,
  type PduInput,
  type PduInputOf,
  SmppError,
  Status,
  statusName,
  type VendorTlvs,
} from "@esme/pdu";
import {
  asError,
  emitTo,
  isLinkError,
  type LinkError,
  type Logger,
  type ResponseOf,
  type SessionOptions,
  silentLogger,
} from "@esme/session";
import { Accounts } from "./binds/accounts.ts";
import { Admission, type BindDecision } from "./binds/admission.ts";
import { Limits } from "./binds/limits.ts";
import { callbacksFor } from "./callbacks.ts";
import { type Deliverable, Deliveries, type QueueView } from "./deliveries/deliveries.ts";
import { type ResolvedOptions, resolved, type SmppServerOptions } from "./options.ts";
import { Listener } from "./port/listener.ts";
import { dial, type OutbindOptions } from "./port/outbind.ts";
import { type Peer, plainAddress } from "./port/peer.ts";
import { type BindAttempt, ServerSession } from "./server-session.ts";

/** What an {@link SmppServer} tells. */
export interface SmppServerEvents<T extends VendorTlvs = NoVendorTlvs> {
  /** An ESME connected; it has not bound yet. */
  session: [session: ServerSession<T>];
  /** An ESME bound. */
  bound: [session: ServerSession<T>];
  /** A session that had bound has ended; `reason.code` says why. */
  unbound: [session: ServerSession<T>, reason: LinkError];
  /**
   * Something went wrong that the server survived: a callback or a listener threw, a PDU of an ESME
   * could not be decoded.
   */
  error: [error: Error, session: ServerSession<T> | undefined];
  /** The server was closed: nothing is told any more. */
  close: [];
}

/** A message for {@link SmppServer.deliver}: a deliver_sm unless it says `command: "data_sm"`. */
export type Message<T extends VendorTlvs = NoVendorTlvs> =
  | (Omit<PduInputOf<"deliver_sm", T>, "command"> & { readonly command?: "deliver_sm" | undefined })
  | (PduInputOf<"data_sm", T> & { readonly command: "data_sm" });

/** The response to a message. */
export type MessageResponse<T extends VendorTlvs = NoVendorTlvs> =
  | ResponseOf<"deliver_sm", T>
  | ResponseOf<"data_sm", T>;

/** What {@link SmppServer.stats} returns. */
export interface SmppServerStats {
  /** Connected ESMEs, and those of them that are bound. */
  readonly sessions: number;
  readonly bound: number;
  /** Connections that were closed at once, because there were too many. */
  readonly refusedConnections: number;
  readonly refusedBinds: number;
  /** Messages on their way, and their octets. */
  readonly pending: { readonly messages: number; readonly octets: number };
  /** The same for each account that has some. */
  readonly queues: readonly QueueView[];
}

/**
 * An SMPP server: takes connections, lets ESMEs bind, answers their requests with callbacks and
 * delivers messages to them. It keeps the process alive only while it listens or has connections.
 *
 * It extends EventEmitter because that is what listeners of servers expect in Node.js.
 */
export class SmppServer<in out T extends VendorTlvs = NoVendorTlvs> extends EventEmitter<
  SmppServerEvents<T>
> {
  readonly #options: SmppServerOptions<T>;
  readonly #resolved: ResolvedOptions<T>;
  readonly #logger: Logger;
  readonly #admission: Admission<T>;
  readonly #deliveries: Deliveries;
  readonly #listener: Listener;
  readonly #sessions = new Set<ServerSession<T>>();
  /** Over when the server is closed: nobody is dialled any more. */
  readonly #dialling = new AbortController();
  #port: number;
  #accepted = 0;
  #refusedBinds = 0;
  #hasWarned = false;
  #closing: Promise<void> | undefined;

  /** Throws TypeError for an unknown option or a wrong type, RangeError for a number out of range. */
  constructor(options: SmppServerOptions<T>) {
    super();
    const all = resolved(options);
    const { logger = silentLogger, tls, proxyProtocol } = options;
    this.#options = options;
    this.#resolved = all;
    this.#logger = logger;
    this.#port = all.port;
    const limits = new Limits(all);
    this.#admission = new Admission({ ...all, decide: decider(options), limits });
    this.#deliveries = new Deliveries(all);
    this.#listener = new Listener({
      ...all,
      tls,
      proxyProtocol,
      logger,
      enter: (address) => !limits.isBarred(address, performance.now()) && limits.connect(address),
      leave: (address) => limits.disconnect(address),
      accept: (stream, peer) => this.#serve(stream, peer),
    });
  }

  /** The port that it listens on, or is to listen on. */
  get port(): number {
    return this.#port;
  }

  /** The connected ESMEs, oldest first; not all of them need be bound. */
  get sessions(): readonly ServerSession<T>[] {
    return [...this.#sessions];
  }

  /**
   * Begins to listen. Rejects with the system's error, EADDRINUSE when the port is taken, or with
   * SmppError `listening` or `closed`.
   */
  async listen(): Promise<this> {
    this.#port = await this.#listener.listen();
    return this;
  }

  /**
   * Stops listening, for good, ends all connections and rejects what was not delivered with
   * SmppError `closed`. With `unbind` it takes no more connections, but waits for what is under way
   * and exchanges unbind first, each up to `unbindTimeout`; a second call without it ends the waiting.
   * Resolves when nothing is left; never rejects.
   */
  close({ unbind = false }: { readonly unbind?: boolean } = {}): Promise<void> {
    // First of all: what a session then gives back is not sent again, and not counted as refused.
    if (!unbind) this.#deliveries.close();
    const ends = this.sessions.map((session) => (unbind ? session.unbind() : session.close()));
    this.#closing ??= this.#close(ends);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Serves an ESME over any stream, as `listen` does for every connection. Throws SmppError `closed`
   * when the server is closed, and what `wrap` or `sessionOptions` throw; the stream is destroyed
   * then.
   */
  accept(stream: Duplex, peer: Partial<Peer> = {}): ServerSession<T> {
    const { remoteAddress = "", remotePort, tls } = peer;
    try {
      if (this.#closing !== undefined) throw closed();
      return this.#open(stream, { remoteAddress, remotePort, tls });
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /**
   * Delivers a message to an account: to one of its bound receivers, in turn, or once one binds. It
   * is sent again, over another session or later, when an ESME refuses it for now, does not answer,
   * or its link is lost; so an ESME may get it twice. Undefined delivers to any account.
   *
   * Rejects with StatusError when it was refused for good, TimeoutError or LinkError when it was
   * given up after `attempts`, PduError when a field does not fit, AbortError with `signal`, SmppError
   * `queue_full`, or `closed` when the server is closed before.
   */
  async deliver(
    system_id: string | undefined,
    message: Message<T>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<MessageResponse<T>> {
    const [response] = this.deliverAll(system_id, [message], options);
    return response ?? Promise.reject(closed()); // one message, one promise
  }

  /** The same for several messages, as the parts of a text: all are queued, or none and it throws. */
  deliverAll(
    system_id: string | undefined,
    messages: readonly Message<T>[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<MessageResponse<T>>[] {
    const pdus = messages.map((message) => this.#deliverable(message));
    const responses: Promise<unknown>[] = this.#deliveries.deliver(system_id, pdus, signal);
    return responses as Promise<MessageResponse<T>>[]; // of a session with this codec
  }

  /**
   * Tells an ESME that a phone can be reached: alert_notification (SMPP 3.4, 4.12), to one receiver
   * of the account, or of any with undefined. Returns false when none is bound that takes it. Throws
   * PduError when a field does not fit.
   */
  alert(
    system_id: string | undefined,
    fields: Omit<PduInputOf<"alert_notification", T>, "command">,
  ): boolean {
    const pdu = { ...fields, command: "alert_notification" } as PduInputOf<"alert_notification">;
    return this.sessions.some((session) => {
      const isMeant = system_id === undefined || session.system_id === system_id;
      return session.receives && isMeant && wasSent(receiverOf(session), pdu);
    });
  }

  /**
   * Dials an ESME and asks it to bind on that connection. Resolves when outbind was written; the
   * event `bound` follows if the ESME binds. Rejects with the system's error, AbortError when it takes
   * too long, or SmppError `closed`.
   */
  async outbind(options: OutbindOptions): Promise<ServerSession<T>> {
    const socket = await dial(options, this.#dialling.signal);
    const session = this.accept(socket, {
      remoteAddress: plainAddress(socket.remoteAddress ?? ""),
      remotePort: socket.remotePort,
    });
    const { system_id = this.#resolved.system_id, password = "" } = options;
    // It has no TLVs of anybody; the compiler cannot see that for every T.
    session.send({ command: "outbind", system_id, password } as PduInput as PduInput<T>);
    return session;
  }

  /** Takes other keys and certificates for the connections to come. Throws TypeError without `tls`. */
  setTls(tls: TlsOptions): void {
    this.#listener.setTls(tls);
  }

  /** A snapshot of sessions and queues. */
  stats(): SmppServerStats {
    return {
      sessions: this.#sessions.size,
      bound: this.sessions.filter(({ isBound }) => isBound).length,
      refusedConnections: this.#listener.refused,
      refusedBinds: this.#refusedBinds,
      pending: this.#deliveries.pending,
      queues: this.#deliveries.queues(),
    };
  }

  /** Throws TypeError for another command, PduError for a field that does not fit. */
  #deliverable({ command = "deliver_sm", ...fields }: Message<T>): Deliverable {
    if (command !== "deliver_sm" && command !== "data_sm") {
      throw new TypeError("deliver: the command is neither deliver_sm nor data_sm");
    }
    // Inside, vendor TLVs are keys like any other.
    const pdu = { command, ...fields } as Deliverable;
    this.#resolved.codec.encode(pdu);
    return pdu;
  }

  async #close(ends: readonly Promise<void>[]): Promise<void> {
    this.#dialling.abort(closed());
    const stopped = this.#listener.stop();
    await Promise.all(ends);
    this.#deliveries.close();
    this.#listener.destroy();
    await stopped;
    this.#tell("close");
  }

  #serve(stream: Duplex, peer: Peer): void {
    try {
      if (this.#closing === undefined) this.#open(stream, peer);
      else stream.destroy();
    } catch (error) {
      stream.destroy();
      this.#report(asError(error), undefined);
    }
  }

  #open(stream: Duplex, peer: Peer): ServerSession<T> {
    const { callbacks = {}, wrap = (plain) => plain, sessionOptions } = this.#options;
    const session = new ServerSession<T>({
      id: ++this.#accepted,
      stream,
      peer,
      system_id: this.#resolved.system_id,
      wrap,
      options: (own) => this.#sessionOptions(own, sessionOptions?.(own) ?? {}),
      callbacks: (own) => callbacksFor(own, callbacks),
      admit: (attempt) => this.#admit(attempt),
      onBound: (own) => {
        this.#tell("bound", own);
        if (own.receives) this.#deliveries.add(receiverOf(own));
      },
      onUnbound: (own) => this.#admission.release(own),
      onClose: (own, reason) => {
        this.#sessions.delete(own);
        this.#admission.release(own);
        this.#deliveries.remove(receiverOf(own));
        if (own.hasBound) this.#tell("unbound", own, reason);
      },
      onError: (error, own) => this.#tellError(error, own),
      onListenerError: (error, own) => this.#report(error, own),
    });
    this.#sessions.add(session);
    this.#tell("session", session);
    return session;
  }

  #sessionOptions(session: ServerSession<T>, own: object): SessionOptions<T> {
    const { passed, window } = this.#resolved;
    const logger = loggerOf(this.#logger, receiverOf(session));
    return { name: String(session.id), ...passed, window, logger, ...own, role: "smsc" };
  }

  async #admit(attempt: BindAttempt<T>): Promise<number> {
    const { session, remoteAddress } = attempt;
    const command_status = await this.#admission.admit(attempt);
    if (command_status === Status.ESME_ROK) return command_status;
    this.#refusedBinds++;
    const fields = { session: session.id, remoteAddress, status: statusName(command_status) };
    this.#logger.warn(fields, "a bind was refused");
    return command_status;
  }

  #tell<E extends keyof SmppServerEvents<T>>(event: E, ...args: SmppServerEvents<T>[E]): void {
    emitTo(this, event, args, (error) => this.#report(error, undefined));
  }

  /** An error of the application that no session has logged. */
  #report(err: Error, session: ServerSession<T> | undefined): void {
    this.#logger.error({ err, session: session?.id }, err.message);
    this.#tellError(err, session);
  }

  /** Tells of an error somewhere at least; what an ESME sent wrong is no reason for a warning. */
  #tellError(error: Error, session: ServerSession<T> | undefined): void {
    const isPeers = isPduError(error) && error.offset !== undefined;
    if (this.listenerCount("error") > 0) {
      emitTo(this, "error", [error, session], (err) =>
        this.#logger.error({ err }, `a listener of the event error failed: ${err.message}`),
      );
    } else if (this.#logger === silentLogger && !isPeers && !this.#hasWarned) {
      this.#hasWarned = true;
      process.emitWarning(error);
    }
  }
}

/** To deliveries vendor TLVs are keys like any other. */
function receiverOf<T extends VendorTlvs>(session: ServerSession<T>): ServerSession {
  return session as unknown as ServerSession;
}

/** `accounts` or `onBind`, whichever there is. */
function decider<T extends VendorTlvs>({ accounts, onBind }: SmppServerOptions<T>) {
  if (onBind !== undefined) return onBind;
  const known = new Accounts(accounts ?? []);
  return (attempt: BindAttempt<T>): BindDecision => {
    const { command_status, maxSessions } = known.check(attempt);
    return command_status === Status.ESME_ROK ? { maxSessions } : command_status;
  };
}

/** False: the session takes none, since it is being unbound. */
function wasSent(session: ServerSession, pdu: PduInputOf<"alert_notification">): boolean {
  try {
    session.send(pdu);
    return true;
  } catch (error) {
    if (isLinkError(error)) return false;
    throw error;
  }
}

/** The logger of one session: every line says which session it is about. */
function loggerOf(logger: Logger, session: ServerSession): Logger {
  if (logger === silentLogger) return logger;
  const line = (level: keyof Logger) => (fields: object, message: string) => {
    const { id, system_id } = session;
    logger[level]({ session: id, system_id, ...fields }, message);
  };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

function closed(): SmppError {
  return new SmppError("closed", "the server was closed: it serves nobody any more");
}
