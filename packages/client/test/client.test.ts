import { X509Certificate } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import {
  type ConnectionOptions,
  createSecureContext,
  createServer as createTlsServer,
  type TLSSocket,
} from "node:tls";
import { inspect } from "node:util";
import { createCodec, octets, type Pdu, Status } from "@esme/pdu";
import type { Smsc } from "@esme/smsc";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Client, type ClientOptions, LinkError, StatusError } from "../src/index.ts";
import { once } from "./once.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { freePort, smscOf } from "./smsc.ts";

const key = readFileSync(new URL("data/key.pem", import.meta.url));
const cert = readFileSync(new URL("data/cert.pem", import.meta.url));
const account = { system_id: "esme", password: "secret" } as const;
const bind = { mode: "transceiver", ...account } as const;

function clientOf(port: number, options: ClientOptions = {}): Client {
  const client = new Client({ host: "127.0.0.1", port, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

test("connects, binds, submits and unbinds", async () => {
  const smsc = await smscOf({ system_id: "smsc", accounts: [account] });
  const client = clientOf(smsc.port);
  expect(client.state).toBe("CLOSED");
  await client.connect();
  expect(client.state).toBe("OPEN");
  const { system_id } = await client.bindTransceiver({ system_id: "esme", password: "secret" });
  expect([client.state, system_id]).toEqual(["BOUND_TRX", "smsc"]);
  const short_message = Buffer.from("hello");
  const shown = once(smsc, "message");
  const response = await client.submitSm({ destination_addr: "123", short_message });
  expect(response.message_id).toBe("0000000001");
  expect(await shown).toMatchObject([{ to: "123", text: "hello", ids: ["0000000001"] }]);
  expect(client.stats()).toMatchObject({ connects: 1, statuses: { ESME_ROK: 2 } });
  await client.unbind();
  await client.disconnect();
  expect(client.state).toBe("CLOSED");
});

test.each([
  ["bindTransmitter", "BOUND_TX"],
  ["bindReceiver", "BOUND_RX"],
  ["bindTransceiver", "BOUND_TRX"],
] as const)("%s leads to %s", async (method, state) => {
  const { port } = await smscOf();
  const client = clientOf(port);
  await client.connect();
  await client[method]({ system_id: "esme" });
  expect(client.state).toBe(state);
});

test("every command of an ESME is a method that resolves with its response", async () => {
  const { port } = await smscOf({ receiptDelay: 60_000 });
  const client = clientOf(port, { bind });
  await client.connect();
  const destination_addr = "123";
  const submit = await client.submitSm({ destination_addr });
  const { message_id } = submit;
  const broadcast = await client.broadcastSm({
    broadcast_area_identifier: [Buffer.from([0])],
    broadcast_content_type: Buffer.from([0, 0, 0]),
    broadcast_rep_num: 1,
    broadcast_frequency_interval: Buffer.from([0, 0, 0]),
  });
  const responses = await Promise.all([
    client.submitMulti({ dest_address: [{ dest_flag: 1, destination_addr }] }),
    client.dataSm({ destination_addr }),
    client.querySm({ message_id }),
    client.replaceSm({ message_id }),
    client.cancelSm({ message_id }),
    client.queryBroadcastSm({ message_id: broadcast.message_id }),
    client.cancelBroadcastSm({ message_id: broadcast.message_id }),
    client.enquireLink(),
  ]);
  expect([submit, broadcast, ...responses].map(({ command }) => command)).toEqual([
    "submit_sm_resp",
    "broadcast_sm_resp",
    "submit_multi_resp",
    "data_sm_resp",
    "query_sm_resp",
    "replace_sm_resp",
    "cancel_sm_resp",
    "query_broadcast_sm_resp",
    "cancel_broadcast_sm_resp",
    "enquire_link_resp",
  ]);
});

test("genericNack() goes out with the number that it is given, and nothing answers it", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind });
  await client.connect();
  const session = smsc.sessions[0]?.session;
  if (session === undefined) throw new Error("nobody is connected");
  const stray = once<[Pdu]>(session, "stray");
  client.genericNack({ command_status: Status.ESME_RINVCMDID, sequence_number: 77 });
  expect((await stray)[0]).toMatchObject({
    command: "generic_nack",
    command_status: Status.ESME_RINVCMDID,
    sequence_number: 77,
  });
});

