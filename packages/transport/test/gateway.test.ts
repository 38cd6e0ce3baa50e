/** The worker alone as an SMS gateway, over real sockets. */
import { once } from "node:events";
import { connect } from "node:net";
import { ack, serialise } from "@esme/messages";
import { Smsc } from "@esme/smsc";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryBroker, type MemoryBrokerOptions } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Gateway, type GatewayLimits } from "../src/http/gateway.ts";
import { workerServer } from "../src/http/worker-server.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { EventSource } from "./event-source.ts";
import { Inbox } from "./inbox.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { silentLogger } from "./silent-logger.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const good = { to_addr: "27820001001", from_addr: "4711", content: "hello" };

/** What `POST /messages` answers, of which some is there each time. */
interface Answer {
  readonly message_id?: string;
  readonly message_ids?: readonly string[];
  readonly error?: string;
  readonly issues?: { path: string; got: string; wants: string }[];
}

function poster(url: () => string) {
  return async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url()}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const { status } = response;
    const answer: Answer = JSON.parse(await response.text());
    return { status, headers: response.headers, body: answer };
  };
}

/** A worker with nothing beside it but a simulated SMSC. */
async function worker(config: TransportConfigInput = {}, deps = {}) {
  const smsc = new Smsc({ port: 0, receiptDelay: 0 });
  await smsc.listen();
  closing.push(() => smsc.close());
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    {
      amqp_url: "memory:",
      host: "127.0.0.1",
      port: smsc.port,
      http_bind: "127.0.0.1:0",
      ...config,
    },
    { logger: log, ...deps },
  );
  closing.push(() => transport.stop());
  const url = () => `http://127.0.0.1:${transport.httpPort}`;
  const follow = async (query = "", headers: Record<string, string> = {}) => {
    const source = await EventSource.open(`${url()}/stream${query}`, headers);
    closing.push(() => source.close());
    return source;
  };
  return { follow, log, post: poster(url), smsc, transport, url };
}

async function started(config: TransportConfigInput = {}) {
  const world = await worker(config);
  await world.transport.start();
  return world;
}

/** A gateway without a worker behind it: what it publishes stays on the queue. */
async function gateway(limits: Partial<GatewayLimits> = {}, options: MemoryBrokerOptions = {}) {
  const broker = new MemoryBroker(options);
  await broker.connect();
  const metrics = new Metrics();
  const front = new Gateway(
    {
      broker,
      transportName: "smpp",
      hasPriority: false,
      guard: () => undefined,
      metrics,
      sends: true,
    },
    limits,
  );
  await front.start();
  const server = workerServer(front.routes, silentLogger);
  await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(async () => {
    front.close();
    await server.close();
  });
  const url = () => `http://127.0.0.1:${server.port}`;
  const follow = async (query = "", headers: Record<string, string> = {}) => {
    const source = await EventSource.open(`${url()}/stream${query}`, headers);
    closing.push(() => source.close());
    return source;
  };
  const publish = (sent_message_id: string, padding = "") =>
    broker.publish(
      "smpp.event",
      Buffer.from(serialise(ack(sent_message_id, { helper_metadata: { padding } }))),
    );
  return { broker, follow, front, metrics, port: server.port, post: poster(url), publish };
}

