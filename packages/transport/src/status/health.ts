/** What `/health` and `/ready` say, from the state of the worker. */
import type { PauseReason } from "../flow/intake.ts";
import type { LinkReport } from "../link/links.ts";
import type { Snapshot } from "./snapshot.ts";

/** `ok`, or `down`. */
export type Verdict = "ok" | "down";

/** The worker's parts, each with a verdict; the shape is vumi2's, with more in it. */
export interface Health {
  /** `ok` when every component is. */
  readonly health: Verdict;
  readonly components: {
    readonly amqp: {
      readonly health: Verdict;
      /** `blocked`: connected, and the broker takes no messages for now. */
      readonly state: "open" | "connecting" | "blocked";
      /** The node of the broker that it is connected to, `host:port`. */
      readonly node?: string;
      /** Of `blocked`, in the broker's words. */
      readonly reason?: string;
    };
    readonly smpp: {
      readonly health: Verdict;
      /** Of the first bind that is bound, or else of the first bind. */
      readonly state: LinkReport["state"];
      readonly binds: readonly BindHealth[];
      /** Requests that wait for the window, the rate or the link. */
      readonly waiting: number;
      /** Why no more messages are taken from the broker for now; empty: they are. */
      readonly paused: readonly PauseReason[];
    };
    /** Absent when no part is stored outside the process. */
    readonly redis?: {
      readonly health: Verdict;
      readonly parts: Readonly<Record<string, Verdict>>;
    };
  };
}

/** One connection to the SMSC. */
export interface BindHealth {
  /** Its name in the metrics. */
  readonly bind: string;
  readonly host: string;
  readonly port: number;
  readonly mode: LinkReport["mode"];
  readonly state: LinkReport["state"];
  /** When the SMSC last answered enquire_link, ISO 8601; null before the first time. */
  readonly last_enquire_link: string | null;
  readonly window: { readonly size: number; readonly in_flight: number };
}

/** Whether messages can be taken now, and what is missing if not. */
export interface Readiness {
  readonly ready: boolean;
  readonly missing: readonly string[];
}

/** `ok` when the broker is connected and takes messages, the SMSC bound, and the stores answer. */
export function healthOf(snapshot: Snapshot): Health {
  const { links, paused, queue, stores } = snapshot;
  const amqp = amqpHealth(snapshot);
  const smpp = {
    health: verdict(isBound(links)),
    state: (links.find(isUp) ?? links[0])?.state ?? "CLOSED",
    binds: links.map(bindHealth),
    waiting: queue.waiting,
    paused,
  };
  const redis = stores.length > 0 && {
    health: verdict(stores.every(({ answers }) => answers)),
    parts: Object.fromEntries(stores.map(({ part, answers }) => [part, verdict(answers)])),
  };
  const components = { amqp, smpp, ...(redis && { redis }) };
  const health = verdict(Object.values(components).every((part) => part.health === "ok"));
  return { health, components };
}

function amqpHealth(snapshot: Snapshot): Health["components"]["amqp"] {
  const { brokerConnected, brokerBlocked, brokerNode } = snapshot;
  if (!brokerConnected) return { health: "down", state: "connecting" };
  const node = brokerNode === undefined ? {} : { node: brokerNode };
  if (brokerBlocked === undefined) return { health: "ok", state: "open", ...node };
  return { health: "down", state: "blocked", ...node, reason: brokerBlocked };
}

/** Ready when the broker is connected and takes messages, the SMSC bound, and no stop has begun. */
export function readinessOf(snapshot: Snapshot): Readiness {
  const { brokerConnected, brokerBlocked, links, stopping } = snapshot;
  const states = links.map(({ state }, index) => `${index} ${state}`).join(", ");
  const missing = [
    ...(stopping ? ["the worker is stopping"] : []),
    ...(brokerConnected ? [] : ["amqp: not connected"]),
    ...(brokerBlocked === undefined ? [] : [`amqp: blocked by the broker (${brokerBlocked})`]),
    ...(isBound(links) ? [] : [`smpp: not bound (${states || "not started"})`]),
  ];
  return { ready: missing.length === 0, missing };
}

/**
 * Whether all goes through that the configured binds are for: of several transceivers one will do,
 * of a transmitter and a receiver both are needed.
 */
function isBound(links: readonly LinkReport[]): boolean {
  const wanted = new Set(links.flatMap(({ mode }) => directions[mode]));
  const served = new Set(links.filter(isUp).flatMap(({ mode }) => directions[mode]));
  return wanted.size > 0 && wanted.size === served.size;
}

const directions = {
  transmitter: ["out"],
  receiver: ["in"],
  transceiver: ["out", "in"],
} as const satisfies Record<LinkReport["mode"], readonly string[]>;

function isUp({ state }: LinkReport): boolean {
  return state.startsWith("BOUND");
}

function bindHealth(link: LinkReport, index: number): BindHealth {
  const { host, port, mode, state, enquireLinkAt, window, inFlight } = link;
  const last = enquireLinkAt === undefined ? null : new Date(enquireLinkAt).toISOString();
  return {
    bind: String(index),
    host,
    port,
    mode,
    state,
    last_enquire_link: last,
    window: { size: window, in_flight: inFlight },
  };
}

function verdict(isGood: boolean): Verdict {
  return isGood ? "ok" : "down";
}
