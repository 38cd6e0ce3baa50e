// The option `url`: its parts, what is refused, and that no error has its password.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Smsc } from "@esme/smsc";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { locationOf } from "../src/connect/url.ts";
import { Client, type ClientOptions, type LinkError } from "../src/index.ts";
import { freePort, smscOf } from "./smsc.ts";

const secret = "pa55word";

describe("a url", () => {
  const transceiver = { mode: "transceiver", system_id: "esme", password: secret };

  test.each<[string, object]>([
    ["smpp://smsc.example", { host: "smsc.example", port: undefined, tls: false, bind: undefined }],
    ["smpp://smsc.example/", { host: "smsc.example", port: undefined, tls: false }],
    ["SMPP://smsc.example:12775", { host: "smsc.example", port: 12775, tls: false }],
    ["ssmpp://smsc.example", { host: "smsc.example", port: undefined, tls: true }],
    ["ssmpp://smsc.example:2775", { host: "smsc.example", port: 2775, tls: true }],
    ["smpp://127.0.0.1:2775", { host: "127.0.0.1", port: 2775 }],
    ["smpp://[::1]:2775", { host: "::1", port: 2775 }],
    ["ssmpp://[2001:db8::7]", { host: "2001:db8::7", tls: true }],
    [`smpp://esme:${secret}@smsc.example`, { host: "smsc.example", bind: transceiver }],
    ["smpp://esme@smsc", { host: "smsc", bind: { mode: "transceiver", system_id: "esme" } }],
    [`smpp://:${secret}@smsc`, { host: "smsc", bind: { mode: "transceiver", password: secret } }],
    ["smpp://:@smsc", { host: "smsc", bind: undefined }],
    [
      "smpp://a%40b:%2F%3F%23%40%3A%25@smsc",
      { host: "smsc", bind: { mode: "transceiver", system_id: "a@b", password: "/?#@:%" } },
    ],
    [
      "smpp://esme:%C3%BC:ü@smsc",
      { bind: { mode: "transceiver", system_id: "esme", password: "ü:ü" } },
    ],
  ])("%s", (url, location) => {
    expect(locationOf({ url })).toMatchObject({ url: undefined, ...location });
  });

  test("adds its credentials to a bind, and leaves its mode and other fields", () => {
    const url = `smpp://esme:${secret}@smsc`;
    const bind = { mode: "receiver", system_type: "VMA" } as const;
    expect(locationOf({ url, bind }).bind).toEqual({
      ...bind,
      system_id: "esme",
      password: secret,
    });
    expect(locationOf({ url: "smpp://smsc", bind }).bind).toEqual(bind);
    const password = { mode: "receiver", password: secret } as const;
    expect(locationOf({ url: "smpp://esme@smsc", bind: password }).bind).toEqual({
      ...password,
      system_id: "esme",
    });
  });

  test("has any system_id and password, percent-encoded", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(text, text, (system_id, password) => {
        const [user, word] = [system_id, password].map(encodeURIComponent);
        const { bind } = locationOf({ url: `smpp://${user}:${word}@smsc` });
        expect(bind).toEqual({ mode: "transceiver", system_id, password });
      }),
    );
  });

  test("is not there: the other options stand", () => {
    const options = { host: "smsc", port: 1, tls: true, bind: undefined };
    expect(locationOf(options)).toEqual(options);
  });
});

