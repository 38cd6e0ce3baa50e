/** The HTTP server by itself: how long clients may take, how many may come. */
import { createServer, type RequestListener, type Server } from "node:http";

/** Milliseconds, and connections at one time. */
export interface DoorLimits {
  /** For the headers of a request, and for all of it; Node.js would wait for a minute and for five. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often the two are looked at. */
  readonly connectionsCheckingInterval: number;
  /** For the next request on the same connection. */
  readonly keepAliveTimeout: number;
  /** One more is closed at once. */
  readonly maxConnections: number;
}

const usual: DoorLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
  // Streams of events and waiting requests stay open: a suite of tests has some hundred of them.
  maxConnections: 1_000,
};

/** Not listening yet. */
export function doorFor(onRequest: RequestListener, limits: Partial<DoorLimits> = {}): Server {
  const { maxConnections, ...times } = { ...usual, ...limits };
  const server = createServer(times, onRequest);
  server.maxConnections = maxConnections;
  return server;
}