test("statistics outlive the connection; what is of it alone is 0 then", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind, window: 3, maxPerSecond: 100 });
  const settings = { window: 3, rate: 100, waiting: 0, inFlight: 0 };
  expect(client.stats()).toMatchObject({ ...settings, state: "CLOSED", connects: 0, sent: {} });
  await client.connect();
  await client.submitSm({ destination_addr: "1" });
  const sent = { bind_transceiver: 1, submit_sm: 1 };
  expect(client.stats()).toMatchObject({ ...settings, state: "BOUND_TRX", connects: 1, sent });
  await client.disconnect();
  expect(client.stats()).toMatchObject({
    ...settings,
    state: "CLOSED",
    connects: 1,
    sent,
    inboundRunning: 0,
    inboundWaiting: 0,
  });
  expect(new Client().stats().window).toBe(10);
});

test("setCallbacks() replaces all callbacks, now and for later connections", async () => {
  const seen: string[] = [];
  const smsc = await smscOf();
  const deliver_sm = () => void seen.push("first");
  const client = clientOf(smsc.port, { bind, callbacks: { deliver_sm } });
  client.setCallbacks({ deliver_sm: () => void seen.push("second") });
  for (const life of ["second", "third"]) {
    await client.connect();
    await smsc.sessions.at(-1)?.session.request({ command: "deliver_sm" });
    expect(seen.at(-1)).toBe(life);
    client.setCallbacks({ deliver_sm: () => void seen.push("third") });
    await smsc.sessions.at(-1)?.session.request({ command: "deliver_sm" });
    expect(seen.at(-1)).toBe("third");
    await client.disconnect();
  }
  expect(seen).toEqual(["second", "third", "third", "third"]);
});

describe("connect()", () => {
  test("rejects when nobody listens, with the system's error as the cause", async () => {
    const client = clientOf(await freePort());
    const error: unknown = await client.connect().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code: "connect_failed", cause: { code: "ECONNREFUSED" } });
    expect(client.state).toBe("CLOSED");
  });

  test("rejects with StatusError when its bind is refused, and nothing stays open", async () => {
    const smsc = await smscOf({ accounts: [{ ...account, password: "other" }] });
    const client = clientOf(smsc.port, { bind });
    const error: unknown = await client.connect().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: Status.ESME_RINVPASWD });
    expect(client.state).toBe("CLOSED");
    for (const { session } of smsc.sessions) await once(session, "close");
    expect(smsc.sessions).toEqual([]);
  });

  test("while connected is refused; after disconnect() it works again", async () => {
    const { port } = await smscOf();
    const client = clientOf(port);
    await client.connect();
    await expect(client.connect()).rejects.toMatchObject({ code: "wrong_state" });
    await client.disconnect();
    await client.connect();
    expect(client.stats().connects).toBe(2);
  });

  test.each([["disconnect"], ["unbind"]] as const)("is ended by %s()", async (method) => {
    const client = clientOf(await freePort(), { reconnect: { initialDelay: 60_000 } });
    const reconnecting = once(client, "reconnecting");
    const connecting = client.connect();
    const outcome = expect(connecting).rejects.toMatchObject({ code: "closed" });
    await reconnecting;
    expect(client.state).toBe("RECONNECTING");
    await client[method]();
    await outcome;
    expect(client.state).toBe("CLOSED");
  });

  test("is ended by its signal", async () => {
    const client = clientOf(await freePort(), { reconnect: { initialDelay: 60_000 } });
    const abort = new AbortController();
    const reconnecting = once(client, "reconnecting");
    const connecting = client.connect({ signal: abort.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: "closed" });
    await reconnecting;
    abort.abort();
    await outcome;
    expect(client.state).toBe("CLOSED");
  });

  test("does nothing with a signal that is aborted already; the error has its reason", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind, reconnect: true });
    const cause = new Error("shutdown");
    await expect(client.connect({ signal: AbortSignal.abort(cause) })).rejects.toMatchObject({
      code: "closed",
      cause,
    });
    expect(client.state).toBe("CLOSED");
    expect(smsc.sessions).toHaveLength(0);
  });

  test("has no more to do with its signal once it is done", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const abort = new AbortController();
    const connecting = client.connect({ signal: abort.signal });
    expect(client.state).toBe("CONNECTING");
    await connecting;
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
    abort.abort();
    await client.enquireLink();
    expect(client.state).toBe("BOUND_TRX");
  });

  test("is ended by its signal while the bind waits for its answer", async () => {
    const abort = new AbortController();
    let asked = () => {};
    const binding = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const answer = () => {
      asked();
      return "silent" as const;
    };
    const { stream } = new ScriptedSmsc(answer, () => {});
    const client = clientOf(1, { bind, stream, reconnect: true });
    const outcome = expect(client.connect({ signal: abort.signal })).rejects.toMatchObject({
      code: "closed",
    });
    await binding;
    abort.abort();
    await outcome;
    expect(client.state).toBe("CLOSED");
  });

  test("takes a ready stream", async () => {
    const { port } = await smscOf();
    const client = new Client({ stream: connectTcp(port, "127.0.0.1"), bind });
    await client.connect();
    expect(client.state).toBe("BOUND_TRX");
    await client.unbind();
  });
});

