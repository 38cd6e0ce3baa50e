/** The options `--http` and `--hosts` of the command: where the web page is served, under which names. */
import { parseBindAddress } from "@esme/http";
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
  const address = parseBindAddress(given, defaultAddress.host);
  return address !== undefined && "port" in address ? address : undefined;
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
