export {
  InMemorySmppCache,
  type InMemorySmppCacheDeps,
  type InMemorySmppCacheOptions,
} from "./in-memory-smpp-cache.ts";
export { checkMessageId, checkPart } from "./limits.ts";
export type {
  EarlyReceipt,
  IncompleteMessage,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
  OverdueReceipt,
  PartInfo,
  RecalledReceipt,
  ReceiptMatch,
  ReceiptName,
  SmppCache,
} from "./smpp-cache.ts";
export { foldId, idKey } from "./smpp-id.ts";
