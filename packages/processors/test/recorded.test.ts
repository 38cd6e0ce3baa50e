import { readFileSync } from "node:fs";
import { InMemorySmppCache } from "@esme/caches";
import { type Event, type Message, parseMessage } from "@esme/messages";
import { decode, encode, type PduOf } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import {
  DeliveryReportProcessor,
  nackReason,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "../src/index.ts";

interface Conversation {
  name: string;
  config: { submit_sm_processor_config?: object };
  outbound?: Message;
  submit_sm?: string[];
  deliver_sm?: string[];
  published?: (Message | Event)[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./data/${name}`, import.meta.url), "utf8"));

const conversations: Conversation[] = read("vumi.json");

function deliverSm(hex: string): PduOf<"deliver_sm"> {
  const pdu = decode(Uint8Array.from(Buffer.from(hex, "hex")));
  if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command} where a deliver_sm belongs`);
  return pdu;
}

const isDeliveryReport = (published: Message | Event) =>
  "event_type" in published && published.event_type === "delivery_report";

const now = () => new Date("2026-11-21T22:48:23.902Z");

describe("recorded conversations", () => {
  const outbound = conversations.filter(({ submit_sm }) => submit_sm !== undefined);
  const inbound = conversations.filter(({ name }) => name.startsWith("inbound"));
  const receipts = conversations.filter(({ name }) => name.startsWith("dr-"));

  test.each(outbound)("$name: the message becomes the submit_sm on the wire", async (recorded) => {
    const processor = new SubmitShortMessageProcessor(
      recorded.config.submit_sm_processor_config ?? {},
      { referenceSequencer: { next: () => 3 } },
    );
    const message = parseMessage(JSON.stringify(recorded.outbound));
    const pdus = await processor.handleOutboundMessage(message);
    const frames = recorded.submit_sm?.map((hex) => Buffer.from(hex, "hex")) ?? [];
    const sent = pdus.map((pdu, i) => Buffer.from(encode(pdu, frames[i]?.readUInt32BE(12))));
    expect(sent.map((frame) => frame.toString("hex"))).toEqual(recorded.submit_sm);
  });

  test.each(inbound)(
    "$name: the deliver_sm become the message",
    async ({ deliver_sm, published }) => {
      const cache = new InMemorySmppCache();
      const processor = new ShortMessageProcessor({}, { cache, now });
      const outcomes = [];
      for (const hex of deliver_sm ?? [])
        outcomes.push(await processor.handleDeliverSm(deliverSm(hex)));
      const last = outcomes.pop();
      for (const outcome of outcomes) expect(outcome).toEqual({ kind: "incomplete" });
      expect(last?.kind === "message" && last.message).toEqual({
        ...published?.[0],
        timestamp: "2026-11-21 22:48:23.902000",
        message_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    },
  );

  test.each(receipts)(
    "$name: the deliver_sm becomes the event",
    async ({ deliver_sm, published }) => {
      const cache = new InMemorySmppCache();
      await cache.storeSmppMessageId("smsc-1", "msg-1");
      const processor = new DeliveryReportProcessor({ early_receipts: 0 }, { cache, now });
      const outcome = await processor.handleDeliverSm(deliverSm(deliver_sm?.[0] ?? ""));
      const event = published?.find(isDeliveryReport);
      if (event === undefined) {
        expect(outcome).toMatchObject({ kind: "unmatched", receipt: { id: "nope" } });
        return;
      }
      expect(outcome.kind === "event" && outcome.event).toEqual({
        ...event,
        timestamp: "2026-11-21 22:48:23.902000",
        event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    },
  );
});

describe("nackReason", () => {
  const reasons = Object.entries<string>(read("nack-reasons.json")).flatMap(([statuses, reason]) =>
    statuses.split("-").map((status) => [Number(status), reason] as const),
  );

  test.each(reasons)("of %i is %s", (status, reason) => {
    expect(nackReason(status)).toBe(reason);
  });

  test.each([0, 0x09, 0x59, 0x99999999])("of %i, which has none, is Unknown status", (status) => {
    expect(nackReason(status)).toBe("Unknown status");
  });
});
