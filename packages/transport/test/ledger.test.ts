/** With a ledger no message is sent twice, and what nobody knows is said. */
import { randomUUID } from "node:crypto";
import { RedisLedger } from "@esme/ledger/redis";
import { formatTimestamp, newMessage } from "@esme/messages";
import { redisUrl } from "@esme/services";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { prepare, start, type Wishes } from "./world.ts";

/** What the SMSC of this world was asked to send, by its text. */
function submitted({ smsc }: Pick<Awaited<ReturnType<typeof start>>, "smsc">): string[] {
  const texts: string[] = [];
  smsc.on("pdu", ({ pdu }) => {
    if (pdu?.command === "submit_sm") texts.push(Buffer.from(pdu.short_message).toString());
  });
  return texts;
}

const memory = { ledger: { url: "memory:" } };

describe("in one process", () => {
  test("a message that comes three times is sent once, and its one event is told three times", async () => {
    const world = await start({ config: memory });
    const texts = submitted(world);
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "once" });
    for (let count = 0; count < 3; count++) {
      await world.application.publish(JSON.stringify(message));
    }
    const first = await world.application.events.next();
    expect(first).toMatchObject({ event_type: "ack", user_message_id: message.message_id });
    expect(await world.application.events.next()).toEqual(first);
    expect(await world.application.events.next()).toEqual(first);
    expect(texts).toEqual(["once"]);
  });

  test("what the SMSC refused is refused again without asking it", async () => {
    const world = await start({
      config: memory,
      smsc: { onSubmit: () => ({ command_status: 0x0b }) },
    });
    const texts = submitted(world);
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "refused" });
    await world.application.publish(JSON.stringify(message));
    const first = await world.application.events.next();
    expect(first).toMatchObject({ event_type: "nack" });
    await world.application.publish(JSON.stringify(message));
    expect(await world.application.events.next()).toEqual(first);
    expect(texts).toEqual(["refused"]);
  });

  test("what was sent and is expired by now has its ack once more", async () => {
    const world = await start({ config: { ...memory, submit_expiry: 60 } });
    const texts = submitted(world);
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "late" });
    await world.application.publish(JSON.stringify(message));
    const first = await world.application.events.next();
    const timestamp = formatTimestamp(new Date(Date.now() - 120_000));
    await world.application.publish(JSON.stringify({ ...message, timestamp }));
    expect(await world.application.events.next()).toEqual(first);
    const other = { ...message, message_id: "other", timestamp };
    await world.application.publish(JSON.stringify(other));
    const expired = { event_type: "nack", nack_reason: expect.stringContaining("expired") };
    expect(await world.application.events.next()).toMatchObject(expired);
    expect(texts).toEqual(["late"]);
  });
});

describe.skipIf(!redisUrl)("through Redis", () => {
  const url = redisUrl ?? "redis://127.0.0.1:1";

  /** A worker of an account, and a process beside it that shares its ledger and is gone when it is closed. */
  async function open(unknown: "resend" | "hold", wishes: Wishes = {}) {
    const transport_name = `esme-test-${randomUUID()}`;
    const prefix = `esme:ledger:${transport_name}`;
    const world = await prepare({
      ...wishes,
      config: { transport_name, ledger: { url, unknown }, ...wishes.config },
    });
    const { Application } = await import("./application.ts");
    const application = await Application.on(world.broker, transport_name);
    await application.listen();
    const texts = submitted(world);
    const gone = new RedisLedger({ url, prefix });
    onTestFinished(async () => {
      await world.transport.stop();
      await gone.close();
      const client = await createClient({ url }).connect();
      const keys = await client.keys(`${prefix}:*`);
      if (keys.length > 0) await client.del(keys);
      await client.close();
    });
    return { ...world, application, texts, gone };
  }

  test.each([
    ["hold", "nack", []],
    ["resend", "ack", ["fate"]],
  ] as const)("a part of unknown fate: %s gives %s", async (unknown, event_type, sent) => {
    const { application, gone, texts, transport } = await open(unknown);
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "fate" });
    await gone.open(message.message_id).begin(1);
    await gone.close();
    await transport.start();
    await application.publish(JSON.stringify(message));
    const event = await application.events.next();
    expect(event).toMatchObject({ event_type, user_message_id: message.message_id });
    if (event.event_type === "nack") expect(event.nack_reason).toMatch(/^fate unknown: /);
    else expect(event.transport_metadata).toEqual({ smpp: { maybe_duplicate: true } });
    await application.publish(JSON.stringify(message));
    expect(await application.events.next()).toEqual(event);
    expect(texts).toEqual(sent);
  });

  test("a message waits for the process that has it, and gets its event", async () => {
    const { application, gone, log, texts, transport } = await open("hold", {
      config: { throttle: { initial_pause: 0.05 }, log_level: "DEBUG" },
    });
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "busy" });
    const entry = gone.open(message.message_id);
    await entry.begin(1);
    await transport.start();
    await application.publish(JSON.stringify(message));
    await application.send("another");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    await entry.undo(1);
    await entry.release();
    expect(await application.events.next()).toMatchObject({
      event_type: "ack",
      user_message_id: message.message_id,
    });
    expect(texts).toEqual(["another", "busy"]);
    expect(log.messages("error")).toEqual([]);
  });

  test("parts that the SMSC has are not sent again, and their ids are stored", async () => {
    const { application, gone, texts, transport } = await open("hold");
    const content = "x".repeat(200);
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content });
    const entry = gone.open(message.message_id);
    await entry.begin(1);
    await entry.accepted(1, "smsc-1");
    await gone.close();
    await transport.start();
    await application.publish(JSON.stringify(message));
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(texts).toHaveLength(1);
  });

  test("a part that was written when the link died is never sent again under `hold`", async () => {
    let submits = 0;
    const world = await open("hold", {
      config: { reconnect: { initial_delay: 0.01 } },
      smsc: {
        onSubmit: () => {
          submits += 1;
          // No answer, and the link is gone.
          for (const { session } of world.smsc.sessions) session.destroy();
          return new Promise(() => {});
        },
      },
    });
    const { application, transport } = world;
    await transport.start();
    await application.send("lost");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      nack_reason: expect.stringMatching(/^fate unknown: .*\(sent once\)$/),
    });
    expect(submits).toBe(1);
  });
});
