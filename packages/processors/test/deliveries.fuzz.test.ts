// Receipts of every dialect, spoilt, as deliver_sm: each becomes one of the outcomes that there are.
import { InMemorySmppCache } from "@esme/caches";
import { fuzz, fuzzTimeout, must, type Random } from "@esme/fuzz";
import { test } from "vitest";
import { strangeReceipt } from "../../receipts/test/strange-receipt.ts";
import {
  DeliveryReportProcessor,
  parseReceipt,
  type ReceiptPdu,
  ShortMessageProcessor,
} from "../src/index.ts";
import { deliverSm } from "./deliver.ts";

/** As people set a worker up for their SMSC. */
const regex = "id:(?P<id>\\S+) .*stat:(?P<stat>[A-Z]+)";
const processors = [
  {},
  { id_format: "auto", receipt_details: true, receipt_text: true, multipart_reports: "aggregate" },
  { id_format: { response: "hex", receipt: "decimal" }, sources: { tlvs: false, body: false } },
  { regex, receipt_dates: { layout: "YYMMDDhhmm", time_zone: "Europe/Oslo" } },
] as const;

interface Case {
  readonly pdu: ReceiptPdu;
  readonly config: number;
}

function make(random: Random): Case {
  return { pdu: strangeReceipt(random), config: random.below(processors.length) };
}

const outcomes = ["not_handled", "message", "event", "incomplete", "unmatched"];

async function check({ pdu, config }: Case): Promise<void> {
  const receipt = parseReceipt(pdu);
  const cache = new InMemorySmppCache();
  await cache.storeSmppMessageId((receipt?.id || "known").slice(0, 255), "msg-1");
  const reports = new DeliveryReportProcessor(
    { early_receipts: 0, ...processors[config] },
    { cache },
  );
  const whole = deliverSm(pdu);
  const outcome = await reports.handleDeliverSm(whole);
  must(outcomes.includes(outcome.kind), `${outcome.kind} is what can become of it`);
  if (outcome.kind === "event") await outcome.settle?.(true);
  if (outcome.kind !== "not_handled") return;
  const message = await new ShortMessageProcessor({}, { cache }).handleDeliverSm(whole);
  must(outcomes.includes(message.kind), `${message.kind} is what can become of a message`);
}

function show(input: Case): string {
  return JSON.stringify(input, (_, value: unknown) =>
    value instanceof Object && "type" in value && "data" in value && Array.isArray(value.data)
      ? Buffer.from(value.data).toString("latin1")
      : value,
  );
}

test("every deliver_sm has an outcome", { timeout: fuzzTimeout }, async () => {
  await fuzz({
    name: "deliveries",
    cases: 2_000,
    make,
    check,
    show,
  });
});
