/** A cache of one's own that has no more methods than it must. */
import { InMemorySmppCache, type SmppCache } from "@esme/caches";

export function ownCache(inner: SmppCache = new InMemorySmppCache()): SmppCache {
  return {
    storeMultipart: (part) => inner.storeMultipart(part),
    storeSmppMessageId: (...id) => inner.storeSmppMessageId(...id),
    fetchSmppMessageId: (id) => inner.fetchSmppMessageId(id),
    deleteSmppMessageId: (id) => inner.deleteSmppMessageId(id),
    close: () => inner.close(),
  };
}
