/** Errors of connecting and binding in words: what failed, and what to check. */
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { isFrameError } from "@esme/pdu";
import { isLinkError, LinkError } from "@esme/session";
import { reasonOf } from "@esme/settings";

/** The address that a client connects to. */
export interface Target {
  host: string;
  port: number;
  /** `true`, or the options of `tls.connect`: `ca`, `cert`, `key`, `servername`, ... */
  tls: boolean | ConnectionOptions;
}

/** `host:port`, with an IPv6 address in brackets. */
export function peerOf({ host, port }: Pick<Target, "host" | "port">): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** LinkError `connect_failed` for an error of the system or of TLS; `cause` is that error. */
export function connectError(cause: unknown, target: Target): LinkError {
  const error = mainErrorOf(cause);
  const code = codeOf(error);
  const peer = peerOf(target);
  const sentence = sentenceOf(code)?.(peer, target, error);
  const what = sentence ?? `${peer} could not be reached: ${reasonOf(error)}`;
  return new LinkError("connect_failed", code === undefined ? what : `${what} (${code})`, {
    cause,
  });
}

/** LinkError `connect_timeout`. `isConnected`: the TLS handshake took too long, not the connect. */
export function timeoutError(target: Target, isConnected: boolean, timeout: number): LinkError {
  const peer = peerOf(target);
  const what = isConnected
    ? `${peer} accepted the connection and did not finish the TLS handshake within ${timeout} ms: ${isTlsPort}`
    : `${peer} did not accept the connection within ${timeout} ms: ${isReachable}`;
  return new LinkError("connect_timeout", what);
}

/**
 * The error of a bind. When the SMSC closed the new connection instead of answering, the error says what
 * to check. `target` is undefined for a stream of the user.
 */
export function bindError(error: unknown, command: string, target: Target | undefined): unknown {
  if (!isLinkError(error)) return error;
  const { written, cause, code } = error;
  const peer = target === undefined ? "the SMSC" : peerOf(target);
  const withWords = (words: string) => new LinkError(code, words, { written, cause });
  if (code === "untrusted_length" && isFrameError(cause)) {
    return withWords(`${peer} does not speak SMPP: ${protocolOf(cause.command_length)}`);
  }
  const system = code === "stream_error" ? codeOf(cause) : undefined;
  // In TLS 1.3 the handshake ends on this side before the SMSC checks the client certificate.
  if (system?.startsWith("ERR_SSL") && target !== undefined) return connectError(cause, target);
  if (code !== "closed_by_peer" && system !== "ECONNRESET") return error;
  const hint = target?.tls
    ? "whether the SMSC requires a client certificate (tls.cert and tls.key)"
    : "whether it is a TLS port (option tls)";
  return withWords(
    `${peer} closed the connection without an answer to ${command}: check the port, ${hint}, and whether the SMSC accepts connections from this address${system === undefined ? "" : ` (${system})`}`,
  );
}

const isReachable = "check host and port, the VPN, and the firewalls on both sides";
const isTlsPort =
  "check whether this port speaks TLS (3550 is the registered one); without TLS remove the option tls";
const authority =
  (what: string) =>
  (peer: string, { tls }: Target): string =>
    typeof tls === "object" && tls.ca !== undefined
      ? `the certificate of ${peer} ${what}, and tls.ca has neither this certificate nor its authority: check tls.ca`
      : `the certificate of ${peer} ${what}: set tls.ca to this certificate or to its authority, as the operator sent it`;
const clientCertificate = (peer: string, { tls }: Target) =>
  typeof tls === "object" && (tls.cert ?? tls.pfx) !== undefined
    ? `${peer} does not accept the client certificate: check tls.cert (with the intermediate certificates) and tls.key`
    : `${peer} ended the TLS handshake, probably because it requires a client certificate: set tls.cert and tls.key`;
