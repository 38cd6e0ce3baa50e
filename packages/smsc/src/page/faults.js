/** The faults: each switched by a click, with what can be set about it. */
import { complain, endAllFaults, endFault, putInForce } from "./api.js";
import { byId, el, say, write } from "./dom.js";

/** @typedef {import("../http/views/fault-catalogue.ts").KnownFault} KnownFault */
/** @typedef {import("../http/views/fault-list.ts").FaultInForce} FaultInForce */
/** @typedef {KnownFault["parameters"][number]} Parameter */
/** @typedef {{ element: HTMLElement, show: (inForce: readonly FaultInForce[]) => void }} Row */

const statuses = [
  "ESME_RSYSERR",
  "ESME_RTHROTTLED",
  "ESME_RMSGQFUL",
  "ESME_RSUBMITFAIL",
  "ESME_RINVDSTADR",
  "ESME_RINVSRCADR",
  "ESME_RX_T_APPN",
  "ESME_RX_P_APPN",
  "ESME_RINVBNDSTS",
  "ESME_RUNKNOWNERR",
];

/** The list of faults. */
export class Faults {
  #list = byId("fault-list", HTMLElement);
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {readonly FaultInForce[]} */
  #inForce = [];

  constructor() {
    byId("behave", HTMLButtonElement).addEventListener("click", () => {
      endAllFaults().catch(complain);
    });
  }

