/** Where a RabbitMQ is, and in words why there is no connection to it. */
import type { Secret } from "../config/values/secret.ts";
import { BrokerError } from "./broker.ts";
import { refusalOf } from "./rabbit-refusals.ts";

/** A part of the address that somebody may have to correct. */
export type AddressPart = "scheme" | "hostname" | "port" | "username" | "password" | "vhost";

/** Where a part of the address is set, for sentences: `amqp.port (worker.yaml)`. */
export type NameOfPart = (part: AddressPart) => string;

/** What an AMQP URL says, the password excepted. */
export interface RabbitAddress {
  readonly scheme: "amqp" | "amqps";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly vhost: string;
}

/** @throws TypeError when it is no URL of AMQP; the URL is not told, since it has a password in it */
export function addressOf(url: Secret): RabbitAddress {
  const text = url.reveal();
  const { protocol, hostname, port, username, pathname } = new URL(
    URL.canParse(text) ? text : "none:",
  );
  if (protocol !== "amqp:" && protocol !== "amqps:") {
    throw new TypeError(
      "the broker's URL: expected amqp://user:password@host:port/vhost, or amqps:",
    );
  }
  const scheme = protocol === "amqp:" ? "amqp" : "amqps";
  return {
    scheme,
    host: hostname,
    port: Number(port || usualPorts[scheme]),
    username: username === "" ? "guest" : decoded(username),
    vhost: pathname.length > 1 ? decoded(pathname.slice(1)) : "/",
  };
}

const usualPorts = { amqp: 5672, amqps: 5671 } as const;

/** `amqp rabbit.example:5672, vhost "/"`. */
export function shownAddress({ scheme, host, port, vhost }: RabbitAddress): string {
  return `${scheme} ${host}:${port}, vhost ${JSON.stringify(vhost)}`;
}

/** `rabbit.example:5672`: the node's name in logs, health and metrics. */
export function shownNode({ host, port }: RabbitAddress): string {
  return `${host}:${port}`;
}

/** The reason why there is no connection: where to, what happened, and what to do where that is known. */
export function notConnected(
  error: Error,
  address: RabbitAddress,
  nameOf: NameOfPart,
): BrokerError {
  const code = "code" in error ? error.code : undefined;
  const explain = explanations.find(({ codes, words }) =>
    typeof code === "string" ? codes?.includes(code) : words?.test(error.message),
  )?.explain;
  const why =
    explain?.(address, nameOf, error.message) ?? refusalOf(error)?.message ?? error.message;
  return new BrokerError("not_connected", `${shownAddress(address)}: ${why}`);
}

/** Errors of Node.js are known by their codes, those of amqplib by their words alone. */
interface Explanation {
  readonly codes?: readonly string[];
  readonly words?: RegExp;
  readonly explain: (address: RabbitAddress, nameOf: NameOfPart, message: string) => string;
}

const explanations: readonly Explanation[] = [
  {
    codes: ["ENOTFOUND"],
    explain: (_, nameOf) => `no machine has this name: check ${nameOf("hostname")}`,
  },
  {
    codes: ["EAI_AGAIN"],
    explain: (_, nameOf) =>
      `the name cannot be looked up at present: DNS does not answer, or ${nameOf("hostname")} is wrong`,
  },
  {
    codes: ["ECONNREFUSED"],
    explain: (_, nameOf) =>
      `nobody listens there: start the broker, or check ${together(nameOf, "hostname", "port")}`,
  },
  {
    codes: ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    explain: (_, nameOf) =>
      `no answer from there: check the network and ${together(nameOf, "hostname", "port")}`,
  },
  {
    words: /^Handshake terminated by server: 403 /,
    explain: ({ host, username }, nameOf) => {
      const check = `check ${together(nameOf, "username", "password")}`;
      const isFar = username === "guest" && host !== "localhost" && !host.startsWith("127.");
      const guest = isFar ? "; as a rule guest may log in from the broker's own machine alone" : "";
      return `the broker refuses the user ${JSON.stringify(username)} or its password: ${check}${guest}`;
    },
  },
  {
    // amqplib does not pass on what the broker says here.
    words: /^Expected ConnectionOpenOk; got <ConnectionClose /,
    explain: ({ username }, nameOf) =>
      `there is no such vhost, or the user ${JSON.stringify(username)} may not use it: check ${nameOf("vhost")}, or add the vhost or the permission`,
  },
  {
    codes: ["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "EPROTO"],
    explain: ({ port }, nameOf) =>
      `no TLS is spoken at port ${port}: the broker's port for TLS is 5671 as a rule, check ${nameOf("port")}; amqp:// is without TLS, check ${nameOf("scheme")}`,
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    explain: (_, __, message) =>
      `the broker's certificate is not trusted (${message}): set amqp_tls.ca to the PEM file of the authority that signed it`,
  },
  {
    codes: [
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    ],
    explain: () =>
      "the broker asks for a client certificate that it trusts: set amqp_tls.cert and amqp_tls.key",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    explain: ({ host }, nameOf) =>
      `the broker's certificate is not for ${host}: check ${nameOf("hostname")}, it has to be a name in the certificate; amqp_tls.servername is another name to look for`,
  },
  {
    words: /^Socket closed abruptly during opening handshake$|^Frame size \d+ exceeds/,
    explain: ({ port, scheme }, nameOf) => {
      const tls = `this is its port for TLS (then ${nameOf("scheme")} begins with amqps://)`;
      const other = `port ${port} is of something else: check ${nameOf("port")}`;
      return `what listens there does not answer as a broker: ${scheme === "amqp" ? `${tls}, or ` : ""}${other}`;
    },
  },
];

/** Where some parts are set; a URL has all of them in one place. */
function together(nameOf: NameOfPart, ...parts: readonly AddressPart[]): string {
  return [...new Set(parts.map(nameOf))].join(" and ");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