describe("TLS", () => {
  test("checks the certificate by default", async () => {
    const { port } = await smscOf({ tls: { key, cert } });
    const client = clientOf(port, { tls: true });
    await expect(client.connect()).rejects.toMatchObject({ code: "connect_failed" });
  });

  test("checks the name, too", async () => {
    const { port } = await smscOf({ tls: { key, cert } });
    const client = clientOf(port, { tls: { ca: cert, servername: "smsc.example" } });
    await expect(client.connect()).rejects.toMatchObject({ code: "connect_failed" });
  });

  test.each([
    ["localhost", "localhost"],
    // An address may not stand in the server name extension (RFC 6066 section 3).
    ["127.0.0.1", false],
  ])("to %s asks for the name %s", async (host, servername) => {
    const server = createTlsServer({ key, cert });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const asked = once<[TLSSocket]>(server, "secureConnection");
    const client = clientOf(port, { host, tls: { ca: cert } });
    await client.connect();
    const [socket] = await asked;
    expect(socket.servername).toBe(servername);
    socket.destroy();
  });

  test("works with the right authority", async () => {
    const { port } = await smscOf({ tls: { key, cert } });
    const client = clientOf(port, { tls: { ca: cert }, bind });
    await client.connect();
    expect(client.state).toBe("BOUND_TRX");
    await client.unbind();
  });
});

test.each([
  [undefined, (port: number) => `127.0.0.1:${port}`],
  ["mine", () => "mine"],
])(
  "on diagnostics channels a client with the name %s is called so, or by its SMSC",
  async (name, expected) => {
    const { port } = await smscOf();
    const heard: unknown[] = [];
    const onMessage = (message: unknown) => void heard.push(message);
    subscribe("esme:state", onMessage);
    onTestFinished(() => void unsubscribe("esme:state", onMessage));
    await clientOf(port, { bind, name }).connect();
    expect(heard).toContainEqual({ session: expected(port), state: "BOUND_TRX" });
  },
);

describe("without a connection", () => {
  test("requests do not wait for a connect() that ends with its first failure", async () => {
    const { port } = await smscOf();
    const client = clientOf(port, { bind });
    const connecting = client.connect();
    await expect(client.submitSm({})).rejects.toMatchObject({ code: "closed", written: false });
    await connecting;
  });

  test("requests do not wait for a link whose bind nobody knows", async () => {
    const { port } = await smscOf();
    const client = clientOf(port, { reconnect: true });
    const connecting = client.connect();
    for (const sending of [client.submitSm({}), client.enquireLink(), client.bindReceiver({})]) {
      await expect(sending).rejects.toMatchObject({ code: "closed", written: false });
    }
    await connecting;
  });

  test("requests reject with LinkError, not written", async () => {
    const client = clientOf(1);
    for (const sending of [client.submitSm({}), client.enquireLink(), client.bindReceiver({})]) {
      await expect(sending).rejects.toMatchObject({ code: "closed", written: false });
    }
    expect(() => client.genericNack({ command_status: 1, sequence_number: 1 })).toThrow(LinkError);
  });

  test("unbind() and disconnect() do nothing", async () => {
    const client = clientOf(1);
    await client.unbind();
    await client.disconnect();
  });
});

