// An SMSC that sends outbind over TCP: the simulator, and raw sockets for faults.
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { encode, type PduOf } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Client, OutbindListener, type OutbindListenerOptions } from "../src/index.ts";
import { once } from "./once.ts";
import { smscOf } from "./smsc.ts";

const key = readFileSync(new URL("data/key.pem", import.meta.url));
const cert = readFileSync(new URL("data/cert.pem", import.meta.url));
const account = { system_id: "esme", password: "secret" } as const;
const bind = { mode: "receiver", ...account } as const;
const hello = { system_id: "smsc", password: "hello" } as const;
const outbind = encode({ command: "outbind", ...hello });

async function listenerOf(
  onOutbind: OutbindListenerOptions["onOutbind"],
  options: Partial<OutbindListenerOptions> = {},
): Promise<OutbindListener> {
  const listener = new OutbindListener({ host: "127.0.0.1", port: 0, onOutbind, ...options });
  await listener.listen();
  onTestFinished(() => listener.close());
  return listener;
}

function dial(port: number): Socket {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("binds back on the connection of the outbind, and receives", async () => {
  const seen: unknown[] = [];
  const listener = await listenerOf(({ system_id, password }, address) => {
    seen.push([system_id, password, address]);
    return { bind, callbacks: { deliver_sm: (pdu) => void seen.push(pdu.source_addr) } };
  });
  const bound = once<[Client, PduOf<"outbind">]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  const { session } = await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  const [client, pdu] = await bound;
  expect([client.state, session.state, pdu.system_id]).toEqual(["BOUND_RX", "BOUND_RX", "smsc"]);
  await smsc.deliver({ from: "123", to: "4711", text: "Hello" });
  expect(seen).toEqual([["smsc", "hello", "127.0.0.1"], "123"]);
  await client.unbind();
});

test("an outbind in pieces, with octets of the next PDU behind it, loses nothing", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const socket = dial(listener.port);
  socket.setNoDelay(true);
  const bound = once<[Client]>(listener, "bound");
  const octets = Buffer.concat([outbind, encode({ command: "enquire_link", sequence_number: 7 })]);
  const parts = [octets.subarray(0, 5), octets.subarray(5)];
  for (const part of parts) await new Promise((done) => socket.write(part, done));
  const { session } = (await smscOf({ accounts: [account] })).accept(socket);
  // The answer belongs to no request of this session: that is how it shows.
  const stray = once<[{ command: string; sequence_number: number }]>(session, "stray");
  expect((await stray)[0]).toMatchObject({ command: "enquire_link_resp", sequence_number: 7 });
  await (await bound)[0].unbind();
});

test.each([
  ["host and port", (port: number) => ({ host: "127.0.0.1", port })],
  ["url", (port: number) => ({ url: `smpp://127.0.0.1:${port}` })],
])("an outbind that closes at once: the normal port is dialled, by %s", async (_, place) => {
  const smsc = await smscOf({ accounts: [account] });
  const listener = await listenerOf(() => ({ bind, ...place(smsc.port) }));
  const bound = once<[Client]>(listener, "bound");
  dial(listener.port).end(outbind);
  const [client] = await bound;
  expect(client.state).toBe("BOUND_RX");
  expect(smsc.sessions).toMatchObject([{ id: 1, mode: "receiver" }]);
  await client.unbind();
});

test("a connection lost later is made again to the normal port, with reconnect", async () => {
  const smsc = await smscOf({ accounts: [account] });
  const reconnect = { initialDelay: 1 };
  const listener = await listenerOf(() => ({
    bind,
    host: "127.0.0.1",
    port: smsc.port,
    reconnect,
  }));
  const bound = once<[Client]>(listener, "bound");
  const { session } = await smsc.outbind({ host: "127.0.0.1", port: listener.port });
  const [client] = await bound;
  const again = once(client, "bound");
  await session.close();
  await again;
  expect(smsc.sessions).toMatchObject([{ id: 2, mode: "receiver" }]);
  await client.unbind();
});

test.each([
  ["an unwanted outbind", outbind, "closed"],
  ["another PDU", encode({ command: "enquire_link" }), "wrong_state"],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "bad_frame_length"],
  ["a PDU longer than any outbind", Buffer.from("000004010000000b", "hex"), "bad_frame_length"],
  ["nothing before the end", Buffer.alloc(0), "closed_by_peer"],
])("%s ends the connection and is told", async (_name, octets, code) => {
  const listener = await listenerOf(() => undefined);
  const error = once<[{ code: string }]>(listener, "error");
  const socket = dial(listener.port);
  const closed = once(socket, "close");
  if (octets.length > 0) socket.write(octets);
  else socket.end();
  expect((await error)[0].code).toBe(code);
  await closed;
});