  /** @param {readonly KnownFault[]} known */
  load(known) {
    this.#rows.clear();
    for (const fault of known) this.#rows.set(fault.fault, rowOf(fault));
    this.#list.replaceChildren(...[...this.#rows.values()].map(({ element }) => element));
    this.show(this.#inForce);
  }

  /** @param {readonly FaultInForce[]} inForce */
  show(inForce) {
    this.#inForce = inForce;
    write(
      byId("fault-count", HTMLElement),
      inForce.length === 0 ? "" : `${inForce.length} in force`,
    );
    byId("behave", HTMLButtonElement).hidden = inForce.length === 0;
    for (const [name, row] of this.#rows)
      row.show(inForce.filter(({ fault }) => fault.fault === name));
    this.#showOthers(inForce.filter(({ fault }) => !this.#rows.has(fault.fault)));
  }

  focus() {
    this.#list.querySelector("button")?.focus();
  }

  /** Scripts of programs: they can be ended here, not begun. @param {readonly FaultInForce[]} others */
  #showOthers(others) {
    if (this.#rows.size === 0) return;
    for (const row of this.#list.querySelectorAll(".script")) row.remove();
    this.#list.prepend(
      ...others.map(({ id, acted }) => {
        const end = el(
          "button",
          { type: "button", role: "switch", "aria-checked": "true", class: "switch" },
          "A script of a program",
        );
        end.addEventListener("click", () => void endFault(id).catch(complain));
        return el(
          "li",
          { class: "fault script on" },
          el("div", { class: "line" }, end, actedOf(acted)),
        );
      }),
    );
  }
}

/**
 * @param {KnownFault} known
 * @returns {Row}
 */
function rowOf({ fault, title, says, parameters }) {
  const inputs = [...parameters.map(inputOf), everyInput(), forInput()];
  const values = el("summary");
  /** @type {readonly FaultInForce[]} */
  let inForce = [];
  const toggle = el(
    "button",
    { type: "button", role: "switch", "aria-checked": "false", class: "switch" },
    title,
  );
  const acted = actedOf(0);
  acted.hidden = true;
  const element = el(
    "li",
    { class: "fault", "data-fault": fault },
    el("div", { class: "line" }, toggle, acted),
    el("p", { class: "says" }, says),
    el("details", {}, values, el("div", { class: "inputs" }, ...inputs.map(({ label }) => label))),
  );

  const given = () => Object.assign({ fault }, ...inputs.map(({ value }) => value()));
  const begin = () => putInForce(given()).then(() => say(`${title} is in force`), complain);
  const end = () =>
    Promise.all(inForce.map(({ id }) => endFault(id))).then(
      () => say(`${title} is over`),
      complain,
    );

  toggle.addEventListener("click", () => void (inForce.length > 0 ? end() : begin()));
  const summarise = () =>
    write(values, inputs.flatMap(({ words }) => words() ?? []).join(", ") || "every submission");
  element.addEventListener("input", summarise);
  // Other values for what is in force already.
  element.addEventListener("change", async () => {
    if (inForce.length === 0) return;
    await end();
    await begin();
  });
  summarise();
  return {
    element,
    show(now) {
      inForce = now;
      const isOn = now.length > 0;
      toggle.setAttribute("aria-checked", String(isOn));
      element.classList.toggle("on", isOn);
      acted.hidden = !isOn;
      write(acted, `${now.reduce((sum, each) => sum + each.acted, 0).toLocaleString("en")} times`);
    },
  };
}

/** @typedef {{ label: HTMLElement, value: () => object, words: () => string | undefined }} Input */

/**
 * @param {Parameter} parameter
 * @returns {Input}
 */
function inputOf({ name, says, unit = "", kind, value, choices = [] }) {
  const input = kind === "choice" ? choiceOf(choices, String(value)) : fieldOf(kind, String(value));
  const label = el("label", {}, el("span", {}, unit === "" ? says : `${says}, ${unit}`), input);
  return {
    label,
    value: () => (input.value === "" ? {} : { [name]: givenBy(kind, input.value) }),
    words: () => {
      if (kind !== "number") return input.value;
      return input.value === "0"
        ? undefined
        : `${Number(input.value).toLocaleString("en")} ${unit || says}`;
    },
  };
}

/**
 * What the API takes for what was typed.
 *
 * @param {Parameter["kind"]} kind
 * @param {string} typed
 */
function givenBy(kind, typed) {
  if (kind === "number") return Number(typed);
  return kind === "weights" ? weightsOf(typed) : typed;
}

/** @returns {Input} */
function everyInput() {
  const input = el("input", { type: "number", min: 1, value: 1 });
  return {
    label: el("label", {}, el("span", {}, "only every so many"), input),
    value: () => (Number(input.value) > 1 ? { every: Number(input.value) } : {}),
    words: () => (Number(input.value) > 1 ? `every ${input.value}.` : undefined),
  };
}

/** @returns {Input} */
function forInput() {
  const input = el("input", { type: "number", min: 0, placeholder: "until ended" });
  return {
    label: el("label", {}, el("span", {}, "for so many seconds"), input),
    value: () => (Number(input.value) > 0 ? { for: Number(input.value) } : {}),
    words: () => (Number(input.value) > 0 ? `for ${input.value} s` : undefined),
  };
}

/**
 * @param {readonly string[]} choices
 * @param {string} value
 */
function choiceOf(choices, value) {
  const select = el("select", {}, ...choices.map((choice) => el("option", {}, choice)));
  select.value = value;
  return select;
}

/**
 * @param {Parameter["kind"]} kind
 * @param {string} value
 */
function fieldOf(kind, value) {
  if (kind === "number") return el("input", { type: "number", min: 0, value, required: true });
  if (kind === "status") return el("input", { value, list: "statuses", spellcheck: "false" });
  return el("input", { value, spellcheck: "false" });
}

/**
 * `ESME_ROK 8, ESME_RSYSERR 1` as the mapping that the API takes.
 *
 * @param {string} words
 */
function weightsOf(words) {
  const pairs = words.split(",").map((pair) => pair.trim().split(/\s+/));
  return Object.fromEntries(pairs.map(([status, weight = "1"]) => [status, Number(weight)]));
}

/** @param {number} acted */
function actedOf(acted) {
  return el("span", { class: "acted" }, `${acted.toLocaleString("en")} times`);
}

/** The names that inputs for a command_status offer. */
export function statusNames() {
  return el("datalist", { id: "statuses" }, ...statuses.map((value) => el("option", { value })));
}
