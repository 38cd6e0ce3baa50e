/** One life of a client: from connect() to the end, over as many connections as it takes. */
import { type Codec, isPduError, isSmppError, type VendorTlvs } from "@esme/pdu";
import {
  type BindCommand,
  isLinkError,
  LinkError,
  type Logger,
  type Reader,
  type RequestOptions,
  type RequestQueue,
  type ResponseOf,
  Session,
  type SessionOptions,
} from "@esme/session";
import { type BackOff, delayBefore, failureKind } from "./back-off.ts";
import { bindError } from "./connect/connect-error.ts";
import { type DialOptions, dial } from "./connect/dial.ts";
import { checkTls } from "./connect/tls-options.ts";
import type { ClientState, Tell } from "./events.ts";
import { type Bind, bindCommandOf, bindRequestOf } from "./options.ts";

/** What a {@link Life} works with. */
export interface LifeInit<in out T extends VendorTlvs> {
  readonly dial: DialOptions;
  /** The options of every session; the callbacks among them may be replaced. */
  readonly session: SessionOptions<T> & {
    readonly queue: RequestQueue<T>;
    readonly codec: Codec<T>;
  };
  /** What to bind with after every connect. */
  readonly bind: Bind | undefined;
  /** How to come back after a loss; undefined: not at all. */
  readonly backOff: BackOff | undefined;
  readonly logger: Logger;
  readonly tell: Tell<T>;
  readonly reader: () => Reader | undefined;
  readonly onConnected: () => void;
  /** Nothing is connected and nothing is coming. */
  readonly onEnd: () => void;
}

/** One life: it never begins again. */
export class Life<in out T extends VendorTlvs> {
  /** Resolves at the end. */
  readonly ended: Promise<void>;
  /** The session of the moment; set in here alone. No getter: each request reads it. */
  session: Session<T> | undefined = undefined;
  readonly #init: LifeInit<T>;
  /** Aborted when it is to end. */
  readonly #abort = new AbortController();
  /** Releases the queue. */
  readonly #release: (reason: LinkError) => void;
  #onEnded: () => void = () => {};
  #phase: "CONNECTING" | "RECONNECTING" | "CLOSED" = "CONNECTING";
  #bind: Bind | undefined;
  #isLeaving = false;
  #failures = 0;
  #upSince = Number.NaN;

  constructor(init: LifeInit<T>) {
    this.#init = init;
    this.#bind = init.bind;
    this.#release = init.session.queue.retain();
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
  }

  get state(): ClientState {
    const state = this.session?.state ?? this.#phase;
    return state === "CLOSED" && this.reconnects ? "RECONNECTING" : state;
  }

  /** Whether a link that is lost, or not made yet, is made again. */
  get reconnects(): boolean {
    return this.#phase !== "CLOSED" && this.#init.backOff !== undefined && !this.#isLeaving;
  }

  /** Whether its last connection is about to be closed, and no other comes. */
  get isClosing(): boolean {
    return this.state === "CLOSED";
  }

  /** The command that the next connection binds with, if it is known. */
  get bindCommand(): BindCommand | undefined {
    return this.#bind && bindCommandOf(this.#bind.mode);
  }

