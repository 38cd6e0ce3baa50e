/** Connects, binds and reconnects a client: performs the effects of the table in connection-state.ts. */
import type { Duplex } from "node:stream";
import { isPduError, isSmppError, type VendorTlvs } from "@esme/pdu";
import {
  asError,
  type BindCommand,
  type Callbacks,
  isLinkError,
  LinkError,
  type Reader,
  type RequestOptions,
  type ResponseOf,
  Session,
} from "@esme/session";
import { delayBefore, failureKind } from "./back-off.ts";
import type { ClientSettings } from "./client-settings.ts";
import { bindError } from "./connect/connect-error.ts";
import { dial } from "./connect/dial.ts";
import { checkTls } from "./connect/tls-options.ts";
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  isWanted,
  transition,
} from "./connection-state.ts";
import type { ClientState, Emit } from "./events.ts";
import { type Bind, bindCommandOf, bindRequestOf } from "./options.ts";

/** A connect() that is not settled. */
interface ConnectCall {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
}

/** The connection of a client: one session at a time, a new one after each reconnect. */
export class Connection<in out T extends VendorTlvs> {
  /** The present session; assigned only in here. A field, not a getter: each request reads it. */
  session: Session<T> | undefined = undefined;
  /** Connections made so far. */
  connects = 0;
  readonly #settings: ClientSettings<T>;
  readonly #emit: Emit<T>;
  readonly #onFinish: () => void;
  #state: ConnectionState = "closed";
  #call: ConnectCall | undefined = undefined;
  /** Aborted, and replaced, by unbind() and disconnect(). */
  #abort = new AbortController();
  /** Resolves when the state is `closed` again. */
  #finished = Promise.resolve();
  #finish = () => {};
  #releaseQueue: (reason: LinkError) => void = () => {};
  #retryTimer: NodeJS.Timeout | undefined = undefined;
  #bind: Bind | undefined = undefined;
  #callbacks: Callbacks<T> | undefined;
  #reader: Reader | undefined = undefined;
  #failures = 0;
  #upSince = Number.NaN;

  /** `onFinish` is called when the connection is closed and no reconnect follows. */
  constructor(settings: ClientSettings<T>, emit: Emit<T>, onFinish: () => void) {
    this.#settings = settings;
    this.#callbacks = settings.session.callbacks;
    this.#emit = emit;
    this.#onFinish = onFinish;
  }

  get state(): ClientState {
    const state = this.session?.state ?? statesWithoutSession[this.#state] ?? "CLOSED";
    return state === "CLOSED" && this.reconnects ? "RECONNECTING" : state;
  }

  /** Whether connect() was called, and its connection is not finished. */
  get isOpen(): boolean {
    return this.#state !== "closed";
  }

  /** Whether another attempt follows when the connection is lost or cannot be made. */
  get reconnects(): boolean {
    return this.#settings.backOff !== undefined && isWanted(this.#state);
  }

  /** The command that the next session is bound with; undefined while no bind is known. */
  get bindCommand(): BindCommand | undefined {
    return this.#bind && bindCommandOf(this.#bind.mode);
  }

  /** Sets the callbacks of this session and of all later ones. */
  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    this.#callbacks = callbacks;
    this.session?.setCallbacks(callbacks);
  }

  /** Sets the reader of this session and of all later ones. */
  setReader(reader: Reader | undefined): void {
    this.#reader = reader;
    this.session?.setReader(reader);
  }

  /** As {@link Client.connect}. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    const { signal: ended } = this.#abort;
    while (this.#state !== "closed") {
      if (this.state !== "CLOSED") {
        throw new LinkError("wrong_state", `connect() in state ${this.state}: disconnect() first`);
      }
      // The session is over and its stream is not closed yet.
      await this.#finished;
      if (ended.aborted) throw connectAborted(ended.reason);
    }
    if (signal?.aborted) throw connectAborted(signal.reason);
    const onAbort = () => this.#dispatch("disconnect", connectAborted(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#bind = this.#settings.bind;
    this.#failures = 0;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#call = { resolve, reject, signal };
        this.#dispatch("connect");
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Binds this session. `reconnect` makes the same bind again, up to the next connect(). Rejects like
   * {@link Client.request}.
   */
  async bind(
    session: Session<T>,
    bind: Bind,
    options?: RequestOptions,
  ): Promise<ResponseOf<"bind_transceiver", T>> {
    const request = bindRequestOf<T>(bind);
    try {
      const response = await session.request<"bind_transceiver">(request, options);
      this.#bind = bind;
      return response;
    } catch (error) {
      const { dial } = this.#settings;
      const target = dial.stream === undefined ? dial : undefined;
      throw bindError(error, request.command, target);
    }
  }

  /** As {@link Client.unbind}. */
  unbind(): Promise<void> {
    this.#dispatch("unbind");
    return this.#finished;
  }

  /** As {@link Client.disconnect}. */
  disconnect(): Promise<void> {
    this.#dispatch("disconnect");
    return this.#finished;
  }

