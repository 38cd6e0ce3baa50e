/** What happens, as it happens: the stream of events, opened again when it breaks. */
import { byId, write } from "./dom.js";

/**
 * @typedef {object} Listeners
 * @property {() => void} opened the stream is there, for the first time or again: load everything
 * @property {(state: import("../http/views/state.ts").CentreState) => void} state
 * @property {(texts: import("../http/views/conversations.ts").PhoneText[]) => void} texts
 * @property {(faults: import("../http/views/fault-list.ts").FaultInForce[]) => void} faults
 * @property {(news: { pdus: import("../log/pdu-summary.ts").PduSummary[], missed: number }) => void} pdus
 */

/** The stream of this page. */
export class Live {
  /** @type {EventSource | undefined} */
  #source;
  /** @type {Listeners} */
  #listeners;

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
    // A page in the back of the browser asks for nothing when it is left.
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.open("");
    });
  }

  /**
   * Opens the stream, in place of the one before.
   *
   * @param {string} query which PDUs it tells
   */
  open(query) {
    this.#source?.close();
    const source = new EventSource(`events?${query}`);
    this.#source = source;
    source.addEventListener("open", () => {
      show("live");
      this.#listeners.opened();
    });
    source.addEventListener("error", () => {
      show("reconnecting");
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.#again(source, query), 1_000);
    });
    for (const name of /** @type {const} */ (["state", "texts", "faults", "pdus"])) {
      source.addEventListener(name, (event) => this.#listeners[name](JSON.parse(event.data)));
    }
  }

  /**
   * @param {EventSource} source
   * @param {string} query
   */
  #again(source, query) {
    if (this.#source === source) this.open(query);
  }
}

/** @param {string} state */
function show(state) {
  const place = byId("live", HTMLElement);
  place.dataset["state"] = state;
  write(place, state);
}
