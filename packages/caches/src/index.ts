export {
  InMemorySmppCache,
  type InMemorySmppCacheDeps,
  type InMemorySmppCacheOptions,
} from "./in-memory-smpp-cache.ts";
export type {
  IncompleteMessage,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
  PartInfo,
  SmppCache,
} from "./smpp-cache.ts";
