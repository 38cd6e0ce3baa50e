/** Receipts of every dialect, spoilt: for what reads them, here and in the processors. */
import { readFileSync } from "node:fs";
import { type Random, spoilOctets, spoilText } from "@esme/fuzz";
import type { ReceiptPdu } from "@esme/receipts";

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

/** The text of a receipt. */
export function strangeReceiptText(random: Random): string {
  return spoilText(random.pick(texts), random, words);
}

/** A deliver_sm that is, or was, one. */
export function strangeReceipt(random: Random): ReceiptPdu {
  const row = random.pick(rows);
  const body = random.oneIn(2)
    ? spoilOctets(random.pick(bodies), random, bodies)
    : Buffer.from(strangeReceiptText(random), "latin1");
  return {
    esm_class: random.oneIn(3) ? random.below(256) : row.esm_class,
    ...(random.oneIn(3) ? { message_payload: body } : { short_message: body.subarray(0, 254) }),
    ...(random.oneIn(3) && { receipted_message_id: strangeId(random) }),
    ...(random.oneIn(3) && { message_state: random.below(12) }),
  };
}

/** An id as no SMSC gives it. */
export function strangeId(random: Random): string {
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
