// Receipts of every dialect, spoilt, as deliver_sm: each becomes one of the outcomes that there are.
import { readFileSync } from "node:fs";
import { InMemorySmppCache } from "@esme/caches";
import { fuzz, fuzzTimeout, must, type Random, spoilOctets, spoilText } from "@esme/fuzz";
import { test } from "vitest";
import {
  DeliveryReportProcessor,
  parseReceipt,
  type ReceiptPdu,
  ShortMessageProcessor,
} from "../src/index.ts";
import { deliverSm } from "./deliver.ts";

interface Row {
  esm_class: number;
  text?: string;
  text_hex?: string;
  tlvs?: { receipted_message_id?: string; message_state?: number };
}

const rows: Row[] = JSON.parse(
  readFileSync(new URL("../../receipts/test/data/receipts.json", import.meta.url), "utf8"),
);
const texts = rows.flatMap(({ text }) => (text === undefined ? [] : [text]));
const bodies = rows.map(({ text_hex, text = "" }) =>
  text_hex === undefined ? Buffer.from(text, "latin1") : Buffer.from(text_hex, "hex"),
);
const words = [
  ...["id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:", "Msg_ID :"],
  ...["DELIVRD", "UNDELIV", "2401020304", "2024-01-02 03:04:05", "240230250000", "id", "^", "|"],
];
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
  return { pdu: pdu(random), config: random.below(processors.length) };
}

function pdu(random: Random): ReceiptPdu {
  const row = random.pick(rows);
  const body = random.oneIn(2)
    ? spoilOctets(random.pick(bodies), random, bodies)
    : Buffer.from(spoilText(random.pick(texts), random, words), "latin1");
  return {
    esm_class: random.oneIn(3) ? random.below(256) : row.esm_class,
    ...(random.oneIn(3) ? { message_payload: body } : { short_message: body.subarray(0, 254) }),
    ...(random.oneIn(3) && { receipted_message_id: strangeId(random) }),
    ...(random.oneIn(3) && { message_state: random.below(12) }),
  };
}

function strangeId(random: Random): string {
  return random.pick([
    "",
    "0",
    "00ff",
    "FFFFFFFFFFFFFFFF",
    "9".repeat(64),
    "__proto__",
    "a b",
    "-1",
  ]);
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
