/** The rows of data/text.json, which come from the test suites of public libraries. */
import { readFileSync } from "node:fs";

export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly note?: string;
  readonly input: {
    readonly text?: string;
    readonly hex?: string;
    readonly septets?: string | number;
    readonly charset?: string | { base: string; locking: number; singleShift: number };
    readonly locking?: number;
    readonly singleShift?: number;
    readonly errors?: string;
    readonly septetCount?: number;
    readonly udh?: boolean;
    readonly udlSeptets?: number;
    readonly fillBits?: number;
    readonly ussd?: boolean;
    readonly nli?: number;
    readonly table?: string;
  };
  readonly expect: {
    readonly hex?: string;
    readonly text?: string;
    readonly error?: boolean;
    readonly at?: number;
    readonly ok?: boolean;
    readonly charset?: string;
    readonly count?: number;
    readonly pairs?: readonly (readonly [string, string])[];
    readonly septets?: string | number;
    readonly octets?: number;
  };
}

export const rows: readonly Row[] = JSON.parse(
  readFileSync(new URL("data/text.json", import.meta.url), "utf8"),
).rows;

export const bytes = (text: string | number = ""): Uint8Array =>
  Uint8Array.from(Buffer.from(String(text), "hex"));

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
