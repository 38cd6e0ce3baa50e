// What a page does with receipts; browser.test.ts runs it where there is no Node.
import { formatReceipt, parseReceipt, receiptTime } from "@esme/receipts";

declare const results: unknown[];

const date = new Date("2026-11-22T01:05:00Z");
const fields = { id: "4711", stat: "DELIVRD", submit_date: date, done_date: date };
const written = parseReceipt(formatReceipt(fields));
results.push(
  written?.id,
  written?.status,
  receiptTime(written?.done_date ?? "", { time_zone: "+01:00" }),
);

const utf16 = (text: string) =>
  Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 0xff]));
const short_message = utf16("id:7 stat:DELIVRD text:привет");
results.push(parseReceipt({ esm_class: 4, short_message })?.text);
