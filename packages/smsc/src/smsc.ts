/** The message centre: a server, its sessions, and the messages that pass through it. */

import { EventEmitter, on } from "node:events";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isSmppError, type PduInputOf, type PduOf } from "@esme/pdu";
import { type OutbindOptions, type ServerSession, SmppServer } from "@esme/server";
import { asError, emitTo, silentLogger } from "@esme/session";
import { reasonOf } from "@esme/settings";
import { type Behaviour, type BehaviourInForce, Behaviours } from "./faults/behaviours.ts";
import { draw } from "./faults/fault-keys.ts";
import { type BroadcastReport, Broadcasts } from "./life/broadcasts.ts";
import type { PhoneMessage } from "./life/joined-texts.ts";
import { Messages, type ReceiptReport, type SubmitReport } from "./life/messages.ts";
import type { Delivered } from "./life/receipt.ts";
import { type ResolvedOptions, resolved, type SmscOptions, serverOptions } from "./options.ts";
import { Handset } from "./phones/handset.ts";
import { mobileOriginated } from "./phones/mobile-originated.ts";
import { follow, type MobileReport } from "./phones/mobile-report.ts";
import type { MobileText } from "./phones/mobile-text.ts";
import { UssdDialogues, type UssdScreen } from "./phones/ussd.ts";
import { type Account, dialects } from "./sessions/accounts.ts";
import { PduEvent } from "./sessions/pdu-event.ts";
import { callbacksFor } from "./sessions/requests.ts";
import { SmscSession } from "./sessions/smsc-session.ts";
import { type Random, randomFrom } from "./structures/random.ts";
import { Slices } from "./structures/slices.ts";
import { Timers } from "./structures/timers.ts";

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
  /** A phone shows a screen of a USSD dialogue that an application began. */
  ussd: [screen: UssdScreen];
  /** A broadcast_sm was taken. */
  broadcast: [report: BroadcastReport];
  /** A receipt was queued for the ESME that asked for it. */
  receipt: [report: ReceiptReport];
  /** A PDU was read or is about to be written. */
  pdu: [event: PduEvent];
  /** The message centre was closed: nothing is told any more. */
  close: [];
  /** A listener, or a function of a behaviour, threw or rejected. Everything goes on without it. */
  error: [error: Error];
}

/**
 * An SMPP server that behaves like a message centre, and misbehaves on command. It keeps the
 * process alive only while it listens.
 *
 * It extends EventEmitter because that is what listeners of servers expect in Node.js.
 */
