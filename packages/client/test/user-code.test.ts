// User code that fails: its error is emitted as `error`, and nothing else changes.
import { encode, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, type ClientEvents, type ClientOptions } from "../src/index.ts";
import { once } from "./once.ts";
import { smscOf } from "./smsc.ts";

const bind = { mode: "transceiver", system_id: "esme", password: "secret" } as const;

/** Ways to fail, and the message of the error that is emitted. */
const failures: [string, () => never | Promise<never>][] = [
  [
    "throws",
    () => {
      throw new Error("disk full");
    },
  ],
  ["rejects", () => Promise.reject(new Error("disk full"))],
  [
    "throws what is no Error",
    () => {
      throw "disk full";
    },
  ],
];

function clientOf(port: number, options: ClientOptions): { client: Client; errors: string[] } {
  const client = new Client({ host: "127.0.0.1", port, bind, ...options });
  const errors: string[] = [];
  client.on("error", ({ message }) => errors.push(message));
  onTestFinished(() => client.disconnect());
  return { client, errors };
}

/** The command_status with which this side answers a deliver_sm. */
async function statusOf(session: { request(pdu: { command: "deliver_sm" }): Promise<unknown> }) {
  return session.request({ command: "deliver_sm" }).then(
    () => "ESME_ROK",
    (error: { statusName: string }) => error.statusName,
  );
}

describe.each(failures)("a callback that %s", (_name, fail) => {
  test("for a received request: ESME_RSYSERR, and the session goes on", async () => {
    const smsc = await smscOf();
    const { client, errors } = clientOf(smsc.port, { callbacks: { deliver_sm: fail } });
    await client.connect();
    const session = smsc.sessions[0]?.session;
    if (session === undefined) throw new Error("no session");
    for (const _ of [1, 2]) expect(await statusOf(session)).toBe("ESME_RSYSERR");
    expect(errors).toEqual(["disk full", "disk full"]);
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
  });

  test("for a response, or for what this side writes: the request ends as it would", async () => {
    const smsc = await smscOf();
    const callbacks = { submit_sm: fail, submit_sm_resp: fail, bind_transceiver_resp: fail };
    const { client, errors } = clientOf(smsc.port, { callbacks });
    await client.connect();
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
    expect(errors).toEqual(["disk full", "disk full", "disk full"]);
  });

  test("for all_commands: each PDU is dealt with as without it", async () => {
    const smsc = await smscOf();
    const { client, errors } = clientOf(smsc.port, {});
    await client.connect();
    client.setCallbacks({ all_commands: fail, deliver_sm: () => {} });
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
    const session = smsc.sessions[0]?.session;
    if (session === undefined) throw new Error("no session");
    expect(await statusOf(session)).toBe("ESME_ROK");
    // Two requests and two responses.
    expect(errors).toEqual(Array.from({ length: 4 }, () => "disk full"));
  });

  test("for what is malformed: it is refused as without the callback", async () => {
    const smsc = await smscOf();
    const { client, errors } = clientOf(smsc.port, { callbacks: { malformed: fail } });
    await client.connect();
    const [open] = smsc.sessions;
    if (open === undefined) throw new Error("no session");
    const stray = once<[{ command_status: number }]>(open.session, "stray");
    const cut = Buffer.from(encode({ command: "deliver_sm", sequence_number: 9 })).subarray(0, 20);
    cut.writeUInt32BE(cut.length);
    open.write(cut);
    expect((await stray)[0].command_status).not.toBe(Status.ESME_ROK);
    // The malformed PDU itself is an error, too.
    expect(errors).toContain("disk full");
    expect(client.state).toBe("BOUND_TRX");
  });
});

