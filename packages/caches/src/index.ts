export {
  type IncompleteMessage,
  InMemorySmppCache,
  type InMemorySmppCacheDeps,
  type InMemorySmppCacheOptions,
} from "./in-memory-smpp-cache.ts";
export type {
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  PartInfo,
  SmppCache,
} from "./smpp-cache.ts";
