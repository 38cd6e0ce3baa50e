/** Why there is no connection to a broker: a sentence that says where to, what happened, what to do. */
import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type Server } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { amqpUrl } from "@esme/services";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressOf, notConnected, shownAddress } from "../src/broker/rabbit-address.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { RecordingLogger } from "./recording-logger.ts";

describe("the address of", () => {
  test.each([
    ["amqp://guest:guest@127.0.0.1:5672", 'amqp 127.0.0.1:5672, vhost "/"'],
    ["amqp://rabbit.example", 'amqp rabbit.example:5672, vhost "/"'],
    ["amqps://u:p%40ss@rabbit.example/%2Fteam", 'amqps rabbit.example:5671, vhost "/team"'],
    ["amqp://u:p@[::1]:5673/x?heartbeat=10", 'amqp [::1]:5673, vhost "x"'],
    ["amqp://u:p@host/%zz", 'amqp host:5672, vhost "%zz"'],
    ["amqp://host/", 'amqp host:5672, vhost "/"'],
  ])("%s is %s", (url, shown) => {
    expect(shownAddress(addressOf(new Secret(url)))).toBe(shown);
  });

  test.each(["", "rabbit.example", "http://u:s3cret@host", "amqp://u:s3cret@host:notaport"])(
    "%j is none, and the URL is not told",
    (url) => {
      const wants = "the broker's URL: expected amqp://user:password@host:port/vhost, or amqps:";
      expect(() => new RabbitBroker({ url: new Secret(url) })).toThrow(new TypeError(wants));
    },
  );
});

test("a URL is named once, though all parts are in it", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const address = addressOf(new Secret("amqp://rabbit.example"));
  expect(notConnected(refused, address, () => "amqp_url (worker.yaml)").message).toBe(
    'amqp rabbit.example:5672, vhost "/": nobody listens there: start the broker, or check amqp_url (worker.yaml)',
  );
});

describe("the reason why there is no connection", () => {
  const away = "no answer from there: check the network and its hostname and its port";
  const abrupt = "Socket closed abruptly during opening handshake";
  const noBroker = "what listens there does not answer as a broker: ";
  const untrusted = "set amqp_tls.ca to the PEM file";
  const guest = "as a rule guest may log in from the broker's own machine alone";
  const login = (user: string) =>
    `the broker refuses the user "${user}" or its password: check its username and its password`;

  /** A URL without `amqp://`, a code and a message, and what is said after the address. */
  test.each<[string, string | number | undefined, string, string]>([
    ["h", "ENOTFOUND", "x", "no machine has this name: check its hostname"],
    ["h", "EAI_AGAIN", "x", "the name cannot be looked up at present: "],
    ["h", "ECONNREFUSED", "x", "nobody listens there: start the broker, or check its hostname and"],
    ["h", "ETIMEDOUT", "x", away],
    ["h", "EHOSTUNREACH", "x", away],
    ["h", "ENETUNREACH", "x", away],
    ["h", undefined, "Handshake terminated by server: 403 x", `${login("guest")}; ${guest}`],
    ["localhost", undefined, "Handshake terminated by server: 403 x", login("guest")],
    ["127.1.2.3", undefined, "Handshake terminated by server: 403 x", login("guest")],
    ["me:p@h", undefined, "Handshake terminated by server: 403 x", login("me")],
    ["m%65@h", undefined, "Handshake terminated by server: 403 x", login("me")],
    ["h", 403, "Handshake terminated by server: 403 x", `${login("guest")}; ${guest}`],
    [
      "h",
      undefined,
      "Handshake terminated by server: 530 x",
      "Handshake terminated by server: 530 x",
    ],
    [
      "me:p@h/v",
      undefined,
      "Expected ConnectionOpenOk; got <ConnectionClose channel:0>",
      'there is no such vhost, or the user "me" may not use it: check its vhost, or add the vhost',
    ],
    ["h", "ERR_SSL_WRONG_VERSION_NUMBER", "x", "no TLS is spoken at port 5672: "],
    ["h:5", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "x", "no TLS is spoken at port 5: "],
    ["h", "EPROTO", "x", "no TLS is spoken at port 5672: "],
    ...[
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ].map((code): [string, string, string, string] => [
      "h",
      code,
      "why",
      `the broker's certificate is not trusted (why): ${untrusted}`,
    ]),
    ["h", "ERR_TLS_CERT_ALTNAME_INVALID", "x", "the broker's certificate is not for h: check its"],
    [
      "h",
      undefined,
      abrupt,
      `${noBroker}this is its port for TLS (then its scheme begins with amqps://), or`,
    ],
    ["h", undefined, `${abrupt} 1`, `${abrupt} 1`],
    ["h", undefined, `no ${abrupt}`, `no ${abrupt}`],
    ["h", undefined, "Frame size 1213486160 exceeds", `${noBroker}this is its port for TLS`],
    ["h", undefined, "no Frame size 1 exceeds", "no Frame size 1 exceeds"],
    ["h", "EPIPE", abrupt, abrupt],
    ["h", "ECONNRESET", "read ECONNRESET", "read ECONNRESET"],
  ])("of %s with the code %s and %j: %s", (place, code, message, said) => {
    const address = addressOf(new Secret(`amqp://${place}`));
    const error = Object.assign(new Error(message), code !== undefined && { code });
    const told = notConnected(error, address, (part) => `its ${part}`);
    expect(told).toMatchObject({ name: "BrokerError", code: "not_connected" });
    expect(told.message).toContain(`${shownAddress(address)}: ${said}`);
    if (!said.includes("guest may")) expect(told.message).not.toContain("guest may");
  });

  test("does not ask for amqps where it is asked for", () => {
    const address = addressOf(new Secret("amqps://h"));
    expect(notConnected(new Error(abrupt), address, (part) => `its ${part}`).message).toBe(
      `amqps h:5671, vhost "/": ${noBroker}port 5671 is of something else: check its port`,
    );
  });
});

