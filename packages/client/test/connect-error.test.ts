// The errors of connect(): real servers, plain and TLS, each with one fault.
import { readFileSync } from "node:fs";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { encode } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectError } from "../src/connect/connect-error.ts";
import { Client, type ClientOptions } from "../src/index.ts";
import { freePort, smscOf } from "./smsc.ts";

const file = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url));
const key = file("key.pem");
const selfSigned = file("cert.pem");
const ca = file("tls/ca.pem");
const cert = file("tls/localhost.pem");
const bind = { mode: "transceiver", system_id: "esme", password: "secret" } as const;

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** An SMSC whose handshake goes wrong, if not before. */
function tlsPort(options: TlsOptions): Promise<number> {
  return portOf(
    createTlsServer({ key, cert, ...options }, (socket) => {
      socket.on("error", () => {});
    }),
  );
}

/** A port without TLS that does this with the first octets that come. */
function plainPort(onOctets: (socket: Socket) => void): Promise<number> {
  return portOf(createServer((socket) => socket.once("data", () => onOctets(socket))));
}

interface Failure {
  code: string;
  message: string;
  /** The code of its cause. */
  system: string | undefined;
}

/** How connect() ends, with the port left out of the words. */
async function failureOf(port: number, options: ClientOptions): Promise<Failure> {
  const client = new Client({ host: "127.0.0.1", port, bind, ...options });
  const error: unknown = await client.connect().then(
    () => client.disconnect(),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error) || !("code" in error)) throw new Error("it connected");
  expect(client.state).toBe("CLOSED");
  const { cause, code } = error;
  const system = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const message = error.message.replaceAll(String(port), "PORT");
  return { code: String(code), message, system };
}

const tls: [string, TlsOptions, ClientOptions["tls"], string][] = [
  [
    "a self-signed certificate",
    { cert: selfSigned },
    true,
    "the certificate of 127.0.0.1:PORT is self-signed: set tls.ca to this certificate or to its authority, as the operator sent it",
  ],
  [
    "a self-signed certificate that tls.ca does not have",
    { cert: selfSigned },
    { ca },
    "the certificate of 127.0.0.1:PORT is self-signed, and tls.ca has neither this certificate nor its authority: check tls.ca",
  ],
  [
    "a certificate of an unknown authority",
    {},
    true,
    "the certificate of 127.0.0.1:PORT comes from an unknown authority: set tls.ca to this certificate or to its authority, as the operator sent it",
  ],
  [
    "a certificate with its unknown authority",
    { cert: Buffer.concat([cert, ca]) },
    true,
    "the certificate of 127.0.0.1:PORT comes from an unknown authority: set tls.ca to this certificate or to its authority, as the operator sent it",
  ],
  [
    "an expired certificate",
    { cert: file("tls/expired.pem") },
    { ca },
    "the certificate of 127.0.0.1:PORT has expired: the operator must renew it; also check the clock of this machine",
  ],
  [
    "a certificate that is not valid yet",
    { cert: file("tls/early.pem") },
    { ca },
    "the certificate of 127.0.0.1:PORT is not valid yet: check the clock of this machine",
  ],
  [
    "a certificate with another name",
    {},
    { ca, servername: "smsc.example" },
    'the certificate of 127.0.0.1:PORT has other names than "smsc.example" (DNS:localhost, IP Address:127.0.0.1): set tls.servername to the name that the operator gave',
  ],
  [
    "a demand for a client certificate",
    { requestCert: true, ca },
    { ca },
    "127.0.0.1:PORT ended the TLS handshake, probably because it requires a client certificate: set tls.cert and tls.key",
  ],
  [
    "that demand in TLS 1.2",
    { requestCert: true, ca, maxVersion: "TLSv1.2" },
    { ca },
    "127.0.0.1:PORT ended the TLS handshake, probably because it requires a client certificate: set tls.cert and tls.key",
  ],
  [
    "another version of TLS",
    { maxVersion: "TLSv1.2" },
    { ca, minVersion: "TLSv1.3" },
    "127.0.0.1:PORT speaks another version of TLS: check tls.minVersion and tls.maxVersion",
  ],
];

