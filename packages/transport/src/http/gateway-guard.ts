/** Who may use the gateway: whoever has the token, or without one programs on this machine. */
import { createHash, timingSafeEqual } from "node:crypto";
import {
  type BindAddress,
  type Guard,
  HttpError,
  hostGuard,
  isLocal,
  isLoopback,
} from "@esme/http";
import type { Secret } from "../config/values/secret.ts";

/** The guard of a gateway that listens at `bind`; an empty token is none. */
export function guardOf(bind: BindAddress, token: Secret): Guard {
  if (token.reveal() !== "") {
    const expected = digest(`Bearer ${token.reveal()}`);
    return ({ headers }) =>
      // Digests are of one length, and comparing them takes one time.
      timingSafeEqual(digest(headers.authorization ?? ""), expected) ? undefined : unauthorised();
  }
  if (!isLocal(bind)) return closed;
  if ("path" in bind) return () => undefined;
  return hostGuard(isLoopback, "localhost or another name of this machine alone");
}

function unauthorised(): HttpError {
  const message = "wants the header Authorization: Bearer <http_token>";
  return new HttpError(401, "no_token", message, { "www-authenticate": "Bearer" });
}

function closed(): HttpError {
  return new HttpError(403, "no_token", "set http_token, or let http_bind be on loopback");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
