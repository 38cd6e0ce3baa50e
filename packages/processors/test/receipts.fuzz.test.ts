// Receipts of every dialect, spoilt: read or passed over, never thrown at, and always the same way.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { InMemorySmppCache } from "@esme/caches";
import {
  fuzz,
  fuzzTimeout,
  must,
  type Random,
  spoilOctets,
  spoilText,
  strangeText,
} from "@esme/fuzz";
import { test } from "vitest";
import {
  DeliveryReportProcessor,
  formatReceipt,
  parseReceipt,
  type Receipt,
  type ReceiptPdu,
  receiptTime,
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
  readFileSync(new URL("./data/receipts.json", import.meta.url), "utf8"),
);
const texts = rows.flatMap(({ text }) => (text === undefined ? [] : [text]));
const bodies = rows.map(({ text_hex, text = "" }) =>
  text_hex === undefined ? Buffer.from(text, "latin1") : Buffer.from(text_hex, "hex"),
);
const words = [
  ...["id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:", "Msg_ID :"],
  ...["DELIVRD", "UNDELIV", "2401020304", "2024-01-02 03:04:05", "240230250000", "id", "^", "|"],
];
const dates = ["2401020304", "240102030405", "202401020304", "2024-01-02T03:04:05", "0000000000"];
const zones = ["UTC", "+05:30", "-11:00", "Europe/Oslo", "Asia/Kathmandu"];

/** As people set a worker up for their SMSC. */
const regex = "id:(?P<id>\\S+) .*stat:(?P<stat>[A-Z]+)";
const processors = [
  {},
  { id_format: "auto", receipt_details: true, receipt_text: true, multipart_reports: "aggregate" },
  { id_format: { response: "hex", receipt: "decimal" }, sources: { tlvs: false, body: false } },
  { regex, receipt_dates: { layout: "YYMMDDhhmm", time_zone: "Europe/Oslo" } },
] as const;

type Case =
  | { readonly text: string }
  | { readonly pdu: ReceiptPdu; readonly config: number }
  | { readonly date: string; readonly zone: string }
  | { readonly written: Parameters<typeof formatReceipt>[0] };

function make(random: Random): Case {
  switch (random.below(8)) {
    case 0:
      return { date: spoilText(random.pick(dates), random, dates), zone: random.pick(zones) };
    case 1:
      return { written: fields(random) };
    case 2:
    case 3:
      return { text: spoilText(random.pick(texts), random, words) };
    default:
      return { pdu: pdu(random), config: random.below(processors.length) };
  }
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

function fields(random: Random) {
  const time = () => new Date(Date.UTC(2024, 0, 1) + random.below(10 ** 9) * 60_000);
  return {
    id: `a${random.below(2 ** 32).toString(36)}`,
    stat: random.pick(["DELIVRD", "UNDELIV", "EXPIRED", "REJECTD"]),
    submit_date: new Date(Date.UTC(2024, 0, 1)),
    done_date: time(),
    text: strangeText(random, 30),
  };
}

async function check(input: Case): Promise<void> {
  if ("date" in input) checkDate(input.date, input.zone);
  else if ("text" in input) checkText(input.text);
  else if ("written" in input) checkWritten(input.written);
  else await checkPdu(input.pdu, input.config);
}

function checkDate(date: string, time_zone: string): void {
  const iso = receiptTime(date, { time_zone });
  must(iso === undefined || !Number.isNaN(Date.parse(iso)), "a date that is read is one");
}

function checkText(text: string): void {
  const receipt = parseReceipt(text);
  if (receipt === undefined) return;
  checkFields(receipt);
  for (const [key, value] of Object.entries(receipt)) {
    must(
      key === "status" || value === null || text.includes(value),
      `${key} is as the text has it`,
    );
  }
}

function checkFields(receipt: Receipt): void {
  must(["pending", "delivered", "failed"].includes(receipt.status), "it has one of three states");
}

function checkWritten(written: Parameters<typeof formatReceipt>[0]): void {
  const receipt = parseReceipt(formatReceipt(written));
  must(receipt?.id === written.id && receipt.stat === written.stat, "what is written is read");
}

const outcomes = ["not_handled", "message", "event", "incomplete", "unmatched"];

async function checkPdu(pdu: ReceiptPdu, config: number): Promise<void> {
  const receipt = parseReceipt(pdu);
  if (receipt !== undefined) checkFields(receipt);
  must(isDeepStrictEqual(parseReceipt(pdu), receipt), "a receipt is read the same way twice");
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

test("every receipt is read or passed over", { timeout: fuzzTimeout }, async () => {
  await fuzz({
    name: "receipts",
    cases: 2_000,
    make,
    check,
    show,
  });
});
