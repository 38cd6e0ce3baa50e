/** A server on loopback with the routes of a test, and what failed in it. */
import {
  HttpError,
  HttpServer,
  json,
  listenerOf,
  type Route,
  type ServerLimits,
} from "../src/index.ts";

/** What it is served with; it listens nowhere yet. */
export function serverOf(routes: readonly Route[], limits: Partial<ServerLimits> = {}) {
  const faults: unknown[] = [];
  const failed = (error: unknown) => {
    if (error instanceof HttpError) {
      return json(error.status, { error: error.message, code: error.code }, error.headers);
    }
    faults.push(error);
    return json(500, { error: "failed", code: "failed" });
  };
  const headers = { "cache-control": "no-store" };
  const listener = listenerOf({ routes, headers, guard: () => undefined, failed });
  return { faults, server: new HttpServer(listener, limits) };
}