  /** `reason` is why there is no connection. Events that do not mean that do not use it. */
  #dispatch(event: ConnectionEvent, reason: Error = disconnected()): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      this.#perform(effect, reason);
      // User code may have called disconnect() or connect(): the other effects are out of date.
      if (this.#state !== state) return;
    }
  }

  #perform(effect: ConnectionEffect, reason: Error): void {
    switch (effect) {
      case "retainQueue":
        this.#releaseQueue = this.#settings.session.queue.retain();
        return;
      case "releaseQueue":
        this.#releaseQueue(asLinkError(reason));
        return;
      case "checkOptions":
        this.#checkOptions();
        return;
      case "dial":
        void this.#dial();
        return;
      case "bind":
        void this.#bindSession();
        return;
      case "scheduleRetry":
        this.#scheduleRetry(reason);
        return;
      case "cancelRetry":
        clearTimeout(this.#retryTimer);
        return;
      case "abort":
        this.#abort.abort(reason);
        this.#abort = new AbortController();
        return;
      case "unbindSession":
        void this.session?.unbind();
        return;
      case "closeSession":
        void this.session?.close();
        return;
      case "resolveConnect":
        this.#takeCall()?.resolve();
        return;
      case "rejectConnect":
        this.#rejectConnect(reason);
        return;
      case "reportFailure":
        this.#reportFailure(reason);
        return;
      case "emitClosed":
        this.#emit("closed", asLinkError(reason));
        return;
      case "finish":
        this.#onFinish();
        this.#finish();
    }
  }

  #checkOptions(): void {
    const { bind, session, dial } = this.#settings;
    try {
      if (bind !== undefined) session.codec.encode(bindRequestOf<T>(bind), 0);
      checkTls(dial.tls);
    } catch (error) {
      this.#dispatch("failedForGood", asError(error));
    }
  }

  async #dial(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const stream = await dial(this.#settings.dial, signal);
      if (signal.aborted) {
        stream.destroy();
        return;
      }
      this.connects++;
      this.session = this.#sessionOn(stream);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
      return;
    }
    this.#dispatch("connected");
  }

  #sessionOn(stream: Duplex): Session<T> {
    const options = { ...this.#settings.session, callbacks: this.#callbacks };
    const session = new Session<T>(stream, options);
    session.setReader(this.#reader);
    session.on("bound", (pdu) => this.#emit("bound", pdu));
    session.on("error", (error) => this.#emit("error", error));
    session.on("throttled", (error, until) => this.#emit("throttled", error, until));
    session.on("tolerated", (problem) => this.#emit("tolerated", problem));
    session.on("stray", (pdu, late) => this.#emit("stray", pdu, late));
    return session;
  }

  async #bindSession(): Promise<void> {
    const { session } = this;
    if (session === undefined) return;
    try {
      if (this.#bind !== undefined) await this.bind(session, this.#bind);
      if (session.state === "CLOSED")
        throw new LinkError("closed_by_peer", "closed right after the connect");
    } catch (error) {
      await session.close();
      this.session = undefined;
      this.#fail(error);
      return;
    }
    this.#upSince = performance.now();
    session.once("close", (reason) => this.#onClose(reason));
    this.#dispatch("ready");
  }

  #onClose(reason: LinkError): void {
    const { backOff } = this.#settings;
    this.session = undefined;
    if (backOff !== undefined && performance.now() - this.#upSince >= backOff.stableAfter) {
      this.#failures = 0;
    }
    this.#dispatch(backOff === undefined ? "lostForGood" : "lost", reason);
  }

  #fail(error: unknown): void {
    const retries = this.#settings.backOff !== undefined && isTransient(error);
    this.#dispatch(retries ? "failed" : "failedForGood", asError(error));
  }

  #scheduleRetry(reason: Error): void {
    const { backOff, session } = this.#settings;
    if (backOff === undefined) return;
    const kind = failureKind(reason, backOff.refusedStatuses);
    const attempt = ++this.#failures;
    const delay = Math.round(delayBefore(kind, attempt, backOff, Math.random()));
    this.#retryTimer = setTimeout(() => this.#dispatch("retry"), delay);
    if (kind === "refused") {
      session.logger.error(
        { err: reason, delay },
        "the SMSC refuses these credentials: check them",
      );
      this.#emit("error", reason);
    } else session.logger.warn({ err: reason, delay, attempt }, "no connection, trying again");
    // A listener of `error` may have called disconnect().
    if (this.#state === "waiting") this.#emit("reconnecting", { attempt, delay, reason });
  }

  #rejectConnect(reason: Error): void {
    const call = this.#takeCall();
    // The attempt failed because it was aborted: its own error says less than the reason of the signal.
    call?.reject(connectAborted(call.signal?.aborted ? call.signal.reason : reason));
  }

  #reportFailure(reason: Error): void {
    const call = this.#takeCall();
    if (call !== undefined) {
      call.reject(reason);
      return;
    }
    const { logger } = this.#settings.session;
    logger.error({ err: reason }, `not connected again: ${reason.message}`);
    this.#emit("error", reason);
  }

  #takeCall(): ConnectCall | undefined {
    const call = this.#call;
    this.#call = undefined;
    return call;
  }
}

/** The state of the client while there is no session. */
const statesWithoutSession: Readonly<Partial<Record<ConnectionState, ClientState>>> = {
  connecting: "CONNECTING",
  waiting: "RECONNECTING",
};

/**
 * Whether another attempt may succeed. An error of another library comes from an option. A bind that
 * does not fit, or has TLVs in a session of SMPP 3.3, is refused by this side each time.
 */
function isTransient(error: unknown): boolean {
  if (isLinkError(error)) return error.code !== "version";
  return isSmppError(error) && !isPduError(error);
}

function disconnected(): LinkError {
  return new LinkError("closed", "the client was disconnected");
}

function connectAborted(cause: unknown): LinkError {
  return new LinkError("closed", "connecting was aborted", { cause });
}

function asLinkError(error: Error): LinkError {
  return isLinkError(error) ? error : new LinkError("closed", error.message, { cause: error });
}