describe("new Client() refuses a url", () => {
  const isNone =
    "is no URL of an SMSC, expected smpp://system_id:password@host:port, or ssmpp:// for TLS; / ? # and @ in a password are percent-encoded";

  test.each<[ClientOptions, string]>([
    [{ url: "" }, isNone],
    [{ url: "smsc.example:2775" }, isNone],
    [{ url: `http://esme:${secret}@smsc` }, isNone],
    [{ url: `smpp://esme:${secret}@smsc:99999` }, isNone],
    [{ url: `smpp://esme:${secret}@` }, isNone],
    [{ url: `smpp://esme:${secret}/x@smsc` }, isNone],
    [{ url: `smpp://esme:${secret}?x@smsc` }, isNone],
    [{ url: "smpp://fe80::1" }, isNone],
    [{ url: "smpp://" }, "has no host"],
    [{ url: `smpp:esme:${secret}@smsc` }, "has a path"],
    [{ url: `smpp://smsc/${secret}` }, "has a path"],
    [{ url: `smpp://${secret}%20@smsc%20x` }, "has no host"],
    [{ url: "smpp://smsc:0" }, "has the port 0, expected 1 to 65535"],
    [{ url: `smpp://smsc?password=${secret}` }, "has text after ? or #"],
    [{ url: `smpp://esme:1#${secret}@smsc` }, "has text after ? or #"],
    [{ url: `smpp://esme:${secret}%@smsc` }, "has a % in password that is no percent-encoding"],
    [{ url: `smpp://%E4${secret}@smsc` }, "has a % in system_id that is no percent-encoding"],
    [{ url: "smpp://a", host: "a" }, "and host are given: give url alone, or host, port and tls"],
    [{ url: "smpp://a", port: 2775 }, "and port are given"],
    [
      { url: `ssmpp://esme:${secret}@a`, tls: { ca: "" } },
      "and tls are given: TLS options need host, port and tls instead of url, and system_id and password in bind",
    ],
    [
      { url: "smpp://a", tls: false },
      "and tls are given: leave tls out, ssmpp:// is with TLS and smpp:// without",
    ],
    [{ url: "ssmpp://a", tls: true }, "and tls are given: leave tls out"],
    [
      { url: "smpp://esme@a", bind: { mode: "receiver", system_id: "esme" } },
      "has a system_id, and so has bind: give it once",
    ],
    [
      { url: `smpp://:${secret}@a`, bind: { mode: "receiver", password: secret } },
      "has a password, and so has bind: give it once",
    ],
  ])("%j", (options, problem) => {
    const make = () => new Client(options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`Client: url ${problem}`);
    expect(make).not.toThrow(secret);
  });

  test("never with its password, whatever that is", () => {
    const word = fc
      .string({ unit: "binary-ascii", minLength: 5 })
      .map((text) => `${secret}${text}`);
    fc.assert(
      fc.property(word, fc.constantFrom("smpp", "ssmpp", "http"), (password, scheme) => {
        try {
          locationOf({ url: `${scheme}://esme:${password}@smsc` });
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          expect(String(error)).not.toContain(secret);
        }
      }),
    );
  });
});

describe("a client with a url", () => {
  const accounts = [{ system_id: "esme", password: secret }];

  async function connected(smsc: Smsc, options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    onTestFinished(() => client.disconnect());
    await client.connect();
    expect(smsc.sessions).toHaveLength(1);
    return client;
  }

  test("binds with its credentials", async () => {
    const smsc = await smscOf({ accounts });
    const url = `smpp://esme:${secret}@127.0.0.1:${smsc.port}`;
    expect((await connected(smsc, { url })).state).toBe("BOUND_TRX");
  });

  test("binds as the mode says", async () => {
    const smsc = await smscOf({ accounts });
    const url = `smpp://esme:${secret}@127.0.0.1:${smsc.port}`;
    expect((await connected(smsc, { url, bind: { mode: "receiver" } })).state).toBe("BOUND_RX");
  });

  test("without credentials only connects", async () => {
    const smsc = await smscOf({ accounts });
    const client = await connected(smsc, { url: `smpp://127.0.0.1:${smsc.port}` });
    expect(client.state).toBe("OPEN");
  });

  test("with an address of IPv6 connects to it", async () => {
    const server = createServer((socket) => socket.end());
    server.listen(0, "::1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    const client = new Client({ url: `smpp://[::1]:${address.port}` });
    await client.connect();
    await client.disconnect();
  });

  test("of ssmpp speaks TLS, and checks the certificate", async () => {
    const read = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url));
    const smsc = await smscOf({ tls: { key: read("key.pem"), cert: read("cert.pem") } });
    const client = new Client({ url: `ssmpp://esme:${secret}@127.0.0.1:${smsc.port}` });
    await expect(client.connect()).rejects.toMatchObject({
      cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    });
  });

  test.each([
    ["smpp", 2775],
    ["ssmpp", 3550],
  ])("of %s without a port has %i", async (scheme, port) => {
    const ports: unknown[] = [];
    const client = new Client({
      url: `${scheme}://127.255.255.254`,
      connectTimeout: 1_000,
      logger: {
        ...{ debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      },
    });
    const error = await client.connect().catch((reason: LinkError) => reason);
    ports.push(String(error));
    expect(ports).toEqual([expect.stringContaining(`127.255.255.254:${port}`)]);
  });

  test("has no password in the errors of a failure", async () => {
    const port = await freePort();
    const lines: unknown[] = [];
    const line = (...all: unknown[]) => void lines.push(all);
    const client = new Client({
      url: `smpp://esme:${secret}@127.0.0.1:${port}`,
      logger: { debug: line, info: line, warn: line, error: line },
    });
    const error = await client.connect().catch((reason: LinkError) => reason);
    lines.push(String(error), client, client.stats());
    expect(JSON.stringify(lines)).not.toContain(secret);
  });
});
