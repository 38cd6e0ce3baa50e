// The fields of a delivery receipt with what they mean, and where text and TLVs differ.

import type { Dissection } from "@esme/pdu";
import {
  isFinalState,
  meantIds,
  parseReceipt,
  type Receipt,
  receiptTime,
  stateName,
  statusOfState,
} from "@esme/receipts";
import { quoted } from "./text.ts";

/** One field of a receipt in words. */
export interface ReceiptRow {
  /** As the text of a receipt calls it (SMPP 3.4 Appendix B). */
  readonly name: string;
  readonly value: string;
  readonly meaning?: string | undefined;
}

/** What a deliver_sm or data_sm says as a receipt; `rows` is empty when it is none. */
export interface ExplainedReceipt {
  readonly rows: readonly ReceiptRow[];
  /** What is odd, without values. */
  readonly remarks: readonly string[];
}

type Field = Exclude<keyof Receipt, "status">;

const words: Readonly<Partial<Record<Field, (value: string) => string | undefined>>> = {
  id: (id) => {
    const others = meantIds(id).loose.filter((form) => form !== id.toLowerCase());
    return others.length > 0 ? `in submit_sm_resp it may be ${others.join(" or ")}` : undefined;
  },
  sub: () => "messages submitted",
  dlvrd: () => "messages delivered",
  submit_date: dateWords,
  done_date: dateWords,
  err: (code) => (/^0+$/.test(code) ? "no error" : "a code of the operator or the network"),
};

const fields: readonly Field[] = [
  "id",
  "sub",
  "dlvrd",
  "submit_date",
  "done_date",
  "stat",
  "err",
  "text",
];

/** Values that tell something about people or their messages. */
const personal = new Set<Field>(["id", "text"]);

export function explainReceipt(
  { command, pdu }: Pick<Dissection, "command" | "pdu">,
  content: boolean,
): ExplainedReceipt {
  const source = command === "deliver_sm" || command === "data_sm" ? sourceOf(pdu) : undefined;
  const receipt = source && parseReceipt(source);
  if (source === undefined || receipt === undefined) return { rows: [], remarks: [] };
  const inText = parseReceipt({
    ...source,
    receipted_message_id: undefined,
    message_state: undefined,
  });
  const rows = fields.flatMap((name) => rowOf(name, receipt, content));
  return { rows, remarks: differences(source, inText) };
}

/** What `parseReceipt` reads, out of what could be read of a PDU. */
function sourceOf(pdu: Dissection["pdu"]) {
  const octets = (value: unknown) => (value instanceof Uint8Array ? value : undefined);
  const { receipted_message_id: id, message_state: state } = pdu;
  return {
    esm_class: Number(pdu["esm_class"] ?? 0),
    data_coding: Number(pdu["data_coding"] ?? 0),
    short_message: octets(pdu["short_message"]),
    message_payload: octets(pdu["message_payload"]),
    receipted_message_id: typeof id === "string" ? id : undefined,
    message_state: typeof state === "number" ? state : undefined,
  };
}

function rowOf(name: Field, receipt: Receipt, content: boolean): ReceiptRow[] {
  const value = receipt[name];
  if (value === null) return [];
  if (!content && personal.has(name)) return [{ name, value: `${value.length} characters` }];
  const meaning = name === "stat" ? statWords(value, receipt) : words[name]?.(value);
  return [{ name, value: quoted(value), meaning }];
}

function statWords(stat: string, { status }: Receipt): string {
  return isFinalState(stat, status) ? `${status}: final` : `${status}: another receipt may follow`;
}

function dateWords(date: string): string | undefined {
  const time = receiptTime(date);
  return time === undefined ? undefined : `${time}, in the time zone of the SMSC`;
}

function differences(
  { receipted_message_id, message_state }: ReturnType<typeof sourceOf>,
  inText: Receipt | undefined,
): string[] {
  const remarks: string[] = [];
  if (inText?.id && receipted_message_id && inText.id !== receipted_message_id) {
    remarks.push("the id in the text is not receipted_message_id, which counts");
  }
  if (message_state !== undefined && inText?.stat) {
    const status = statusOfState(message_state);
    if (inText.status !== status) {
      remarks.push(
        `the text says ${inText.status}, message_state ${stateName(message_state)}, which counts`,
      );
    }
  }
  return remarks;
}
