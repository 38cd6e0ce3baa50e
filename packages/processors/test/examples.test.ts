import { InMemorySmppCache } from "@esme/caches";
import { newMessage } from "@esme/messages";
import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import type { DeliverProcessor, SubmitProcessor } from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

/** A processor by name, `file#Export`, as a configuration names it, and what it is made with. */
async function make(name: string, config: object = {}, now = new Date("2024-01-15T03:00:00Z")) {
  const [file = "", exported = ""] = name.split("#");
  const { href } = new URL(`../examples/${file}`, import.meta.url);
  const module: Record<string, unknown> = await import(href);
  const found = module[exported];
  if (typeof found !== "function") throw new Error(`${name}: no class`);
  const cache = new InMemorySmppCache();
  await cache.storeSmppMessageId("4711", "msg-1");
  return { cache, made: Reflect.construct(found, [config, { cache, now: () => now }]) };
}

test.each([
  ["2024-01-15T03:00:00Z", "240115060000000+"],
  ["2024-01-15T06:00:00Z", ""],
])("DaytimeProcessor at %s gives the time %j", async (now, schedule_delivery_time) => {
  const config = { data_coding: "UCS2" };
  const { made } = await make("daytime-processor.ts#DaytimeProcessor", config, new Date(now));
  const processor: SubmitProcessor = made;
  const message = newMessage({ to_addr: "27820001001", from_addr: "1", content: "Good morning" });
  const [part] = await processor.handleOutboundMessage(message);
  expect(part).toMatchObject({ data_coding: 8 });
  expect(part?.schedule_delivery_time).toBe(schedule_delivery_time);
  expect(part && encode(part)).toBeInstanceOf(Uint8Array);
});

test.each([
  ["stop it", "STOP"],
  ["", ""],
])("KeywordProcessor finds in %j the word %j", async (text, keyword) => {
  const { made } = await make("keyword-processor.ts#KeywordProcessor");
  const processor: DeliverProcessor = made;
  const outcome = await processor.handleDeliverSm(deliverSm({ short_message: octetsOf(text) }));
  expect(outcome).toMatchObject({ message: { content: text, transport_metadata: { keyword } } });
});

test.each([
  ['{"msg":"4711","ok":true}', { kind: "event", event: { delivery_status: "delivered" } }],
  ['{"msg":"4711","ok":false}', { kind: "event", event: { delivery_status: "failed" } }],
  ['{"msg":"4712","ok":true}', { kind: "unmatched", receipt: { id: "4712" } }],
  ['{"msg":4711,"ok":true}', { kind: "not_handled" }],
  ["null", { kind: "not_handled" }],
  ["hello", { kind: "not_handled" }],
])("JsonReceiptProcessor makes of %s: %j", async (text, expected) => {
  const { cache, made } = await make("json-receipt-processor.ts#JsonReceiptProcessor");
  const processor: DeliverProcessor = made;
  const outcome = await processor.handleDeliverSm(deliverSm({ short_message: octetsOf(text) }));
  expect(outcome).toMatchObject(expected);
  if (outcome.kind !== "event") return;
  await outcome.settle?.(true);
  expect(await cache.fetchSmppMessageId("4711")).toBeUndefined();
});
