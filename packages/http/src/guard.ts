/** Which HTTP requests are let in: nothing that a web page of another site could make a browser send. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { quoted } from "@esme/settings";
import { HttpError } from "./http-error.ts";

/** Why a request is not let in; undefined: it is. */
export type Guard = (request: IncomingMessage) => HttpError | undefined;

/**
 * Refuses requests of web pages, save those of this server's own address.
 *
 * Browsers say where a request comes from by Sec-Fetch-Site, older ones by Origin alone, and not with
 * every request: what changes something, or is worth reading, needs a check of its own.
 */
export function pageRefusal({ headers, method }: IncomingMessage): HttpError | undefined {
  const { host = "", origin } = headers;
  const site = headers["sec-fetch-site"];
  if (site === undefined) {
    // A reverse proxy may speak TLS for it.
    if (origin === undefined || origin.replace(/^https?:\/\//, "") === host) return undefined;
    const message = `Origin is ${quoted(origin)}: the request was made by a page of another origin`;
    return new HttpError(403, "bad_origin", message);
  }
  if (site === "same-origin" || site === "none") return undefined;
  // A link on another site is no call: its page cannot read what comes.
  const isLink =
    method === "GET" &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document";
  if (isLink) return undefined;
  return new HttpError(403, "bad_origin", "the request was made by a page of another site");
}

/**
 * Refuses requests for another host. A page of another site that has its own name resolve to this
 * machine (DNS rebinding) says that name in Host. `expected` says which hosts are known.
 */
export function hostGuard(isKnown: (name: string) => boolean, expected: string): Guard {
  // Clients say the same each time. Compared as a text it costs nothing; the lookup of an address in a
  // BlockList took 2 % of a gateway's time (tools/bench, gateway).
  let last: string | undefined;
  return ({ headers: { host = "" } }) => {
    if (host === last) return undefined;
    if (!isKnown(nameOf(host))) {
      return new HttpError(403, "bad_host", `Host is ${quoted(host)}: expected ${expected}`);
    }
    last = host;
    return undefined;
  };
}

/** Without the port, the dot of a name in full, and the brackets of IPv6. */
function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/\.?(?::\d+)?$/, "");
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

/** Whether it can be the name in a header Host: no scheme, port or path. */
export function isHostName(given: string): boolean {
  return isIP(given) !== 0 || /^[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?$/i.test(given);
}

/**
 * Refuses a body that is not called JSON. A page of another site can make a browser send JSON only
 * after asking, and is not answered then (CORS).
 */
export function typeRefusal({ headers }: IncomingMessage): HttpError | undefined {
  const { "content-type": given = "" } = headers;
  if (given === "application/json") return undefined;
  const [type = ""] = given.split(";");
  if (type.trim().toLowerCase() === "application/json") return undefined;
  const message = `Content-Type is ${quoted(type)}: expected application/json`;
  return new HttpError(415, "bad_content_type", message);
}