test("a lost link without reconnect rejects what waits, too", async () => {
  const smsc = await smscOf();
  smsc.behave({ fault: "ignore" });
  const client = clientOf(smsc.port, { bind, window: 1 });
  await client.connect();
  const all = Promise.allSettled([client.submitSm({}), client.submitSm({})]);
  const closed = once<[LinkError]>(client, "closed");
  await client.enquireLink();
  await smsc.sessions[0]?.session.close();
  expect((await closed)[0].code).toBe("closed_by_peer");
  expect(await all).toMatchObject([{ reason: { written: true } }, { reason: { written: false } }]);
  expect(client.state).toBe("CLOSED");
});

describe("listen() and readOnePdu()", () => {
  test("give the received requests, answer each when it is taken, and end after unbind", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const pdus = client.listen();
    await client.connect();
    const answers = Promise.all(
      ["1", "2", "3"].map((from) => smsc.deliver({ from, to: "4711", text: "Hello" })),
    );
    const seen: string[] = [];
    for await (const pdu of pdus) {
      if (pdu.command === "deliver_sm") seen.push(pdu.source_addr);
      if (seen.length === 3) {
        await answers;
        await client.unbind();
      }
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect(await client.readOnePdu()).toBeUndefined();
  });

  test("an unread PDU is not answered before it is read", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const first = client.readOnePdu();
    await client.connect();
    await smsc.deliver({ from: "1", to: "4711", text: "Hello" });
    expect(await first).toMatchObject({ command: "deliver_sm", source_addr: "1" });
    let answered = false;
    const second = smsc.deliver({ from: "2", to: "4711", text: "Hello" }).then(() => {
      answered = true;
    });
    await client.enquireLink();
    expect(answered).toBe(false);
    expect(await client.readOnePdu()).toMatchObject({ source_addr: "2" });
    await second;
  });

  /** What the client answers to a deliver_sm from this number. */
  async function answerOf(smsc: Smsc, source_addr: string): Promise<string> {
    const session = smsc.sessions.at(-1)?.session;
    if (session === undefined) throw new Error("nobody is connected");
    return session.request({ command: "deliver_sm", source_addr }).then(
      () => "ESME_ROK",
      (error: StatusError) => error.statusName,
    );
  }

  const sourceOf = (pdu: unknown) =>
    typeof pdu === "object" && pdu !== null && "source_addr" in pdu ? pdu.source_addr : undefined;

  test.each([
    [
      "listen()",
      (client: Client) =>
        client
          .listen()
          .next()
          .then(({ value }) => value),
    ],
    ["readOnePdu()", (client: Client) => client.readOnePdu()],
  ])("%s works in each life of a client", async (_name, read) => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    for (const life of ["1", "2", "3"]) {
      await client.connect();
      const reading = read(client);
      expect(await answerOf(smsc, life)).toBe("ESME_ROK");
      expect(sourceOf(await reading)).toBe(life);
      await client.disconnect();
    }
  });

  test("listen() before a second connect() is for the second connection", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    for (const life of ["1", "2"]) {
      const pdus = client.listen();
      await client.connect();
      const reading = pdus.next();
      expect(await answerOf(smsc, life)).toBe("ESME_ROK");
      expect(sourceOf((await reading).value)).toBe(life);
      await client.disconnect();
      expect(await pdus.next()).toEqual({ done: true, value: undefined });
    }
  });

  const leavings: [string, (pdus: AsyncGenerator<Pdu, void>) => Promise<unknown>][] = [
    [
      "break",
      async (pdus) => {
        for await (const _ of pdus) break;
      },
    ],
    [
      "a throw in the loop",
      async (pdus) => {
        for await (const _ of pdus) throw new Error("full");
      },
    ],
    ["return()", (pdus) => pdus.return()],
    ["throw()", (pdus) => pdus.throw(new Error("full"))],
    ["the end of await using", async (pdus) => pdus[Symbol.asyncDispose]()],
  ];

  test.each(leavings)(
    "%s ends listening: what was kept and what comes then is refused for now",
    async (_name, leave) => {
      const smsc = await smscOf();
      const client = clientOf(smsc.port, { bind });
      const pdus = client.listen();
      await client.connect();
      const answers = ["1", "2", "3"].map((from) => answerOf(smsc, from));
      await client.enquireLink();
      await leave(pdus).catch(() => {});
      const [first, ...kept] = await Promise.all(answers);
      expect(["ESME_ROK", "ESME_RX_T_APPN"]).toContain(first);
      expect(kept).toEqual(["ESME_RX_T_APPN", "ESME_RX_T_APPN"]);
      expect(await answerOf(smsc, "4")).toBe("ESME_RX_T_APPN");
      expect(await pdus.next()).toEqual({ done: true, value: undefined });
      const began = performance.now();
      await client.unbind();
      expect(performance.now() - began).toBeLessThan(4_000);
    },
  );

  test("after the loop was left a callback takes what comes, and what was kept", async () => {
    const seen: string[] = [];
    const smsc = await smscOf();
    const client = clientOf(smsc.port, {
      bind,
      callbacks: { deliver_sm: (pdu) => void seen.push(pdu.source_addr) },
    });
    const pdus = client.listen();
    await client.connect();
    const kept = answerOf(smsc, "1");
    await client.enquireLink();
    await pdus.return();
    expect(await kept).toBe("ESME_ROK");
    expect(await answerOf(smsc, "2")).toBe("ESME_ROK");
    expect(seen).toEqual(["1", "2"]);
  });

  test("with several iterators each PDU goes to the one that has waited longest", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const [one, two] = [client.listen(), client.listen()];
    await client.connect();
    const reading = [two.next(), one.next(), client.readOnePdu()];
    for (const from of ["1", "2", "3"]) expect(await answerOf(smsc, from)).toBe("ESME_ROK");
    const [second, first, single] = await Promise.all(reading);
    expect(second).toMatchObject({ value: { source_addr: "1" } });
    expect(first).toMatchObject({ value: { source_addr: "2" } });
    expect(single).toMatchObject({ source_addr: "3" });
  });

  test("leaving one of several iterators ends that one alone", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const [one, two] = [client.listen(), client.listen()];
    await client.connect();
    const [first, second] = [one.next(), two.next()];
    const end = { done: true, value: undefined };
    expect(await one.return()).toEqual(end);
    expect(await first).toEqual(end);
    expect(await one.next()).toEqual(end);
    expect(await answerOf(smsc, "1")).toBe("ESME_ROK");
    expect(sourceOf((await second).value)).toBe("1");
  });

  test("leaving the only iterator keeps PDUs for readOnePdu()", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const reading = client.readOnePdu();
    const pdus = client.listen();
    await client.connect();
    expect(await answerOf(smsc, "1")).toBe("ESME_ROK");
    await pdus.return();
    expect(sourceOf(await reading)).toBe("1");
    const kept = answerOf(smsc, "2");
    await client.enquireLink();
    expect(sourceOf(await client.readOnePdu())).toBe("2");
    expect(await kept).toBe("ESME_ROK");
  });

  test("leaving an iterator of an earlier connection changes nothing for the next one", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const old = client.listen();
    await client.connect();
    await client.disconnect();
    const pdus = client.listen();
    await client.connect();
    await old.return();
    const reading = pdus.next();
    expect(await answerOf(smsc, "1")).toBe("ESME_ROK");
    expect(sourceOf((await reading).value)).toBe("1");
  });

  test.each([
    ["a reader that waits", 0],
    ["a reader that comes later", 1],
  ])("give %s a PDU that holds nothing else of what came with it", async (_name, kept) => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    const pdus = client.listen();
    await client.connect();
    const value = Buffer.alloc(3, 1);
    const short_message = Buffer.from("hello");
    const pdu = {
      command: "deliver_sm",
      short_message,
      unknown_tlvs: [{ tag: 0x1501, value }],
    } as const;
    const reading = kept === 0 ? pdus.next() : undefined;
    // Both lie in one chunk: views into it would keep the large one, too.
    const payload = { command: "deliver_sm", message_payload: Buffer.alloc(30_000) } as const;
    const answers = Promise.all(
      [pdu, payload].map((each) => smsc.sessions[0]?.session.request(each)),
    );
    if (kept > 0) await client.enquireLink();
    const taken = (await (reading ?? pdus.next())).value;
    if (taken?.command !== "deliver_sm") throw new Error("no deliver_sm");
    const tlv = taken.unknown_tlvs?.[0];
    expect(tlv).toEqual({ tag: 0x1501, value: new Uint8Array(value) });
    const octets = [taken.short_message, tlv?.value];
    for (const each of octets) expect(each?.buffer.byteLength).toBeLessThan(200);
    await pdus.next();
    await answers;
  });

  test("go on while unbind() waits for answers, and end with the connection", async () => {
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port, { bind });
    const pdus = client.listen();
    await client.connect();
    const sending = client.submitSm({}).catch(() => {});
    await client.enquireLink();
    const unbinding = client.unbind();
    const reading = pdus.next();
    expect(await answerOf(smsc, "1")).toBe("ESME_ROK");
    expect(sourceOf((await reading).value)).toBe("1");
    const end = pdus.next();
    await smsc.sessions[0]?.session.close();
    expect(await end).toEqual({ done: true, value: undefined });
    await Promise.all([sending, unbinding]);
  });

  test.each([["disconnect"], ["unbind"]] as const)(
    "end with %s() also when there was no connection",
    async (method) => {
      const client = clientOf(1);
      const reading = [client.listen().next(), client.readOnePdu()];
      await client[method]();
      expect(await Promise.all(reading)).toEqual([{ done: true, value: undefined }, undefined]);
    },
  );
});

