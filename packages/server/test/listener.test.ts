/** The port: PROXY headers, TLS, certificates of ESMEs, and connections that come to nothing. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { encode, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import type { BindAttempt, SmppServer, SmppServerOptions } from "../src/index.ts";
import { binaryHeader } from "./proxy-headers.ts";
import { RawEsme } from "./raw-esme.ts";
import { serverOf } from "./serve.ts";

const file = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url));
const tls = { key: file("server-key.pem"), cert: file("server.pem") };
const mutual = { ...tls, ca: tls.cert, requestCert: true };

const text4 = "PROXY TCP4 203.0.113.7 192.0.2.1 35646 2775\r\n";
const binary4 = binaryHeader(0x21, 0x11, [203, 0, 113, 7, 192, 0, 2, 1, 0x8b, 0x3e, 0x0a, 0xd7]);
const bindPdu = encode({ command: "bind_transceiver", sequence_number: 1, system_id: "esme" });

/** A server that notes who binds. */
async function watched(options: Partial<SmppServerOptions>) {
  const attempts: BindAttempt[] = [];
  const onBind = (attempt: BindAttempt) => {
    attempts.push(attempt);
    return true;
  };
  return { attempts, server: await serverOf({ onBind, ...options }) };
}

async function overTls(
  server: SmppServer,
  options: ConnectionOptions = {},
  before?: Uint8Array | string,
): Promise<RawEsme> {
  const socket = connect(server.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  if (before !== undefined) socket.write(before);
  const stream = connectTls({ socket, ca: tls.cert, servername: "localhost", ...options });
  await once(stream, "secureConnect");
  return new RawEsme(stream);
}

const proxied = { trustedProxies: ["127.0.0.0/8"] };

describe("behind a proxy", () => {
  test.each([
    ["v1", text4],
    ["v2", binary4],
    ["auto", text4],
    ["auto", binary4],
  ] as const)(
    "%s gives the address of the ESME; its bind may come in the same segment",
    async (proxyProtocol, header) => {
      const { server, attempts } = await watched({ ...proxied, proxyProtocol });
      const esme = await RawEsme.connect(server);
      esme.write(Buffer.concat([Buffer.from(header as Uint8Array), bindPdu]));
      expect(await esme.next()).toMatchObject({ command_status: 0 });
      expect(attempts[0]?.remoteAddress).toBe("203.0.113.7");
      expect(server.sessions[0]).toMatchObject({ remoteAddress: "203.0.113.7", remotePort: 35646 });
    },
  );

  test("a header may come octet by octet", async () => {
    const { server, attempts } = await watched({ ...proxied, proxyProtocol: "auto" });
    const esme = await RawEsme.connect(server);
    for (const octet of Buffer.concat([binary4, bindPdu])) {
      esme.write(Uint8Array.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await esme.next()).toMatchObject({ command_status: 0 });
    expect(attempts[0]?.remoteAddress).toBe("203.0.113.7");
  });

  test.each([
    ["UNKNOWN", "PROXY UNKNOWN\r\n"],
    ["LOCAL", binaryHeader(0x20, 0, [])],
  ])("%s leaves the proxy's own address", async (_, header) => {
    const { server, attempts } = await watched({ ...proxied, proxyProtocol: "auto" });
    const esme = await RawEsme.connect(server);
    esme.write(header);
    expect(await esme.bind()).toBe(Status.ESME_ROK);
    expect(attempts[0]?.remoteAddress).toBe("127.0.0.1");
  });

  test("an address of IPv4 in IPv6 is one of IPv4", async () => {
    const { server, attempts } = await watched({ ...proxied, proxyProtocol: "v1" });
    const esme = await RawEsme.connect(server);
    esme.write("PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n");
    expect(await esme.bind()).toBe(Status.ESME_ROK);
    expect(attempts[0]?.remoteAddress).toBe("203.0.113.7");
  });

  test.each([
    ["no header", bindPdu],
    ["the other version", binary4],
    ["a damaged one", "PROXY TCP4 203.0.113.7\r\n"],
  ])("%s closes a proxy's connection; the server goes on", async (_, octets) => {
    const { server, attempts } = await watched({ ...proxied, proxyProtocol: "v1" });
    const esme = await RawEsme.connect(server);
    esme.write(octets);
    await esme.closed();
    expect(attempts).toEqual([]);
    const next = await RawEsme.connect(server);
    next.write(text4);
    expect(await next.bind()).toBe(Status.ESME_ROK);
  });

  test("a header that does not come closes the connection", async () => {
    const { server } = await watched({ ...proxied, proxyProtocol: "v1", handshakeTimeout: 30 });
    const esme = await RawEsme.connect(server);
    esme.write("PROXY TCP4 ");
    await esme.closed();
    expect(server.stats().sessions).toBe(0);
  });

  test("a connection that ends before its header is nothing", async () => {
    const { server } = await watched({ ...proxied, proxyProtocol: "v1" });
    const esme = await RawEsme.connect(server);
    esme.stream.end("PROX");
    await esme.closed();
    expect(server.stats().sessions).toBe(0);
  });

  test("from who is no proxy a header is no PDU, and a bind is one", async () => {
    const options = { proxyProtocol: "auto", trustedProxies: ["192.0.2.0/24"] } as const;
    const { server, attempts } = await watched(options);
    const liar = await RawEsme.connect(server);
    liar.write(text4);
    await liar.closed();
    expect(await (await RawEsme.connect(server)).bind()).toBe(Status.ESME_ROK);
    expect(attempts.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1"]);
  });

  test("limits count the addresses behind the proxy", async () => {
    const { server } = await watched({ ...proxied, proxyProtocol: "v1", maxSessionsPerAddress: 1 });
    const from = async (address: string) => {
      const esme = await RawEsme.connect(server);
      esme.write(`PROXY TCP4 ${address} 192.0.2.1 1 2\r\n`);
      return esme.bind();
    };
    expect([await from("1.1.1.1"), await from("1.1.1.2"), await from("1.1.1.1")]).toEqual([
      0,
      0,
      undefined,
    ]);
  });

  test("the header stands before the TLS handshake", async () => {
    const { server, attempts } = await watched({ ...proxied, proxyProtocol: "auto", tls: mutual });
    for (const header of [text4, binary4]) {
      const esme = await overTls(
        server,
        { key: file("esme-key.pem"), cert: file("esme.pem") },
        header,
      );
      expect(await esme.bind()).toBe(Status.ESME_ROK);
    }
    expect(attempts).toHaveLength(2);
    for (const attempt of attempts) {
      expect(attempt.remoteAddress).toBe("203.0.113.7");
      expect(attempt.tls?.subject?.CN).toBe("gateway.customer.example");
    }
  });
});

describe("TLS", () => {
  test("without certificates of ESMEs", async () => {
    const { server, attempts } = await watched({ tls });
    expect(await (await overTls(server)).bind()).toBe(Status.ESME_ROK);
    expect(attempts[0]).toMatchObject({
      remoteAddress: "127.0.0.1",
      tls: {
        protocol: "TLSv1.3",
        authorized: false,
        subject: undefined,
        fingerprint256: undefined,
      },
    });
  });

  test("the certificate of an ESME is known to onBind and its session", async () => {
    const { server, attempts } = await watched({ tls: mutual });
    const esme = await overTls(server, { key: file("esme-key.pem"), cert: file("esme.pem") });
    expect(await esme.bind()).toBe(Status.ESME_ROK);
    expect(attempts[0]?.tls).toMatchObject({
      authorized: true,
      subject: { O: "Customer Ltd", CN: "gateway.customer.example" },
      subjectAltName: "DNS:gateway.customer.example",
      fingerprint256: expect.stringMatching(/^(?:[\dA-F]{2}:){31}[\dA-F]{2}$/),
    });
    expect(server.sessions[0]?.tls).toBe(attempts[0]?.tls);
  });

  test.each([
    ["no certificate", {}],
    ["one of a stranger", { key: file("stranger-key.pem"), cert: file("stranger.pem") }],
  ])("%s is refused where one is wanted", async (_, certificate) => {
    const { server, attempts } = await watched({ tls: mutual });
    // In TLS 1.3 the client believes itself connected before the server has seen its certificate.
    const esme = await overTls(server, certificate);
    expect(await esme.bind()).toBeUndefined();
    expect(attempts).toEqual([]);
  });

  test("with rejectUnauthorized: false onBind decides", async () => {
    const { server, attempts } = await watched({ tls: { ...mutual, rejectUnauthorized: false } });
    const esme = await overTls(server, {
      key: file("stranger-key.pem"),
      cert: file("stranger.pem"),
    });
    expect(await esme.bind()).toBe(Status.ESME_ROK);
    expect(attempts[0]?.tls).toMatchObject({
      authorized: false,
      subject: { CN: "stranger.example" },
    });
  });

  test("a handshake that does not end, or is none, closes its connection alone", async () => {
    const { server } = await watched({ tls, handshakeTimeout: 1_000 });
    const silent = await RawEsme.connect(server);
    const plain = await RawEsme.connect(server);
    plain.write(bindPdu);
    await Promise.all([silent.closed(), plain.closed()]);
    expect(await (await overTls(server)).bind()).toBe(Status.ESME_ROK);
  });

  test("setTls is for the connections to come", async () => {
    const { server } = await watched({ tls });
    const before = await overTls(server);
    server.setTls({ key: file("stranger-key.pem"), cert: file("stranger.pem") });
    await expect(overTls(server)).rejects.toThrow();
    const after = await overTls(server, {
      ca: file("stranger.pem"),
      checkServerIdentity: () => undefined,
    });
    expect([await before.bind(), await after.bind()]).toEqual([0, 0]);
    const plain = await serverOf();
    expect(() => plain.setTls(tls)).toThrow(/without tls/);
  });
});

test.each<[string, Partial<SmppServerOptions>]>([
  ["plain", {}],
  ["for a PROXY header", { ...proxied, proxyProtocol: "auto" }],
  ["for TLS", { tls }],
])("a health check of a port %s, which hangs up, is no warning", async (_, options) => {
  const warnings: string[] = [];
  const nothing = () => {};
  const warn = (_: object, message: string) => void warnings.push(message);
  const logger = { debug: nothing, info: nothing, warn, error: warn };
  const { server } = await watched({ ...options, logger });
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.end();
  socket.resume();
  await once(socket, "close");
  await server.close();
  expect(warnings).toEqual([]);
});

test("close ends connections in their handshake or before their header", async () => {
  const { server } = await watched({ tls, ...proxied, proxyProtocol: "auto" });
  const [headless, shaking] = [await RawEsme.connect(server), await RawEsme.connect(server)];
  shaking.write(text4);
  await server.close();
  await Promise.all([headless.closed(), shaking.closed()]);
});
