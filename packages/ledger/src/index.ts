export { InMemoryLedger, type InMemoryLedgerOptions } from "./in-memory-ledger.ts";
export type { Begun, Ledger, LedgerEntry } from "./ledger.ts";
