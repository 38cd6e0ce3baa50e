/** Reports about a text that a phone sends. */

import { isSmppError } from "@esme/pdu";
import { reasonOf } from "@esme/settings";
import type { MobileText } from "./mobile-text.ts";

/** A text from a phone: reported when it is queued, and when it is taken or has failed. */
export interface MobileReport {
  /** Counts the texts of one message centre from 1. */
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly text: string | Uint8Array;
  /** How many deliver_sm carry it. */
  readonly parts: number;
  /** `taken`: every part was answered with success. */
  readonly state: "queued" | "taken" | "failed";
  /** Of a failure: the code of the error, or the command_status by name. Empty otherwise. */
  readonly reason: string;
}

/** Reports a text now, and when `answers` is settled. The caller handles rejections of `answers`. */
export function follow(
  answers: Promise<unknown>,
  { from, to, text }: MobileText,
  { id, parts }: Pick<MobileReport, "id" | "parts">,
  tell: (report: MobileReport) => void,
): void {
  const report = { id, from, to, text, parts };
  tell({ ...report, state: "queued", reason: "" });
  answers.then(
    () => tell({ ...report, state: "taken", reason: "" }),
    (error: unknown) => tell({ ...report, state: "failed", reason: failureOf(error) }),
  );
}

function failureOf(error: unknown): string {
  if (!isSmppError(error)) return reasonOf(error);
  return "statusName" in error ? String(error.statusName) : error.code;
}
