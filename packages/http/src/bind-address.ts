/** Where a server listens, as people write it. */
import { BlockList, isIP } from "node:net";
import { reasonOf } from "@esme/settings";

/** A TCP address or a socket file. */
export type BindAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/**
 * `host:port`, `[IPv6]:port`, `unix:/path`, or with a `usualHost` the port alone; undefined when it
 * is none of them.
 */
export function parseBindAddress(text: string, usualHost?: string): BindAddress | undefined {
  const [, path] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { path };
  const [, six, name, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [six ?? name ?? usualHost, Number(digits)];
  // Without a match the port is not a number.
  return host === undefined || !(port <= 65_535) ? undefined : { host, port };
}

/** What the system's errors mean to whoever chose the place. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not; ports below 1024 are root's",
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOENT: "the folder does not exist",
  ENOTFOUND: "the name is not known",
};

/** The system's error when a place cannot be listened on, in words; `code` stays. */
export function listenError(key: string, place: string, cause: unknown): Error {
  const code: unknown = Reflect.get(Object(cause), "code");
  const known = typeof code === "string" ? reasons[code] : undefined;
  const reason = known === undefined ? reasonOf(cause) : `${known} (${code})`;
  const error = new Error(`${key}: cannot listen on ${place}: ${reason}`, { cause });
  return Object.assign(error, { code });
}

/** True when nobody on another machine can reach it: loopback, or a socket file. */
export function isLocal(address: BindAddress): boolean {
  return "path" in address || isLoopback(address.host);
}

/** True for `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
