/** A server as an ESME and an application see it, over TCP. */
import { type AddressInfo, createServer } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import { createCodec, integer, Status } from "@esme/pdu";
import { Session } from "@esme/session";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { SmppServer, type SmppServerOptions } from "../src/index.ts";
import { bound, connected, once, serverOf, text } from "./serve.ts";

describe("binds", () => {
  test.each(["transmitter", "receiver", "transceiver"] as const)(
    "a %s is known by system_id, mode and address",
    async (mode) => {
      const server = await serverOf();
      const isBound = once(server, "bound");
      await bound(server, { mode, system_id: "esme" });
      const [session] = await isBound;
      expect(session).toBe(server.sessions[0]);
      expect(session).toMatchObject({
        id: 1,
        system_id: "esme",
        mode,
        isBound: true,
        receives: mode !== "transmitter",
        remoteAddress: "127.0.0.1",
        tls: undefined,
      });
    },
  );

  test.each([
    [0x33, undefined],
    [0x34, 0x34],
    [0x50, 0x50],
  ])("an ESME of version %i gets a version that it knows", async (interface_version, expected) => {
    const server = await serverOf({ system_id: "gateway" });
    const client = await connected(server);
    const response = await client.request({
      command: "bind_transceiver",
      system_id: "esme",
      interface_version,
    });
    expect(response).toMatchObject({ system_id: "gateway" });
    expect(response.sc_interface_version).toBe(expected);
  });

  test("session comes at the connection, bound at the bind, unbound at the end", async () => {
    const server = await serverOf();
    const events: string[] = [];
    server.on("session", ({ system_id }) => events.push(`session ${system_id}`));
    server.on("bound", ({ system_id }) => events.push(`bound ${system_id}`));
    server.on("unbound", ({ system_id }) => events.push(`unbound ${system_id}`));
    const client = await bound(server);
    const ended = once(server, "unbound");
    await client.unbind();
    expect(await ended).toMatchObject([{ system_id: "esme" }, { code: "unbound" }]);
    expect(events).toEqual(["session ", "bound esme", "unbound esme"]);
    expect(server.sessions).toEqual([]);
  });

  test("a session has the events of its SMPP session", async () => {
    const server = await serverOf();
    const client = await bound(server);
    const [session] = server.sessions;
    const closed = new Promise<string>((resolve) =>
      session?.on("close", ({ code }) => resolve(code)),
    );
    await client.unbind();
    expect(await closed).toBe("unbound");
  });
});

