/** Requests that a web page of somebody else made a browser send. */
import type { IncomingMessage } from "node:http";

/**
 * Why a request is refused; undefined: no page made it, or one of this server's own address.
 *
 * Browsers say where a request comes from by Sec-Fetch-Site, older ones by Origin alone, and not with
 * every request: what changes something, or is worth reading, needs a check of its own.
 */
export function foreignPage({ headers, method }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  const site = headers["sec-fetch-site"];
  if (site === undefined) {
    // A reverse proxy may speak TLS for it.
    const isOwn = origin === undefined || origin.replace(/^https?:\/\//, "") === host;
    return isOwn ? undefined : "the request was made by a page of another origin";
  }
  if (site === "same-origin" || site === "none") return undefined;
  // A link on another site is no call: its page cannot read what comes.
  const isLink =
    method === "GET" &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document";
  return isLink ? undefined : "the request was made by a page of another site";
}
