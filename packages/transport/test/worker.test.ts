import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nack, serialise } from "@esme/messages";
import { Status } from "@esme/pdu";
import { Smsc } from "@esme/smsc";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Inbox } from "./inbox.ts";
import { prepare, start } from "./world.ts";

const withReceipts = {
  submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
} satisfies TransportConfigInput;

describe("outbound", () => {
  test.each([
    ["a short text", "hello", 1],
    ["a long GSM text", "€".repeat(100), 2],
    ["a long text with emoji", "Schöne Grüße 👩‍👩‍👧 ".repeat(12), 4],
  ])("%s reaches the phone whole and is acknowledged", async (_, content, parts) => {
    const { application, smsc } = await start();
    const shown = smsc.messages().next();
    const id = await application.send(content);
    expect((await shown).value).toMatchObject({ text: content, parts, to: "27820001001" });
    expect(await application.events.next()).toEqual(
      expect.objectContaining({
        event_type: "ack",
        user_message_id: id,
        transport_metadata: {},
      }),
    );
  });

  test("what the SMSC refuses gets a nack in vumi's words", async () => {
    const { application } = await start();
    const id = await application.send("hello", { to_addr: "27820999911" });
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: "Invalid Dest Addr",
    });
  });

  test.each([
    ["a 21-character address", { to_addr: "1".repeat(21) }, /to_addr.*20/],
    ["256 parts", { content: "x".repeat(153 * 255 + 1) }, /256 parts/],
    ["no content", { content: null }, /content/],
  ])("%s gets a nack that says what and where", async (_, fields, reason) => {
    const { application } = await start();
    const bad = await application.send("hello", fields);
    const good = await application.send("hello");
    const events = [await application.events.next(), await application.events.next()];
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: "nack",
        user_message_id: bad,
        nack_reason: expect.stringMatching(reason),
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: "ack", user_message_id: good }),
    );
  });

  test("a text outside the configured charset gets a nack that names the character", async () => {
    const { application } = await start({
      config: { submit_sm_processor_config: { fallback_data_coding: "none" } },
    });
    await application.send("grüß Gott Ж");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      nack_reason: expect.stringContaining("U+0416 at index 10"),
    });
  });

  test("a message with an id but without a field gets a nack", async () => {
    const { application } = await start();
    await application.publish('{"message_id": "m-1", "from_addr": "1", "content": "x"}');
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: "m-1",
      nack_reason: expect.stringContaining("to_addr"),
    });
  });

  test.each([
    ["broken JSON", Buffer.from('{"to_addr": '), { body: '{"to_addr": ' }],
    ["no UTF-8", Buffer.from([0xff, 0xfe]), { body_base64: "//4=" }],
    ["no object", Buffer.from("[]"), { body: "[]" }],
  ])(
    "%s is dead-lettered with the reason, and what is behind it goes through",
    async (_, octets, kept) => {
      const { application, log } = await start();
      await application.publish(octets);
      const id = await application.send("hello");
      expect(await application.failed.next()).toEqual({ reason: expect.any(String), ...kept });
      expect(await application.events.next()).toMatchObject({ user_message_id: id });
      expect(log.messages("error")).toContain("unreadable message dead-lettered");
    },
  );

  test("a part whose answer is lost with the link is sent again, and the ack says so", async () => {
    const { application, smsc } = await start();
    smsc.behave({ fault: "close", times: 1 });
    const id = await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "ack",
      user_message_id: id,
      transport_metadata: { smpp: { maybe_duplicate: true } },
    });
  });

  test("an event that the broker does not take is published later, without a second submit", async () => {
    const { application, broker, smsc, transport, log } = await prepare({
      broker: { maxQueueLength: 1 },
    });
    const submitted: unknown[] = [];
    smsc.on("submit", (report) => submitted.push(report));
    const marker = nack("marker", "the queue is full with this");
    await broker.publish("smpp.event", Buffer.from(serialise(marker)));
    await transport.start();
    const id = await application.send("hello");
    await log.until("warn", "not confirmed by the broker, publishing it again");
    await application.listen();
    expect(await application.events.next()).toMatchObject({ user_message_id: "marker" });
    expect(await application.events.next()).toMatchObject({ user_message_id: id });
    expect(submitted).toHaveLength(1);
  });
});

describe("inbound", () => {
  test.each([
    ["GSM", "Grüße @ €", 1],
    ["UCS2", "Привет 😀", 1],
    ["in parts", "All work and no play makes Jack a dull boy. ".repeat(6), 2],
  ])("a text in %s becomes one message", async (_, text, parts) => {
    const { application, smsc } = await start();
    const responses = await smsc.deliver({ from: "27820001001", to: "4711", text });
    expect(responses).toHaveLength(parts);
    expect(await application.inbound.next()).toMatchObject({
      content: text,
      from_addr: "27820001001",
      to_addr: "4711",
      transport_name: "smpp",
      transport_type: "sms",
    });
  });

  test("a receipt becomes a delivery report for the right message", async () => {
    const { application } = await start({ config: withReceipts });
    const first = await application.send("one");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(await application.events.next()).toMatchObject({
      event_type: "delivery_report",
      user_message_id: first,
      delivery_status: "delivered",
    });
    const second = await application.send("two", { to_addr: "27820888805" });
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(await application.events.next()).toMatchObject({
      event_type: "delivery_report",
      user_message_id: second,
      delivery_status: "failed",
    });
  });

  test("what the broker does not take is answered with a temporary error", async () => {
    const { application, smsc, transport } = await prepare({
      broker: { maxQueueLength: 1 },
      smsc: { attempts: 1 },
    });
    await transport.start();
    const deliver = (text: string) => smsc.deliver({ from: "1", to: "2", text });
    await deliver("fills the queue");
    await expect(deliver("too much")).rejects.toMatchObject({ status: Status.ESME_RX_T_APPN });
    await application.listen();
    expect(await application.inbound.next()).toMatchObject({ content: "fills the queue" });
    await deliver("again");
    expect(await application.inbound.next()).toMatchObject({ content: "again" });
  });
});

