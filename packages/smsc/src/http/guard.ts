/** Which HTTP requests are let in: nothing that another web page could make a browser send. */

import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { quoted } from "@esme/settings";

/** Why a request is not let in. */
export interface Refusal {
  readonly status: 403 | 415;
  readonly code: "bad_host" | "bad_origin" | "bad_content_type";
  readonly message: string;
}

/**
 * Why these headers are refused; undefined: they are fine.
 *
 * - Host has to be an IP address, `localhost`, or one of `hosts`. A page of another site that has
 *   its own name resolve to this machine (DNS rebinding) says that name here.
 * - Origin and Sec-Fetch-Site, where a browser sends them, have to be those of this server's page.
 * - What changes something has to come as JSON. A page of another site can make a browser send
 *   that only after asking, and is not answered then (CORS).
 */
export function refusalOf(
  method: string,
  headers: IncomingHttpHeaders,
  hosts: readonly string[],
): Refusal | undefined {
  const { host = "", origin } = headers;
  if (!isKnown(nameOf(host), hosts)) {
    const message = `Host is ${quoted(host)}: expected an IP address, localhost, or a name given by the option hosts (--hosts)`;
    return { status: 403, code: "bad_host", message };
  }
  // A reverse proxy may speak TLS for it.
  if (origin !== undefined && origin.replace(/^https?:\/\//, "") !== host) {
    const message = `Origin is ${quoted(origin)}: only the page of this server may call it`;
    return { status: 403, code: "bad_origin", message };
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none" && !opensPage(headers)) {
    const message = "the request was made by a page of another site";
    return { status: 403, code: "bad_origin", message };
  }
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (method !== "GET" && method !== "HEAD" && type.trim().toLowerCase() !== "application/json") {
    const message = `Content-Type is ${quoted(type)}: expected application/json`;
    return { status: 415, code: "bad_content_type", message };
  }
  return undefined;
}

/** A link on another site to this one is no call: its page cannot read what comes. */
function opensPage(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

function isKnown(name: string, hosts: readonly string[]): boolean {
  return name === "localhost" || isIP(name) !== 0 || hosts.includes(name);
}

/** Whether it can be the name in a header Host: no scheme, port or path. */
export function isHostName(given: string): boolean {
  return isIP(given) !== 0 || /^[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?$/i.test(given);
}

/** Without the port, the dot of a name in full, and the brackets of IPv6. */
function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/\.?(?::\d+)?$/, "");
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}
