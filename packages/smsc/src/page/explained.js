/** One PDU, explained octet by octet: a field and its octets light up together. */
import { complain, explainedPdu } from "./api.js";
import { byId, el, say, topIn } from "./dom.js";
import { roving } from "./roving.js";
import { exactTimeOf } from "./words.js";

/** @typedef {import("../log/pdu-summary.ts").ExplainedPdu} ExplainedPdu */

/** Octets shown; of a longer PDU the rest is in what is copied and exported. */
const most = 2_048;

/** The place of the page where a PDU is explained. */
export class Explained {
  #place = byId("explained", HTMLElement);
  /** @type {ExplainedPdu | undefined} */
  #pdu;
  #wanted = 0;

  constructor() {
    this.#place.append(
      el("p", { class: "empty" }, "Choose a PDU to see what each of its octets says."),
    );
    roving(this.#place, ".field");
    for (const type of ["pointerover", "focusin"]) {
      this.#place.addEventListener(type, ({ target }) => this.#light(target));
    }
    this.#place.addEventListener("pointerleave", () => this.#light(document.activeElement));
    this.#place.addEventListener("focusout", () => this.#light(null));
  }

  /**
   * Shows the PDU with this id, unless another is asked for meanwhile.
   *
   * @param {number} id
   */
  async show(id) {
    this.#wanted = id;
    try {
      const pdu = await explainedPdu(id);
      if (this.#wanted !== id) return;
      this.#pdu = pdu;
      this.#place.replaceChildren(...partsOf(pdu, () => this.copy()));
      this.#place.scrollTop = 0;
    } catch (error) {
      complain(error);
    }
  }

  /** Copies the octets as hexadecimal digits. */
  copy() {
    const pdu = this.#pdu;
    if (pdu === undefined) return;
    navigator.clipboard.writeText(pdu.hex).then(() => {
      say("copied");
      const copy = this.#place.querySelector(".copy");
      if (copy === null) return;
      copy.textContent = "Copied";
      setTimeout(() => {
        copy.textContent = "Copy hex";
      }, 1_500);
    }, complain);
  }

  /** To the first field. */
  focus() {
    const field = this.#place.querySelector(".field");
    if (field instanceof HTMLElement) field.focus();
  }

  /**
   * Lights up the field that an element belongs to, or that its octet belongs to.
   *
   * @param {EventTarget | null} target
   */
  #light(target) {
    const part = target instanceof Element ? target.closest("[data-field]") : null;
    const field = part instanceof HTMLElement ? part.dataset["field"] : undefined;
    for (const each of this.#place.querySelectorAll("[data-field]")) {
      const isLit = field !== undefined && each.getAttribute("data-field") === field;
      each.classList.toggle("lit", isLit);
    }
    this.#showOctets();
  }

  /** Scrolls the dump, and nothing else, to the octets that are lit. */
  #showOctets() {
    const dump = this.#place.querySelector(".dump");
    const octet = dump?.querySelector(".lit");
    if (!(dump instanceof HTMLElement) || !(octet instanceof HTMLElement)) return;
    const top = topIn(dump, octet);
    const isAbove = top < dump.scrollTop;
    const isBelow = top + octet.offsetHeight > dump.scrollTop + dump.clientHeight;
    if (isAbove || isBelow) dump.scrollTop = top - dump.clientHeight / 3;
  }
}

/**
 * @param {ExplainedPdu} pdu
 * @param {() => void} copy
 */
function partsOf(pdu, copy) {
  const copyButton = el(
    "button",
    { type: "button", class: "copy", title: "Copy as hex (c)" },
    "Copy hex",
  );
  copyButton.addEventListener("click", copy);
  const way = pdu.direction === "in" ? "from" : "to";
  const peer = pdu.system_id === "" ? `session ${pdu.session}` : pdu.system_id;
  return [
    el(
      "header",
      {},
      el("h3", {}, pdu.command),
      el("p", {}, `${way} ${peer}, ${exactTimeOf(pdu.time)}, ${pdu.length} octets`),
      copyButton,
    ),
    ...(pdu.remarks.length === 0
      ? []
      : [el("ul", { class: "remarks" }, ...pdu.remarks.map((remark) => el("li", {}, remark)))]),
    ...(pdu.text === undefined ? [] : [el("p", { class: "words", dir: "auto" }, pdu.text)]),
    el(
      "div",
      { class: "both" },
      el("div", { class: "dump", "aria-hidden": "true" }, ...dumpOf(pdu)),
      el(
        "div",
        { class: "fields", role: "list", "aria-label": "Fields" },
        ...pdu.fields.map(fieldOf),
      ),
    ),
  ];
}

/**
 * @param {ExplainedPdu["fields"][number]} field
 * @param {number} index
 */
function fieldOf({ name, start, end, value, meaning }, index) {
  const octets = end - start > 1 ? `${start}–${end - 1}` : String(start);
  return el(
    "div",
    {
      class: `field ${kindOf(index, name)}`,
      role: "listitem",
      tabindex: index === 0 ? 0 : -1,
      "data-field": index,
    },
    el("span", { class: "octets" }, octets),
    el("span", { class: "name" }, name),
    el(
      "span",
      { class: "says" },
      el("span", { class: "value" }, value),
      meaning === undefined ? undefined : el("span", { class: "meaning" }, meaning),
    ),
  );
}

/**
 * Lines of sixteen octets, each octet marked with its field.
 *
 * @param {ExplainedPdu} pdu
 */
function dumpOf({ hex, fields }) {
  const octets = hex.slice(0, 2 * most).match(/../g) ?? [];
  /** @type {string[]} */
  const owners = [];
  /** @type {string[]} */
  const kinds = [];
  for (const [index, { start, end, name }] of fields.entries()) {
    for (let at = start; at < Math.min(end, octets.length); at++) {
      owners[at] = String(index);
      kinds[at] = kindOf(index, name);
    }
  }
  /** @type {(at: number, shown: string) => HTMLElement} */
  const mark = (at, shown) =>
    el("span", { class: `octet ${kinds[at] ?? ""}`, "data-field": owners[at] }, shown);
  const lines = [];
  for (let at = 0; at < octets.length; at += 16) {
    const line = octets.slice(at, at + 16);
    const hex = line.map((octet, index) => mark(at + index, octet));
    const ascii = line.map((octet, index) => mark(at + index, printable(octet)));
    lines.push(
      el(
        "div",
        { class: "line" },
        el("span", { class: "offset" }, at.toString(16).padStart(4, "0")),
        el("span", { class: "hex" }, ...hex),
        el("span", { class: "ascii" }, ...ascii),
      ),
    );
  }
  if (hex.length > 2 * most) {
    lines.push(
      el("p", { class: "rest" }, `${hex.length / 2 - most} octets more: copy or export them`),
    );
  }
  return lines;
}

/**
 * The header is one colour, then two take turns; TLVs have one of their own.
 *
 * @param {number} index
 * @param {string} name
 */
function kindOf(index, name) {
  if (index < 4) return index % 2 === 0 ? "head" : "head other";
  if (name.includes("(0x") || name === "not read" || name === "body")
    return index % 2 === 0 ? "tlv" : "tlv other";
  return index % 2 === 0 ? "even" : "odd";
}

/** @param {string} octet two hexadecimal digits */
function printable(octet) {
  const code = Number.parseInt(octet, 16);
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
}
