/** Reads the option `url`: the address of the SMSC and the bind in one line. */
import { isIP } from "node:net";
import type { Bind, ClientOptions } from "../options.ts";

/** The parts of a URL. */
interface UrlParts {
  /** Name or address, an IPv6 address without brackets. */
  readonly host: string;
  /** Undefined without a port in the URL. */
  readonly port: number | undefined;
  readonly tls: boolean;
  readonly system_id: string | undefined;
  readonly password: string | undefined;
}

/** The options that a URL replaces or completes. */
type Located = Pick<ClientOptions, "url" | "host" | "port" | "tls" | "bind">;

const shape = "smpp://system_id:password@host:port, or ssmpp:// for TLS";

/**
 * Address and bind: from `url`, or without one the other options as they are. A system_id or password in
 * the URL makes a bind, as transceiver unless `bind` has another mode.
 *
 * Throws TypeError for a bad URL, and for an option that the URL has too. No error has text of the URL,
 * which may be a password.
 */
export function locationOf({ url, host, port, tls, bind }: Located): Located {
  if (url === undefined) return { host, port, tls, bind };
  const others = { host, port, tls };
  const twice = (["host", "port", "tls"] as const).find((name) => others[name] !== undefined);
  if (twice !== undefined) {
    throw wrong(`and ${twice} are given: ${insteadOf(twice, tls)}`);
  }
  const { system_id, password, ...place } = parseUrl(url);
  return { url: undefined, ...place, bind: bindOf(bind, { system_id, password }) };
}

function insteadOf(name: "host" | "port" | "tls", tls: Located["tls"]): string {
  if (name !== "tls") return "give url alone, or host, port and tls";
  return typeof tls === "boolean"
    ? "leave tls out, ssmpp:// is with TLS and smpp:// without"
    : "TLS options need host, port and tls instead of url, and system_id and password in bind";
}

function bindOf(
  bind: Bind | undefined,
  credentials: Pick<UrlParts, "system_id" | "password">,
): Bind | undefined {
  const names = (["system_id", "password"] as const).filter(
    (name) => credentials[name] !== undefined,
  );
  if (names.length === 0) return bind;
  const twice = names.find((name) => bind?.[name] !== undefined);
  if (twice !== undefined) throw wrong(`has a ${twice}, and so has bind: give it once`);
  const { system_id, password } = credentials;
  return {
    mode: "transceiver",
    ...bind,
    ...(system_id !== undefined && { system_id }),
    ...(password !== undefined && { password }),
  };
}

/** Reads `smpp://system_id:password@host:2775`. Only `host` is needed. */
function parseUrl(text: string): UrlParts {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["smpp:", "ssmpp:"].includes(url.protocol)) {
    throw wrong(
      `is no URL of an SMSC, expected ${shape}; / ? # and @ in a password are percent-encoded`,
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw wrong(
      "has text after ? or #: options stand beside url, and in a password ? is written %3F and # is %23",
    );
  }
  if (url.pathname !== "" && url.pathname !== "/") {
    throw wrong(`has a path, expected ${shape}; a / in a password is written %2F`);
  }
  const host = decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"), "host");
  if (isIP(host) === 0 && !/^[^\s:/@?#[\]]+$/.test(host))
    throw wrong(`has no host, expected ${shape}`);
  if (url.port === "0") throw wrong("has the port 0, expected 1 to 65535");
  return {
    host,
    port: url.port === "" ? undefined : Number(url.port),
    tls: url.protocol === "ssmpp:",
    system_id: decoded(url.username, "system_id") || undefined,
    password: decoded(url.password, "password") || undefined,
  };
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`has a % in ${what} that is no percent-encoding: % itself is written %25`);
  }
}

/** The error never has the URL: it may have a password. */
function wrong(problem: string): TypeError {
  return new TypeError(`Client: url ${problem}`);
}
