import { createCodec, PduError, Status } from "@esme/pdu";
import type { Smsc, SmscSession } from "@esme/smsc";
import { describe, expect, onTestFinished, test } from "vitest";
import { backOffOf, delayBefore, failureKind } from "../src/back-off.ts";
import {
  Client,
  type ClientOptions,
  LinkError,
  type ReconnectNotice,
  StatusError,
} from "../src/index.ts";
import { once } from "./once.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { freePort, smscOf } from "./smsc.ts";

const account = { system_id: "esme", password: "secret" } as const;
const bind = { mode: "transceiver", ...account } as const;
const quick = { initialDelay: 1, alreadyBoundDelay: 1, refusedDelay: 1 };

function clientOf(port: number, options: ClientOptions = {}): Client {
  const client = new Client({ host: "127.0.0.1", port, bind, reconnect: quick, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

/** Refuses as many binds, with these statuses in turn. */
function refuseBinds(smsc: Smsc, statuses: number[]): void {
  // The newest behaviour is asked first.
  for (const status of statuses.toReversed()) {
    smsc.behave({ fault: "refuse", on: "bind_transceiver", status, times: 1 });
  }
}

test("connects as soon as a server listens, without another connect()", async () => {
  const port = await freePort();
  const client = clientOf(port);
  const reasons: string[] = [];
  client.on("reconnecting", ({ reason }) => reasons.push(String(reason)));
  const failed = once(client, "reconnecting");
  const connecting = client.connect();
  const sending = client.submitSm({ destination_addr: "1" });
  await failed;
  await smscOf({ port });
  await connecting;
  expect((await sending).message_id).toBe("0000000001");
  expect(reasons[0]).toContain("ECONNREFUSED");
});

test("binds again after the connection was lost; requests made meanwhile wait and are sent", async () => {
  const smsc = await smscOf({ accounts: [account] });
  const client = clientOf(smsc.port);
  await client.connect();
  const closed = once<[LinkError]>(client, "closed");
  const again = once<[SmscSession]>(smsc, "bound");
  await smsc.sessions[0]?.session.close();
  expect((await closed)[0].code).toBe("closed_by_peer");
  const sending = client.submitSm({ destination_addr: "1" });
  expect((await again)[0]).toMatchObject({ id: 2, system_id: "esme", mode: "transceiver" });
  expect((await sending).message_id).toBe("0000000001");
  expect(client.stats()).toMatchObject({ connects: 2, waiting: 0 });
});

test("binds again when the SMSC forgot the session, and sends what it refused", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { onLinkLoss: "resend", window: 2 });
  await client.connect();
  const closed = once<[LinkError]>(client, "closed");
  smsc.behave({ fault: "refuse", on: "submit_sm", status: Status.ESME_RINVBNDSTS, times: 2 });
  const all = ["1", "2", "3"].map((destination_addr) => client.submitSm({ destination_addr }));
  expect((await closed)[0].code).toBe("bind_lost");
  expect((await Promise.all(all)).map(({ message_id }) => message_id)).toEqual([
    "0000000001",
    "0000000002",
    "0000000003",
  ]);
  expect(client.stats()).toMatchObject({ connects: 2, throttled: 0, waiting: 0 });
});

test("reconnects with the bind that succeeded, when the user made it", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind: undefined });
  await client.connect();
  await client.bindReceiver({ system_id: "esme" });
  const bound = once(client, "bound");
  await smsc.sessions[0]?.session.close();
  await bound;
  expect(client.state).toBe("BOUND_RX");
});

test.each([
  ["unbinds", (session: SmscSession | undefined) => session?.session.unbind(), "unbound"],
  [
    "sends what is not SMPP",
    // A header that claims 2 GiB.
    (session: SmscSession | undefined) => session?.write("7fffffff 00000005 00000000 00000001"),
    "untrusted_length",
  ],
] as const)("comes back when the SMSC %s", async (_name, act, code) => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port);
  await client.connect();
  const closed = once<[LinkError]>(client, "closed");
  const bound = once(client, "bound");
  void act(smsc.sessions[0]);
  expect((await closed)[0].code).toBe(code);
  await bound;
  expect(client.state).toBe("BOUND_TRX");
});

