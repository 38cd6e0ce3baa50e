/** Hosts and URLs as people write them: what is wrong with one, in words. */
import { isIPv6 } from "node:net";

/** What is wanted of this host, undefined when it is one: a name or an address, and nothing else. */
export function hostWish(host: string, portKey: string): string | undefined {
  const wish = "a host name or an address";
  if (host === "") return wish;
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(host) ?? [];
  if (scheme !== undefined) return `${wish} without ${scheme}://`;
  if (host.includes("@")) return `${wish} without a user`;
  if (/\s/.test(host)) return `${wish} without blanks`;
  if (host.includes("/")) return `${wish} without a path`;
  const bare = host.replace(/%.*$/, "");
  if (isIPv6(bare) || !/[:[\]]/.test(host)) return undefined;
  if (/^\[.*\]$/.test(host)) return `${wish}, IPv6 without [ ]`;
  return `${wish}; the port stands in ${portKey}`;
}

/** Several URLs in one text, with commas between them: a comma in a password is no end. */
export function urlsIn(text: string): string[] {
  return text === "" ? [] : text.split(/,\s*(?=[a-z]+:)/i);
}

/** What is wanted of this URL of a RabbitMQ node, undefined when it is one. */
export function nodeUrlWish(url: string): string | undefined {
  return /^amqps?:\/\/./i.test(url)
    ? urlWish(url, "amqp://host:5672/vhost")
    : "an amqp:// or amqps:// URL";
}

/** The same of the broker's URL, or its nodes' with commas. */
export function amqpUrlWish(text: string): string | undefined {
  if (text === "" || text === "memory:") return undefined;
  const urls = urlsIn(text);
  if (urls.every((url) => nodeUrlWish(url) === undefined)) return undefined;
  if (urls.length > 1) return `${urls.map(nodeUrlWish).find(Boolean)} for each node`;
  const wish = nodeUrlWish(text);
  return /^amqps?:/i.test(text) ? wish : `${wish}, or "memory:" for the embedded broker`;
}

/** What is wanted of this URL of Redis, undefined when it is one. */
export function redisUrlWish(url: string): string | undefined {
  if (url === "") return undefined;
  return /^rediss?:\/\/./.test(url)
    ? urlWish(url, "redis://host:6379/0")
    : "a redis:// or rediss:// URL";
}

function urlWish(url: string, example: string): string | undefined {
  if (/\s/.test(url)) return `a URL without blanks: ${encoded}`;
  const [, place = ""] = /^\w+:\/\/([^/?#]*)/.exec(url) ?? [];
  const port = /:([^:\]]*)$/.exec(place.slice(place.lastIndexOf("@") + 1))?.[1];
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    return `a URL whose port is a number from 1 to 65535: ${encoded}`;
  }
  if (/[#?]/.test(url) && url.lastIndexOf("@") > url.search(/[#?]/)) return `a URL: ${encoded}`;
  return URL.canParse(url) ? undefined : `a URL such as ${example}`;
}

const encoded = "in a password / is written %2F, # %23, ? %3F, @ %40, : %3A, % %25, a blank %20";

/**
 * A DSN as Sentry's own package reads it. That prints one which it cannot read, with the key in it,
 * so this takes no more than the package does.
 */
export function isSentryDsn(dsn: string): boolean {
  return /^https?:\/\/\w+(?::\w*)?@(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?\/(?:[\w.~-]+\/)*\d+$/i.test(
    dsn,
  );
}