test.each([
  [{}, "ESME_RX_T_APPN"],
  [{ unhandled: "accept" }, undefined],
  [{ callbacks: { deliver_sm: () => {} } }, undefined],
] as const)("a deliver_sm to a client with %j ends with %s", async (options, statusName) => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind, ...options });
  await client.connect();
  const answer = smsc.sessions[0]?.session.request({ command: "deliver_sm" });
  if (statusName === undefined) await answer;
  else await expect(answer).rejects.toMatchObject({ statusName });
});

describe("what can never work is no reason to try again", () => {
  test("a bind that does not fit: nothing is connected", async () => {
    const stream = vi.fn();
    const client = clientOf(1, {
      bind: { ...bind, system_id: "x".repeat(40) },
      stream,
      reconnect: true,
    });
    await expect(client.connect()).rejects.toMatchObject({ name: "PduError", field: "system_id" });
    expect(client.state).toBe("CLOSED");
    expect(stream).not.toHaveBeenCalled();
  });

  test("a bind with TLVs that says SMPP 3.3", async () => {
    const { port } = await smscOf();
    const unknown_tlvs = [{ tag: 0x1401, value: Buffer.from("x") }];
    const client = clientOf(port, {
      bind: { ...bind, interface_version: 0x33, unknown_tlvs },
      reconnect: { initialDelay: 1 },
    });
    await expect(client.connect()).rejects.toMatchObject({ code: "version", written: false });
    expect(client.state).toBe("CLOSED");
  });

  const inTls = (file: string) => readFileSync(new URL(`data/tls/${file}`, import.meta.url));
  const encrypted = inTls("encrypted-key.pem");
  /** As a program without types gives it. */
  const numeric = 123_456 as unknown as string;
  const damaged = "-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----\n";
  const content = (file: string) =>
    `give the contents of the file, readFileSync("${file}"), not its path`;
  const noCa = `tls.ca has no certificate in PEM form, or a damaged one: ${content("ca.pem")}`;
  const noCert = `tls.cert has no certificate in PEM form, or a damaged one: ${content("cert.pem")}`;
  const noKey = `tls.key has no private key in PEM form: ${content("key.pem")}`;

  test.each<[string, ConnectionOptions, string]>([
    ["a path as ca", { ca: "./ca.pem" }, noCa],
    ["nothing as ca", { ca: "" }, noCa],
    ["a damaged ca", { ca: damaged }, noCa],
    ["a second ca that is damaged", { ca: [cert, `${cert}${damaged}`] }, noCa],
    ["a ca in DER", { ca: new X509Certificate(cert).raw }, noCa],
    ["a path as cert", { cert: "./cert.pem", key }, noCert],
    ["a key as cert", { cert: key, key }, noCert],
    ["a path as key", { cert, key: "./key.pem" }, noKey],
    ["a certificate as key", { cert, key: [{ pem: cert }] }, noKey],
    [
      "a damaged key",
      { cert, key: "-----BEGIN PRIVATE KEY-----\nabcd\n-----END PRIVATE KEY-----\n" },
      "tls.key is damaged",
    ],
    ["a cert alone", { cert }, "tls.cert is given without tls.key"],
    ["a key alone", { key }, "tls.key is given without tls.cert"],
    [
      "the key of another cert",
      { cert, key: inTls("other-key.pem") },
      "tls.key is not the key of tls.cert",
    ],
    ["an encrypted key", { cert, key: encrypted }, "tls.key is encrypted: give tls.passphrase"],
    [
      "another passphrase",
      { cert, key: encrypted, passphrase: "guess" },
      "tls.passphrase does not open tls.key",
    ],
    [
      "a passphrase that is a number",
      { cert, key: encrypted, passphrase: numeric },
      "tls.passphrase is a number, expected a string",
    ],
    [
      "such a passphrase beside a key",
      { cert, key: [{ pem: encrypted, passphrase: numeric }] },
      "tls.passphrase is a number, expected a string",
    ],
    [
      "a version that is none",
      { minVersion: "TLSv9" as "TLSv1.3" },
      '"TLSv9" is not a valid minimum TLS protocol version',
    ],
  ])("TLS options with %s", async (_name, tls, words) => {
    const client = clientOf(1, { tls, reconnect: true });
    const error: unknown = await client.connect().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "connect_failed",
      message: `the TLS options cannot be loaded: ${words}`,
    });
    expect(inspect(error)).not.toMatch(/123_?456|guess/);
    expect(client.state).toBe("CLOSED");
  });

  test.each<[string, ConnectionOptions]>([
    [
      "certificates behind text, in one file",
      { ca: `Our own\n${cert}\nTheirs\n${inTls("ca.pem")}` },
    ],
    ["an encrypted key and its passphrase", { cert, key: encrypted, passphrase: "opensesame" }],
    [
      "keys and certificates in lists",
      { cert: [cert], key: [{ pem: encrypted, passphrase: "opensesame" }] },
    ],
    ["nothing but a name", { servername: "smsc.example" }],
    ["a context made elsewhere", { secureContext: createSecureContext({ ca: cert }) }],
  ])("TLS options with %s are loaded", async (_name, tls) => {
    await expect(clientOf(await freePort(), { tls }).connect()).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
  });
});