describe("an error of a listener is reported, and the client reconnects all the same", () => {
  const listeners: [string, () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("no metrics");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no metrics"))],
  ];

  test.each(listeners)("one that %s", async (_name, listener) => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port);
    const errors: string[] = [];
    const heard: string[] = [];
    client.on("error", ({ message }) => errors.push(message));
    for (const event of ["bound", "closed", "reconnecting"] as const) {
      client.on(event, listener);
      client.on(event, () => void heard.push(event));
    }
    await client.connect();
    const bound = once(client, "bound");
    await smsc.sessions[0]?.session.close();
    await bound;
    expect((await client.submitSm({ destination_addr: "1" })).message_id).toBe("0000000001");
    expect(heard).toEqual(["bound", "closed", "reconnecting", "bound"]);
    expect(errors).toEqual(heard.map(() => "no metrics"));
  });

  test.each(listeners)("one of `error` that %s is only logged", async (_name, listener) => {
    const logged: string[] = [];
    const error = (_fields: object, message: string) => logged.push(message);
    const smsc = await smscOf();
    refuseBinds(smsc, [Status.ESME_RINVPASWD]);
    const client = clientOf(smsc.port, {
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error },
    });
    client.on("error", listener);
    await client.connect();
    expect(logged).toContain("a listener of the event error failed: no metrics");
  });
});

test.each([["disconnect"], ["unbind"]] as const)(
  "%s() in the event `closed` is the end: no `reconnecting`, and no reconnect",
  async (method) => {
    const smsc = await smscOf();
    const heard: string[] = [];
    const warn = (_fields: object, message: string) => heard.push(message);
    const logger = { debug: () => {}, info: () => {}, warn, error: warn };
    const client = clientOf(smsc.port, { logger });
    client.on("reconnecting", () => heard.push("reconnecting"));
    client.on("error", ({ message }) => heard.push(message));
    await client.connect();
    const ended = new Promise<void>((resolve) => {
      client.once("closed", () => client[method]().then(resolve));
    });
    await smsc.sessions[0]?.session.close();
    await ended;
    expect(client.state).toBe("CLOSED");
    expect(heard).toEqual([]);
  },
);

test.each([["disconnect"], ["unbind"]] as const)(
  "%s() in the event `error` of a refused bind is the end: no `reconnecting`, and no reconnect",
  async (method) => {
    const smsc = await smscOf();
    refuseBinds(smsc, [Status.ESME_RINVPASWD]);
    const client = clientOf(smsc.port);
    const heard: string[] = [];
    for (const event of ["reconnecting", "bound", "closed"] as const) {
      client.on(event, () => heard.push(event));
    }
    client.once("error", () => void client[method]());
    await expect(client.connect()).rejects.toMatchObject({
      code: "closed",
      message: "connecting was aborted",
    });
    expect([client.state, client.stats().connects, heard]).toEqual(["CLOSED", 1, []]);
  },
);

test("unbind() in the event `bound` lets connect() resolve, and is the end", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port);
  const reasons: string[] = [];
  client.on("closed", ({ code }) => reasons.push(code));
  const unbound = new Promise<void>((resolve) => {
    client.once("bound", () => client.unbind().then(resolve));
  });
  await client.connect();
  await unbound;
  expect([client.state, client.stats().connects, reasons]).toEqual(["CLOSED", 1, ["unbound"]]);
});

test("disconnect() in the event `bound` ends connect(), and is the end", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port);
  client.once("bound", () => void client.disconnect());
  await expect(client.connect()).rejects.toMatchObject({ code: "closed" });
  expect([client.state, client.stats().connects]).toEqual(["CLOSED", 1]);
});

test("disconnect() in the function `stream` ends connect(), and its stream is destroyed", async () => {
  const { stream } = new ScriptedSmsc(
    () => "accept",
    () => {},
  );
  const client = clientOf(1, {
    stream: () => {
      void client.disconnect();
      return stream;
    },
  });
  await expect(client.connect()).rejects.toMatchObject({ code: "closed" });
  expect([client.state, stream.destroyed]).toEqual(["CLOSED", true]);
});

test("unbind() whose connection is lost meanwhile is the end: no reconnect", async () => {
  const smsc = await smscOf();
  smsc.behave({ fault: "ignore" });
  const client = clientOf(smsc.port);
  const heard: string[] = [];
  client.on("reconnecting", () => heard.push("reconnecting"));
  await client.connect();
  const sending = client.submitSm({}).catch(({ code }) => code);
  await client.enquireLink();
  const unbinding = client.unbind();
  await smsc.sessions[0]?.session.close();
  await unbinding;
  expect(await sending).toBe("closed_by_peer");
  expect([client.state, client.stats().connects, heard]).toEqual(["CLOSED", 1, []]);
});