describe("a worker alone", () => {
  test("sends what is posted, and streams acks, delivery reports and inbound messages", async () => {
    const { follow, post, smsc } = await started({
      submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
    });
    const stream = await follow();
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    const { status, body } = await post(good);
    expect(status).toBe(202);
    const user_message_id = body.message_id;
    expect(await stream.event()).toMatchObject({ event_type: "ack", user_message_id });
    expect(await stream.event()).toMatchObject({
      event_type: "delivery_report",
      delivery_status: "delivered",
      user_message_id,
    });
    await smsc.deliver({ from: "27820001001", to: "4711", text: "zurück 😀" });
    expect(await stream.inbound()).toMatchObject({
      content: "zurück 😀",
      from_addr: "27820001001",
    });
  });

  test("sends octets instead of text, and a USSD dialogue's end without any", async () => {
    const { follow, post, smsc } = await started();
    const sent: object[] = [];
    smsc.on("pdu", ({ pdu }) => {
      if (pdu?.command === "submit_sm") sent.push({ ...pdu });
    });
    const stream = await follow();
    const binary = { ...good, content: null, transport_metadata: { smpp: { octets: "00ff" } } };
    const end = { ...good, content: null, transport_type: "ussd", session_event: "close" };
    for (const message of [binary, end]) {
      expect((await post(message)).status).toBe(202);
      expect(await stream.event()).toMatchObject({ event_type: "ack" });
    }
    expect(sent).toMatchObject([
      { data_coding: 4, short_message: Uint8Array.of(0, 255) },
      { short_message: new Uint8Array(0) },
    ]);
    const neither = await post({ ...good, content: null });
    expect(neither).toMatchObject({ status: 400, body: { issues: [{ path: "content" }] } });
    const id = { ...binary, message_id: "m-1" };
    await post(id);
    const other = { ...id, transport_metadata: { smpp: { octets: "00fe" } } };
    expect((await post(other)).status).toBe(409);
  });

  test("takes messages while the SMSC is away, and sends them when it is there", async () => {
    const { follow, log, post, smsc, transport } = await worker();
    const { port } = smsc;
    await smsc.close();
    const starting = transport.start();
    await log.until("warn", "not bound to the SMSC, trying again");
    const { status, body } = await post(good);
    expect(status).toBe(202);
    const late = await new Smsc({ port }).listen();
    closing.push(() => late.close());
    await starting;
    const stream = await follow();
    expect(await stream.event()).toMatchObject({
      event_type: "ack",
      user_message_id: body.message_id,
    });
  });

  test("leaves its events to a program that consumes them, too", async () => {
    const { follow, post, transport } = await started();
    const consumed = new Inbox<unknown>();
    await transport.broker.consume("smpp.event", 10, (delivery) => {
      consumed.put(JSON.parse(Buffer.from(delivery.body).toString()));
      delivery.ack();
    });
    const stream = await follow();
    const { body } = await post(good);
    expect(await stream.event()).toMatchObject({ user_message_id: body.message_id });
    expect(await consumed.next()).toMatchObject({ user_message_id: body.message_id });
  });

  test("when it stops refuses messages, streams what is in hand, and ends the streams", async () => {
    const { follow, post, smsc, transport, url } = await started();
    smsc.behave({ fault: "delay", ms: 200 });
    const stream = await follow();
    const submitted = new Promise((resolve) => smsc.on("submit", resolve));
    const { body } = await post(good);
    await submitted;
    const address = url();
    const stopping = transport.stop();
    const late = await poster(() => address)(good);
    expect(late).toMatchObject({ status: 503, body: { error: "the worker is stopping" } });
    expect(await stream.event()).toMatchObject({
      event_type: "ack",
      user_message_id: body.message_id,
    });
    await stopping;
    await stream.ended;
  });

  test("wants its token", async () => {
    const { post, transport, url } = await started({ http_token: "s3cret" });
    expect(await post(good)).toMatchObject({
      status: 401,
      body: { error: expect.stringContaining("Authorization: Bearer") },
    });
    expect((await fetch(`${url()}/stream`)).status).toBe(401);
    expect((await fetch(`${url()}/health`)).status).toBe(200);
    expect((await post(good, { authorization: "Bearer s3cret" })).status).toBe(202);
    await transport.stop();
  });

  test("with an open address and no token says that it refuses everybody", async () => {
    const { log, post } = await started({ http_bind: "0.0.0.0:0" });
    expect(log.messages("warn")).toContain(
      "the gateway refuses everybody: http_bind is no loopback, http_token is empty",
    );
    expect((await post(good)).status).toBe(403);
  });

  test.each([
    ["only receives", { bind_mode: "receiver" }, ["GET /stream"]],
    ["sends", { bind_mode: "transmitter" }, ["POST /messages", "GET /stream"]],
  ] as const)("that %s offers that", async (_, config, offered) => {
    const { url } = await started(config);
    const response = await fetch(`${url()}/`);
    expect(await response.json()).toHaveProperty("paths", [
      "GET /health",
      "GET /ready",
      "GET /metrics",
      ...offered,
    ]);
  });

  test("is bound to nothing unless asked for", async () => {
    const { transport } = await started({ http_bind: "" });
    expect(transport.httpPort).toBe(0);
  });
});

