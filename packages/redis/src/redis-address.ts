/** Where Redis is: as options are written, and as it is used. */

import {
  amount,
  type DefaultRow,
  numberWithin,
  type OptionRow,
  type OptionValues,
} from "@esme/settings";
import type { RedisClient } from "./redis-script.ts";

/** Certificates for TLS, each as PEM. */
export interface RedisTls {
  /** Who signed the servers' certificates. Default: those that Node.js trusts. */
  ca?: string;
  /** This client's own certificate, with its `key`. */
  cert?: string;
  key?: string;
  /** The name in the servers' certificates. Default: the host that is connected to. */
  servername?: string;
}

/** Where Redis is, how long an answer may take, and what a replica must have before it counts. */
export type RedisAddress = (
  | {
      /**
       * `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. Characters of the user
       * and the password other than letters and digits are %-encoded. With `sentinels` the host is
       * the name by which they know the primary.
       */
      url: string;
      /**
       * Sentinels that tell which server is the primary: `redis://[user:password@]host[:port]`,
       * `rediss://` for TLS, all with the same user and password. The port is 26379 unless given.
       */
      sentinels?: readonly string[];
      cluster?: never;
      client?: never;
    }
  | {
      /**
       * Some nodes of a Redis cluster, which tell of all others: `redis://[user:password@]host[:port]`,
       * `rediss://` for TLS, all with the same user and password.
       */
      cluster: readonly string[];
      url?: never;
      sentinels?: never;
      client?: never;
    }
  | {
      /**
       * A connected client of the package `redis`: of one server, a pool, Sentinels or a cluster. It
       * is used, and never closed. Give it `commandOptions: { timeout }`: without, it does what it was
       * told while Redis was away once Redis is back, although that was given up by then.
       */
      client: RedisClient;
      url?: never;
      sentinels?: never;
      cluster?: never;
    }
) & {
  /** Certificates, where the URLs say `rediss://`. */
  tls?: RedisTls;
  /** How long to wait for Redis, connecting included, in seconds, at most 3600. Default 5. */
  answerTimeout?: number;
  /**
   * How many replicas must have what was written before it counts, 0 to 9. Replicas that the primary
   * has not now are not waited for. Default 1 with `sentinels` and `cluster`, else 0. Not for a `client`.
   */
  replicas?: number;
};

/** One server, and how to log in there. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly tls?: RedisTls;
}

/** Where Redis is. */
export type RedisPlace =
  | { readonly kind: "client"; readonly client: RedisClient }
  | { readonly kind: "server"; readonly server: RedisServer }
  | {
      readonly kind: "sentinels";
      /** The primary's name. */
      readonly name: string;
      readonly sentinels: readonly RedisServer[];
      /** How to log in at the primary; its host and port come from the Sentinels. */
      readonly login: Omit<RedisServer, "host" | "port">;
    }
  | { readonly kind: "cluster"; readonly nodes: readonly RedisServer[] };

/** The options of a {@link RedisAddress}, for the table of a class that has them. */
export const redisOptions: {
  readonly url: OptionRow<string>;
  readonly sentinels: OptionRow<readonly string[]>;
  readonly cluster: OptionRow<readonly string[]>;
  readonly client: OptionRow<RedisClient>;
  readonly tls: OptionRow<RedisTls>;
  readonly answerTimeout: DefaultRow<number>;
  readonly replicas: OptionRow<number>;
} = {
  url: {
    expected:
      "redis://[user:password@]host[:port][/database], rediss:// for TLS; in user and password all but letters and digits %-encoded",
    read: (given) => (typeof given === "string" && isRedisUrl(given) ? given : undefined),
  },
  sentinels: urls("Sentinels"),
  cluster: urls("nodes"),
  client: {
    expected: "a connected client of the package redis",
    read: (given) => (isRedisClient(given) ? given : undefined),
  },
  tls: {
    expected: "an object with ca, cert and key, each as PEM, and servername",
    read: readTls,
  },
  answerTimeout: amount(5, 3_600),
  // Without a default: it depends on the place.
  replicas: numberWithin({ least: 0, most: 9, whole: true }),
};

/** What {@link redisOptions} read. */
export type RedisOptionValues = OptionValues<typeof redisOptions>;