describe("a request in flight when the link dies", () => {
  test("rejects by default, and says that it was written", async () => {
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port);
    await client.connect();
    const sending = client.submitSm({});
    const states: string[] = [];
    void sending.catch(() => states.push(client.state));
    const outcome = expect(sending).rejects.toMatchObject({ written: true });
    await client.enquireLink();
    await smsc.sessions[0]?.session.close();
    await outcome;
    expect(states).toEqual(["RECONNECTING"]);
  });

  test("is sent again with onLinkLoss `resend`, before what waits", async () => {
    const seen: string[] = [];
    const smsc = await smscOf();
    smsc.on("submit", ({ to }) => seen.push(to));
    const heed = smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port, { window: 2, onLinkLoss: "resend" });
    await client.connect();
    const all = ["1", "2", "3", "4"].map((to) => client.submitSm({ destination_addr: to }));
    await client.enquireLink();
    heed();
    await smsc.sessions[0]?.session.close();
    expect((await Promise.all(all)).map(({ message_id }) => Number(message_id))).toEqual([
      1, 2, 3, 4,
    ]);
    expect(seen).toEqual(["1", "2", "3", "4"]);
  });
});

test.each([[true], [false]])(
  "with onLinkLoss `resend` and reconnect %s disconnect() ends what is in flight",
  async (reconnect) => {
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const client = clientOf(smsc.port, { onLinkLoss: "resend", window: 1, reconnect });
    await client.connect();
    const all = Promise.allSettled([client.submitSm({}), client.submitSm({})]);
    await client.enquireLink();
    await client.disconnect();
    expect(await all).toMatchObject([
      { reason: { code: "closed", written: true } },
      { reason: { code: "closed", written: false } },
    ]);
  },
);

test("what waits to be sent again and never is, was written all the same", async () => {
  const smsc = await smscOf();
  smsc.behave({ fault: "ignore" });
  const client = clientOf(smsc.port, { onLinkLoss: "resend", window: 1 });
  await client.connect();
  const all = Promise.allSettled([client.submitSm({}), client.submitSm({})]);
  await client.enquireLink();
  const lost = once(client, "closed");
  await smsc.close();
  await lost;
  await client.disconnect();
  expect(await all).toMatchObject([
    { reason: { code: "closed", written: true } },
    { reason: { code: "closed", written: false } },
  ]);
});

test("a refused bind is tried again, and wrong credentials are emitted as an error", async () => {
  const smsc = await smscOf();
  refuseBinds(smsc, [Status.ESME_RALYBND, Status.ESME_RINVPASWD]);
  const errors: Error[] = [];
  const client = clientOf(smsc.port);
  client.on("error", (error) => errors.push(error));
  await client.connect();
  expect(client.stats().connects).toBe(3);
  expect(errors).toMatchObject([{ statusName: "ESME_RINVPASWD" }]);
});

test.each([
  [0, [1, 1]],
  [60_000, [1, 2]],
])(
  "with stableAfter %i the losses of a link that worked are the attempts %j",
  async (stableAfter, expected) => {
    const smsc = await smscOf();
    const attempts: number[] = [];
    const client = clientOf(smsc.port, { reconnect: { ...quick, stableAfter } });
    client.on("reconnecting", ({ attempt }) => attempts.push(attempt));
    await client.connect();
    for (const _ of expected) {
      const again = once(client, "bound");
      await smsc.sessions.at(-1)?.session.close();
      await again;
    }
    expect(attempts).toEqual(expected);
  },
);

test("what is announced is why, how often and when; the state says that it waits", async () => {
  const client = clientOf(await freePort(), {
    reconnect: { ...quick, initialDelay: 1, maxDelay: 1 },
  });
  const notices: ReconnectNotice[] = [];
  const states: string[] = [];
  const third = new Promise<void>((resolve) => {
    client.on("reconnecting", (notice) => {
      states.push(client.state);
      notices.push(notice);
      if (notices.length === 3) resolve();
    });
  });
  const outcome = expect(client.connect()).rejects.toMatchObject({ code: "closed" });
  await third;
  await client.disconnect();
  await outcome;
  expect(notices.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  for (const { delay, reason } of notices) {
    expect([0, 1]).toContain(delay);
    expect(reason).toMatchObject({ code: "connect_failed" });
  }
  expect(states).toEqual(["RECONNECTING", "RECONNECTING", "RECONNECTING"]);
});

test("requests that the bind does not allow are refused at once, others wait for the link", async () => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { bind: { ...bind, mode: "receiver" } });
  const connecting = client.connect();
  await expect(client.submitSm({ destination_addr: "1" })).rejects.toMatchObject({
    code: "closed",
    written: false,
    message: "submit_sm was not sent: the client is not connected",
  });
  const asking = client.enquireLink();
  expect(client.stats().waiting).toBe(1);
  await connecting;
  expect((await asking).command).toBe("enquire_link_resp");
  await expect(client.submitSm({ destination_addr: "1" })).rejects.toMatchObject({
    code: "wrong_state",
  });
});