describe("requests", () => {
  test("a callback gets the request and its session, and decides the answer", async () => {
    const server = await serverOf({
      callbacks: {
        submit_sm: async (pdu, session) => ({
          message_id: `${session.system_id} to ${pdu.destination_addr}`,
        }),
        data_sm: () => Status.ESME_RMSGQFUL,
        cancel_sm: () => {},
      },
    });
    const client = await bound(server, { throttleStatuses: [] });
    const response = await client.request({
      command: "submit_sm",
      destination_addr: "4711",
      ...text("hi"),
    });
    expect(response.message_id).toBe("esme to 4711");
    await expect(
      client.request({ command: "data_sm", destination_addr: "1" }),
    ).rejects.toMatchObject({
      statusName: "ESME_RMSGQFUL",
    });
    await client.request({ command: "cancel_sm", message_id: "1" });
  });

  test("a request without a callback is refused, enquire_link and unbind are not", async () => {
    const client = await bound(await serverOf());
    const refused = { statusName: "ESME_RINVCMDID" };
    await expect(
      client.request({ command: "submit_sm", destination_addr: "1" }),
    ).rejects.toMatchObject(refused);
    await expect(client.request({ command: "query_sm", message_id: "1" })).rejects.toMatchObject(
      refused,
    );
    await expect(
      client.request({ command: "data_sm", destination_addr: "1" }),
    ).rejects.toMatchObject(refused);
    await client.request({ command: "enquire_link" });
    await client.unbind();
  });

  test("data_sm of the server is no request for its callback", async () => {
    const seen: string[] = [];
    const server = await serverOf({
      callbacks: { data_sm: (pdu) => void seen.push(pdu.destination_addr) },
    });
    const client = await bound(server, { callbacks: { data_sm: () => {} } });
    await server.deliver("esme", { command: "data_sm", destination_addr: "from the server" });
    await client.request({ command: "data_sm", destination_addr: "from the ESME" });
    expect(seen).toEqual(["from the ESME"]);
  });

  test("all_commands sees both directions", async () => {
    const seen: string[] = [];
    const server = await serverOf({
      callbacks: {
        submit_sm: () => {},
        all_commands: ({ command }, { id }, direction) =>
          seen.push(`${id} ${direction} ${command}`),
      },
    });
    const client = await bound(server);
    await client.request({ command: "submit_sm", destination_addr: "1" });
    expect(seen).toEqual([
      "1 in bind_transceiver",
      "1 out bind_transceiver_resp",
      "1 in submit_sm",
      "1 out submit_sm_resp",
    ]);
  });

  test("vendor TLVs of the codec come and go", async () => {
    const codec = createCodec({
      tlvs: {
        price: { tag: 0x1501, type: integer({ size: 1 }), commands: ["submit_sm", "deliver_sm"] },
      },
    });
    const prices: (number | undefined)[] = [];
    const server = await new SmppServer({
      port: 0,
      codec,
      onBind: () => true,
      callbacks: { submit_sm: (pdu) => void prices.push(pdu.price) },
    }).listen();
    await using _ = server;
    const client = await connected(server, { codec: codec as never });
    await client.request({ command: "bind_transceiver", system_id: "esme" });
    client.setCallbacks({
      deliver_sm: (pdu) => void prices.push((pdu as { price?: number }).price),
    });
    await client.request({ command: "submit_sm", destination_addr: "1", price: 25 } as never);
    await server.deliver("esme", { price: 7 });
    expect(prices).toEqual([25, 7]);
    await client.unbind();
  });
});

describe("errors of the application harm nothing else", () => {
  test("a callback that throws or rejects is reported, and the request refused", async () => {
    const server = await serverOf({
      callbacks: {
        submit_sm: () => {
          throw new Error("thrown");
        },
        data_sm: () => Promise.reject(Object.assign(new Error("rejected"), { command_status: 8 })),
        query_sm: () => ({ message_id: "x".repeat(100) }),
        cancel_sm: () => {},
      },
    });
    const errors: unknown[] = [];
    server.on("error", (error, session) => errors.push([error.message, session?.system_id]));
    const client = await bound(server);
    await expect(
      client.request({ command: "submit_sm", destination_addr: "1" }),
    ).rejects.toMatchObject({
      statusName: "ESME_RSYSERR",
    });
    await expect(
      client.request({ command: "data_sm", destination_addr: "1" }),
    ).rejects.toMatchObject({ status: 8 });
    await expect(client.request({ command: "query_sm", message_id: "1" })).rejects.toMatchObject({
      statusName: "ESME_RSYSERR",
    });
    await client.request({ command: "cancel_sm", message_id: "1" });
    expect(errors).toEqual([
      ["thrown", "esme"],
      ["rejected", "esme"],
      [expect.stringContaining("message_id"), "esme"],
    ]);
  });

  test("listeners that throw, of error too, stop nothing", async () => {
    const server = await serverOf({ callbacks: { submit_sm: () => {} } });
    const errors: string[] = [];
    const failing = (name: string) => () => {
      throw new Error(name);
    };
    server.on("error", ({ message }) => errors.push(message));
    server.on("error", failing("of error"));
    server.on("session", failing("of session"));
    server.on("bound", async () => failing("of bound")());
    server.on("session", (session) => session.on("bound", failing("of the session")));
    const client = await bound(server);
    await client.request({ command: "submit_sm", destination_addr: "1" });
    expect(errors.sort()).toEqual(["of bound", "of session", "of the session"]);
  });

  test("without a listener and a logger a warning of the process tells, once", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const server = await serverOf({
      callbacks: {
        submit_sm: () => {
          throw new Error("mine");
        },
      },
    });
    const client = await bound(server);
    for (const destination_addr of ["1", "2"]) {
      await expect(client.request({ command: "submit_sm", destination_addr })).rejects.toThrow();
    }
    expect(warn.mock.calls).toEqual([[expect.objectContaining({ message: "mine" })]]);
    warn.mockRestore();
  });

  test.each(["wrap", "sessionOptions"] as const)(
    "%s that throws costs its connection",
    async (name) => {
      let count = 0;
      const server = await serverOf({
        [name]: (given: never) => {
          if (count++ === 0) throw new Error(`in ${name}`);
          return name === "wrap" ? given : {};
        },
      });
      const error = once(server, "error");
      await expect(bound(server)).rejects.toThrow();
      expect(await error).toMatchObject([{ message: `in ${name}` }, undefined]);
      await bound(server);
    },
  );
});

