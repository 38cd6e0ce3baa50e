/** What `http_bind` opens: health, readiness, metrics, and on the embedded broker the gateway. */
import {
  type HttpServer,
  isLocal,
  json,
  listenError,
  parseBindAddress,
  type Reply,
  type Route,
} from "@esme/http";
import type { Broker } from "../broker/broker.ts";
import { MemoryBroker } from "../broker/memory-broker.ts";
import type { TransportConfig } from "../config/settings.ts";
import { bindPlans, sends } from "../link/binds.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { healthOf, readinessOf } from "../status/health.ts";
import { registryOf } from "../status/metrics-registry.ts";
import type { Snapshot } from "../status/snapshot.ts";
import { Gateway } from "./gateway.ts";
import { guardOf } from "./gateway-guard.ts";
import { workerServer } from "./worker-server.ts";

/** What the pages are made of. */
export interface HttpFrontDeps {
  readonly config: TransportConfig;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly snapshot: () => Promise<Snapshot>;
}

/** How long a stop leaves to answers that are on their way, in milliseconds. */
const closeGrace = 1_000;

/** Without `http_bind` it does nothing at all. */
export class HttpFront {
  readonly #deps: HttpFrontDeps;
  readonly #server: HttpServer;
  readonly #gateway: Gateway | undefined;

  constructor(deps: HttpFrontDeps) {
    this.#deps = deps;
    this.#gateway = gatewayOf(deps);
    const routes = [...this.#pages(), ...(this.#gateway?.routes ?? [])];
    this.#server = workerServer(routes, deps.logger);
  }

  /** The TCP port in use; 0 for a socket file, and when nothing is open. */
  get port(): number {
    return this.#server.port;
  }

  /** Whether the gateway takes what the worker publishes: then it needs no queue. */
  get streams(): boolean {
    return this.#gateway !== undefined;
  }

  /** Rejects with a sentence and the system's `code` when `http_bind` cannot be listened on. */
  async open(): Promise<void> {
    const { config, logger } = this.#deps;
    const bind = parseBindAddress(config.http_bind);
    if (bind === undefined) return;
    await this.#gateway?.start();
    await this.#server.listen(bind).catch((cause: unknown) => {
      throw listenError("http_bind", config.http_bind, cause);
    });
    if (this.#gateway && !isLocal(bind) && config.http_token.reveal() === "") {
      logger.warn(
        {},
        "the gateway refuses everybody: http_bind is no loopback, http_token is empty",
      );
    }
  }

  /** A stop has begun: the gateway takes nothing new. */
  refuse(): void {
    this.#gateway?.refuse();
  }

  async close(): Promise<void> {
    this.#gateway?.close();
    await this.#server.close(closeGrace);
  }

  #pages(): Route[] {
    return [
      { method: "GET", path: "/health", handle: () => this.#health() },
      { method: "GET", path: "/ready", handle: () => this.#ready() },
      { method: "GET", path: "/metrics", handle: () => this.#metrics() },
    ];
  }

  async #health(): Promise<Reply> {
    const health = healthOf(await this.#deps.snapshot());
    return json(health.health === "ok" ? 200 : 500, health);
  }

  async #ready(): Promise<Reply> {
    const readiness = readinessOf(await this.#deps.snapshot());
    return json(readiness.ready ? 200 : 503, readiness);
  }

  async #metrics(): Promise<Reply> {
    const snapshot = await this.#deps.snapshot();
    const gateway = this.#gateway?.report;
    const registry = registryOf(this.#deps.metrics, { ...snapshot, gateway });
    const headers = { "content-type": registry.contentType };
    return { status: 200, headers, body: await registry.metrics() };
  }
}

/** A gateway for an embedded broker that HTTP is to be spoken for. */
function gatewayOf({ broker, config, metrics }: HttpFrontDeps): Gateway | undefined {
  const bind = parseBindAddress(config.http_bind);
  if (bind === undefined || !(broker instanceof MemoryBroker)) return undefined;
  return new Gateway({
    broker,
    transportName: config.transport_name,
    hasPriority: config.priority_queue,
    guard: guardOf(bind, config.http_token),
    metrics,
    sends: bindPlans(config).some((plan) => sends(plan.bind.mode)),
  });
}