export class Smsc extends EventEmitter<SmscEvents> {
  readonly #options: ResolvedOptions;
  readonly #slices = new Slices();
  readonly #timers = new Timers(this.#slices);
  readonly #behaviours: Behaviours;
  readonly #server: SmppServer;
  /** What the simulator knows of each session of the server. */
  readonly #sessions = new WeakMap<ServerSession, SmscSession>();
  readonly #messages: Messages;
  readonly #ussd: UssdDialogues;
  readonly #broadcasts: Broadcasts;
  readonly #random: Random;
  #references = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SmscOptions = {}) {
    super();
    this.#options = resolved(options);
    const { messageId, queueLimit, seed, ussdSession, ussdTimeout } = this.#options;
    const [timers, slices] = [this.#timers, this.#slices];
    this.#random = randomFrom(seed);
    this.#behaviours = new Behaviours(seed, (error) => this.#report(error, "a behaviour"));
    this.#messages = new Messages({
      ...this.#options,
      receiptDelay: () => draw(this.#options.receiptDelay, this.#random),
      waitLimit: queueLimit,
      dialectOf: dialects(this.#options.accounts, this.#options.receipts),
      timers,
      slices,
      deliver: (pdu, system_id) => void this.#deliverReceipt(pdu, system_id),
      onSubmit: (report) => this.#tell("submit", report),
      onMessage: (message) => this.#tell("message", message),
      hasViewers: () => this.listenerCount("message") > 0,
      onReceipt: (report) => this.#tell("receipt", report),
      onAlert: ({ pdu, system_id }) => void this.alert(pdu, system_id),
      onError: (error) => this.#report(error, "outcome or messageId"),
    });
    this.#ussd = new UssdDialogues({
      carrier: ussdSession,
      timeout: ussdTimeout,
      limit: queueLimit,
      timers,
      messageId,
      deliver: (pdu, system_id) => this.#server.deliver(system_id, pdu),
      onPush: (screen) => this.#tell("ussd", screen),
    });
    this.#broadcasts = new Broadcasts({
      messageId,
      validity: this.#options.validity,
      limit: this.#options.storeLimit,
      octets: this.#options.storeOctets,
      slices,
      onBroadcast: (report) => this.#tell("broadcast", report),
    });
    this.#server = new SmppServer({
      ...serverOptions(this.#options),
      wrap: (stream, session) => this.#wrap(stream, session),
      sessionOptions: (session) => ({ codec: this.#sessionOf(session).codec }),
      callbacks: callbacksFor({
        messages: this.#messages,
        ussd: this.#ussd,
        broadcasts: this.#broadcasts,
        onSubmit: this.#options.onSubmit,
        sessionOf: (session) => this.#sessionOf(session),
        onError: (error) => this.#report(error, "onSubmit"),
      }),
    });
    this.#server.on("bound", (session) => this.#bound(this.#sessionOf(session)));
    this.#server.on("unbound", (session) => this.#unbound(this.#sessionOf(session)));
    // What an ESME did wrong is in the log; the simulator's own functions tell of their errors.
    this.#server.on("error", () => {});
  }

  /** The port that it listens on, or is to listen on. */
  get port(): number {
    return this.#server.port;
  }

  /** What an ESME has to know to connect, and who may. */
  get access(): SmscAccess {
    const { host, tls, system_id, accounts } = this.#options;
    const known = accounts?.map(({ password: _, ...account }) => account);
    return { host, port: this.port, tls: tls !== undefined, system_id, accounts: known };
  }

  /** The connected ESMEs, oldest first; not all of them need be bound. */
  get sessions(): readonly SmscSession[] {
    return this.#server.sessions.map((session) => this.#sessionOf(session));
  }

  /** deliver_sm that wait for a receiver, an answer, or another attempt. */
  get pendingDeliveries(): number {
    return this.#server.stats().pending.messages;
  }

  /** USSD dialogues that are not over. */
  get ussdDialogues(): number {
    return this.#ussd.size;
  }

  /** Connections that were closed at once, because there were `maxConnections` already. */
  get refusedConnections(): number {
    return this.#server.stats().refusedConnections;
  }

  /**
   * Begins to listen. Rejects with the system's error, EADDRINUSE when the port is taken, or with
   * SmppError `listening` or `closed`.
   */
  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  /**
   * Closes all connections and stops listening, for good. What was not delivered is rejected with
   * `closed`; `messages()` ends. Resolves when nothing is left; never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#timers.close();
    this.#ussd.close();
    const closed = this.#server.close();
    // Not before: the server rejects what waits for an answer first.
    for (const session of this.#server.sessions) session.destroy();
    await closed;
    this.#tell("close");
  }

  /**
   * Serves an ESME over any stream, as `listen` does for every connection. Throws SmppError `closed`
   * when the message centre is closed, and destroys the stream.
   */
  accept(stream: Duplex): SmscSession {
    const { remoteAddress, remotePort } = stream instanceof Socket ? stream : {};
    return this.#sessionOf(
      this.#server.accept(stream, {
        ...(remoteAddress !== undefined && { remoteAddress }),
        remotePort,
      }),
    );
  }

  /**
   * Sends a text from a phone, in parts when it is long or when asked to. Resolves with the
   * responses, one for each part; waits for a receiver when none is bound.
   *
   * Rejects with StatusError when a part was refused for good, TimeoutError or LinkError when it
   * was given up, SmppError `closed`, and SmppError `queue_full`, RangeError, SplitError or PduError
   * when it cannot be queued or made; then nothing was sent.
   */
  async deliver(text: MobileText): Promise<PduOf<"deliver_sm_resp">[]> {
    const pdus = mobileOriginated(text, ++this.#references, this.#random);
    const answers = Promise.all(this.#server.deliverAll(text.system_id, pdus));
    const count = { id: this.#references, parts: pdus.length };
    follow(answers, text, count, (report) => this.#tell("mobile", report));
    return (await answers).flatMap((pdu) => (pdu.command === "deliver_sm_resp" ? [pdu] : []));
  }

  /** The phone with this number; every number has one. */
  phone(number: string): Handset {
    return new Handset(number, {
      isOn: (phone) => this.#messages.isOn(phone),
      switchOn: (phone) => this.#messages.switchOn(phone),
      switchOff: (phone) => this.#messages.switchOff(phone),
      deliver: (text) => this.deliver(text),
      dial: (phone, code, to, system_id) => this.#ussd.dial(phone, code, to, system_id),
    });
  }

  /**
   * Tells an ESME that a phone can be reached: alert_notification (SMPP 3.4, 4.12), to one receiver
   * of the account, or of any. Returns false when none is bound that takes it.
   */
  alert(fields: Omit<PduInputOf<"alert_notification">, "command">, system_id?: string): boolean {
    return this.#server.alert(system_id, fields);
  }

  /**
   * Dials an ESME and asks it to bind on that connection. Resolves when outbind was written; the
   * event `bound` follows if the ESME binds. Rejects with the system's error, or with SmppError
   * `closed` when the message centre is closed before.
   */
  async outbind(options: OutbindOptions): Promise<SmscSession> {
    return this.#sessionOf(await this.#server.outbind(options));
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

  /** The texts that phones show from now on, until the message centre is closed. */
  async *messages(): AsyncGenerator<PhoneMessage, void> {
    if (this.#closing !== undefined) return;
    for await (const [message] of on(this, "message", { close: ["close"] })) yield message;
  }

  /** Puts the wire of faults between a connection and its session. */
  #wrap(stream: Duplex, session: ServerSession): Duplex {
    const own = new SmscSession(session, stream, {
      judge: ({ system_id }, request) => this.#behaviours.judge(request, Date.now(), system_id),
      attentive: () => this.#behaviours.active || this.listenerCount("pdu") > 0,
      watch: (from, direction, octets) => this.#watch(from, direction, octets),
      line: ({ system_id }) => this.#behaviours.lineOf(system_id, Date.now()),
      onError: (error) => this.#report(error, "a behaviour"),
      logger: this.#options.logger,
    });
    this.#sessions.set(session, own);
    return own.stream;
  }

  #sessionOf(session: ServerSession): SmscSession {
    const known = this.#sessions.get(session);
    if (known === undefined) throw new Error("a session of the server came without its wire");
    return known;
  }

  #bound(session: SmscSession): void {
    const { id, system_id, mode, remote } = session;
    this.#options.logger.info({ session: id, system_id, mode, remote }, "bound");
    this.#tell("bound", session);
  }

  #unbound(session: SmscSession): void {
    this.#options.logger.info({ session: session.id, system_id: session.system_id }, "unbound");
    this.#tell("unbound", session);
  }

  async #deliverReceipt(pdu: Delivered, system_id: string): Promise<void> {
    try {
      await this.#server.deliver(system_id, pdu);
    } catch (error) {
      const code = isSmppError(error) ? error.code : reasonOf(error);
      this.#options.logger.warn({ system_id, code }, "a receipt was given up");
    }
  }

  #watch(session: SmscSession, direction: "in" | "out", octets: Uint8Array): void {
    if (this.listenerCount("pdu") === 0) return;
    this.#tell("pdu", new PduEvent(session, direction, octets));
  }

  #tell<Event extends keyof SmscEvents>(event: Event, ...args: SmscEvents[Event]): void {
    emitTo(this, event, args, (error) => this.#report(error, `a listener of ${event}`));
  }

  /** Tells of an error in a function of the user's, somewhere at least. */
  #report(thrown: unknown, who: string): void {
    const error = asError(thrown);
    const { logger } = this.#options;
    logger.error({ error: error.message }, `${who} threw an error`);
    const log = () => logger.error({ error: error.message }, "a listener of error threw an error");
    if (this.listenerCount("error") > 0) emitTo(this, "error", [error], log);
    else if (logger === silentLogger) process.emitWarning(error);
  }
}
