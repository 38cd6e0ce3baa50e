/** TCP relays between the workers and the broker: they can be cut, and they count what is delivered. */
import { TcpProxy } from "@esme/services/tcp-proxy";
import type { Deliveries } from "./deliveries.ts";

/** The connections of one worker to one node. */
export type Relay = Pick<TcpProxy, "url" | "cut" | "hold" | "relay" | "close">;

/** One relay to each node, in their order. */
export function startRelays(
  urls: readonly string[],
  deliveries: Deliveries,
): Promise<readonly Relay[]> {
  return Promise.all(urls.map((url) => TcpProxy.to(url, { listener: () => deliveries.reader() })));
}