const tlsVersion = (peer: string) =>
  `${peer} speaks another version of TLS: check tls.minVersion and tls.maxVersion`;
const noTls = (peer: string) => `${peer} does not answer with TLS: ${isTlsPort}`;
const unreachable = (peer: string) => `there is no route to ${peer}: ${isReachable}`;
const unknownAuthority = authority("comes from an unknown authority");

/** The sentence for an error code of Node.js; `ALERT_` codes are alerts of the peer in TLS. */
const sentences: Readonly<
  Record<string, (peer: string, target: Target, error: unknown) => string>
> = {
  ENOTFOUND: (_peer, { host }) =>
    `there is no host named ${JSON.stringify(host)}: check the option host, and DNS`,
  EAI_AGAIN: (_peer, { host }) =>
    `DNS does not answer for the host name ${JSON.stringify(host)}: check the network of this machine`,
  ECONNREFUSED: (peer) =>
    `${peer} refused the connection: check host and port, whether the SMSC runs, and the firewalls`,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: (peer) => `${peer} does not answer: ${isReachable}`,
  ECONNRESET: (peer, target) =>
    target.tls
      ? `${peer} closed the connection during the TLS handshake: ${isTlsPort}; and whether the SMSC requires another client certificate (tls.cert and tls.key)`
      : `${peer} closed the connection at once: check whether the SMSC accepts connections from this address`,

  DEPTH_ZERO_SELF_SIGNED_CERT: authority("is self-signed"),
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED: (peer) =>
    `the certificate of ${peer} has expired: the operator must renew it; also check the clock of this machine`,
  CERT_NOT_YET_VALID: (peer) =>
    `the certificate of ${peer} is not valid yet: check the clock of this machine`,
  ERR_TLS_CERT_ALTNAME_INVALID: (peer, { host, tls }, error) => {
    const servername = (typeof tls === "object" && tls.servername) || host;
    return `the certificate of ${peer} has other names than ${JSON.stringify(servername)}${namesIn(error)}: set tls.servername to the name that the operator gave`;
  },

  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: tlsVersion,
  ALERT_PROTOCOL_VERSION: tlsVersion,
  ALERT_CERTIFICATE_REQUIRED: clientCertificate,
  ALERT_HANDSHAKE_FAILURE: clientCertificate,
  ALERT_BAD_CERTIFICATE: clientCertificate,
  ALERT_CERTIFICATE_EXPIRED: clientCertificate,
  ALERT_CERTIFICATE_UNKNOWN: clientCertificate,
  ALERT_UNKNOWN_CA: clientCertificate,
};

/** The text before `ALERT_` differs between versions of OpenSSL. */
function sentenceOf(code = ""): (typeof sentences)[string] | undefined {
  return sentences[code.replace(/^ERR_SSL_.*(?=ALERT_)/, "")];
}

/** The protocol of a peer and what to check, by its first four octets, read as a length. */
function protocolOf(commandLength: number): string {
  // A TLS alert (RFC 8446 section 5.1): content type 21, major version 3.
  if (commandLength >>> 16 === 0x1503) return "it speaks TLS, set the option tls";
  if (commandLength === 0x4854_5450) return "it speaks HTTP, check the port";
  return "check the port";
}

/** The names in the certificate, unless they are too long. */
function namesIn(error: unknown): string {
  const cert: unknown =
    typeof error === "object" && error !== null && "cert" in error && error.cert;
  const names: unknown =
    typeof cert === "object" && cert !== null && "subjectaltname" in cert && cert.subjectaltname;
  return typeof names === "string" && names.length <= 200 ? ` (${names})` : "";
}

/** Of several addresses: the first error that is not `unreachable`, as IPv6 is on many machines. */
function mainErrorOf(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors: unknown[] = error.errors;
  return errors.find((each) => sentenceOf(codeOf(each)) !== unreachable) ?? errors[0];
}

function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error && error.code;
  return typeof code === "string" ? code : undefined;
}