test("a connection that is reset before its outbind is reported, and harms no other", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const error = once<[{ code: string }]>(listener, "error");
  const socket = dial(listener.port);
  await once(socket, "connect");
  socket.write(outbind.subarray(0, 5));
  socket.resetAndDestroy();
  expect((await error)[0].code).toBe("closed_by_peer");
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  await (await bound)[0].unbind();
});

test("a refused outbind is reported with its system_id, its address, and no password", async () => {
  const listener = await listenerOf(() => undefined);
  const error = once<[Error]>(listener, "error");
  dial(listener.port).write(encode({ command: "outbind", system_id: "sm\nsc", password: "hello" }));
  expect((await error)[0].message).toBe(
    'the outbind of "sm\\nsc" at 127.0.0.1 was refused by onOutbind',
  );
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no database");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no database"))],
  ["gives options that cannot be meant", () => ({ bind, windw: 3 })],
])("onOutbind that %s is told, ends the connection, and harms no other", async (_name, act) => {
  let calls = 0;
  const listener = await listenerOf(() => (calls++ === 0 ? act() : { bind }));
  const error = once<[Error]>(listener, "error");
  const socket = dial(listener.port);
  socket.write(outbind);
  await once(socket, "close");
  expect((await error)[0].message).toMatch(/no database|windw/);
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  await (await bound)[0].unbind();
});

test("more than maxConnections are closed at once, with one error, until there is room", async () => {
  const listener = await listenerOf(() => ({ bind }), { maxConnections: 2 });
  const errors: string[] = [];
  listener.on("error", ({ message }) => errors.push(message));
  const silent = [dial(listener.port), dial(listener.port)];
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  const turnedAway = [1, 2, 3].map(() => once(dial(listener.port), "close"));
  await Promise.all(turnedAway);
  expect(errors).toEqual(["new connections are closed: 2 are open already (maxConnections)"]);
  const room = once(listener, "error");
  silent[0]?.destroy();
  await room;
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  const [client] = await bound;
  // A client that bound back counts, too.
  await once(dial(listener.port), "close");
  expect(errors.at(-1)).toBe("new connections are closed: 2 are open already (maxConnections)");
  expect(errors).toHaveLength(3);
  await client.unbind();
});

describe("with TLS a connection", () => {
  test("whose handshake does not come ends in time", async () => {
    const listener = await listenerOf(() => ({ bind }), { tls: { key, cert }, outbindTimeout: 20 });
    const error = once<[Error]>(listener, "error");
    const closed = once(dial(listener.port), "close");
    expect((await error)[0]).toMatchObject({
      code: "connect_failed",
      cause: { code: "ERR_TLS_HANDSHAKE_TIMEOUT" },
    });
    await closed;
  });

  test("whose handshake ends after close() is closed", async () => {
    const asked: string[] = [];
    const listener = await listenerOf(({ system_id }) => void asked.push(system_id), {
      tls: { key, cert },
    });
    const socket = dial(listener.port);
    await once(socket, "connect");
    // The server has seen it, too, when it has answered another one that came later.
    await once(connectTls({ port: listener.port, host: "127.0.0.1", ca: cert }), "secureConnect");
    listener.close();
    const late = connectTls({ socket, ca: cert, servername: "localhost" });
    late.on("error", () => {});
    late.write(outbind);
    await once(late, "close");
    expect(asked).toEqual([]);
  });

  test("without TLS ends, and the error says so", async () => {
    const listener = await listenerOf(() => ({ bind }), { tls: { key, cert } });
    const error = once<[Error]>(listener, "error");
    dial(listener.port).write(outbind);
    expect((await error)[0]).toMatchObject({
      code: "connect_failed",
      message: expect.stringMatching(/^a connection ended in the TLS handshake: /),
    });
  });
});

test("without a host, a connection lost later is reported: there is no host to connect to", async () => {
  const listener = await listenerOf(() => ({ bind, reconnect: { initialDelay: 1 } }));
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  const { session } = await smsc.outbind({ host: "127.0.0.1", port: listener.port });
  const [client] = await bound;
  const reasons: string[] = [];
  const twice = new Promise<void>((resolve) => {
    client.on("reconnecting", ({ reason }) => {
      reasons.push(reason.message);
      if (reasons.length === 2) resolve();
    });
  });
  await session.close();
  await twice;
  await client.disconnect();
  expect(reasons[1]).toContain("the connection of the outbind is closed, and there is no host");
});