describe("a lost link without reconnect", () => {
  test("is over in the event `closed`: the state is CLOSED, and connect() works there", async () => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    await client.connect();
    const again = new Promise<string>((resolve, reject) => {
      client.once("closed", () => {
        const { state } = client;
        client.connect().then(() => resolve(state), reject);
      });
    });
    await smsc.sessions[0]?.session.close();
    expect(await again).toBe("CLOSED");
    expect(client.state).toBe("BOUND_TRX");
  });

  test("is closed before the event, too: connect() waits for the old connection", async () => {
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port, { bind });
    await client.connect();
    const sending = client.submitSm({});
    await client.enquireLink();
    const again = sending.catch(() => client.connect());
    await smsc.sessions[0]?.session.close();
    await again;
    expect(client.state).toBe("BOUND_TRX");
  });
});

test.each([["disconnect"], ["unbind"]] as const)(
  "connect() while the old connection is still closing is ended by %s()",
  async (method) => {
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port, { bind });
    await client.connect();
    const sending = client.submitSm({});
    await client.enquireLink();
    const again = sending.catch(async () => {
      const connecting = client.connect();
      await client[method]();
      await connecting;
    });
    const outcome = expect(again).rejects.toMatchObject({ code: "closed" });
    await smsc.sessions[0]?.session.close();
    await outcome;
    expect(client.state).toBe("CLOSED");
  },
);

