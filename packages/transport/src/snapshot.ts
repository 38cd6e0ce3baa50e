/** The state of the worker at one moment, for metrics, health and readiness alike. */
import type { ClientStats } from "@esme/client";

/** What can be asked at any time. */
export interface Snapshot {
  /** One for each connection to the SMSC, under the name that its series have. */
  readonly links: readonly { readonly bind: string; readonly stats: ClientStats }[];
  readonly brokerConnected: boolean;
  /** Parts that use Redis: whether each is connected. */
  readonly redis: readonly { readonly part: string; readonly connected: boolean }[];
  /** Outbound messages whose fate is open. */
  readonly inHand: number;
  /** Of the HTTP gateway, where there is one. */
  readonly gateway?: { readonly streams: number; readonly kept: number } | undefined;
}