test("without a host, a connection that closes at once is reported", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const error = once<[{ code: string }]>(listener, "error");
  dial(listener.port).end(outbind);
  expect((await error)[0].code).toBe("closed_by_peer");
});

test("a refused bind is reported with its status, and no other connection is made", async () => {
  const [smsc, normal] = [await smscOf({ accounts: [account] }), await smscOf()];
  const wrong = { ...bind, password: "wrong" };
  const listener = await listenerOf(() => ({ bind: wrong, host: "127.0.0.1", port: normal.port }));
  const error = once<[{ statusName: string }]>(listener, "error");
  await smsc.outbind({ host: "127.0.0.1", port: listener.port });
  expect((await error)[0].statusName).toBe("ESME_RINVPASWD");
  expect(normal.sessions).toHaveLength(0);
});

test("no outbind in time ends the connection", async () => {
  const listener = await listenerOf(() => ({ bind }), { outbindTimeout: 1 });
  const error = once<[{ code: string }]>(listener, "error");
  const closed = once(dial(listener.port), "close");
  expect((await error)[0].code).toBe("inactive");
  await closed;
});

test("listens with TLS, too", async () => {
  const listener = await listenerOf(() => ({ bind }), { tls: { key, cert } });
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, tls: { ca: cert } });
  await (await bound)[0].unbind();
});

test("a port in use rejects listen()", async () => {
  const { port } = await smscOf();
  const onOutbind = () => undefined;
  const listener = new OutbindListener({ host: "127.0.0.1", port, onOutbind });
  for (const _ of ["at first", "again"]) {
    await expect(listener.listen()).rejects.toMatchObject({
      code: "connect_failed",
      message: expect.stringContaining(`cannot listen on port ${port}: `),
      cause: { code: "EADDRINUSE" },
    });
  }
});

describe("listen()", () => {
  const listenerHere = () =>
    new OutbindListener({ host: "127.0.0.1", port: 0, onOutbind: () => undefined });

  test("a second time is refused, and the first goes on", async () => {
    const listener = listenerHere();
    const first = listener.listen();
    await expect(listener.listen()).rejects.toMatchObject({ code: "wrong_state" });
    await first;
    await expect(listener.listen()).rejects.toMatchObject({ code: "wrong_state" });
    expect(listener.port).toBeGreaterThan(0);
    listener.close();
  });

  test("works again after close(); between them there is no port", async () => {
    const listener = listenerHere();
    for (const _ of [1, 2]) {
      expect(listener.port).toBe(0);
      await listener.listen();
      expect(listener.port).toBeGreaterThan(0);
      listener.close();
    }
  });

  test("ends when close() comes first", async () => {
    const listener = listenerHere();
    const listening = listener.listen();
    listener.close();
    await expect(listening).rejects.toMatchObject({ code: "closed" });
  });
});

test("close() while onOutbind decides is the end of that connection: nothing is bound or dialled", async () => {
  const smsc = await smscOf({ accounts: [account] });
  const listener: OutbindListener = await listenerOf(async () => {
    listener.close();
    return { bind, host: "127.0.0.1", port: smsc.port };
  });
  const error = once<[Error]>(listener, "error");
  const socket = dial(listener.port);
  const closed = once(socket, "close");
  socket.write(outbind);
  expect((await error)[0]).toMatchObject({ code: "closed", message: "the listener was closed" });
  await closed;
  expect(smsc.sessions).toHaveLength(0);
});

test("close() ends connections without an outbind, not those of clients that bound back", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const bound = once<[Client]>(listener, "bound");
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  const [client] = await bound;
  const silent = dial(listener.port);
  await once(silent, "connect");
  const told = once<[{ code: string }]>(listener, "error");
  await client.enquireLink();
  const closed = once(silent, "close");
  listener.close();
  await closed;
  expect((await told)[0].code).toBe("closed_by_peer");
  expect((await client.enquireLink()).command_status).toBe(0);
  await client.unbind();
});

test("a listener of `bound` that throws is reported, and the client stays bound", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const bound = once<[Client]>(listener, "bound");
  const reported = once<[Error]>(listener, "error");
  listener.on("bound", () => {
    throw new Error("no metrics");
  });
  const smsc = await smscOf({ accounts: [account] });
  await smsc.outbind({ host: "127.0.0.1", port: listener.port, ...hello });
  const [client] = await bound;
  expect((await reported)[0].message).toBe("no metrics");
  await client.enquireLink();
  expect(client.state).toBe("BOUND_RX");
  await client.unbind();
});
