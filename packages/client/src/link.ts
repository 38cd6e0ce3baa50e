/** Keeps a client connected: dials, binds, and comes back when the link is lost. */
import { setTimeout as wait } from "node:timers/promises";
import {
  type Codec,
  createCodec,
  type NoVendorTlvs,
  type PduError,
  SmppError,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import {
  type BoundState,
  type Callbacks,
  DEFAULT_WINDOW,
  Lane,
  LinkError,
  type Logger,
  type Reader,
  Session,
  type SessionOptions,
  Stats,
  sequenceFrom,
  silentLogger,
  stateBoundBy,
} from "@esme/session";
import { type BackOff, backOffOf, delayBefore, failureKind } from "./back-off.ts";
import { type DialOptions, dial } from "./dial.ts";
import type { ClientState, ClientStats, Tell } from "./events.ts";
import { type Bind, type BindRequest, bindCommandOf, type ClientOptions } from "./options.ts";

const throttleStatuses = [Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL];

/** One connection after the other, and the queue that outlives them. */
export class Link<in out T extends VendorTlvs = NoVendorTlvs> {
  /** Requests wait here while there is no link. */
  readonly lane: Lane<T>;
  readonly #counts = new Stats();
  #connects = 0;
  /** Gives the lane up; set from connect() to the end. */
  #release: ((reason: LinkError) => void) | undefined = undefined;
  readonly #dial: DialOptions;
  readonly #options: SessionOptions<T>;
  readonly #onFinish: () => void;
  readonly #backOff: BackOff | undefined;
  readonly #logger: Logger;
  readonly #tell: Tell;
  /** The option `bind`. */
  readonly #ownBind: Bind | undefined;
  /** What to bind with after a connect: the option, or the bind that was made by hand. */
  #bind: Bind | undefined;
  #session: Session<T> | undefined = undefined;
  /** From connect() to the end; aborted by disconnect(). */
  #life: AbortController | undefined = undefined;
  #waiting: "CONNECTING" | "RECONNECTING" | "CLOSED" = "CLOSED";
  #failures = 0;
  #upSince = Number.NaN;
  #leaving = false;
  #reader: Reader | undefined = undefined;

  /** `tell` hears of events, `onFinish` of the end, after which nothing comes back. */
  constructor(options: ClientOptions<T>, tell: Tell, onFinish: () => void) {
    const { host, port, tls, stream, connectTimeout, bind, reconnect, ...session } = options;
    this.#dial = {
      host: host ?? "localhost",
      port: port ?? (tls ? 3550 : 2775),
      tls: tls ?? false,
      connectTimeout: connectTimeout ?? 10_000,
      stream,
    };
    this.#logger = options.logger ?? silentLogger;
    this.#tell = tell;
    this.#onFinish = onFinish;
    this.#ownBind = bind;
    this.#bind = bind;
    this.#backOff = reconnect ? backOffOf(reconnect === true ? {} : reconnect) : undefined;
    const tolerant = createCodec({ tolerate: (problem) => this.#onTolerated(problem) });
    const shared = {
      ...session,
      name: options.name ?? `${this.#dial.host}:${this.#dial.port}`,
      sequencer: options.sequencer ?? sequenceFrom(options.firstSequenceNumber),
      // Who brings no codec has no vendor TLVs.
      codec: options.codec ?? (tolerant as Codec as Codec<T>),
      throttleStatuses: options.throttleStatuses ?? throttleStatuses,
    };
    this.lane = options.lane ?? new Lane(shared);
    this.#options = { ...shared, role: "esme", lane: this.lane, stats: this.#counts };
  }

  get state(): ClientState {
    return this.#session?.state ?? this.#waiting;
  }

  /** The session of the moment. */
  get session(): Session<T> | undefined {
    return this.#session;
  }

  /** Whether a request made now may wait for a link that is coming. */
  get comes(): boolean {
    return this.#life !== undefined && this.#backOff !== undefined && !this.#leaving;
  }

  /** The state that messages will flow in, as far as a bind is known. */
  get boundState(): BoundState | undefined {
    return this.#bind && stateBoundBy(bindCommandOf(this.#bind.mode));
  }

  stats(): ClientStats {
    const none = { inFlight: 0, inboundRunning: 0, inboundWaiting: 0 };
    return {
      ...(this.#session?.stats() ?? { ...none, ...this.#counts.counts() }),
      window: this.#options.window ?? DEFAULT_WINDOW,
      waiting: this.lane.size,
      rate: this.lane.rate,
      state: this.state,
      connects: this.#connects,
    };
  }

  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    this.#options.callbacks = callbacks;
    this.#session?.setCallbacks(callbacks);
  }

  setReader(reader: Reader | undefined): void {
    this.#reader = reader;
    this.#session?.setReader(reader);
  }

  /** A bind that succeeded is the one to come back with, as long as this life lasts. */
  remember(bind: Bind): void {
    this.#bind = bind;
  }

  /** Connects and, when a bind is known, binds. With `reconnect` tries until that worked. */
  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#life !== undefined) {
      throw new LinkError("wrong_state", `connect() in state ${this.state}: disconnect() first`);
    }
    const life = new AbortController();
    this.#life = life;
    this.#release = this.lane.keep();
    this.#leaving = false;
    this.#failures = 0;
    const onAbort = () => life.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted) onAbort();
      await this.#persist(life.signal);
    } catch (error) {
      const reason = asLinkError(error);
      this.#finish(reason);
      // Aborted while it waited, the timer's AbortError says nothing to a user of SMPP.
      throw life.signal.aborted ? reason : error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the session in the agreed way, then the connection. Nothing comes back. */
  async unbind(): Promise<void> {
    this.#leaving = true;
    await this.#session?.unbind();
    await this.disconnect();
  }

  /** Ends whatever there is, now. */
  async disconnect(): Promise<void> {
    const session = this.#session;
    this.#leaving = true;
    this.#life?.abort();
    const reason = new LinkError("closed", "the client was disconnected");
    this.#release?.(reason);
    await session?.close();
    this.#finish(reason);
  }

  /** Attempts until one succeeds; `failure` is why there is no link now. */
  async #persist(signal: AbortSignal, failure?: Error): Promise<void> {
    let reason = failure;
    for (;;) {
      if (reason !== undefined) await this.#pause(reason, signal);
      try {
        await this.#attempt(signal);
        return;
      } catch (error) {
        // Anything else than the link and the peer (an option that is no number) will not get better.
        if (signal.aborted || this.#backOff === undefined || !(error instanceof SmppError))
          throw error;
        reason = error;
      }
    }
  }

  async #pause(reason: Error, signal: AbortSignal): Promise<void> {
    if (this.#backOff === undefined) throw reason;
    const kind = failureKind(reason, this.#backOff.refusedStatuses);
    this.#failures++;
    const delay = Math.round(delayBefore(kind, this.#failures, this.#backOff, Math.random()));
    this.#waiting = "RECONNECTING";
    const notice = { attempt: this.#failures, delay, reason };
    if (kind === "refused") {
      this.#logger.error({ err: reason, delay }, "the SMSC refuses these credentials: check them");
      this.#tell("error", reason);
    } else
      this.#logger.warn({ err: reason, delay, attempt: this.#failures }, "no link, trying again");
    this.#tell("reconnecting", notice);
    await wait(delay, undefined, { signal });
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    this.#waiting = "CONNECTING";
    const stream = await dial(this.#dial, signal);
    if (signal.aborted) {
      stream.destroy();
      throw new LinkError("closed", "connecting was given up", { cause: signal.reason });
    }
    this.#connects++;
    const session = new Session<T>(stream, this.#options);
    session.setReader(this.#reader);
    session.on("bound", (pdu) => this.#tell("bound", pdu));
    session.on("error", (error) => this.#tell("error", error));
    session.on("throttled", (error, until) => this.#tell("throttled", error, until));
    session.on("tolerated", (problem) => this.#tell("tolerated", problem));
    session.on("stray", (pdu, late) => this.#tell("stray", pdu, late));
    this.#session = session;
    const abort = () => void session.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (this.#bind !== undefined) await this.#bindOn(session, this.#bind);
      if (session.state === "CLOSED") throw new LinkError("closed_by_peer", "closed at once");
    } catch (error) {
      this.#session = undefined;
      await session.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#upSince = performance.now();
    session.once("close", (reason) => this.#onClose(reason, signal));
  }

  async #bindOn(session: Session<T>, { mode, ...fields }: Bind): Promise<void> {
    // The three binds have the same fields; the compiler cannot see that for a mode not known yet.
    const request = { ...fields, command: bindCommandOf(mode) } as BindRequest<T>;
    await session.request<"bind_transceiver">(request);
  }

  #onClose(reason: LinkError, signal: AbortSignal): void {
    this.#session = undefined;
    if (this.#leaving || this.#backOff === undefined || signal.aborted) {
      this.#tell("closed", reason);
      this.#finish(reason);
      return;
    }
    if (performance.now() - this.#upSince >= this.#backOff.stableAfter) this.#failures = 0;
    this.#waiting = "RECONNECTING";
    this.#tell("closed", reason);
    // It only ever ends without a link when disconnect() aborts it, which finishes by itself.
    this.#persist(signal, reason).catch((error) => this.#finish(asLinkError(error)));
  }

  /** Nothing is connected and nothing is coming. */
  #finish(reason: LinkError): void {
    if (this.#life === undefined) return;
    this.#life = undefined;
    this.#bind = this.#ownBind;
    this.#waiting = "CLOSED";
    this.#release?.(reason);
    this.#onFinish();
  }

  #onTolerated(problem: PduError): void {
    this.#counts.tolerated++;
    this.#logger.warn({ err: problem }, `tolerated: ${problem.message}`);
    this.#tell("tolerated", problem);
  }
}

function asLinkError(error: unknown): LinkError {
  if (error instanceof LinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LinkError("closed", message, { cause: error });
}
