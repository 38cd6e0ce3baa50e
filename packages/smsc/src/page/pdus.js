/** The log of PDUs: a line each, live, filtered, paused. */
import { complain, pdus } from "./api.js";
import { byId, el, say, topIn, write } from "./dom.js";
import { roving } from "./roving.js";
import { exactTimeOf } from "./words.js";

/** @typedef {import("../log/pdu-summary.ts").PduSummary} PduSummary */

/** Lines kept on the page. */
const most = 400;

/** The log on the page. */
export class Pdus {
  #list = byId("log", HTMLElement);
  #session = byId("filter-session", HTMLSelectElement);
  #command = byId("filter-command", HTMLSelectElement);
  #errors = byId("filter-errors", HTMLInputElement);
  #pause = byId("pause", HTMLButtonElement);
  #paused = false;
  #unseen = 0;
  #last = 0;
  /** @type {{ chosen: (id: number) => void, filtered: (query: string) => void }} */
  #told;

  /** @param {{ chosen: (id: number) => void, filtered: (query: string) => void }} told */
  constructor(told) {
    this.#told = told;
    for (const part of [this.#session, this.#command, this.#errors]) {
      part.addEventListener("change", () => this.#filter());
    }
    byId("filter", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
    this.#pause.addEventListener("click", () => this.pause());
    roving(this.#list, ".pdu", (line) => this.#choose(line));
    this.#list.addEventListener("click", (event) => {
      const line = event.target instanceof Element ? event.target.closest(".pdu") : null;
      if (line instanceof HTMLElement) this.#choose(line);
    });
    this.#showEmpty();
  }

  /** The filter as a query of the HTTP API. */
  get query() {
    const query = new URLSearchParams();
    if (this.#session.value !== "") query.set("session", this.#session.value);
    if (this.#command.value !== "") query.set("command", this.#command.value);
    if (this.#errors.checked) query.set("errors", "true");
    return query.toString();
  }

  /** Fills the list with the latest that fit. */
  async load() {
    try {
      const before = this.#last;
      const found = await pdus(this.query);
      this.#replace(found, before);
    } catch (error) {
      complain(error);
    }
    if (this.#list.childElementCount === 0) this.#showEmpty();
    this.#showPause();
  }

  /**
   * Shows these, and behind them what came live while they were asked for: what is newer than
   * `before`. The line that has the focus keeps it.
   *
   * @param {readonly PduSummary[]} found
   * @param {number} before
   */
  #replace(found, before) {
    const list = this.#list;
    const last = found.at(-1)?.id ?? 0;
    const live = [...list.querySelectorAll(".pdu")].filter(
      (line) => idOf(line) > Math.max(before, last),
    );
    const focused = list.contains(document.activeElement) ? idOf(document.activeElement) : 0;
    const chosen = idOf(list.querySelector('[aria-selected="true"]'));
    list.replaceChildren();
    this.#unseen = 0;
    this.#last = 0;
    this.#add(found);
    list.append(...live);
    this.#last = idOf(live.at(-1) ?? null) || last;
    list.scrollTop = list.scrollHeight;
    this.#line(chosen)?.setAttribute("aria-selected", "true");
    this.#line(focused)?.focus();
  }

  /**
   * @param {number} id
   * @returns {HTMLElement | null}
   */
  #line(id) {
    return this.#list.querySelector(`.pdu[data-id="${id}"]`);
  }

  /** @param {{ pdus: PduSummary[], missed: number }} news */
  update({ pdus, missed }) {
    if (this.#paused) {
      this.#unseen += pdus.length + missed;
      this.#showPause();
      return;
    }
    const list = this.#list;
    const isNear = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    if (missed > 0) {
      const words = `${missed.toLocaleString("en")} more, too fast to show: pause or filter, or export all`;
      list.append(el("p", { class: "missed", role: "presentation" }, words));
    }
    this.#add(pdus);
    if (isNear) list.scrollTop = list.scrollHeight;
  }

  /** @param {import("../http/views/state.ts").CentreState} state */
  showSessions({ sessions, more }) {
    const names = sessions.map(({ id, system_id }) => [String(id), `#${id} ${system_id}`]);
    const chosen = this.#session.value;
    // Of very many sessions the state tells some: nobody knows whether this one is gone.
    const fate = more.sessions > 0 ? "" : " (gone)";
    if (chosen !== "" && !names.some(([id]) => id === chosen))
      names.push([chosen, `#${chosen}${fate}`]);
    const key = JSON.stringify(names);
    if (this.#session.dataset["key"] === key) return;
    this.#session.dataset["key"] = key;
    this.#session.replaceChildren(
      el("option", { value: "" }, "all sessions"),
      ...names.map(([value, name = ""]) => el("option", { value }, name)),
    );
    this.#session.value = chosen;
  }

  /** @param {number} session */
  showOnly(session) {
    this.#session.value = String(session);
    this.#filter();
    this.focus();
  }

  /** Stops the list where it is, or goes on. */
  pause() {
    this.#paused = !this.#paused;
    say(this.#paused ? "paused" : "live");
    if (this.#paused) this.#showPause();
    else void this.load();
  }

  toggleErrors() {
    this.#errors.checked = !this.#errors.checked;
    this.#filter();
  }

  /** To the line that is chosen, or the last one. */
  focus() {
    const lines = this.#list.querySelectorAll(".pdu");
    const chosen = this.#list.querySelector('[aria-selected="true"]') ?? lines[lines.length - 1];
    if (chosen instanceof HTMLElement) {
      chosen.focus();
      this.#choose(chosen);
    } else this.#list.focus();
  }

  /** Scrolls the list, and nothing else, to the line that is chosen. */
  reveal() {
    const list = this.#list;
    const line = list.querySelector('[aria-selected="true"]');
    if (!(line instanceof HTMLElement)) return;
    const top = topIn(list, line);
    const isSeen =
      top >= list.scrollTop && top + line.offsetHeight <= list.scrollTop + list.clientHeight;
    if (!isSeen) list.scrollTop = top - list.clientHeight / 2;
  }

  #filter() {
    const { query } = this;
    const session = this.#session.value;
    byId("export", HTMLAnchorElement).href =
      `api/pcap${session === "" ? "" : `?session=${session}`}`;
    this.#told.filtered(query);
  }

  /** @param {readonly PduSummary[]} pdus */
  #add(pdus) {
    const fresh = pdus.filter(({ id }) => id > this.#last);
    if (fresh.length === 0) return;
    this.#last = fresh.at(-1)?.id ?? this.#last;
    this.#list.querySelector(".empty")?.remove();
    this.#list.tabIndex = -1;
    this.#list.append(...fresh.map(lineOf));
    while (this.#list.childElementCount > most) this.#list.firstElementChild?.remove();
    const stop =
      this.#list.querySelector('.pdu[tabindex="0"]') ??
      this.#list.querySelector(".pdu:last-of-type");
    if (stop instanceof HTMLElement) stop.tabIndex = 0;
  }

  /** @param {HTMLElement} line */
  #choose(line) {
    this.#list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    line.setAttribute("aria-selected", "true");
    this.#told.chosen(idOf(line));
  }

  #showPause() {
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    const more = this.#unseen > 0 ? ` (${this.#unseen.toLocaleString("en")} new)` : "";
    write(this.#pause, this.#paused ? `Go on${more}` : "Pause");
  }

  #showEmpty() {
    const words =
      this.query === ""
        ? "No PDU yet. As soon as an ESME connects, everything it says is here, octet by octet."
        : "No PDU fits this filter yet.";
    this.#list.tabIndex = 0;
    this.#list.replaceChildren(el("p", { class: "empty" }, words));
  }
}

/**
 * The id of a line's PDU, 0 for what is no line.
 *
 * @param {Element | null} line
 */
function idOf(line) {
  return Number(line instanceof HTMLElement ? line.dataset["id"] : 0) || 0;
}

/** @param {PduSummary} pdu */
function lineOf(pdu) {
  const { id, time, direction, session, system_id, command, status, command_status, about } = pdu;
  const from = direction === "in" ? "from" : "to";
  const isResponse = command.endsWith("_resp") || command === "generic_nack";
  return el(
    "div",
    {
      class: `pdu ${direction}${pdu.is_error ? " error" : ""}`,
      role: "option",
      tabindex: -1,
      "aria-selected": "false",
      "data-id": id,
    },
    el("time", { datetime: time }, exactTimeOf(time)),
    el(
      "span",
      {
        class: "way",
        title: `${from} session ${session}${system_id === "" ? "" : `, ${system_id}`}`,
      },
      direction === "in" ? "→" : "←",
      el("span", { class: "hidden" }, ` ${from} session`),
      ` ${session}`,
    ),
    el("span", { class: `command${isResponse ? " response" : ""}` }, command),
    el("span", { class: "sequence", title: "sequence_number" }, String(pdu.sequence_number)),
    el(
      "span",
      { class: "about" },
      command_status === 0 ? undefined : el("b", {}, `${status} `),
      about,
    ),
  );
}
