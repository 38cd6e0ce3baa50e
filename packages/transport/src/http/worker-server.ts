/** The worker's HTTP server: what its routes answer, and its answers to everything else. */
import {
  HttpError,
  HttpServer,
  json,
  listenerOf,
  pageRefusal,
  type Route,
  type ServerLimits,
} from "@esme/http";
import type { Logger } from "../log/logger.ts";

/** Of every answer. */
const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Serves routes to everything but pages of others; an error is a sentence, unknown paths get the known ones. */
export function workerServer(
  routes: readonly Route[],
  logger: Logger,
  limits: Partial<ServerLimits> = {},
): HttpServer {
  const paths = routes.map(({ method, path }) => `${method} ${path}`);
  const failed = (err: unknown, { url }: { url?: string | undefined }) => {
    if (err instanceof HttpError) {
      const isLost = err.status === 404 || err.status === 405;
      return json(err.status, { error: err.message, ...(isLost && { paths }) }, err.headers);
    }
    logger.error({ err, path: url }, "an HTTP request failed");
    return json(500, { error: "failed, see the worker's log" });
  };
  return new HttpServer(listenerOf({ routes, headers, guard: pageRefusal, failed }), limits);
}