describe("the link", () => {
  test("a worker that finds no SMSC says so, waits, and works once there is one", async () => {
    const { application, smsc, transport, log } = await prepare();
    await application.listen();
    const { port } = smsc;
    await smsc.close();
    const started = transport.start();
    await log.until("warn", "not bound to the SMSC, trying again");
    const id = await application.send("hello");
    const late = new Smsc({ port });
    await late.listen();
    onTestFinished(() => late.close());
    await started;
    expect(await application.events.next()).toMatchObject({ user_message_id: id });
  });

  test("a refused bind is told with its status, and never with the password", async () => {
    const { transport, log } = await prepare({
      config: { system_id: "acme", password: "wr0ng" },
      smsc: { accounts: [{ system_id: "acme", password: "right" }] },
    });
    const started = transport.start();
    await log.until("warn", "not bound to the SMSC, trying again");
    expect(log.text()).toContain("ESME_RINVPASWD");
    expect(log.text()).not.toContain("wr0ng");
    await transport.stop();
    await expect(started).rejects.toThrow();
  });

  test("nothing is taken from the queue while the SMSC is away", async () => {
    const { application, broker, smsc, log } = await start();
    const lost = log.until("warn", "the link to the SMSC is closed");
    await smsc.close();
    await lost;
    await application.send("hello");
    const queue = new Inbox<Delivery>();
    await broker.consume("smpp.outbound", 1, queue.put);
    expect((await queue.next()).redelivered).toBe(false);
  });

  test.each([
    ["transceiver", "ack"],
    ["transmitter", "ack"],
  ] as const)("bound as %s it sends", async (bind_mode, event_type) => {
    const { application, smsc } = await start({ config: { bind_mode } });
    expect(smsc.sessions.map(({ mode }) => mode)).toEqual([bind_mode]);
    await application.send("hello");
    expect(await application.events.next()).toMatchObject({ event_type });
  });

  test("bound as receiver it leaves the queue to others", async () => {
    const { application, broker, smsc } = await start({ config: { bind_mode: "receiver" } });
    await application.send("hello");
    await smsc.deliver({ from: "1", to: "2", text: "inbound" });
    expect(await application.inbound.next()).toMatchObject({ content: "inbound" });
    const queue = new Inbox<Delivery>();
    await broker.consume("smpp.outbound", 1, queue.put);
    expect((await queue.next()).redelivered).toBe(false);
  });

  test("over TLS the SMSC's certificate is checked against the authority", async () => {
    const pem = (name: string): string =>
      fileURLToPath(new URL(`./data/tls/${name}.pem`, import.meta.url));
    const tls = { cert: readFileSync(pem("cert")), key: readFileSync(pem("key")) };
    const config = { host: "localhost" } satisfies TransportConfigInput;
    const trusting = await prepare({
      smsc: { tls },
      config: { ...config, tls: { enabled: true, ca: pem("cert") } },
    });
    await trusting.transport.start();
    const doubting = await prepare({
      smsc: { tls },
      config: { ...config, tls: { enabled: true } },
    });
    const started = doubting.transport.start();
    await doubting.log.until("warn", "not bound to the SMSC, trying again");
    expect(doubting.log.text()).toMatch(/self.signed certificate/);
    await doubting.transport.stop();
    await expect(started).rejects.toThrow();
  });

  test("with on_link_loss nack a part without an answer is not sent again", async () => {
    const { application, smsc } = await start({ config: { on_link_loss: "nack" } });
    smsc.behave({ fault: "close", times: 1 });
    const id = await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: expect.stringMatching(/written but not answered/),
    });
  });

  test("stop ends in time though the SMSC is silent, and the message stays on its queue", async () => {
    const { application, broker, smsc, transport } = await start({
      config: { drain_timeout: 0.5 },
    });
    const submitted = new Promise<void>((resolve) =>
      smsc.on("pdu", ({ pdu }) => pdu?.command === "submit_sm" && resolve()),
    );
    smsc.behave({ fault: "silence" });
    await application.send("hello");
    await submitted;
    // An answer would be waited for 30 seconds, more than this test has.
    await transport.stop();
    const queue = new Inbox<Delivery>();
    await broker.consume("smpp.outbound", 1, queue.put);
    expect((await queue.next()).redelivered).toBe(true);
  });

  test("stop unbinds and leaves nothing in hand", async () => {
    const { application, smsc, transport } = await start();
    await application.send("hello");
    await application.events.next();
    const unbound = new Promise((resolve) => smsc.on("unbound", resolve));
    await transport.stop();
    await unbound;
    expect(smsc.sessions).toEqual([]);
  });
});
