// What a client, a listener and sendText refuse before they do anything.
import { createCodec, octets } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, type ClientOptions, OutbindListener } from "../src/index.ts";
import { sendText } from "../src/text.ts";
import { smscOf } from "./smsc.ts";

const secret = "pa55word";

/** The error of options as a program without types gives them. */
function errorOf(make: () => unknown): Error {
  try {
    make();
  } catch (error) {
    if (error instanceof Error) {
      // A value may be a secret in the wrong place.
      expect(`${error.message}${String(error.cause)}`).not.toContain(secret);
      return error;
    }
  }
  throw new Error("it was not refused");
}

const clientOf = (options: unknown) => new Client(options as ClientOptions);

const bind = { mode: "transceiver", system_id: "esme", password: secret } as const;
const inBind = "give it in bind: { mode, system_id, password }";

describe("new Client() refuses", () => {
  test.each<[string, unknown, string]>([
    [
      "a URL",
      `smpp://esme:${secret}@smsc.example`,
      'Client: expected an object of options, got a string: new Client({ url: "smpp://system_id:password@smsc.example:2775" })',
    ],
    ["a number", 2775, "Client: expected an object of options, got a number"],
    ["null", null, "Client: expected an object of options, got null"],
    [
      "a URL that is no text",
      { url: new URL("smpp://smsc") },
      "Client: url: expected a string, got an object",
    ],
    ["a password beside host", { password: secret }, `Client: unknown option password: ${inBind}`],
    [
      "a system_id beside host",
      { system_id: "esme" },
      `Client: unknown option system_id: ${inBind}`,
    ],
    ["a mode beside host", { mode: "receiver" }, `Client: unknown option mode: ${inBind}`],
    [
      "a system_type beside host",
      { system_type: "VMA" },
      "Client: unknown option system_type: give it in bind: { mode, system_id, password, system_type }",
    ],
    [
      "an interface_version beside host",
      { interface_version: 0x34 },
      "Client: unknown option interface_version: give it in bind: { mode, system_id, password, interface_version }",
    ],
    ["windw", { windw: 3 }, "Client: unknown option windw (number), did you mean window?"],
    ["hostname", { hostname: "x" }, "Client: unknown option hostname (string), did you mean host?"],
    [
      "enquireLinkIntervall",
      { enquireLinkIntervall: 5 },
      "Client: unknown option enquireLinkIntervall (number), did you mean enquireLinkInterval?",
    ],
    ["role", { role: "smsc" }, "Client: unknown option role (string)"],
    [
      "window as text",
      { window: "3" },
      "Client: window: expected a number of at least 1, got a string",
    ],
    [
      "port as text",
      { port: "2775" },
      "Client: port: expected a number from 1 to 65535, got a string",
    ],
    ["port 0", { port: 0 }, "Client: port: expected a number from 1 to 65535, got 0"],
    ["no port", { port: Number.NaN }, "Client: port: expected a number from 1 to 65535, got NaN"],
    [
      "an endless timeout",
      { connectTimeout: Number.POSITIVE_INFINITY },
      "Client: connectTimeout: expected milliseconds, a number from 0 to 2147483647, got Infinity",
    ],
    [
      "no time",
      { requestTimeout: Number.NaN },
      "Client: requestTimeout: expected milliseconds, a number from 0 to 2147483647, got NaN",
    ],
    [
      "less than no time",
      { enquireLinkInterval: -1 },
      "Client: enquireLinkInterval: expected milliseconds, a number from 0 to 2147483647, got -1",
    ],
    ["a host that is a number", { host: 1 }, "Client: host: expected a string, got a number"],
    ["tls as text", { tls: "yes" }, "Client: tls: expected a boolean or an object, got a string"],
    [
      "a misspelt option of tls",
      { tls: { rejectUnauthorised: true } },
      "Client: tls: unknown option rejectUnauthorised, did you mean rejectUnauthorized?",
    ],
    ["a mode as bind", { bind: "transceiver" }, "Client: bind: expected an object, got a string"],
    [
      "reconnect as a number",
      { reconnect: 5_000 },
      "Client: reconnect: expected a boolean or an object, got a number",
    ],
    [
      "a misspelt option of reconnect",
      { reconnect: { initalDelay: 5 } },
      "Client: reconnect: unknown option initalDelay (number), did you mean initialDelay?",
    ],
    [
      "a delay as text",
      { reconnect: { maxDelay: "5 s" } },
      "Client: reconnect: maxDelay: expected milliseconds, a number from 0 to 2147483647, got a string",
    ],
    [
      "the name of a status",
      { reconnect: { refusedStatuses: [13, "ESME_RBINDFAIL"] } },
      "Client: reconnect: refusedStatuses[1]: expected a number such as Status.ESME_RINVSYSID, got a string",
    ],
    [
      "a misspelt callback",
      { callbacks: { delivr_sm: () => {} } },
      "callbacks: unknown callback delivr_sm (function), did you mean deliver_sm?",
    ],
    [
      "a callback that is no function",
      { callbacks: { deliver_sm: "ESME_ROK" } },
      "callbacks: deliver_sm: expected a function, got a string",
    ],
  ])("%s", (_name, options, message) => {
    const error = errorOf(() => clientOf(options));
    expect(["TypeError", "RangeError"]).toContain(error.name);
    expect(error.message.startsWith(message), error.message).toBe(true);
  });

  test.each(["smpp://smsc", "smsc:2775", " smsc", "smsc ", "", `esme:${secret}@smsc`, "smsc/x"])(
    "%j as host",
    (host) => {
      expect(errorOf(() => clientOf({ host })).message).toBe(
        "Client: host is no name or address: give the name without scheme, port and blanks; for a port, for TLS and for a URL there are the options port, tls and url",
      );
    },
  );

  test.each([
    ["CA", "ca"],
    ["certificate", "cert"],
    ["keys", "key"],
    ["passphrse", "passphrase"],
    ["pfxx", "pfx"],
    ["servrname", "servername"],
    ["minVersoin", "minVersion"],
    ["maxVersoin", "maxVersion"],
    ["cyphers", "ciphers"],
    ["checkServerIdentiy", "checkServerIdentity"],
  ])("tls.%s, which Node.js would ignore", (name, meant) => {
    const { message } = errorOf(() => clientOf({ tls: { [name]: secret } }));
    expect(message).toBe(`Client: tls: unknown option ${name}, did you mean ${meant}?`);
  });

  test.each<[unknown, string]>([
    ["trx", '"trx", did you mean transceiver?'],
    ["TX", '"TX", did you mean transmitter?'],
    ["rx", '"rx", did you mean receiver?'],
    ["tranceiver", '"tranceiver", did you mean transceiver?'],
    ["Transceiver", '"Transceiver", did you mean transceiver?'],
    [secret, "another word"],
    ["toString", "another word"],
    [9, "a number"],
    [undefined, "undefined"],
  ])("%j as bind.mode", (mode, words) => {
    const error = errorOf(() => clientOf({ bind: { ...bind, mode }, reconnect: true }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      `Client: bind.mode: expected transmitter, receiver, transceiver, got ${words}`,
    );
  });

  test.each<[string, object, string]>([
    [
      "a misspelt field of the bind",
      { systm_id: "esme" },
      "Client: bind: bind_transceiver: systm_id is neither a field of this command nor a TLV, did you mean system_id?",
    ],
    [
      "a field of another type",
      { password: 5_500 },
      "Client: bind: bind_transceiver: password is a number, expected a string",
    ],
  ])("%s", (_name, field, message) => {
    const error = errorOf(() => clientOf({ bind: { ...bind, ...field } }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message, cause: { name: "PduError" } });
  });
});

test.each<[string, ClientOptions]>([
  ["an IPv6 address", { host: "::1" }],
  ["a name with underscores", { host: "smsc_1" }],
  ["a function as logger", { logger: Object.assign(() => {}, console) }],
  ["options that are undefined", { host: undefined, bind: undefined, tls: undefined }],
  [
    "options of TLS that are not known here",
    { tls: { ALPNProtocols: ["smpp"], ecdhCurve: "auto" } },
  ],
  ["reconnect switched off", { reconnect: false }],
])("new Client() takes %s", (_name, options) => {
  expect(new Client(options).state).toBe("CLOSED");
});

test("new Client() takes a bind with the vendor TLVs of its codec", () => {
  const codec = createCodec({
    tlvs: { key: { tag: 0x1401, type: octets({ max: 9 }), commands: ["bind_transceiver"] } },
  });
  const withTlv = { ...bind, key: Buffer.from("x") };
  expect(clientOf({ bind: withTlv, codec }).state).toBe("CLOSED");
  expect(errorOf(() => clientOf({ bind: withTlv })).message).toContain("key is neither");
});

test.each([[{ delivr_sm: () => {} }], [{ deliver_sm: 0 }], ["deliver_sm"], [undefined]])(
  "setCallbacks(%o) is refused, connected or not",
  (callbacks) => {
    const client = new Client();
    expect(() => client.setCallbacks(callbacks as object)).toThrow(TypeError);
  },
);

describe("requests refuse", () => {
  test.each<[string, (client: Client) => Promise<unknown>, string]>([
    [
      "options that are misspelt",
      (client) => client.submitSm({}, { timout: 5 } as object),
      "submit_sm: unknown option timout (number), did you mean timeout?",
    ],
    [
      "a bind with options that are misspelt",
      (client) => client.bindReceiver({}, { timout: 5 } as object),
      "bind_receiver: unknown option timout (number), did you mean timeout?",
    ],
    [
      "a number as options",
      (client) => client.submitSm({}, 5_000 as never),
      "submit_sm: expected an object of options, got a number",
    ],
    [
      "a text as short_message",
      (client) => client.submitSm({ short_message: secret } as object),
      'submit_sm: short_message is a string, expected a Uint8Array; send texts with sendText of @esme/client/text, or give octets: Buffer.from(text, "latin1")',
    ],
  ])("%s", async (_name, send, message) => {
    const { port } = await smscOf();
    const client = new Client({ host: "127.0.0.1", port });
    onTestFinished(() => client.disconnect());
    await client.connect();
    if (!message.startsWith("bind")) await client.bindTransmitter({});
    const { sent } = client.stats();
    await expect(send(client)).rejects.toMatchObject({ message });
    expect(client.stats().sent).toEqual(sent);
  });
});

describe("sendText() refuses", () => {
  const client = new Client();

  test.each<[string, unknown, string]>([
    ["a text instead of a message", "hello", "sendText: the message is a string"],
    ["no text", { to: "1", txt: secret }, "sendText: text: missing, expected a string"],
    ["no receiver", { text: "x" }, "sendText: to: missing, expected a string"],
    [
      "a number as receiver",
      { to: 4479, text: "x" },
      "sendText: to: expected a string, got a number",
    ],
    [
      "a number as sender",
      { from: 4479, to: "1", text: "x" },
      "sendText: from: expected a string, got a number",
    ],
    [
      "octets as text",
      { to: "1", text: Buffer.from("x") },
      "sendText: text: expected a string, got an object",
    ],
    [
      "a name as data_coding",
      { to: "1", text: "x", data_coding: "ucs2" },
      "sendText: data_coding: expected a number, got a string",
    ],
    [
      "a word as split",
      { to: "1", text: "x", split: "sar" },
      "sendText: split: expected an object, got a string",
    ],
    [
      "source_addr",
      { to: "1", text: "x", source_addr: "1" },
      "sendText: unknown field source_addr: write from",
    ],
    [
      "destination_addr",
      { text: "x", destination_addr: "1" },
      "sendText: unknown field destination_addr: write to",
    ],
    [
      "short_message",
      { to: "1", short_message: "x" },
      "sendText: unknown field short_message: write text",
    ],
    [
      "message_payload",
      { to: "1", message_payload: "x" },
      'sendText: unknown field message_payload: write text, with split: { method: "payload" }',
    ],
    [
      "a sequence_number",
      { to: "1", text: "x", sequence_number: 7 },
      "sendText: unknown field sequence_number: each part has its own",
    ],
  ])("%s", async (_name, message, words) => {
    const error: unknown = await sendText(client, message as never).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain(secret);
  });

  test("a misspelt option of split", async () => {
    const message = { to: "1", text: "x", split: { methd: "sar" } } as never;
    await expect(sendText(client, message)).rejects.toThrow(
      "splitShortMessage: unknown option methd",
    );
  });

  test("options that are misspelt", async () => {
    const { port } = await smscOf();
    const client = new Client({ host: "127.0.0.1", port, bind });
    onTestFinished(() => client.disconnect());
    await client.connect();
    const sending = sendText(client, { to: "1", text: "x" }, { timout: 5 } as object);
    await expect(sending).rejects.toThrow("unknown option timout (number), did you mean timeout?");
  });
});

describe("new OutbindListener() refuses", () => {
  const onOutbind = () => undefined;

  test.each<[string, unknown, string]>([
    ["nothing", {}, "OutbindListener: onOutbind: missing, expected a function"],
    [
      "a misspelt option",
      { onOutbind, outbindTimout: 5 },
      "OutbindListener: unknown option outbindTimout (number), did you mean outbindTimeout?",
    ],
    [
      "tls: true",
      { onOutbind, tls: true },
      "OutbindListener: tls: expected an object, got a boolean",
    ],
    [
      "no time at all",
      { onOutbind, outbindTimeout: 0 },
      "OutbindListener: outbindTimeout: expected milliseconds, a number from 1 to 2147483647, got 0",
    ],
    [
      "no connection at all",
      { onOutbind, maxConnections: 0 },
      "OutbindListener: maxConnections: expected a number of at least 1, got 0",
    ],
    [
      "a port that is none",
      { onOutbind, port: 70_000 },
      "OutbindListener: port: expected a number from 0 to 65535, got 70000",
    ],
    [
      "TLS that cannot be loaded",
      { onOutbind, tls: { cert: "x" } },
      "the TLS options cannot be loaded: tls.cert has no certificate",
    ],
    [
      "TLS without a certificate",
      { onOutbind, tls: {} },
      "the TLS options cannot be loaded: tls.cert and tls.key are missing",
    ],
  ])("%s", (_name, options, message) => {
    const error = errorOf(() => new OutbindListener(options as never));
    expect(error.message.startsWith(message), error.message).toBe(true);
  });
});
