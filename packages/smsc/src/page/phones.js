/** The phones: choose or type a number, see its texts, write as it. */
import { complain, earlierTexts, sendText } from "./api.js";
import { byId, el, svg, write } from "./dom.js";
import { roving } from "./roving.js";
import { counted, timeOf } from "./words.js";

/** @typedef {import("../http/views/conversations.ts").PhoneText} PhoneText */

/** Texts kept, as many as the server keeps. */
const most = 2_000;

/** Texts of a phone that are shown, and earlier ones that one click adds. */
const shownTexts = 200;

/** Phones offered to choose from. */
const mostPhones = 40;

/** The phone on the page, and the texts of all. */
export class Phones {
  #number = byId("number", HTMLInputElement);
  #chips = byId("phones", HTMLElement);
  #thread = byId("thread", HTMLElement);
  #earlier = byId("earlier", HTMLButtonElement);
  /** The last so many texts of the phone are shown. */
  #shown = shownTexts;
  /** The server has texts that it has not told. */
  #hasEarlier = false;
  /** @type {Set<string>} phones of which everything is here, all the same */
  #complete = new Set();
  /** @type {Map<number, PhoneText>} by id, in the order of the ids */
  #texts = new Map();
  /** @type {Map<string, number>} the last text seen of each phone */
  #seen = new Map();
  /** Nobody has chosen a phone yet, and none has got a text: the first that does is shown. */
  #undecided = true;

