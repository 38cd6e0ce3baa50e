// Receipts of every dialect, spoilt: read or passed over, never thrown at, and always the same way.
import { isDeepStrictEqual } from "node:util";
import { fuzz, fuzzTimeout, must, type Random, spoilText, strangeText } from "@esme/fuzz";
import { test } from "vitest";
import {
  formatReceipt,
  parseReceipt,
  type Receipt,
  type ReceiptDialectName,
  type ReceiptFields,
  type ReceiptPdu,
  receiptIdForms,
  receiptTime,
} from "../src/index.ts";
import { strangeId, strangeReceipt, strangeReceiptText } from "./strange-receipt.ts";

const dates = ["2401020304", "240102030405", "202401020304", "2024-01-02T03:04:05", "0000000000"];
const zones = ["UTC", "+05:30", "-11:00", "Europe/Oslo", "Asia/Kathmandu"];

const dialects: readonly ReceiptDialectName[] = [
  ...(["standard", "text_only", "smppsim", "goip", "ksmppd", "infobip", "larvitsmpp"] as const),
  "numeric_stat",
];

type Case =
  | { readonly text: string }
  | { readonly pdu: ReceiptPdu }
  | { readonly id: string }
  | { readonly date: string; readonly zone: string }
  | { readonly written: ReceiptFields; readonly dialect: ReceiptDialectName };

function make(random: Random): Case {
  switch (random.below(9)) {
    case 0:
      return { date: spoilText(random.pick(dates), random, dates), zone: random.pick(zones) };
    case 1:
      return { written: fields(random), dialect: random.pick(dialects) };
    case 2:
      return { id: random.oneIn(2) ? strangeId(random) : strangeText(random, 70) };
    case 3:
    case 4:
      return { text: strangeReceiptText(random) };
    default:
      return { pdu: strangeReceipt(random) };
  }
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

function check(input: Case): void {
  if ("date" in input) checkDate(input.date, input.zone);
  else if ("text" in input) checkText(input.text);
  else if ("written" in input) checkWritten(input.written, input.dialect);
  else if ("id" in input) checkId(input.id);
  else checkPdu(input.pdu);
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

function checkWritten(written: ReceiptFields, dialect: ReceiptDialectName): void {
  const receipt = parseReceipt(formatReceipt(written, dialect));
  must(receipt?.id === written.id, "the id that is written is read");
  const { status } = parseReceipt(formatReceipt(written)) ?? {};
  must(receipt?.status === status, "a state means the same in every dialect");
}

function checkId(id: string): void {
  const forms = receiptIdForms(id);
  must(forms[0] === (id || undefined), "an id is first of all itself");
  must(new Set(forms).size === forms.length, "no form of an id stands there twice");
  must(forms.length <= 31, "an id has few forms");
}

function checkPdu(pdu: ReceiptPdu): void {
  const receipt = parseReceipt(pdu);
  if (receipt !== undefined) checkFields(receipt);
  must(isDeepStrictEqual(parseReceipt(pdu), receipt), "a receipt is read the same way twice");
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
