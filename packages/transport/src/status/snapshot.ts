/** The state of the worker at one moment, for metrics, health and readiness alike. */
import type { PauseReason } from "../flow/intake.ts";
import type { LinkReport, QueueReport } from "../link/links.ts";

/** What can be asked at any time. */
export interface Snapshot {
  /** The sessions with the SMSC; in series and in `/health` each is named by its place, from 0. */
  readonly links: readonly LinkReport[];
  /** What waits to be written over them. */
  readonly queue: QueueReport;
  readonly brokerConnected: boolean;
  /** Why it takes no messages for now, though it is connected; undefined: it takes them. */
  readonly brokerBlocked: string | undefined;
  /** The node of the broker that it is connected to; undefined without, or where there are no nodes. */
  readonly brokerNode: string | undefined;
  /** All nodes that it may be connected to. */
  readonly brokerNodes: readonly string[];
  /** The parts that are stored outside the process, as a rule in Redis: whether each answers. */
  readonly stores: readonly { readonly part: string; readonly answers: boolean }[];
  /** Outbound messages whose fate is open. */
  readonly inHand: number;
  /** Why no more of them are taken for now; empty: they are. */
  readonly paused: readonly PauseReason[];
  /** True from the beginning of a stop. */
  readonly stopping: boolean;
  /** Of the HTTP gateway, where there is one. */
  readonly gateway?: GatewayReport | undefined;
}

/** How full the gateway is. */
export interface GatewayReport {
  /** Open `GET /stream` requests. */
  readonly streams: number;
  /** Events and inbound messages that a stream can still ask for. */
  readonly kept: number;
}
