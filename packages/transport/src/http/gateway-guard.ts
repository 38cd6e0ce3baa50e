/** Who may use the gateway: whoever has the token, or without one programs on this machine. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type HttpBind, isLocal, isLoopback } from "../config/values/http-bind.ts";
import type { Secret } from "../config/values/secret.ts";
import { json, type Reply } from "./http-server.ts";

/** Undefined for a request that may pass, or the answer that refuses it. */
export type Guard = (request: IncomingMessage) => Reply | undefined;

/** The guard of a gateway that listens at `bind`; an empty token is none. */
export function guardOf(bind: HttpBind, token: Secret): Guard {
  if (token.reveal() !== "") {
    const expected = digest(`Bearer ${token.reveal()}`);
    return ({ headers }) =>
      // Digests are of one length, and comparing them takes one time.
      timingSafeEqual(digest(headers.authorization ?? ""), expected) ? undefined : unauthorised;
  }
  if (!isLocal(bind)) return () => forbidden("set http_token, or let http_bind be on loopback");
  if ("path" in bind) return () => undefined;
  // A page in a browser on this machine may have a name that leads here (DNS rebinding).
  return ({ headers }) =>
    isLoopback(hostName(headers.host)) ? undefined : forbidden("the Host is not this machine");
}

const unauthorised = json(
  401,
  { error: "wants the header Authorization: Bearer <http_token>" },
  { "www-authenticate": "Bearer" },
);

function forbidden(reason: string): Reply {
  return json(403, { error: reason });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The host of a Host header, without its port and without brackets. */
function hostName(header: string | undefined): string {
  const [, six, four = ""] = /^(?:\[(.*)\]|([^:]*))(?::\d+)?$/.exec(header ?? "") ?? [];
  return six ?? four;
}
