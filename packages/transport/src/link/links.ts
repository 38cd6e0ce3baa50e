/** All sessions with the SMSC: made from the plans, watched, and asked to send. */
import {
  Client,
  type ClientOptions,
  type ClientStats,
  RequestQueue,
  requestQueueOptionsOf,
} from "@esme/client";
import { commands } from "@esme/pdu";
import type { DeliverSm } from "@esme/processors";
import type { Sequencer } from "@esme/sequencers";
import { rateRedis, type TransportConfig } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { AccountRate } from "./account-rate.ts";
import { type BindPlan, bindPlans, sends } from "./binds.ts";
import { clientOptions, codecOf, windowOf } from "./client-options.ts";
import { OutbindDoor } from "./outbind-door.ts";

/** What the sessions are made with. */
export interface LinksOptions {
  readonly config: TransportConfig;
  readonly sequencer: Sequencer;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted before `stop` is called. */
  readonly stopped: AbortSignal;
  /** Answers deliver_sm and data_sm with a command_status; `connection` stands for the link. */
  readonly deliver: (pdu: DeliverSm, connection: object) => Promise<number>;
  /** Answers a deliver_sm or data_sm whose octets could not be decoded. */
  readonly undecodable: (octets: Uint8Array, error: Error) => Promise<number>;
  /** A session was bound, or is so no more: `canSend` may have changed. */
  readonly onChange: () => void;
  /** The SMSC asked to slow down: until then nothing is sent, on the clock of `performance.now()`. */
  readonly onThrottled: (until: number) => void;
}

/** A session as health and metrics show it. */
export interface LinkReport extends ClientStats {
  readonly host: string;
  readonly port: number;
  readonly mode: BindPlan["bind"]["mode"];
}

/** What waits for the window, the rate or the link. */
export interface QueueReport {
  /** Requests. */
  readonly waiting: number;
  /** Parts per second allowed at present; Infinity without a limit. */
  readonly rate: number;
}

/** The sessions that the configuration asks for, or those that the SMSC asks for by outbind. */
export class Links {
  readonly #options: LinksOptions;
  readonly #common: ClientOptions;
  readonly #links = new Map<Client, BindPlan>();
  /** PDUs that the codecs of the links lived with. */
  readonly #tolerated = new Map<BindPlan, number>();
  readonly #requestQueues: readonly RequestQueue[];
  /** The queue that is looked at first. */
  #turn = 0;
  /** How many sessions of the configuration can send. */
  readonly #senders: number;
  readonly #door: OutbindDoor | undefined;
  readonly #rate: AccountRate | undefined;