test("listeners that a user removes are none of the server's own", async () => {
  const server = await serverOf({
    onBind: () => ({ maxSessions: 1 }),
    callbacks: { submit_sm: () => {} },
  });
  server.on("session", (session) => session.removeAllListeners());
  const client = await bound(server, { callbacks: { deliver_sm: () => {} } });
  for (const session of server.sessions) session.removeAllListeners();
  await server.deliver("esme", text("hi"));
  await client.close();
  await expect.poll(() => server.sessions).toEqual([]);
  await bound(server);
  expect(server.stats().bound).toBe(1);
});

describe("seams", () => {
  test("wrap stands between the connection and the session", async () => {
    const seen: number[] = [];
    const server = await serverOf({
      wrap: (stream, session) => {
        stream.on("data", ({ length }) => seen.push(session.id, length));
        return stream;
      },
    });
    await bound(server);
    expect(seen).toEqual([1, expect.any(Number)]);
  });

  test("wrap may give another stream, which the session ends with itself", async () => {
    const ends: string[] = [];
    const server = await serverOf({
      callbacks: { submit_sm: () => ({ message_id: "1" }) },
      // Octet by octet, in both directions.
      wrap: (stream) => {
        const wire = new Duplex({
          read() {},
          write(chunk: Uint8Array, _, done) {
            for (const octet of chunk) stream.write(Uint8Array.of(octet));
            done();
          },
          final: (done) => void stream.end(done),
          destroy(error, done) {
            ends.push("destroyed");
            stream.destroy();
            done(error);
          },
        });
        stream.on("data", (chunk: Uint8Array) => {
          for (const octet of chunk) wire.push(Uint8Array.of(octet));
        });
        stream.on("close", () => wire.destroy());
        return wire;
      },
    });
    const client = await bound(server);
    expect(await client.request({ command: "submit_sm", destination_addr: "1" })).toMatchObject({
      message_id: "1",
    });
    const lost = once(client, "close");
    for (const session of server.sessions) session.destroy();
    await lost;
    await expect.poll(() => server.sessions).toEqual([]);
    expect(ends).toEqual(["destroyed"]);
  });

  test("sessionOptions change one session", async () => {
    const server = await serverOf({
      window: 3,
      sessionOptions: ({ id }) => (id === 1 ? { window: 7 } : {}),
    });
    await bound(server);
    await bound(server);
    expect(server.sessions.map((session) => session.stats().window)).toEqual([7, 3]);
  });

  test("accept serves any stream, until the server is closed", async () => {
    const server = new SmppServer({ onBind: () => true });
    const session = server.accept(new PassThrough(), { remoteAddress: "192.0.2.1" });
    expect(session).toMatchObject({ state: "OPEN", remoteAddress: "192.0.2.1" });
    await server.close();
    expect(session.state).toBe("CLOSED");
    const late = new PassThrough();
    expect(() => server.accept(late)).toThrow(expect.objectContaining({ code: "closed" }));
    expect(late.destroyed).toBe(true);
  });
});

test("a stream that is over when it is accepted leaves no session", async () => {
  const server = await serverOf();
  const over = new PassThrough();
  over.destroy();
  const session = server.accept(over);
  await new Promise((resolve) => session.on("close", resolve));
  expect(server.sessions).toEqual([]);
  const failing = new PassThrough();
  const failed = server.accept(failing);
  failing.destroy(new Error("reset"));
  await new Promise((resolve) => failed.on("close", resolve));
  expect(server.sessions).toEqual([]);
});

