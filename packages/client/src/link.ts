/** What outlives the connections of a client: its queue, its counts, its callbacks, and its lives. */
import {
  type Codec,
  createCodec,
  type NoVendorTlvs,
  type PduError,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import {
  type BindCommand,
  type Callbacks,
  LinkError,
  type Logger,
  type Reader,
  type RequestOptions,
  RequestQueue,
  type ResponseOf,
  requestQueueOptionsOf,
  type Session,
  Stats,
  sequenceFrom,
  sessionOptions,
  silentLogger,
} from "@esme/session";
import { backOffOf } from "./back-off.ts";
import { checkBind, checkCallbacks } from "./check-options.ts";
import type { ClientState, ClientStats, Tell } from "./events.ts";
import { Life, type LifeInit } from "./life.ts";
import { type Bind, bindCommandOf, type ClientOptions } from "./options.ts";

const throttleStatuses = [Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL];

/** One life after the other, and the queue that outlives them. */
export class Link<in out T extends VendorTlvs = NoVendorTlvs> {
  /** Requests wait here while there is no link. */
  readonly queue: RequestQueue<T>;
  readonly #init: LifeInit<T>;
  readonly #counts = new Stats();
  readonly #logger: Logger;
  readonly #tell: Tell<T>;
  #connects = 0;
  #reader: Reader | undefined = undefined;
  #life: Life<T> | undefined = undefined;
  /** Counts unbind() and disconnect(), which also end a connect() that waits for its turn. */
  #ends = 0;

  /** `tell` hears of events, `onFinish` of the end, after which nothing comes back. */
  constructor(options: ClientOptions<T>, tell: Tell<T>, onFinish: () => void) {
    // The client has put what its `url` says in the places of these.
    const {
      url: _,
      host,
      port,
      tls,
      stream,
      connectTimeout,
      bind,
      reconnect,
      ...session
    } = options;
    const dial = {
      host: host ?? "localhost",
      port: port ?? (tls ? 3550 : 2775),
      tls: tls ?? false,
      connectTimeout: connectTimeout ?? 10_000,
      stream,
    };
    this.#logger = options.logger ?? silentLogger;
    this.#tell = tell;
    const tolerant = createCodec({ tolerate: (problem) => this.#onTolerated(problem) });
    const shared = {
      ...session,
      name: options.name ?? `${dial.host}:${dial.port}`,
      sequencer: options.sequencer ?? sequenceFrom(options.firstSequenceNumber),
      // Without a codec there are no vendor TLVs.
      codec: options.codec ?? (tolerant as Codec as Codec<T>),
      throttleStatuses: options.throttleStatuses ?? throttleStatuses,
    };
    if (bind !== undefined) checkBind(bind, shared.codec);
    this.queue = options.queue ?? new RequestQueue(requestQueueOptionsOf(shared));
    this.#init = {
      dial,
      session: { ...shared, role: "esme", queue: this.queue, stats: this.#counts },
      bind,
      backOff: reconnect ? backOffOf(reconnect === true ? {} : reconnect) : undefined,
      logger: this.#logger,
      tell,
      reader: () => this.#reader,
      onConnected: () => {
        this.#connects++;
      },
      onEnd: () => {
        this.#life = undefined;
        onFinish();
      },
    };
  }

  get state(): ClientState {
    return this.#life?.state ?? "CLOSED";
  }

  /** The session of the moment. */
  get session(): Session<T> | undefined {
    return this.#life?.session;
  }

  /** Whether connect() was called and the end has not come. */
  get isAlive(): boolean {
    return this.#life !== undefined;
  }

  /** Whether a request made now may wait for the next link. */
  get reconnects(): boolean {
    return this.#life?.reconnects ?? false;
  }

  /** The command that the next connection binds with, if it is known. */
  get bindCommand(): BindCommand | undefined {
    return this.#life?.bindCommand;
  }

  stats(): ClientStats {
    const none = { inFlight: 0, inboundRunning: 0, inboundWaiting: 0 };
    return {
      ...(this.session?.stats() ?? { ...none, ...this.#counts.counts() }),
      window: this.#init.session.window ?? sessionOptions.window.default,
      waiting: this.queue.size,
      rate: this.queue.rate,
      state: this.state,
      connects: this.#connects,
    };
  }

  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    checkCallbacks(callbacks);
    this.#init.session.callbacks = callbacks;
    this.session?.setCallbacks(callbacks);
  }

  setReader(reader: Reader | undefined): void {
    this.#reader = reader;
    this.session?.setReader(reader);
  }

  /** Binds; a bind that succeeds is the one to come back with, as long as this life lasts. */
  bind(bind: Bind, options?: RequestOptions): Promise<ResponseOf<"bind_transceiver", T>> {
    const life = this.#life;
    const session = life?.session;
    if (life === undefined || session === undefined) {
      return Promise.reject(notConnected(bindCommandOf(bind.mode)));
    }
    return life.bind(session, bind, options);
  }

  /** Begins a life. Rejects when the present one is not about to end. */
  async connect(signal?: AbortSignal): Promise<void> {
    const ends = this.#ends;
    while (this.#life !== undefined) {
      if (!this.#life.isClosing) {
        throw new LinkError("wrong_state", `connect() in state ${this.state}: disconnect() first`);
      }
      await this.#life.ended;
      if (this.#ends !== ends) throw new LinkError("closed", "connecting was given up");
    }
    this.#life = new Life(this.#init);
    await this.#life.start(signal);
  }

  /** Ends the session in the agreed way, then the connection. Nothing comes back. */
  async unbind(): Promise<void> {
    this.#ends++;
    await this.#life?.unbind();
  }

  /** Ends whatever there is, now. */
  async disconnect(): Promise<void> {
    this.#ends++;
    await this.#life?.disconnect();
  }

  #onTolerated(problem: PduError): void {
    this.#counts.tolerated++;
    this.#logger.warn({ err: problem }, `tolerated: ${problem.message}`);
    this.#tell("tolerated", problem);
  }
}

/** Why a PDU with this command was not sent. */
export function notConnected(command: string): LinkError {
  return new LinkError("closed", `${command} was not sent: the client is not connected`);
}
