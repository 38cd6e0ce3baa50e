/** What is urgent does not wait behind what is not. */
import { newMessage } from "@esme/messages";
import { describe, expect, test } from "vitest";
import { prepare, start } from "./world.ts";

const bulk = 300;

function urgent(content: string): string {
  return JSON.stringify(newMessage({ to_addr: "27820001001", from_addr: "4711", content }));
}

describe("a message of `.outbound.high`", () => {
  test.each([
    ["the window", { smpp_window: 5 }, 5],
    ["the rate", { mt_tps: 100 }, 12],
  ])("goes before all that wait for %s", async (_, config, most) => {
    const sent: string[] = [];
    const world = await prepare({
      config: { priority_queue: true, worker_concurrency: 100, ...config },
    });
    world.smsc.behave({ fault: "delay", ms: 5 });
    world.smsc.on("pdu", ({ pdu }) => {
      if (pdu?.command === "submit_sm") sent.push(Buffer.from(pdu.short_message).toString());
    });
    await world.application.listen();
    for (let count = 0; count < bulk; count++) await world.application.send(`bulk ${count}`);
    await world.transport.start();
    await expect.poll(() => sent.length).toBeGreaterThan(20);
    const before = sent.length;
    await world.broker.publish("smpp.outbound.high", Buffer.from(urgent("first")));
    await world.broker.publish("smpp.outbound.high", Buffer.from(urgent("second")));
    await expect.poll(() => sent.includes("second")).toBe(true);
    expect(sent.indexOf("first") - before).toBeLessThanOrEqual(most);
    expect(sent.indexOf("second")).toBeGreaterThan(sent.indexOf("first"));
    expect(sent.length).toBeLessThan(bulk);
  });

  test("has its event and is counted, as any other", async () => {
    const { application, broker } = await start({ config: { priority_queue: true } });
    await broker.publish("smpp.outbound.high", Buffer.from(urgent("now")));
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
  });

  test("is not taken without `priority_queue`", async () => {
    const { application, broker } = await start();
    await broker.publish("smpp.outbound.high", Buffer.from(urgent("never")));
    await application.send("sent");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(broker.left).toEqual({ "smpp.outbound.high": 1 });
  });
});