test.each([["disconnect"], ["unbind"]] as const)(
  "connect() in the event `closed` of %s() makes a new connection, which stays",
  async (method) => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { bind });
    await client.connect();
    const again = new Promise<void>((resolve, reject) => {
      client.once("closed", () => void client.connect().then(resolve, reject));
    });
    await client[method]();
    await again;
    expect(client.state).toBe("BOUND_TRX");
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
  },
);

test.each([["disconnect"], ["unbind"]] as const)(
  "a stream that comes when %s() was called already is destroyed",
  async (method) => {
    const { port } = await smscOf();
    const stream = connectTcp(port, "127.0.0.1");
    const client = new Client({ stream: () => stream });
    const connecting = client.connect();
    const ending = client[method]();
    await expect(connecting).rejects.toMatchObject({ code: "closed" });
    await ending;
    expect(stream.destroyed).toBe(true);
  },
);

test.each([["disconnect"], ["unbind"]] as const)(
  "a ready stream is destroyed when %s() is called right after connect()",
  async (method) => {
    const { port } = await smscOf();
    const stream = connectTcp(port, "127.0.0.1");
    const client = new Client({ stream });
    const connecting = client.connect();
    await Promise.all([client[method](), expect(connecting).rejects.toThrow("aborted")]);
    expect([stream.destroyed, client.stats().connects]).toEqual([true, 0]);
  },
);

