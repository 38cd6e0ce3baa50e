// An SMSC that asks to be bound to, over TCP: raw sockets and sessions play it.
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { encode, type PduOf } from "@esme/pdu";
import { Session } from "@esme/session";
import { expect, onTestFinished, test } from "vitest";
import { type Client, OutbindListener, type OutbindListenerOptions } from "../src/index.ts";
import { listen, once } from "./server.ts";

const key = readFileSync(new URL("data/key.pem", import.meta.url));
const cert = readFileSync(new URL("data/cert.pem", import.meta.url));
const bind = { mode: "receiver", system_id: "esme", password: "secret" } as const;
const outbind = { command: "outbind", system_id: "smsc", password: "hello" } as const;

async function listenerOf(
  onOutbind: OutbindListenerOptions["onOutbind"],
  options: Partial<OutbindListenerOptions> = {},
): Promise<OutbindListener> {
  const listener = new OutbindListener({ host: "127.0.0.1", port: 0, onOutbind, ...options });
  await listener.listen();
  onTestFinished(() => listener.close());
  return listener;
}

/** An SMSC on this connection, which takes every bind. */
function smscOn(socket: Socket): Session {
  const session = new Session(socket, {
    role: "smsc",
    callbacks: { bind_receiver: (pdu) => (pdu.password === "secret" ? { system_id: "s" } : 0x0e) },
  });
  onTestFinished(() => session.close());
  return session;
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
  const smsc = smscOn(dial(listener.port));
  smsc.send(outbind);
  const [client, pdu] = await bound;
  expect([client.state, smsc.state, pdu.system_id]).toEqual(["BOUND_RX", "BOUND_RX", "smsc"]);
  await smsc.request({ command: "deliver_sm", source_addr: "123" });
  expect(seen).toEqual([["smsc", "hello", "127.0.0.1"], "123"]);
  await client.unbind();
});

test("an outbind in pieces, with octets of the next PDU behind it, loses nothing", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const socket = dial(listener.port);
  socket.setNoDelay(true);
  const bound = once<[Client]>(listener, "bound");
  const octets = Buffer.concat([
    encode(outbind),
    encode({ command: "enquire_link", sequence_number: 7 }),
  ]);
  const parts = [octets.subarray(0, 5), octets.subarray(5)];
  for (const part of parts) await new Promise((done) => socket.write(part, done));
  const smsc = smscOn(socket);
  // The answer belongs to no request of this session: that is how it shows.
  const stray = once<[{ command: string; sequence_number: number }]>(smsc, "stray");
  expect((await stray)[0]).toMatchObject({ command: "enquire_link_resp", sequence_number: 7 });
  await (await bound)[0].unbind();
});

test("an outbind that closes at once: the normal port is dialled", async () => {
  const { port, sessions } = await listen();
  const listener = await listenerOf(() => ({ bind, host: "127.0.0.1", port }));
  const bound = once<[Client]>(listener, "bound");
  dial(listener.port).end(encode(outbind));
  const [client] = await bound;
  expect([client.state, sessions[0]?.state]).toEqual(["BOUND_RX", "BOUND_RX"]);
  await client.unbind();
});

test("a connection lost later comes back over the normal port, with reconnect", async () => {
  const { port, sessions } = await listen();
  const reconnect = { initialDelay: 1 };
  const listener = await listenerOf(() => ({ bind, host: "127.0.0.1", port, reconnect }));
  const bound = once<[Client]>(listener, "bound");
  const smsc = smscOn(dial(listener.port));
  smsc.send(outbind);
  const [client] = await bound;
  const again = once(client, "bound");
  await smsc.close();
  await again;
  expect(sessions[0]?.state).toBe("BOUND_RX");
  await client.unbind();
});

test.each([
  ["an unwanted outbind", encode(outbind), "closed"],
  ["another PDU", encode({ command: "enquire_link" }), "wrong_state"],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "bad_frame_length"],
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

test("without a host, a connection that closes at once is told", async () => {
  const listener = await listenerOf(() => ({ bind }));
  const error = once<[{ code: string }]>(listener, "error");
  dial(listener.port).end(encode(outbind));
  expect((await error)[0].code).toBe("closed_by_peer");
});

test("a refused bind is told with its status, and nothing is dialled", async () => {
  const { port, sessions } = await listen();
  const wrong = { ...bind, password: "wrong" };
  const listener = await listenerOf(() => ({ bind: wrong, host: "127.0.0.1", port }));
  const error = once<[{ statusName: string }]>(listener, "error");
  smscOn(dial(listener.port)).send(outbind);
  expect((await error)[0].statusName).toBe("ESME_RINVPASWD");
  expect(sessions).toHaveLength(0);
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
  const socket = connectTls({ host: "127.0.0.1", port: listener.port, ca: cert });
  smscOn(socket).send(outbind);
  await (await bound)[0].unbind();
});

test("a port that is taken is told", async () => {
  const { port } = await listen();
  await expect(listenerOf(() => undefined, { port })).rejects.toMatchObject({
    code: "connect_failed",
    cause: { code: "EADDRINUSE" },
  });
});