/** Listens on a free port until the test ends. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("no port");
  return address.port;
}

const data = (name: string): string =>
  readFileSync(new URL(`./data/tls/${name}`, import.meta.url), "utf8");

function tlsPort(): Promise<number> {
  const server = createServer({ cert: data("cert.pem"), key: data("key.pem") });
  return portOf(server.on("tlsClientError", () => {}));
}

/** What the log says of a worker that does not come to its broker. */
async function complaint(config: TransportConfigInput): Promise<string> {
  const log = new RecordingLogger();
  const transport = new SmppTransport(config, { logger: log });
  onTestFinished(() => transport.stop());
  const told = new Promise<Error>((resolve) => transport.broker.on("disconnected", resolve));
  transport.start().catch(() => {});
  const { message } = await told;
  expect(log.messages("error")).toEqual(["broker not connected, trying again"]);
  expect(log.text()).toMatch(/next_try: 'in 0\.\d s'/);
  expect(log.text()).not.toContain("wr0ng");
  return message;
}

const closedPort = async (): Promise<number> => {
  const server = createPlainServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
};

describe("a worker says of its broker", () => {
  test("that nobody listens there", async () => {
    const port = await closedPort();
    expect(await complaint({ amqp: { port } })).toBe(
      `amqp 127.0.0.1:${port}, vhost "/": nobody listens there: start the broker, or check amqp.hostname (default) and amqp.port (the configuration)`,
    );
  });

  test("that its name is no machine's", async () => {
    expect(await complaint({ amqp: { hostname: "nowhere.invalid" } })).toMatch(
      /^amqp nowhere\.invalid:5672, vhost "\/": (no machine has this name: check amqp\.hostname|the name cannot be looked up at present)/,
    );
  });

  test("that it speaks TLS, where none is asked for", async () => {
    const port = await tlsPort();
    expect(await complaint({ amqp: { port } })).toBe(
      `amqp 127.0.0.1:${port}, vhost "/": what listens there does not answer as a broker: this is its port for TLS (then amqp_url begins with amqps://), or port ${port} is of something else: check amqp.port (the configuration)`,
    );
  });

  test("that its certificate is not trusted, and which key helps", async () => {
    const port = await tlsPort();
    const told = await complaint({ amqp_url: `amqps://u:wr0ng@127.0.0.1:${port}` });
    // Newer versions of Node.js say more about it.
    expect(told.replace(/(self-signed certificate)[^)]*/, "$1")).toBe(
      `amqps 127.0.0.1:${port}, vhost "/": the broker's certificate is not trusted (self-signed certificate): set amqp_tls.ca to the PEM file of the authority that signed it`,
    );
  });

  test("that a certificate of its own is asked for", async () => {
    const [cert, key] = [data("cert.pem"), data("key.pem")];
    const server = createServer({ cert, key, ca: cert, requestCert: true });
    const port = await portOf(server.on("tlsClientError", () => {}));
    const ca = fileURLToPath(new URL("./data/tls/cert.pem", import.meta.url));
    expect(await complaint({ amqp_url: `amqps://127.0.0.1:${port}`, amqp_tls: { ca } })).toBe(
      `amqps 127.0.0.1:${port}, vhost "/": the broker asks for a client certificate that it trusts: set amqp_tls.cert and amqp_tls.key`,
    );
  });

  test("that something else listens there", async () => {
    const server = createPlainServer((socket) => {
      socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const port = await portOf(server);
    expect(await complaint({ amqp: { port } })).toContain("does not answer as a broker");
  });
});

describe.runIf(amqpUrl)("a worker says of RabbitMQ", () => {
  const url = new URL(amqpUrl ?? "amqp://none");
  const { hostname, port } = url;
  const own = { hostname, port: Number(port) };

  test("that the credentials are refused", async () => {
    expect(await complaint({ amqp: { ...own, password: "wr0ng" } })).toBe(
      `amqp ${hostname}:${port}, vhost "/": the broker refuses the user "guest" or its password: check amqp.username (default) and amqp.password (the configuration)`,
    );
  });

  test("that the vhost is not there", async () => {
    const { username, password } = url;
    const config = { amqp: { ...own, username, password, vhost: "nowhere" } };
    expect(await complaint(config)).toBe(
      `amqp ${hostname}:${port}, vhost "nowhere": there is no such vhost, or the user "${username}" may not use it: check amqp.vhost (the configuration), or add the vhost or the permission`,
    );
  });

  test("that the port is not for TLS", async () => {
    const amqps = new URL(url.href.replace("amqp:", "amqps:"));
    expect(await complaint({ amqp_url: amqps.href })).toBe(
      `amqps ${hostname}:${port}, vhost "/": no TLS is spoken at port ${port}: the broker's port for TLS is 5671 as a rule, check amqp_url (the configuration); amqp:// is without TLS, check amqp_url (the configuration)`,
    );
  });
});