  /** @throws ConfigError for files and TLVs that cannot be used */
  constructor(options: LinksOptions) {
    const { config, logger, sequencer } = options;
    const plans = bindPlans(config);
    const senders = plans.filter(({ bind }) => sends(bind.mode)).length;
    this.#options = options;
    this.#senders = senders;
    this.#common = clientOptions(config, sequencer, logger);
    this.#requestQueues = this.#newRequestQueues(
      config.parts_on_one_bind && senders > 1 ? senders : 1,
    );
    this.#rate = accountRate(options);
    if (config.outbind.listen === "") {
      let turn = 0;
      for (const plan of plans) {
        const isSender = sends(plan.bind.mode);
        const requestQueue = isSender
          ? this.#requestQueues[turn++ % this.#requestQueues.length]
          : undefined;
        this.#watch(new Client(this.#clientOptions(plan, requestQueue)), plan);
      }
    } else {
      this.#door = new OutbindDoor({
        config,
        logger,
        plans,
        optionsOf: (plan) =>
          this.#clientOptions(plan, sends(plan.bind.mode) ? this.#shortest() : undefined),
        onClient: (client, plan) => {
          this.#watch(client, plan);
          this.#onBound(client, plan);
        },
      });
    }
  }

  /** Whether a session is bound that can send. */
  get canSend(): boolean {
    return [...this.#links].some(
      ([{ state }, { bind }]) => sends(bind.mode) && state.startsWith("BOUND"),
    );
  }

  /** Every session as it is now. */
  reports(): LinkReport[] {
    return [...this.#links].map(([client, plan]) => {
      const stats = client.stats();
      const { host, port, bind } = plan;
      const tolerated = stats.tolerated + (this.#tolerated.get(plan) ?? 0);
      return { ...stats, tolerated, host, port, mode: bind.mode };
    });
  }

  /** Requests that may be unanswered at a time, over all sessions that can send. */
  get places(): number {
    return this.#senders * windowOf(this.#options.config);
  }

  /** What waits in all queues together. */
  get queue(): QueueReport {
    return {
      waiting: this.#requestQueues.reduce((sum, { size }) => sum + size, this.#rate?.waiting ?? 0),
      rate: this.#requestQueues.reduce((sum, { rate }) => sum + rate, 0),
    };
  }

  /**
   * The queue for all parts of one message: the only one, or the shortest where each session has
   * its own.
   */
  requestQueue(): Pick<RequestQueue, "request"> {
    const requestQueue = this.#shortest();
    const rate = this.#rate;
    if (!rate) return requestQueue;
    return {
      request: (pdu, options) =>
        rate.whenAllowed(options, (rest) => requestQueue.request(pdu, rest)),
    };
  }

  /** Whether the Redis that keeps the account's rate answers; undefined without. */
  get rateIsShared(): boolean | undefined {
    return this.#rate?.connected;
  }

  /** Parts a second that this worker may send at present: of a shared rate, its share. */
  get rate(): number {
    return Math.min(this.queue.rate, this.#rate?.share ?? Number.POSITIVE_INFINITY);
  }

  /** The port on which an outbind is waited for; 0 without. */
  get outbindPort(): number {
    return this.#door?.port ?? 0;
  }

  /**
   * Resolves when messages can flow: one session is bound for each direction that was asked for, or
   * the outbind is waited for. Keeps trying until `stop`, then rejects.
   */
  async start(): Promise<void> {
    if (this.#door) return this.#door.open();
    const all = [...this.#links].map(([client, { bind }]) => ({
      mode: bind.mode,
      connected: client.connect(),
    }));
    const directions = [
      all.filter(({ mode }) => mode !== "receiver"),
      all.filter(({ mode }) => mode !== "transmitter"),
    ];
    await Promise.all(
      directions
        .filter(({ length }) => length > 0)
        .map((some) => firstOf(some.map(({ connected }) => connected))),
    );
  }

  /** Unbinds and closes; what still waits is rejected. Never rejects. */
  async stop(): Promise<void> {
    await this.#door?.close();
    await this.#rate?.close();
    const clients = [...this.#links.keys()];
    await Promise.all(clients.map((client) => client.unbind()));
  }

  /** Of several as short, another one each time: what was given to the last one may not be in it yet. */
  #shortest(): RequestQueue {
    const queues = this.#requestQueues;
    this.#turn = (this.#turn + 1) % queues.length;
    return queues.reduce((best, queue, index) => {
      const isFirst = queue.size === best.size && index === this.#turn;
      return isFirst || queue.size < best.size ? queue : best;
    });
  }

  #newRequestQueues(count: number): RequestQueue[] {
    const { mt_tps } = this.#options.config;
    const maxPerSecond = mt_tps === 0 ? undefined : mt_tps / count;
    return Array.from(
      { length: count },
      () => new RequestQueue({ ...requestQueueOptionsOf(this.#common), maxPerSecond }),
    );
  }

  #clientOptions(plan: BindPlan, requestQueue: RequestQueue | undefined) {
    const { host, port, bind } = plan;
    const { config, deliver, undecodable } = this.#options;
    // Each connection is told by its own object: on a new one sequence numbers begin anew.
    let connection = {};
    const renew = (): void => {
      connection = {};
    };
    return {
      ...this.#common,
      codec: codecOf(config, (problem) => this.#onTolerated(problem, plan)),
      host,
      port,
      bind,
      queue: requestQueue,
      callbacks: {
        deliver_sm: (pdu) => deliver(pdu, connection),
        data_sm: (pdu, direction) => (direction === "in" ? deliver(pdu, connection) : undefined),
        malformed: (octets, error) =>
          carriesMessage(octets) ? undecodable(octets, error) : undefined,
        bind_transmitter_resp: renew,
        bind_receiver_resp: renew,
        bind_transceiver_resp: renew,
      },
    } satisfies ClientOptions;
  }

  #watch(client: Client, plan: BindPlan): void {
    const { logger, onChange, stopped } = this.#options;
    const { host, port } = plan;
    this.#links.set(client, plan);
    client.on("bound", () => this.#onBound(client, plan));
    client.on("closed", (err) => {
      if (this.#door) this.#links.delete(client);
      onChange();
      const level = stopped.aborted ? "info" : "warn";
      logger[level]({ err, host, port }, "the link to the SMSC is closed");
    });
    client.on("reconnecting", ({ attempt, delay, reason: err }) => {
      const next_try = `in ${(delay / 1_000).toFixed(1)} s`;
      logger.warn({ err, host, port, attempt, next_try }, "not bound to the SMSC, trying again");
    });
    client.on("throttled", (err, until) => {
      // Several request queues pause one by one; what waits for the rate may go to another.
      this.#rate?.resent(this.#requestQueues.length === 1 ? until : 0);
      this.#options.onThrottled(until);
      logger.warn({ err, host, port }, "the SMSC asks to slow down, pausing");
    });
    client.on("tolerated", (err) => this.#tell(err, plan));
    client.on("error", (err) => {
      logger.error({ err, host, port }, "something went wrong on the link, which goes on");
    });
  }

  /** The codec lived with something: it is the worker's own, so that the client does not count it. */
  #onTolerated(err: Error, plan: BindPlan): void {
    this.#tolerated.set(plan, (this.#tolerated.get(plan) ?? 0) + 1);
    this.#tell(err, plan);
  }

  #tell(err: Error, { host, port }: BindPlan): void {
    const fields = { err, host, port };
    this.#options.logger.warn(fields, "a PDU of the SMSC broke a rule and was taken all the same");
  }

  #onBound(client: Client, { host, port, bind }: BindPlan): void {
    const { logger, onChange } = this.#options;
    logger.info({ host, port, mode: bind.mode }, "bound to the SMSC");
    // As vumi's: a check at once shows that requests are answered. Its failure ends the link.
    client.enquireLink().catch(() => {});
    onChange();
  }
}

/** Whether it is a PDU by which an SMSC delivers something: others are refused and not missed. */
function carriesMessage(octets: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = octets;
  const command_id = new DataView(buffer, byteOffset, byteLength).getUint32(4);
  return command_id === commands.deliver_sm.id || command_id === commands.data_sm.id;
}

function accountRate({ config, logger, metrics }: LinksOptions): AccountRate | undefined {
  const { mt_tps: perSecond, host, port, system_id } = config;
  const address = rateRedis(config);
  if (address === undefined || perSecond === 0) return undefined;
  const account = `${host}:${port}:${system_id}`;
  return new AccountRate({ address, perSecond, logger, metrics, account });
}

/** The first that works; when none does, the reason of one. */
async function firstOf(connecting: readonly Promise<void>[]): Promise<void> {
  await Promise.any(connecting).catch((error: unknown) => {
    throw error instanceof AggregateError ? error.errors[0] : error;
  });
}