  /** Connects and, when a bind is known, binds. With a back-off tries until that worked. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const onAbort = () => this.#abort.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted) onAbort();
      this.#check();
      await this.#persist();
    } catch (error) {
      this.#end(asLinkError(error));
      const cause = this.#abort.signal.reason ?? error;
      // What ended the last attempt then says nothing: an AbortError of a timer, an unbind.
      throw this.#isOver ? new LinkError("closed", "connecting was given up", { cause }) : error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Binds on this session. A bind that succeeds is the one to come back with. */
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
      const { dial } = this.#init;
      const target = dial.stream === undefined ? dial : undefined;
      throw bindError(error, request.command, target);
    }
  }

  /** Whether somebody asked for the end. */
  get #isOver(): boolean {
    return this.#isLeaving || this.#abort.signal.aborted;
  }

  /** Ends the session in the agreed way, then the connection. Nothing comes back. */
  async unbind(): Promise<void> {
    this.#isLeaving = true;
    await this.session?.unbind();
    await this.disconnect();
  }

  /** Ends whatever there is, now. */
  async disconnect(): Promise<void> {
    this.#isLeaving = true;
    this.#abort.abort();
    const reason = new LinkError("closed", "the client was disconnected");
    this.#release(reason);
    await this.session?.close();
    this.#end(reason);
  }

  /** Throws for what can never work, before anything is tried. */
  #check(): void {
    const { bind, session, dial } = this.#init;
    if (bind !== undefined) session.codec.encode(bindRequestOf<T>(bind), 0);
    checkTls(dial.tls);
  }

  /** Attempts until one succeeds; `failure` is why there is no link now. */
  async #persist(failure?: Error): Promise<void> {
    let reason = failure;
    for (;;) {
      if (reason !== undefined) await this.#pause(reason);
      try {
        await this.#attempt();
        return;
      } catch (error) {
        const { backOff } = this.#init;
        if (this.#isOver || backOff === undefined || !mayGetBetter(error)) throw error;
        reason = error;
      }
    }
  }

  async #pause(reason: Error): Promise<void> {
    const { backOff, logger, tell } = this.#init;
    if (this.#isOver || backOff === undefined) throw reason;
    const kind = failureKind(reason, backOff.refusedStatuses);
    this.#failures++;
    const delay = Math.round(delayBefore(kind, this.#failures, backOff, Math.random()));
    this.#phase = "RECONNECTING";
    const notice = { attempt: this.#failures, delay, reason };
    if (kind === "refused") {
      logger.error({ err: reason, delay }, "the SMSC refuses these credentials: check them");
      tell("error", reason);
    } else logger.warn({ err: reason, delay, attempt: this.#failures }, "no link, trying again");
    tell("reconnecting", notice);
    await wait(delay, this.#abort.signal);
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#abort;
    const { tell, onConnected, reader } = this.#init;
    this.#phase = "CONNECTING";
    const stream = await dial(this.#init.dial, signal);
    if (signal.aborted) {
      stream.destroy();
      throw new LinkError("closed", "connecting was given up", { cause: signal.reason });
    }
    onConnected();
    const session = new Session<T>(stream, this.#init.session);
    session.setReader(reader());
    session.on("bound", (pdu) => tell("bound", pdu));
    session.on("error", (error) => tell("error", error));
    session.on("throttled", (error, until) => tell("throttled", error, until));
    session.on("tolerated", (problem) => tell("tolerated", problem));
    session.on("stray", (pdu, late) => tell("stray", pdu, late));
    this.session = session;
    const abort = () => void session.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (this.#bind !== undefined) await this.bind(session, this.#bind);
      if (session.state === "CLOSED") throw new LinkError("closed_by_peer", "closed at once");
    } catch (error) {
      await session.close();
      this.session = undefined;
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#upSince = performance.now();
    session.once("close", (reason) => this.#onClose(reason));
  }

  #onClose(reason: LinkError): void {
    const { backOff, tell } = this.#init;
    this.session = undefined;
    if (this.#isOver || backOff === undefined) {
      this.#end(reason);
      tell("closed", reason);
      return;
    }
    if (performance.now() - this.#upSince >= backOff.stableAfter) this.#failures = 0;
    this.#phase = "RECONNECTING";
    tell("closed", reason);
    this.#persist(reason).catch((error) => this.#onGivenUp(error));
  }

  /** Coming back ended without a link: by disconnect(), or because it can never work. */
  #onGivenUp(error: unknown): void {
    const reason = asLinkError(error);
    this.#end(reason);
    if (this.#isOver) return;
    this.#init.logger.error({ err: error }, `not connected again: ${reason.message}`);
    this.#init.tell("error", error instanceof Error ? error : reason);
  }

  #end(reason: LinkError): void {
    if (this.#phase === "CLOSED") return;
    this.#phase = "CLOSED";
    this.#release(reason);
    this.#init.onEnd();
    this.#onEnded();
  }
}

/** Waits. Rejects when the signal aborts. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Whether another attempt may succeed. An error of another kind than ours comes from an option; a
 * bind that does not fit, or has TLVs in a session of SMPP 3.3, is refused by this side each time.
 */
function mayGetBetter(error: unknown): error is Error {
  if (isLinkError(error)) return error.code !== "version";
  return isSmppError(error) && !isPduError(error);
}

function asLinkError(error: unknown): LinkError {
  if (isLinkError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LinkError("closed", message, { cause: error });
}
