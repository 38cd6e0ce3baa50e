import { deliveryReport } from "@esme/messages";
import { decode, encode, Status } from "@esme/pdu";
import type { DeliverSmOutcome } from "@esme/processors";
import { expect, test } from "vitest";
import { inbound } from "./inbound-flow.ts";

test("an event that breaks the contract is set aside with its PDU, and does not come again", async () => {
  // As of an id that was stored before ids had a limit.
  const event = deliveryReport("x".repeat(300), "delivered");
  const settled: boolean[] = [];
  const settle = async (published: boolean) => void settled.push(published);
  const outcome: DeliverSmOutcome = { kind: "event", event, settle };
  const { broker, close, flow } = await inbound({
    deliveryReports: { handleDeliverSm: async () => outcome },
  });
  const failed: unknown[] = [];
  broker.listen("smpp.failed", (body) => failed.push(JSON.parse(String(Buffer.from(body)))));
  const pdu = decode(encode({ command: "deliver_sm", sequence_number: 7, source_addr: "1" }));
  if (pdu.command !== "deliver_sm") throw new Error("no deliver_sm");
  expect(await flow.deliverSm(pdu, {})).toBe(Status.ESME_ROK);
  expect(failed).toEqual([
    {
      reason: "user_message_id: got 300 characters, wants at most 255",
      pdu: expect.objectContaining({ command: "deliver_sm", source_addr: "1" }),
    },
  ]);
  expect(settled).toEqual([false]);
  await close();
});
