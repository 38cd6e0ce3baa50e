/** Where the worker's HTTP server listens. */
import { BlockList, isIP } from "node:net";

/** A TCP address or a socket file. */
export type HttpBind = { readonly host: string; readonly port: number } | { readonly path: string };

/** `host:port`, `[IPv6]:port`, or `unix:/path`; undefined when it is none. */
export function parseBind(bind: string): HttpBind | undefined {
  const [, path] = /^unix:(\/.+)$/.exec(bind) ?? [];
  if (path !== undefined) return { path };
  const [, six, host = six, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(bind) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

/** True when nobody on another machine can reach it: loopback, or a socket file. */
export function isLocal(bind: HttpBind): boolean {
  return "path" in bind || isLoopback(bind.host);
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
