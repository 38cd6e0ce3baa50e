/** Bodies that would come again for ever: each leaves its queue once, and the others flow. */
import { fileURLToPath } from "node:url";
import { newMessage } from "@esme/messages";
import { encode, responseTo, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare, start } from "./world.ts";

const file = fileURLToPath(new URL("./data/classes/swelling.mjs", import.meta.url));

/** A middleware that changes events and inbound messages into what it is told. */
const swelling = (gives: string) => ({
  middlewares: [
    {
      class_path: `${file}#Swelling`,
      enable_for_connectors: ["smpp"],
      event_enabled: true,
      inbound_enabled: true,
      gives,
    },
  ],
});

describe("a message whose id is a text without end", () => {
  test.each([
    ["and that is well otherwise", {}],
    ["and that is wrong elsewhere too", { to_addr: 5 }],
  ])("%s is dead-lettered without an event", async (_, fields) => {
    const { application, log } = await start();
    const message_id = "x".repeat(300_000);
    const body = { ...newMessage({ to_addr: "1", from_addr: "2" }), message_id, ...fields };
    await application.publish(JSON.stringify(body));
    const good = await application.send("hello");
    expect(await application.failed.next()).toMatchObject({
      reason: expect.stringMatching(/message_id|to_addr/),
      cut: { octets: expect.any(Number) },
    });
    expect(await application.events.next()).toMatchObject({ user_message_id: good });
    expect(log.text().length).toBeLessThan(10_000);
  });
});

test("an id of the SMSC that is a text without end is not kept, and its message is acknowledged", async () => {
  const smsc = await ScriptedSmsc.listen((pdu) => {
    if (pdu.command !== "submit_sm") return undefined;
    const head = Buffer.from(encode(responseTo(pdu)).subarray(0, 16));
    const answer = Buffer.concat([head, Buffer.alloc(60_000, "x"), Buffer.of(0)]);
    answer.writeUInt32BE(answer.length, 0);
    return answer;
  });
  onTestFinished(() => smsc.close());
  const { application, log, transport } = await prepare({ config: { port: smsc.port } });
  await application.listen();
  await transport.start();
  const id = await application.send("hello");
  const event = await application.events.next();
  expect(event).toMatchObject({ event_type: "ack", user_message_id: id });
  expect(log.messages("error")).toContain(
    "message id of the SMSC too long, its receipts will not match",
  );
  expect(log.text().length).toBeLessThan(10_000);
});

test("a receipt for such an id is one for an unknown id, with a short line", async () => {
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const config = { port: smsc.port, dr_processor_config: { early_receipts: 0 } };
  const { log, transport } = await prepare({ config });
  await transport.start();
  const text = `id:${"7".repeat(60_000)} sub:001 dlvrd:001 stat:DELIVRD err:000 text:`;
  const message_payload = Buffer.from(text);
  smsc.write(encode({ command: "deliver_sm", esm_class: 4, sequence_number: 1, message_payload }));
  expect(await smsc.next()).toMatchObject({ command_status: Status.ESME_ROK });
  await log.until("warn", "receipt for an unknown message id");
  expect(log.text().length).toBeLessThan(10_000);
});

describe("a middleware that makes bodies too large for the broker:", () => {
  const wishes = {
    broker: { maxQueueOctets: 150_000 },
    config: swelling("300,000 characters"),
  };

  test("the event is dead-lettered, cut, and its message leaves the queue", async () => {
    const { application, broker, log, transport } = await start(wishes);
    const id = await application.send("hello");
    expect(await application.failed.next()).toMatchObject({
      reason: expect.stringMatching(
        `the ack event of ${id}: a message to smpp.event has 300\\d{3} octets, the broker takes at most 150000`,
      ),
      cut: { octets: expect.any(Number) },
    });
    await log.until("error", "message that the broker refuses dead-lettered");
    expect(log.messages("error")).toEqual(["message that the broker refuses dead-lettered"]);
    await transport.stop();
    expect(broker.left).toEqual({});
  });

  test("the inbound message is dead-lettered, cut, and the SMSC does not bring it again", async () => {
    const { application, smsc } = await start(wishes);
    const [answer] = await smsc.deliver({ from: "27820001001", to: "4711", text: "hello" });
    expect(answer?.command_status).toBe(Status.ESME_ROK);
    expect(await application.failed.next()).toMatchObject({
      reason: expect.stringMatching(
        /^the broker did not take the inbound message \w+: a message to smpp.inbound has 300\d{3} octets/,
      ),
      body: expect.stringContaining("27820001001"),
    });
  });
});

describe.each(["itself within itself", "a number that JSON lacks", "what is nested without end"])(
  "a middleware that gives back %s:",
  (gives) => {
    const reason = expect.stringContaining("#Swelling gave back a user_message that cannot be");

    test("the event is published as it was", async () => {
      const { application, log } = await start({ config: swelling(gives) });
      const id = await application.send("hello");
      expect(await application.events.next()).toEqual(
        expect.objectContaining({
          event_type: "ack",
          user_message_id: id,
          helper_metadata: {},
        }),
      );
      expect(log.messages("error")).toEqual(["a middleware failed, event left as it was"]);
    });

    test("the inbound message is dead-lettered as it was", async () => {
      const { application, smsc } = await start({ config: swelling(gives) });
      const [answer] = await smsc.deliver({ from: "27820001001", to: "4711", text: "hello" });
      expect(answer?.command_status).toBe(Status.ESME_ROK);
      expect(await application.failed.next()).toMatchObject({ reason });
    });
  },
);

test("what .failed of the embedded broker has no room for is dropped with a line, and answered", async () => {
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const { broker, log, transport } = await prepare({
    broker: { maxQueueLength: 1 },
    config: { port: smsc.port },
  });
  await transport.start();
  for (const sequence_number of [1, 2]) {
    const damaged = Buffer.from(encode({ command: "deliver_sm", sequence_number }));
    // The length of a text that is not there.
    damaged.writeUInt8(200, damaged.length - 1);
    smsc.write(damaged);
    expect(await smsc.next()).toMatchObject({ sequence_number, command_status: Status.ESME_ROK });
  }
  expect(broker.left).toEqual({ "smpp.failed": 1 });
  expect(log.messages("error").filter((line) => line.startsWith("undecodable"))).toEqual([
    "undecodable PDU dead-lettered",
    "undecodable PDU dropped, no queue takes it",
  ]);
});
