/** The options `--http` and `--hosts` of the command: where the web page is served, under which names. */
import type { Smsc } from "../smsc.ts";
import { SmscHttp } from "./smsc-http.ts";

/** An address to listen on. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** Where the page is served when nothing is said. */
export const defaultAddress: HttpAddress = { host: "127.0.0.1", port: 8775 };

/** `8775`, `127.0.0.1:8775`, `[::1]:8775`; undefined when it is no such thing. */
export function addressOf(given: string): HttpAddress | undefined {
  const [, ipv6, name, digits = ""] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/.exec(given) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) return undefined;
  return { host: ipv6 ?? name ?? defaultAddress.host, port };
}

/**
 * Serves the page. Where nothing was said and the port is taken, any other does: two simulators
 * side by side are nothing unusual. An address that was asked for is insisted on.
 */
export async function serveHttp(
  smsc: Smsc,
  given: HttpAddress | undefined,
  hosts: readonly string[] = [],
  usual = defaultAddress,
): Promise<SmscHttp> {
  const http = new SmscHttp(smsc, { hosts: given === undefined ? hosts : [given.host, ...hosts] });
  try {
    return await http.listen(given ?? usual);
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (given !== undefined || !isTaken) throw error;
    return http.listen({ ...usual, port: 0 });
  }
}
