/** The sessions: who is bound, how fast, and how well. */
import { complain, endSession } from "./api.js";
import { button, byId, el, say, svg, write } from "./dom.js";
import { agoOf, counted } from "./words.js";

/** @typedef {import("../http/views/state.ts").SessionState} SessionState */

/** @typedef {{ element: HTMLElement, show: (session: SessionState) => void }} Card */

/** The cards, one for each session. */
export class Sessions {
  #list = byId("session-list", HTMLElement);
  #more = el("p", { class: "more", hidden: true });
  /** @type {Map<number, Card>} */
  #cards = new Map();
  /** @type {(session: number) => void} */
  #onLog;

  /** @param {(session: number) => void} onLog the log of this session is asked for */
  constructor(onLog) {
    this.#onLog = onLog;
    this.#list.append(this.#more);
  }

  /** @param {import("../http/views/state.ts").CentreState} state */
  show(state) {
    const address = `${state.host}:${state.port}`;
    write(byId("address", HTMLElement), `${state.tls ? "TLS, " : ""}${address}`);
    const bound = state.sessions.filter(({ mode }) => mode !== null).length + state.more.bound;
    const [waiting, refused] = [state.pending_deliveries, state.refused_connections];
    write(
      byId("session-count", HTMLElement),
      [
        bound > 0 ? `${bound.toLocaleString("en")} bound` : "",
        waiting > 0 ? `${waiting.toLocaleString("en")} deliver_sm waiting` : "",
        refused > 0 ? `${counted(refused, "connection")} refused` : "",
      ]
        .filter((words) => words !== "")
        .join(", "),
    );
    this.#remove(new Set(state.sessions.map(({ id }) => id)));
    for (const session of state.sessions) this.#card(session).show(session);
    if (state.sessions.length === 0) this.#showNobody(state.host, state.port);
    else this.#list.querySelector(".empty")?.remove();
    this.#showMore(state.more);
  }

  /** @param {import("../http/views/state.ts").CentreState["more"]} more */
  #showMore({ sessions, bound, rate }) {
    this.#more.hidden = sessions === 0;
    write(
      this.#more,
      `and ${counted(sessions, "more session")}, ${bound.toLocaleString("en")} bound: ` +
        `${rate.in.toLocaleString("en")} /s in, ${rate.out.toLocaleString("en")} /s out`,
    );
  }

  /** @param {Set<number>} connected */
  #remove(connected) {
    for (const [id, { element }] of this.#cards) {
      if (connected.has(id)) continue;
      element.remove();
      this.#cards.delete(id);
      say(`${element.dataset["name"] || "a connection"} is gone`);
    }
  }

  /**
   * @param {SessionState} session
   * @returns {Card}
   */
  #card(session) {
    const known = this.#cards.get(session.id);
    if (known !== undefined) return known;
    const card = cardOf(session.id, this.#onLog);
    this.#cards.set(session.id, card);
    this.#more.before(card.element);
    return card;
  }

  /**
   * @param {string} host
   * @param {number} port
   */
  #showNobody(host, port) {
    if (this.#list.querySelector(".empty") !== null) return;
    const code = `const client = new Client({
  host: "${host}",
  port: ${port},
  bind: { mode: "transceiver", system_id: "esme", password: "secret" },
});
await client.connect();`;
    const copy = button("Copy", () => navigator.clipboard.writeText(code).catch(complain), {
      class: "quiet copy",
    });
    this.#list.append(
      el(
        "div",
        { class: "empty" },
        el(
          "p",
          {},
          "No ESME is bound. Point yours at ",
          el("b", {}, `${host}:${port}`),
          ", or begin with this:",
        ),
        el("div", { class: "code" }, el("pre", {}, el("code", {}, code)), copy),
      ),
    );
  }
}

/**
 * @param {number} id
 * @param {(session: number) => void} onLog
 * @returns {Card}
 */
function cardOf(id, onLog) {
  const name = el("h3");
  const mode = el("span", { class: "badge" });
  const remote = el("p", { class: "remote" });
  const inbound = el("b");
  const outbound = el("b");
  const spark = sparkline();
  const meter = el("progress", { "aria-label": "Window in use" });
  const windowText = el("span");
  const enquiry = el("p", { class: "enquiry" });
  const act = (/** @type {"unbind" | "close"} */ what) => () =>
    void endSession(id, what).catch(complain);
  const element = el(
    "article",
    { class: "session", "data-session": id },
    el("header", {}, name, mode),
    remote,
    el(
      "div",
      { class: "rates" },
      spark.element,
      el("p", { class: "in", title: "Messages a second from the ESME" }, inbound, " /s in"),
      el("p", { class: "out", title: "Messages a second to the ESME" }, outbound, " /s out"),
    ),
    el("div", { class: "window" }, el("span", {}, "window"), meter, windowText),
    enquiry,
    el(
      "footer",
      { class: "acts" },
      button("PDUs", () => onLog(id)),
      button("Unbind", act("unbind")),
      button("Hang up", act("close"), { class: "danger" }),
    ),
  );
  return {
    element,
    show(session) {
      const named = session.system_id || "not bound yet";
      if (element.dataset["name"] !== session.system_id && session.mode !== null) {
        say(`${named} is bound as ${session.mode}`);
      }
      element.dataset["name"] = session.system_id;
      element.setAttribute("aria-label", `Session ${id}, ${named}`);
      write(name, named);
      write(mode, session.mode ?? session.state.toLowerCase());
      const version = session.version === "" ? "" : `, SMPP ${session.version}`;
      write(remote, `#${id}${session.remote === "" ? "" : ` from ${session.remote}`}${version}`);
      write(inbound, String(session.rate.in.at(-1) ?? 0));
      write(outbound, String(session.rate.out.at(-1) ?? 0));
      spark.show(session.rate);
      meter.max = session.window.size;
      meter.value = session.window.in_flight;
      const queued = session.window.waiting > 0 ? `, ${session.window.waiting} wait` : "";
      write(windowText, `${session.window.in_flight} of ${session.window.size}${queued}`);
      write(enquiry, enquiryOf(session));
    },
  };
}

/** @param {SessionState} session */
function enquiryOf({ enquire_link: { last, received, sent } }) {
  if (last !== null) return `enquire_link ${agoOf(last)}`;
  return received + sent > 0 ? "enquire_link not answered yet" : "no enquire_link yet";
}

const width = 180;
const height = 36;

/** A minute of messages a second, in both directions. */
function sparkline() {
  const inbound = svg("polyline", { class: "in" });
  const outbound = svg("polyline", { class: "out" });
  const element = svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      class: "spark",
      "aria-hidden": "true",
      preserveAspectRatio: "none",
    },
    svg("line", { x1: 0, x2: width, y1: height - 1, y2: height - 1 }),
    outbound,
    inbound,
  );
  return {
    element,
    /** @param {SessionState["rate"]} rate */
    show(rate) {
      const top = Math.max(4, ...rate.in, ...rate.out);
      inbound.setAttribute("points", pointsOf(rate.in, top));
      outbound.setAttribute("points", pointsOf(rate.out, top));
    },
  };
}

/**
 * The newest at the right, a place for each of sixty seconds.
 *
 * @param {readonly number[]} rates
 * @param {number} top
 */
function pointsOf(rates, top) {
  return rates
    .map((rate, index) => {
      const x = ((60 - rates.length + index) * width) / 59;
      return `${x.toFixed(1)},${(height - 1 - (rate / top) * (height - 4)).toFixed(1)}`;
    })
    .join(" ");
}