describe.each(failures)("a listener that %s", (_name, fail) => {
  test("of any event: the other listeners hear of it, and the client does its work", async () => {
    const smsc = await smscOf();
    const { client, errors } = clientOf(smsc.port, {
      reconnect: { initialDelay: 1 },
      throttlePause: 1,
    });
    const heard = new Set<string>();
    const events = [
      ...(["bound", "closed", "reconnecting"] as const),
      ...(["throttled", "stray", "tolerated"] as const),
    ] satisfies (keyof ClientEvents)[];
    for (const event of events) {
      client.on(event, fail);
      client.on(event, () => heard.add(event));
    }
    await client.connect();
    const [open] = smsc.sessions;
    if (open === undefined) throw new Error("no session");
    smsc.behave({ fault: "refuse", status: Status.ESME_RTHROTTLED, times: 1 });
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
    const told = once(client, "tolerated");
    open.write(encode({ command: "submit_sm_resp", sequence_number: 4_000 }));
    const oneTooMany = Buffer.concat([encode({ command: "deliver_sm" }), Buffer.of(0)]);
    oneTooMany.writeUInt32BE(oneTooMany.length);
    open.write(oneTooMany);
    await told;
    const bound = once(client, "bound");
    await open.session.close();
    await bound;
    expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
    expect([...heard].sort()).toEqual([...events].sort());
    expect(new Set(errors)).toEqual(new Set(["disk full"]));
  });

  test("of `error`: the logger hears of it", async () => {
    const logged: string[] = [];
    const error = (_fields: object, message: string) => logged.push(message);
    const smsc = await smscOf();
    const client = new Client({
      host: "127.0.0.1",
      port: smsc.port,
      bind,
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error },
      callbacks: { bind_transceiver: fail },
    });
    onTestFinished(() => client.disconnect());
    client.on("error", fail);
    await client.connect();
    expect(logged).toEqual(["a listener of the event error failed: disk full"]);
    expect(client.state).toBe("BOUND_TRX");
  });
});

test.each(failures)("a stream function that %s is why connect() fails", async (_name, fail) => {
  const { client } = clientOf(1, { stream: fail });
  await expect(client.connect()).rejects.toMatchObject({
    code: "connect_failed",
    message: "the stream could not be made: disk full",
  });
});

test.each(failures)("a sequencer that %s fails the requests, not the link", async (_name, fail) => {
  const smsc = await smscOf();
  const { client } = clientOf(smsc.port, { sequencer: { next: fail } });
  await client.connect();
  await expect(client.submitSm({ destination_addr: "1" })).rejects.toThrow("disk full");
  expect((await client.enquireLink()).command_status).toBe(0);
});

describe("an event that no client has is refused, by name:", () => {
  const client = new Client();
  const events = "events are bound, closed, reconnecting, error, throttled, stray, tolerated";

  test.each([
    [
      "deliver_sm",
      "Client: no event deliver_sm: PDUs go to callbacks, { deliver_sm: (pdu) => ... }, or to listen()",
    ],
    [
      "submit_sm_resp",
      "Client: no event submit_sm_resp: PDUs go to callbacks, { submit_sm_resp: (pdu) => ... }, or to listen()",
    ],
    [
      "pdu",
      "Client: no event pdu: PDUs go to callbacks, { all_commands: (pdu) => ... }, or to listen()",
    ],
    ["close", "Client: no event close, did you mean closed?"],
    ["connect", `Client: no event connect: ${events}`],
    ["constructor", `Client: no event constructor: ${events}`],
  ])("%s", (event, message) => {
    const on = client.on as (event: string, listener: () => void) => void;
    for (const method of [on, client.once, client.prependListener, client.addListener]) {
      expect(() => Reflect.apply(method, client, [event, () => {}])).toThrow(
        new TypeError(message),
      );
    }
    expect(client.listenerCount(event)).toBe(0);
  });

  test("those of EventEmitter itself are none of its business", () => {
    const own = new Client();
    expect(() => Reflect.apply(own.on, own, ["newListener", () => {}])).not.toThrow();
    expect(() => Reflect.apply(own.on, own, [Symbol("mine"), () => {}])).not.toThrow();
  });
});