/** Throws a TypeError unless there is one place, and nothing that it does not take. */
export function placeOf(given: RedisOptionValues): RedisPlace {
  const { url, sentinels, cluster, client, tls, replicas } = given;
  if ([url, cluster, client].filter((place) => place !== undefined).length !== 1) {
    throw new TypeError(
      "url: expected redis://host:port, or cluster, or a connected client, and one of them alone",
    );
  }
  if (sentinels !== undefined && url === undefined) {
    throw new TypeError("sentinels: expected a url with the primary's name as host beside it");
  }
  if (client !== undefined) {
    if (tls !== undefined) throw new TypeError("tls: the client has its own");
    if (replicas) throw new TypeError("replicas: give url or cluster, a client cannot confirm");
    return { kind: "client", client };
  }
  const all = [...(url === undefined ? [] : [url]), ...(sentinels ?? []), ...(cluster ?? [])];
  if (tls !== undefined && !all.some(isSecure)) {
    throw new TypeError("tls: expected rediss:// in the URL, which is where TLS begins");
  }
  if (cluster !== undefined)
    return { kind: "cluster", nodes: serversOf("cluster", cluster, 6379, tls) };
  if (sentinels === undefined) return { kind: "server", server: serverOf(url ?? "", 6379, tls) };
  const { host, port: _, ...login } = serverOf(url ?? "", 6379, tls);
  if (new URL(url ?? "").port !== "") {
    throw new TypeError("url: expected no port, its host is the name that the sentinels know");
  }
  return {
    kind: "sentinels",
    name: decodeURIComponent(host),
    sentinels: serversOf("sentinels", sentinels, 26379, tls),
    login,
  };
}

/** How errors call the place: never with a password. */
export function shownOf(place: RedisPlace): string {
  const list = (servers: readonly RedisServer[]) => servers.map(addressOf).join(", ");
  switch (place.kind) {
    case "client":
      return "Redis";
    case "server":
      return `Redis at ${addressOf(place.server)}`;
    case "sentinels":
      return `Redis ${place.name} of the Sentinels at ${list(place.sentinels)}`;
    case "cluster":
      return `Redis cluster at ${list(place.nodes)}`;
  }
}

/** Passwords, in the forms in which something might repeat them. */
export function secretsOf({ url, sentinels = [], cluster = [] }: RedisOptionValues): string[] {
  const passwords = [...(url === undefined ? [] : [url]), ...sentinels, ...cluster].flatMap(
    (one) => {
      const { password } = new URL(one);
      return [password, decodeURIComponent(password)];
    },
  );
  return [...new Set(passwords)].filter((password) => password !== "");
}

/** Host and port as in a URL. */
export function addressOf({ host, port }: Pick<RedisServer, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function urls(what: string): OptionRow<readonly string[]> {
  return {
    expected: `an array of ${what}, each redis://[user:password@]host[:port], rediss:// for TLS`,
    read: (given) => {
      if (!Array.isArray(given) || given.length === 0) return undefined;
      const isPlace = (one: unknown): one is string =>
        typeof one === "string" && isRedisUrl(one) && /^\/?$/.test(new URL(one).pathname);
      return given.every(isPlace) ? given : undefined;
    },
  };
}

function serversOf(
  option: string,
  given: readonly string[],
  port: number,
  tls: RedisTls | undefined,
): RedisServer[] {
  const logins = given.map((one) => {
    const { protocol, username, password } = new URL(one);
    return JSON.stringify([protocol, username, password]);
  });
  if (new Set(logins).size > 1) {
    throw new TypeError(`${option}: expected one scheme, one user and one password in all URLs`);
  }
  return given.map((one) => serverOf(one, port, tls));
}

function serverOf(url: string, usualPort: number, tls: RedisTls | undefined): RedisServer {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = Number(pathname.slice(1));
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? usualPort : Number(port),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
    ...(database !== 0 && { database }),
    ...(isSecure(url) && { tls: tls ?? {} }),
  };
}

function isSecure(url: string): boolean {
  return url.startsWith("rediss:");
}

function isRedisUrl(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, pathname, username, password, search, hash } = new URL(given);
  return (
    ["redis:", "rediss:"].includes(protocol) &&
    hostname !== "" &&
    /^\/?\d*$/.test(pathname) &&
    // What stands there is the rest of a password with `?` or `#` in it.
    search + hash === "" &&
    [username, password, hostname].every(isEncoded)
  );
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isRedisClient(given: unknown): given is RedisClient {
  if (typeof given !== "object" || given === null) return false;
  return ["eval", "evalSha"].every((name) => typeof Reflect.get(given, name) === "function");
}

function readTls(given: unknown): RedisTls | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const read: RedisTls = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "string" || value === "") return undefined;
    if (name === "servername") read.servername = value;
    else if (!value.includes("-----BEGIN ")) return undefined;
    else if (name === "ca" || name === "cert" || name === "key") read[name] = value;
    else return undefined;
  }
  return (read.cert === undefined) === (read.key === undefined) ? read : undefined;
}