describe("outbind and alert", () => {
  test("outbind dials an ESME, which binds", async () => {
    const server = await serverOf({ accounts: [{ system_id: "esme", password: "secret" }] });
    const knocks: string[] = [];
    const esme = createServer((socket) => {
      const session = new Session(socket, {
        role: "esme",
        callbacks: {
          outbind: ({ system_id, password }) => {
            knocks.push(`${system_id} ${password}`);
            const bind = { system_id: "esme", password: "secret" };
            void session.request({ command: "bind_receiver", ...bind });
          },
          deliver_sm: () => {},
        },
      });
      onTestFinished(() => session.close());
    });
    await new Promise<void>((resolve) => esme.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void esme.close());
    const { port } = esme.address() as AddressInfo;
    const isBound = once(server, "bound");
    const options = { host: "127.0.0.1", port, password: "knock" };
    const session = await server.outbind(options);
    expect(session.remoteAddress).toBe("127.0.0.1");
    expect(await isBound).toEqual([session]);
    await server.deliver("esme", text("hi"));
    expect(knocks).toEqual(["esme-server knock"]);
  });

  test("outbind to nobody rejects, and leaves no session", async () => {
    const server = await serverOf();
    const { port } = await serverOf();
    const lost = server.outbind({ host: "127.0.0.1", port: 1 });
    await expect(lost).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const wrong = server.outbind({ host: "127.0.0.1", port, pasword: "x" } as never);
    await expect(wrong).rejects.toThrow(/unknown option pasword/);
    expect(server.sessions).toEqual([]);
  });

  test("an alert goes to a receiver of the account", async () => {
    const server = await serverOf();
    const alerts: string[] = [];
    const client = await bound(server, {
      system_id: "mine",
      callbacks: { alert_notification: ({ source_addr }) => void alerts.push(source_addr) },
    });
    expect(server.alert("other", { source_addr: "1" })).toBe(false);
    expect(server.alert("mine", { source_addr: "2" })).toBe(true);
    expect(server.alert(undefined, { source_addr: "3" })).toBe(true);
    await client.request({ command: "enquire_link" });
    expect(alerts).toEqual(["2", "3"]);
    await client.unbind();
    expect(server.alert(undefined, { source_addr: "3" })).toBe(false);
  });
});

test.each([
  [{ command: "submit_sm", ...text("hi") }, /neither deliver_sm nor data_sm/],
  [{ command: "deliver_sm", to: "1" }, /to/],
])("deliver refuses %j, and its receivers stay", async (message, expected) => {
  const server = await serverOf();
  await bound(server, { callbacks: { deliver_sm: () => {} } });
  await expect(server.deliver("esme", message as never)).rejects.toThrow(expected);
  const { command_status } = await server.deliver("esme", { command: undefined, ...text("hi") });
  expect(command_status).toBe(0);
});