test.each(tls)("an SMSC with %s", async (_name, server, options, what) => {
  const { code, message, system } = await failureOf(await tlsPort(server), { tls: options });
  // The system's code, for a search: OpenSSL names some differently in each version.
  expect(system).toMatch(/^[A-Z]/);
  expect([code, message]).toEqual(["connect_failed", `${what} (${system})`]);
});

test("a client certificate that the SMSC does not accept", async () => {
  const port = await tlsPort({ requestCert: true, ca });
  const failure = await failureOf(port, { tls: { ca, key, cert: selfSigned } });
  expect(failure.message).toMatch(
    /^127\.0\.0\.1:PORT closed the connection without an answer to bind_transceiver: check the port, whether the SMSC requires a client certificate \(tls\.cert and tls\.key\), and whether the SMSC accepts connections from this address/,
  );
});

describe("TLS to a port without it", () => {
  const nack = Buffer.from("00000010800000000000000300000000", "hex");
  const isTlsPort =
    "check whether this port speaks TLS (3550 is the registered one); without TLS remove the option tls";

  test.each([
    [
      "answers as an SMSC",
      (socket: Socket) => socket.end(nack),
      `127.0.0.1:PORT does not answer with TLS: ${isTlsPort} (ERR_SSL_WRONG_VERSION_NUMBER)`,
    ],
    [
      "closes",
      (socket: Socket) => socket.end(),
      `127.0.0.1:PORT closed the connection during the TLS handshake: ${isTlsPort}; and whether the SMSC requires another client certificate (tls.cert and tls.key) (ECONNRESET)`,
    ],
    [
      "breaks off",
      (socket: Socket) => socket.resetAndDestroy(),
      `127.0.0.1:PORT closed the connection during the TLS handshake: ${isTlsPort}; and whether the SMSC requires another client certificate (tls.cert and tls.key) (ECONNRESET)`,
    ],
  ])("that %s", async (_name, onOctets, message) => {
    const failure = await failureOf(await plainPort(onOctets), { tls: true });
    expect(failure).toMatchObject({ code: "connect_failed", message });
  });

  test("of our own SMSC", async () => {
    const { port } = await smscOf();
    const failure = await failureOf(port, { tls: true });
    expect(failure.message).toContain(isTlsPort);
  });

  test("that says nothing", async () => {
    const port = await plainPort(() => {});
    expect(await failureOf(port, { tls: true, connectTimeout: 500 })).toMatchObject({
      code: "connect_timeout",
      message: `127.0.0.1:PORT accepted the connection and did not finish the TLS handshake within 500 ms: ${isTlsPort}`,
    });
  });
});

