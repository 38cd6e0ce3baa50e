/** The rows of data/text.json, which come from the test suites of public libraries. */
import { readFileSync } from "node:fs";

export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly note?: string;
  readonly input: {
    readonly text?: string;
    readonly hex?: string;
    readonly charset?: string | object;
    readonly fallback?: string;
    readonly unencodable?: string;
    readonly errors?: string;
    readonly udh?: boolean;
    readonly reference?: "8-bit" | "16-bit";
    readonly referenceNumber?: number;
    readonly partSize?: number;
    readonly iei?: number;
    readonly data?: string;
    readonly value?: number;
    readonly order?: readonly string[];
    readonly udhl?: number | null;
    readonly coding?: string;
  };
  readonly expect: {
    readonly hex?: string | readonly string[];
    readonly text?: string;
    readonly ok?: boolean;
    readonly error?: string;
    readonly charset?: string;
    readonly segments?: number;
    readonly payloadBits?: number;
    readonly totalBits?: number;
    readonly codePoints?: number;
    readonly graphemes?: number;
    readonly parts?: readonly string[];
    readonly partUnits?: readonly number[];
    readonly partCharacters?: readonly number[];
    readonly partOctetsWithHeader?: readonly number[];
    readonly headers?: readonly string[];
    readonly header?: string | { udhl: number; iei: number; iedl: number };
    readonly headerOctets?: number;
    readonly body?: string;
    readonly elements?: readonly { iei: number; data: string }[];
    readonly concat?: { reference: number; total: number; sequence: number } | null;
    readonly ports?: { destination: number; originator: number };
    readonly udhi?: boolean;
    readonly alphabet?: string;
    readonly messageClass?: number | null;
    readonly compressed?: boolean;
    readonly mwi?: { store: boolean; active: boolean; type: string };
    readonly single?: number;
    readonly part?: number;
    readonly unit?: string;
    readonly size?: number;
  };
}

export const rows: readonly Row[] = JSON.parse(
  readFileSync(new URL("data/text.json", import.meta.url), "utf8"),
).rows;

export const bytes = (text = ""): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