describe("POST /messages", () => {
  test("takes a list and answers with the ids in its order", async () => {
    const { post } = await gateway();
    const ids = ["m-1", "m-2", "m-3"];
    const { status, body } = await post(ids.map((message_id) => ({ ...good, message_id })));
    expect({ status, body }).toEqual({ status: 202, body: { message_ids: ids } });
  });

  test("takes none of a list in which one is wrong", async () => {
    const { broker, post } = await gateway();
    const { status, body } = await post([good, { ...good, to_addr: 5 }]);
    expect(status).toBe(400);
    expect(body).toEqual({
      error: "not a message",
      issues: [{ path: "1.to_addr", got: "a number", wants: "text" }],
    });
    const queue = new Inbox<Uint8Array>();
    await broker.consume("smpp.outbound", 1, (delivery) => queue.put(delivery.body));
    await post({ ...good, message_id: "after" });
    expect(Buffer.from(await queue.next()).toString()).toContain("after");
  });

  test("takes a message that comes again once", async () => {
    const { broker, metrics, post } = await gateway();
    const queue = new Inbox<string>();
    await broker.consume("smpp.outbound", 10, (delivery) => {
      queue.put(JSON.parse(Buffer.from(delivery.body).toString()).message_id);
    });
    const message = { ...good, message_id: "m-1" };
    const answers = await Promise.all([post(message), post(message), post([message, message])]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    await post({ ...good, message_id: "m-2" });
    expect([await queue.next(), await queue.next()]).toEqual(["m-1", "m-2"]);
    expect(metrics.counts("esme_gateway_messages_total")).toEqual(
      new Map([
        ["accepted", 2],
        ["repeated", 3],
        ["invalid", 0],
        ["refused", 0],
      ]),
    );
  });

  test.each([
    ["before", (message: object) => [message]],
    ["in the same list", (message: object) => [{ ...message, content: "first" }, message]],
  ])("refuses an id that was used %s for another message", async (_, list) => {
    const { post } = await gateway();
    await post({ ...good, message_id: "m-1", content: "first" });
    expect(await post(list({ ...good, message_id: "m-1" }))).toMatchObject({
      status: 409,
      body: { message_id: "m-1" },
    });
  });

  test("when the queue is full says which were taken, and takes the rest later", async () => {
    const { broker, post } = await gateway({}, { maxQueueLength: 2 });
    const list = ["m-1", "m-2", "m-3"].map((message_id) => ({ ...good, message_id }));
    const full = await post(list);
    expect(full).toMatchObject({
      status: 429,
      body: { error: expect.stringContaining("smpp.outbound"), message_ids: ["m-1", "m-2"] },
    });
    expect(full.headers.get("retry-after")).toBe("1");
    await broker.consume("smpp.outbound", 10, (delivery) => delivery.ack());
    expect(await post(list)).toMatchObject({
      status: 202,
      body: { message_ids: ["m-1", "m-2", "m-3"] },
    });
  });

  test.each([
    ["another type", "text", { "content-type": "text/plain" }, 415],
    ["no JSON", "{", {}, 400],
    ["too much", "x".repeat(2_000), {}, 413],
  ])("refuses %s", async (_, body, headers, status) => {
    const { post } = await gateway({ body: 1_000 });
    expect((await post(body, headers)).status).toBe(status);
  });

  const deep = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;

  test.each([
    ["nested without end", `{"helper_metadata":{"a":${deep}},`, "helper_metadata.a.0.0..."],
    ["a list of that", `[{"helper_metadata":{"a":${deep}},`, "0.helper_metadata.a.0.0..."],
  ])("answers 400 to a body that is %s, naming the place", async (_, begin, path) => {
    const { log, url } = await started();
    const rest = JSON.stringify(good).slice(1);
    const response = await fetch(`${url()}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `${begin}${rest}${begin.startsWith("[") ? "]" : ""}`,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "not a message", issues: [{ path }] });
    expect(log.messages("error")).toEqual([]);
  });

  test("takes a body of 80,000 keys, and says of a list of wrong ones what fits", async () => {
    const { log, post } = await started();
    const keys = Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 1]));
    expect((await post({ ...keys, ...good })).status).toBe(202);
    const { status, body } = await post(Array.from({ length: 1_000 }, () => ({ to_addr: 1 })));
    expect(status).toBe(400);
    expect(body).toMatchObject({ more: 1_900 });
    expect(JSON.stringify(body).length).toBeLessThan(10_000);
    expect(log.messages("error")).toEqual([]);
  });

  test("refuses too much that comes without saying so", async () => {
    const { port } = await gateway({ body: 1_000 });
    const socket = connect(port, "127.0.0.1");
    const head = "POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2_000)}\r\n`);
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe("a page of another site", () => {
  const foreign = { origin: "http://evil.example", "sec-fetch-site": "cross-site" };

  test.each(["/stream", "/health", "/ready", "/metrics", "/nothing"])(
    "is refused at %s",
    async (path) => {
      const { url } = await started();
      const response = await fetch(url() + path, { headers: foreign });
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({
        error: "the request was made by a page of another site",
      });
    },
  );

  test("cannot post, and takes nothing from the application", async () => {
    const { follow, post, smsc } = await started();
    expect((await post(good, foreign)).status).toBe(403);
    await smsc.deliver({ from: "27820001001", to: "4711", text: "for the application" });
    const stolen = await follow("", foreign);
    expect(stolen.response.status).toBe(403);
    const stream = await follow();
    expect(await stream.inbound()).toMatchObject({ content: "for the application" });
  });
});

test("a stream that ends before its reader comes back is repeated", async () => {
  const { follow, publish } = await gateway();
  await publish("1");
  const first = await follow();
  expect(await first.event()).toMatchObject({ sent_message_id: "1" });
  await first.close();
  const again = await follow();
  expect(await again.event()).toMatchObject({ sent_message_id: "1" });
});

test("a sender that goes away in the middle is no error", async () => {
  const { log, post, transport } = await started();
  const socket = connect(transport.httpPort, "127.0.0.1");
  const head = "POST /messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n";
  socket.write(`${head}content-length: 100\r\n\r\n{`);
  await once(socket, "connect");
  socket.destroy();
  await once(socket, "close");
  expect((await post(good)).status).toBe(202);
  expect(log.messages("error")).toEqual([]);
});

describe("GET /stream", () => {
  test("goes on behind Last-Event-ID, or behind `after`", async () => {
    const { follow, publish } = await gateway();
    for (const id of ["1", "2", "3"]) await publish(id);
    const first = await follow();
    const { id } = await first.next();
    if (id === undefined) throw new Error("an event without an id");
    await first.close();
    for (const again of [await follow("", { "last-event-id": id }), await follow(`?after=${id}`)]) {
      expect(await again.event()).toMatchObject({ sent_message_id: "2" });
      expect(await again.event()).toMatchObject({ sent_message_id: "3" });
    }
    const all = await follow("?after=oldest");
    expect(await all.event()).toMatchObject({ sent_message_id: "1" });
  });

  test("keeps what nobody listens to, and says how much of it is gone", async () => {
    const { follow, metrics, publish } = await gateway({ entries: 2 });
    for (const id of ["1", "2", "3"]) await publish(id);
    const stream = await follow();
    expect(await stream.next()).toEqual({ id: undefined, kind: "gap", data: '{"missed":1}' });
    expect(await stream.event()).toMatchObject({ sent_message_id: "2" });
    expect(await stream.event()).toMatchObject({ sent_message_id: "3" });
    expect(metrics.counts("esme_gateway_dropped_total").get("")).toBe(1);
  });

  test("says when the id is of another life of the worker", async () => {
    const { follow, publish } = await gateway();
    await publish("1");
    const stream = await follow("", { "last-event-id": "otherlife-7" });
    expect(await stream.next()).toEqual({ id: undefined, kind: "gap", data: '{"missed":null}' });
    expect(await stream.event()).toMatchObject({ sent_message_id: "1" });
  });

  test("every stream gets everything", async () => {
    const { follow, publish } = await gateway();
    const streams = [await follow(), await follow()];
    await publish("1");
    for (const stream of streams) {
      expect(await stream.event()).toMatchObject({ sent_message_id: "1" });
    }
  });

  test("beats while there is nothing to tell", async () => {
    const { follow } = await gateway({ heartbeat: 10 });
    const stream = await follow();
    expect(await stream.comment()).toBe("heartbeat");
  });

  test("a body of several lines is one event", async () => {
    const { broker, follow } = await gateway();
    const stream = await follow();
    const body = JSON.stringify(ack("1"), null, 2).replaceAll("\n", "\r\n");
    await broker.publish("smpp.event", Buffer.from(body));
    expect(await stream.event()).toMatchObject({ sent_message_id: "1" });
  });

  test("a reader that takes nothing costs no memory and is disconnected", async () => {
    const { front, metrics, port, publish } = await gateway({ entries: 10, heartbeat: 20 });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "readable");
    // As much as the system's buffers take, and then some: the rest is not kept for it.
    const padding = "x".repeat(100_000);
    const streams = async (): Promise<number> => {
      await publish("1", padding);
      return front.report.streams;
    };
    await expect.poll(streams, { interval: 1, timeout: 15_000 }).toBe(0);
    expect(front.report.kept).toBe(10);
    expect(metrics.counts("esme_gateway_dropped_total").get("")).toBeGreaterThan(0);
    socket.destroy();
  });

  test("has room for so many and no more", async () => {
    const { follow } = await gateway({ streams: 1 });
    const first = await follow();
    expect((await follow()).response.status).toBe(503);
    await first.close();
    await expect.poll(async () => (await follow()).response.status).toBe(200);
  });

  test("HEAD shows its headers and ends", async () => {
    const { port } = await gateway();
    const response = await fetch(`http://127.0.0.1:${port}/stream`, { method: "HEAD" });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
  });
});

describe("what is wrong with a message is said for people", () => {
  const wrongValues = [null, [], {}, true, -1, 0.5, "", "x".repeat(300), "\0", [[1]]];
  const keys = [
    ...["to_addr", "from_addr", "content", "message_id", "in_reply_to", "timestamp"],
    ...["transport_name", "transport_type", "message_version", "message_type", "session_event"],
    ...["routing_metadata", "helper_metadata", "transport_metadata", "provider", "group"],
    ...["to_addr_type", "from_addr_type"],
  ];
  const wants =
    /^(?:text|text or null|an object|a JSON object|an address|a time, .+|at most .+|1 to .+|".+")/;

  test.each(keys)("at %s", async (key) => {
    const { post } = await gateway();
    for (const value of wrongValues) {
      const { status, body } = await post({ ...good, [key]: value });
      if (status === 202) continue;
      expect(status).toBe(400);
      const { issues = [] } = body;
      expect(issues.length).toBeGreaterThan(0);
      for (const issue of issues) {
        expect(issue.path.split(".")[0]).toBe(key);
        expect(issue.wants).toMatch(wants);
        expect(issue.got).not.toMatch(/undefined|invalid|object Object/i);
      }
    }
  });
});