test("an attempt that was aborted does not fail the next one", async () => {
  const { port } = await smscOf();
  const streams = [new Promise<never>(() => {}), connectTcp(port, "127.0.0.1")];
  const client = new Client({ stream: async () => streams.shift() });
  onTestFinished(() => client.disconnect());
  const first = expect(client.connect()).rejects.toThrow("aborted");
  void client.disconnect();
  await client.connect();
  await first;
  expect(client.state).toBe("OPEN");
});

test("disconnect() ends a connect() whose stream never comes", async () => {
  const client = new Client({ stream: () => new Promise(() => {}) });
  const connecting = client.connect();
  await client.disconnect();
  await expect(connecting).rejects.toMatchObject({ code: "closed" });
});

test("vendor TLVs of the codec are fields of the methods and of the callbacks", async () => {
  const codec = createCodec({
    tlvs: {
      template_id: { tag: 0x1401, type: octets({ min: 1, max: 20 }), commands: ["submit_sm"] },
    },
  });
  const seen: Pdu[] = [];
  const { port } = await smscOf({ onSubmit: (pdu) => void seen.push(pdu) });
  const client = new Client({ host: "127.0.0.1", port, codec, bind });
  await client.connect();
  await client.submitSm({ destination_addr: "1", template_id: Buffer.from("1107") });
  expect(seen[0]).toMatchObject({
    unknown_tlvs: [{ tag: 0x1401, value: new Uint8Array(Buffer.from("1107")) }],
  });
  await client.unbind();
});

test("await using unbinds at the end of the block", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind });
  await client.connect();
  const unbound = once(smsc.sessions[0]?.session ?? client, "unbound");
  await client[Symbol.asyncDispose]();
  expect(await unbound).toEqual(["peer"]);
  expect(client.state).toBe("CLOSED");
});

test("connect() after unbind() leaves the bind to the caller, when no option `bind` is given", async () => {
  const { port } = await smscOf();
  const client = clientOf(port);
  for (const _ of [1, 2]) {
    await client.connect();
    expect(client.state).toBe("OPEN");
    await client.bindTransceiver({ system_id: "esme" });
    expect(client.state).toBe("BOUND_TRX");
    await client.unbind();
  }
});

test("requests that share a signal put one listener on it, and none is left", async () => {
  const { port } = await smscOf();
  const client = clientOf(port, { window: 100 });
  await client.connect();
  await client.bindTransceiver({ system_id: "esme" });
  const { signal } = new AbortController();
  const submits = Array.from({ length: 100 }, () =>
    client.submitSm({ destination_addr: "1" }, { signal }),
  );
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await Promise.all(submits);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