  constructor() {
    this.#number.value = "27820001001";
    this.#number.addEventListener("focus", () => {
      this.#undecided = false;
    });
    this.#number.addEventListener("input", () => this.#choose(this.#number.value.trim()));
    roving(this.#chips, "button");
    this.#earlier.addEventListener("click", () => void this.#showEarlier().catch(complain));
    // It scrolls, so the keyboard has to reach it.
    this.#thread.tabIndex = 0;
    this.#compose();
    this.#showThread();
  }

  /**
   * Begins anew with these texts.
   *
   * @param {readonly PhoneText[]} texts
   * @param {boolean} hasEarlier the server has others, which are older
   */
  load(texts, hasEarlier) {
    this.#hasEarlier = hasEarlier;
    this.#complete.clear();
    this.#texts.clear();
    this.#take(texts);
    for (const { id, phone } of texts) this.#seen.set(phone, id);
    this.#show();
  }

  /**
   * Texts that are new or changed.
   *
   * @param {readonly PhoneText[]} texts
   */
  update(texts) {
    this.#take(texts);
    this.#show();
  }

  /** The texts of the phone on the page. */
  #ofPhone() {
    const number = this.#number.value.trim();
    return [...this.#texts.values()].filter(({ phone }) => phone === number);
  }

  /** Whether the server may have texts of this phone that stand before those that are here. */
  #mayHaveEarlier() {
    const number = this.#number.value.trim();
    return this.#hasEarlier && number !== "" && !this.#complete.has(number);
  }

  /** Shows more texts of this phone, and asks for them where they are not here. */
  async #showEarlier() {
    this.#shown += shownTexts;
    const phone = this.#number.value.trim();
    const known = this.#ofPhone();
    if (known.length < this.#shown && this.#mayHaveEarlier()) {
      await this.#load(phone, known[0]?.id ?? Number.MAX_SAFE_INTEGER);
    }
    this.#showThread();
  }

  /**
   * @param {string} phone
   * @param {number} before only texts with a smaller id
   */
  async #load(phone, before) {
    const found = await earlierTexts({ phone, before, limit: shownTexts });
    if (found.length === 0) this.#complete.add(phone);
    const others = [...this.#texts.values()];
    this.#texts = new Map(
      [...found, ...others].sort((one, other) => one.id - other.id).map((text) => [text.id, text]),
    );
  }

  /** @param {readonly PhoneText[]} texts */
  #take(texts) {
    for (const text of texts) {
      if (text.parts > 1) this.#join(text);
      this.#texts.set(text.id, text);
    }
    for (const id of this.#texts.keys()) {
      if (this.#texts.size <= most) break;
      this.#texts.delete(id);
    }
  }

  /**
   * The parts of a text, which stood alone on their way, are one now.
   *
   * @param {PhoneText} whole
   */
  #join(whole) {
    const ids = new Set(whole.message_ids);
    for (const [id, { message_ids, state }] of this.#texts) {
      if (id === whole.id || state !== "accepted") continue;
      if (message_ids.some((message_id) => ids.has(message_id))) this.#texts.delete(id);
    }
  }

  #show() {
    const latest = [...this.#texts.values()].at(-1);
    if (this.#undecided && latest !== undefined) {
      this.#undecided = false;
      this.#number.value = latest.phone;
    }
    this.#showPhones();
    this.#showThread();
  }

  /** @param {string} number */
  #choose(number) {
    this.#undecided = false;
    this.#shown = shownTexts;
    if (this.#number.value !== number) this.#number.value = number;
    this.#showPhones();
    this.#showThread();
  }

  #showPhones() {
    /** @type {Map<string, number>} */
    const latest = new Map();
    for (const { id, phone } of this.#texts.values())
      latest.set(phone, Math.max(id, latest.get(phone) ?? 0));
    const phones = [...latest].sort(([, one], [, other]) => other - one).slice(0, mostPhones);
    const chosen = this.#number.value.trim();
    if (latest.has(chosen)) this.#seen.set(chosen, latest.get(chosen) ?? 0);
    const key = JSON.stringify([
      chosen,
      phones.map(([number, id]) => [number, id > (this.#seen.get(number) ?? 0)]),
    ]);
    if (this.#chips.dataset["key"] === key) return;
    this.#chips.dataset["key"] = key;
    const focused = document.activeElement?.getAttribute("data-number");
    this.#chips.replaceChildren(
      ...phones.map(([number, id], index) => {
        const isNew = number !== chosen && id > (this.#seen.get(number) ?? 0);
        const chip = el(
          "button",
          {
            type: "button",
            "data-number": number,
            "aria-pressed": number === chosen ? "true" : "false",
            class: isNew ? "new" : undefined,
            tabindex: index === 0 ? 0 : -1,
          },
          number,
          isNew ? el("span", { class: "dot", role: "img", "aria-label": "new" }) : undefined,
        );
        chip.addEventListener("click", () => this.#choose(number));
        return chip;
      }),
    );
    byId("numbers", HTMLDataListElement).replaceChildren(
      ...phones.map(([number]) => el("option", { value: number })),
    );
    for (const chip of this.#chips.querySelectorAll("button")) {
      if (focused !== null && chip.dataset["number"] === focused) chip.focus();
    }
  }

  #showThread() {
    const number = this.#number.value.trim();
    const known = this.#ofPhone();
    const texts = known.slice(-this.#shown);
    this.#earlier.hidden = known.length === texts.length && !this.#mayHaveEarlier();
    const thread = this.#thread;
    const isNear = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
    const isOther = thread.dataset["number"] !== number;
    if (isOther) {
      thread.dataset["number"] = number;
      thread.replaceChildren();
    }
    if (texts.length === 0) {
      thread.replaceChildren(emptyThread(number));
      return;
    }
    thread.querySelector(".empty")?.remove();
    showBubbles(thread, texts);
    if (isNear || isOther) thread.scrollTop = thread.scrollHeight;
  }

  #compose() {
    const form = byId("compose", HTMLFormElement);
    const text = byId("text", HTMLTextAreaElement);
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const from = this.#number.value.trim();
      if (from === "") return this.#number.focus();
      this.#undecided = false;
      const to = byId("to", HTMLInputElement).value.trim();
      const method = byId("method", HTMLSelectElement).value;
      const sent = text.value;
      sendText({ from, to, text: sent, method }).then(() => {
        // Whoever has gone on meanwhile keeps the place, and what was typed.
        if (text.value === sent) text.value = "";
        if (form.contains(document.activeElement)) text.focus();
      }, complain);
    });
  }
}

/** @param {string} number */
function emptyThread(number) {
  const words =
    number === ""
      ? "Type a number: this page is then that phone."
      : `Nothing on ${number} yet. Submit a text to this number, or write one below.`;
  return el("p", { class: "empty" }, words);
}

/**
 * Brings the bubbles up to date; those that have not changed stay.
 *
 * @param {HTMLElement} thread
 * @param {readonly PhoneText[]} texts
 */
function showBubbles(thread, texts) {
  const wanted = new Set(texts.map(({ id }) => String(id)));
  for (const bubble of [...thread.children]) {
    if (!wanted.has(bubble.getAttribute("data-id") ?? "")) bubble.remove();
  }
  let place = thread.firstElementChild;
  for (const text of texts) {
    if (place?.getAttribute("data-id") === String(text.id)) {
      const next = place.nextElementSibling;
      if (!isOf(place, text)) place.replaceWith(bubbleOf(text));
      place = next;
    } else {
      thread.insertBefore(bubbleOf(text), place);
    }
  }
}

/** What each bubble was made from. @type {WeakMap<Element, PhoneText>} */
const shown = new WeakMap();

/**
 * Whether a bubble shows this text as it is now. A text that has changed is another object; only
 * where everything was loaded again may it be the same all the same.
 *
 * @param {Element} bubble
 * @param {PhoneText} text
 */
function isOf(bubble, text) {
  const before = shown.get(bubble);
  return before === text || JSON.stringify(before) === JSON.stringify(text);
}

/** @param {PhoneText} text */
function bubbleOf(text) {
  const isWaiting = text.direction === "to_phone" && text.text === "";
  const look = [isWaiting && "missing", ["refused", "failed"].includes(text.state) && "bad"];
  const bubble = el(
    "article",
    {
      class: ["bubble", text.direction, ...look.filter((name) => name !== false)].join(" "),
      "data-id": text.id,
    },
    el("p", { class: "text", dir: "auto" }, isWaiting ? missingText(text) : text.text),
    el(
      "p",
      { class: "meta" },
      el("span", {}, text.direction === "to_phone" ? `from ${text.other}` : `to ${text.other}`),
      el("time", { datetime: text.time }, timeOf(text.time)),
      text.parts > 1 ? el("span", { class: "parts" }, counted(text.parts, "part")) : undefined,
      tickOf(text),
    ),
  );
  shown.set(bubble, text);
  return bubble;
}

/** @param {PhoneText} text */
function missingText({ state, reason, message_ids }) {
  if (state === "refused") return `Refused: ${reason}`;
  if (state === "failed") return `Not delivered: ${reason}`;
  return state === "shown" ? "(empty)" : `On its way as ${message_ids.join(", ")}`;
}

/** @param {PhoneText} text */
function tickOf({ direction, state, reason, receipts, message_ids }) {
  if (state === "refused" || state === "failed") return tick("failed", reason);
  if (direction === "from_phone") {
    return state === "taken" ? tick("delivered", "taken") : tick("waiting", "waits for a receiver");
  }
  const last = receipts.at(-1);
  if (last === undefined) return tick("sent", state === "accepted" ? "accepted" : "no receipt");
  const stats = new Set(receipts.map(({ stat }) => stat));
  const all = new Set(receipts.map(({ message_id }) => message_id)).size >= message_ids.length;
  const [stat] = stats.size === 1 ? stats : [last.stat];
  return tick(all && stat === "DELIVRD" ? "delivered" : "sent", stat ?? "");
}

const shapes = {
  sent: "M3 8.5 6.5 12 13 4.5",
  delivered: "M1 8.5 4.5 12 11 4.5M7.5 11l1 1L15 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  waiting: "M8 4v4l3 2M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
};

/**
 * @param {keyof typeof shapes} kind
 * @param {string} words
 */
function tick(kind, words) {
  const made = el("span", { class: `tick ${kind}` });
  made.append(
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: shapes[kind] })),
  );
  const label = el("span");
  write(label, words);
  made.append(label);
  return made;
}