describe("reconnecting ends when no attempt can succeed:", () => {
  const codec = createCodec();

  test.each([
    ["a bind that the codec does not write", new PduError("too_long", "no room")],
    ["an error that is none of ours", new RangeError("no room")],
    ["a version without TLVs", new LinkError("version", "no room")],
  ])("%s", async (_name, error) => {
    let fails = false;
    const encode: typeof codec.encode = (pdu, sequenceNumber) => {
      if (fails && pdu.command === "bind_transceiver") throw error;
      return codec.encode(pdu, sequenceNumber);
    };
    const logged: string[] = [];
    const log = (_fields: object, message: string) => logged.push(message);
    const smsc = await smscOf();
    const client = clientOf(smsc.port, {
      codec: { ...codec, encode },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: log },
    });
    const pdus = client.listen();
    await client.connect();
    fails = true;
    const told = once<[Error]>(client, "error");
    client.once("closed", () => {
      // Waits for the link that never comes.
      sending = client.submitSm({ destination_addr: "1" }).catch((reason: unknown) => reason);
    });
    let sending: Promise<unknown> | undefined;
    await smsc.sessions[0]?.session.close();
    expect((await told)[0]).toBe(error);
    expect(client.state).toBe("CLOSED");
    expect(await sending).toMatchObject({ name: "LinkError", written: false });
    expect(logged).toEqual(["not connected again: no room"]);
    expect(await pdus.next()).toEqual({ done: true, value: undefined });
  });
});

test("passwords reach no logger, error or statistics", async () => {
  const lines: string[] = [];
  const log = (fields: object, message: string) => {
    lines.push(
      message,
      ...Object.values(fields).map((value) =>
        value instanceof Error ? `${value.stack}${JSON.stringify(value)}` : JSON.stringify(value),
      ),
    );
  };
  const smsc = await smscOf({ accounts: [account] });
  refuseBinds(smsc, [Status.ESME_RINVPASWD]);
  const client = clientOf(smsc.port, { logger: { debug: log, info: log, warn: log, error: log } });
  client.on("error", (error) => lines.push(String(error.stack), JSON.stringify(error)));
  client.on("reconnecting", (notice) => lines.push(JSON.stringify(notice)));
  await client.connect();
  await smsc.sessions.at(-1)?.session.close();
  lines.push(JSON.stringify(client.stats()));
  await client.disconnect();
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.join("\n")).not.toContain("secret");
});

test("a throttling answer holds the queue and resolves the same promise", async () => {
  const smsc = await smscOf();
  smsc.behave({ fault: "refuse", status: Status.ESME_RTHROTTLED, times: 2 });
  const client = clientOf(smsc.port, { throttlePause: 5 });
  let told = 0;
  client.on("throttled", () => told++);
  await client.connect();
  const { message_id } = await client.submitSm({ destination_addr: "1" });
  expect(message_id).toBe("0000000001");
  expect(told).toBe(2);
  expect(client.stats()).toMatchObject({ throttled: 2, waiting: 0 });
});

describe("the wait before the next attempt", () => {
  const backOff = backOffOf({});

  test.each([
    ["link", 1, 0.999_999, 1_000],
    ["link", 2, 0.999_999, 2_000],
    ["link", 4, 0.5, 4_000],
    ["link", 10, 0.999_999, 60_000],
    ["link", 5_000, 0.5, 30_000],
    ["link", 3, 0, 0],
    ["refused", 1, 0.5, 60_000],
    ["refused", 9, 0, 45_000],
    ["already_bound", 9, 0.5, 5_000],
  ] as const)("%s, %i failures, chance %d: %i ms", (kind, failures, random, expected) => {
    expect(Math.round(delayBefore(kind, failures, backOff, random))).toBe(expected);
  });

  test.each([
    [Status.ESME_RINVPASWD, "refused"],
    [Status.ESME_RINVSYSID, "refused"],
    [Status.ESME_RALYBND, "already_bound"],
    [Status.ESME_RBINDFAIL, "link"],
  ] as const)("status %i is of the kind %s", (command_status, kind) => {
    const response = {
      command: "bind_receiver_resp",
      command_status,
      sequence_number: 1,
      system_id: "",
    } as const;
    expect(failureKind(new StatusError("bind_receiver", response))).toBe(kind);
    expect(failureKind(new LinkError("closed_by_peer", ""))).toBe("link");
  });
});
