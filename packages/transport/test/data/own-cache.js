/** A cache of one's own that has no more methods than it must. */
import { InMemorySmppCache } from "@esme/caches";

export class OwnCache {
  #inner = new InMemorySmppCache();
  storeMultipart = (part) => this.#inner.storeMultipart(part);
  storeSmppMessageId = (...id) => this.#inner.storeSmppMessageId(...id);
  fetchSmppMessageId = (id) => this.#inner.fetchSmppMessageId(id);
  deleteSmppMessageId = (id) => this.#inner.deleteSmppMessageId(id);
  close = () => this.#inner.close();
}