describe("closing", () => {
  test("close ends connections, the port and deliveries, once", async () => {
    const server = await serverOf();
    const client = await bound(server, { system_id: "esme" });
    const waiting = expect(server.deliver("other", text("never"))).rejects.toMatchObject({
      code: "closed",
    });
    const closes: string[] = [];
    server.on("close", () => closes.push("close"));
    const lost = once(client, "close");
    await Promise.all([server.close(), server.close()]);
    await waiting;
    await lost;
    expect(closes).toEqual(["close"]);
    expect(server.sessions).toEqual([]);
    await expect(connected(server)).rejects.toThrow();
    await expect(server.listen()).rejects.toMatchObject({ code: "closed" });
    await expect(server.deliver("esme", text("late"))).rejects.toMatchObject({ code: "closed" });
    await expect(server.outbind({ host: "127.0.0.1", port: 1 })).rejects.toMatchObject({
      code: "closed",
    });
  });

  test("close with unbind waits for callbacks and exchanges unbind", async () => {
    let finish = (_: { message_id: string }) => {};
    const fields = new Promise<{ message_id: string }>((resolve) => {
      finish = resolve;
    });
    const server = await serverOf({ callbacks: { submit_sm: () => fields } });
    const client = await bound(server);
    const answer = client.request({ command: "submit_sm", destination_addr: "1" });
    await client.request({ command: "enquire_link" });
    const closing = server.close({ unbind: true });
    await expect(connected(server)).rejects.toThrow();
    expect(server.sessions).toHaveLength(1);
    finish({ message_id: "in time" });
    await closing;
    expect((await answer).message_id).toBe("in time");
  });

  test("a second close without unbind ends the waiting", async () => {
    const server = await serverOf({
      unbindTimeout: 60_000,
      callbacks: { submit_sm: () => new Promise<undefined>(() => {}) },
    });
    const client = await bound(server);
    const answer = client
      .request({ command: "submit_sm", destination_addr: "1" })
      .catch((error) => error);
    await client.request({ command: "enquire_link" });
    const closing = server.close({ unbind: true });
    await expect(connected(server)).rejects.toThrow();
    expect(server.sessions).toHaveLength(1);
    await Promise.all([server.close(), closing]);
    expect(await answer).toMatchObject({ name: "LinkError" });
  });

  test("a server that could not listen may try again, one that listens may not", async () => {
    const first = await serverOf();
    const second = new SmppServer({ port: first.port, onBind: () => true });
    await expect(second.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.close();
    await second.listen();
    await expect(second.listen()).rejects.toMatchObject({ code: "listening" });
    await second.close();
  });

  test("close during listen leaves nothing open", async () => {
    const server = new SmppServer({ port: 0, onBind: () => true });
    const listening = server.listen();
    await server.close();
    await expect(listening).rejects.toMatchObject({ code: "closed" });
    await new SmppServer({ onBind: () => true }).close();
  });
});

describe("options", () => {
  const onBind = () => true;
  test.each<[string, object, RegExp]>([
    ["an unknown name", { onBind, maxSesions: 3 }, /unknown option maxSesions .* maxSessions\?/],
    [
      "a wrong type",
      { onBind, port: "2775" },
      /port: expected a number from 0 to 65535, got a string/,
    ],
    [
      "an option of sessions out of range",
      { onBind, window: 0 },
      /window: expected a number of at least 1, got 0/,
    ],
    ["nobody who decides", {}, /expected accounts or onBind/],
    ["two who decide", { onBind, accounts: [] }, /and not both/],
    [
      "an account with an unknown key",
      { accounts: [{ system_id: "a", password: "hidden", max: 1 }] },
      /accounts\[0\]: unknown key max/,
    ],
    [
      "an account without a password",
      { accounts: [{ system_id: "a" }] },
      /password: missing, expected a string/,
    ],
    [
      "an account twice",
      { accounts: [1, 2].map(() => ({ system_id: "a", password: "hidden" })) },
      /accounts\[1\]: its system_id is there twice/,
    ],
    [
      "an unknown callback",
      { onBind, callbacks: { submit: () => {} } },
      /unknown callback submit .* submit_sm\?/,
    ],
    [
      "a callback for a bind",
      { onBind, callbacks: { bind_receiver: () => {} } },
      /unknown callback bind_receiver/,
    ],
    ["PROXY headers of anybody", { onBind, proxyProtocol: "v1" }, /trustedProxies/],
    [
      "another PROXY protocol",
      { onBind, proxyProtocol: "v3", trustedProxies: [] },
      /proxyProtocol/,
    ],
    [
      "a proxy that is no address",
      { onBind, proxyProtocol: "v1", trustedProxies: ["10.0.0.0/33"] },
      /trustedProxies\[0\]/,
    ],
    ["a name that is too long", { onBind, system_id: "x".repeat(16) }, /system_id/],
  ])("%s is refused", (_, options, expected) => {
    expect(() => new SmppServer(options as SmppServerOptions)).toThrow(expected);
    expect(() => new SmppServer(options as SmppServerOptions)).not.toThrow(/hidden/);
  });

  test("limits may be endless", async () => {
    const server = await serverOf({
      maxSessions: Number.POSITIVE_INFINITY,
      maxSessionsPerAddress: Number.POSITIVE_INFINITY,
      maxSessionsPerAccount: Number.POSITIVE_INFINITY,
      maxRefusedBindsPerAddress: Number.POSITIVE_INFINITY,
      queueLimit: Number.POSITIVE_INFINITY,
    });
    await bound(server);
    expect(server.stats().bound).toBe(1);
  });

  test("the port is 2775, with TLS 3550", () => {
    expect(new SmppServer({ onBind }).port).toBe(2775);
    expect(new SmppServer({ onBind, tls: {} }).port).toBe(3550);
  });
});