describe("no TLS to a port that", () => {
  const alert = Buffer.from("15030100020246", "hex");
  const closed =
    "127.0.0.1:PORT closed the connection without an answer to bind_transceiver: check the port, whether it is a TLS port (option tls), and whether the SMSC accepts connections from this address";

  test("speaks TLS and closes", async () => {
    const failure = await failureOf(await tlsPort({}), {});
    expect(failure.message.replace(" (ECONNRESET)", "")).toBe(closed);
  });

  test.each([
    [
      "speaks TLS and says so in an alert",
      (socket: Socket) => socket.end(alert),
      "untrusted_length",
      "127.0.0.1:PORT does not speak SMPP: it speaks TLS, set the option tls",
    ],
    [
      "speaks HTTP",
      (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      "untrusted_length",
      "127.0.0.1:PORT does not speak SMPP: it speaks HTTP, check the port",
    ],
    [
      "speaks something else",
      (socket: Socket) => socket.end("220 smtp.example ESMTP\r\n"),
      "untrusted_length",
      "127.0.0.1:PORT does not speak SMPP: check the port",
    ],
    ["closes", (socket: Socket) => socket.end(), "closed_by_peer", closed],
    [
      "breaks off",
      (socket: Socket) => socket.resetAndDestroy(),
      "stream_error",
      `${closed} (ECONNRESET)`,
    ],
  ])("%s", async (_name, onOctets, code, message) => {
    const failure = await failureOf(await plainPort(onOctets), {});
    expect(failure).toMatchObject({ code, message });
  });
});

test("bindReceiver() fails with the same words", async () => {
  const port = await plainPort((socket) => socket.end());
  const client = new Client({ host: "127.0.0.1", port });
  await client.connect();
  await expect(client.bindReceiver({})).rejects.toMatchObject({
    code: "closed_by_peer",
    written: true,
    message: expect.stringContaining("without an answer to bind_receiver: check the port"),
  });
});

test("on a stream of the caller's the SMSC has no address", async () => {
  const port = await plainPort((socket) => socket.end());
  const failure = await failureOf(port, { stream: connectTcp(port, "127.0.0.1") });
  expect(failure.message).toMatch(/^the SMSC closed the connection without an answer/);
});

test("an SMSC that sends another PDU after a bind and closes is `closed_by_peer`", async () => {
  const port = await plainPort((socket) => socket.end(encode({ command: "enquire_link" })));
  expect((await failureOf(port, {})).code).toBe("closed_by_peer");
});

test("a port on which nobody listens", async () => {
  expect(await failureOf(await freePort(), {})).toMatchObject({
    code: "connect_failed",
    message:
      "127.0.0.1:PORT refused the connection: check host and port, whether the SMSC runs, and the firewalls (ECONNREFUSED)",
    system: "ECONNREFUSED",
  });
});

test("a name that does not exist", async () => {
  const failure = await failureOf(2775, { host: "smsc.invalid" });
  expect(failure).toMatchObject({
    code: "connect_failed",
    message: expect.stringMatching(
      /^(there is no host named "smsc\.invalid": check the option host, and DNS \(ENOTFOUND\)|DNS does not answer for the host name "smsc\.invalid": check the network of this machine \(EAI_AGAIN\))$/,
    ),
  });
});

describe("an error of the system", () => {
  const target = { host: "::1", port: 2775, tls: false };
  const systemError = (code: string) => Object.assign(new Error(code.toLowerCase()), { code });
  const reachable = "check host and port, the VPN, and the firewalls on both sides";

  test.each([
    ["ENOTFOUND", 'there is no host named "::1": check the option host, and DNS'],
    ["EHOSTUNREACH", `there is no route to [::1]:2775: ${reachable}`],
    ["ENETUNREACH", `there is no route to [::1]:2775: ${reachable}`],
    ["EADDRNOTAVAIL", `there is no route to [::1]:2775: ${reachable}`],
    ["ETIMEDOUT", `[::1]:2775 does not answer: ${reachable}`],
    [
      "ECONNRESET",
      "[::1]:2775 closed the connection at once: check whether the SMSC accepts connections from this address",
    ],
    ["ENEW", "[::1]:2775 could not be reached: enew"],
  ])("%s", (code, message) => {
    const cause = systemError(code);
    expect(connectError(cause, target)).toMatchObject({ message: `${message} (${code})`, cause });
  });

  test("of several addresses is that of the one that can be reached", () => {
    const errors = ["ENETUNREACH", "ECONNREFUSED"].map(systemError);
    const { message } = connectError(new AggregateError(errors), target);
    expect(message).toContain("(ECONNREFUSED)");
    const all = connectError(new AggregateError(errors.slice(0, 1)), target);
    expect(all.message).toContain("(ENETUNREACH)");
  });

  test("without a code keeps its words", () => {
    expect(connectError(new Error("no"), target).message).toBe(
      "[::1]:2775 could not be reached: no",
    );
    expect(connectError("no", target).message).toBe("[::1]:2775 could not be reached: no");
  });

  test("about a certificate with endless names does not repeat them", () => {
    const cert = { subjectaltname: "DNS:x, ".repeat(1_000) };
    const cause = Object.assign(systemError("ERR_TLS_CERT_ALTNAME_INVALID"), { cert });
    expect(connectError(cause, { ...target, tls: true }).message.length).toBeLessThan(250);
  });
});
