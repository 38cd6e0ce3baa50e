/** Calls of the HTTP API, one function each. What comes has the type that the server gave it. */
import { byId } from "./dom.js";

/**
 * The last texts of all phones, as many as one answer has room for.
 *
 * @returns {Promise<import("../http/views/conversations.ts").PhoneText[]>}
 */
export const texts = () => call("GET", "api/texts?limit=2000");

/**
 * Texts with a smaller id: the last ones of one phone, or of all.
 *
 * @param {{ phone?: string, before: number, limit: number }} page
 * @returns {Promise<import("../http/views/conversations.ts").PhoneText[]>}
 */
export const earlierTexts = ({ phone, before, limit }) => {
  const query = new URLSearchParams({ before: String(before), limit: String(limit) });
  if (phone !== undefined) query.set("phone", phone);
  return call("GET", `api/texts?${query}`);
};

/** @returns {Promise<import("../http/views/fault-catalogue.ts").KnownFault[]>} */
export const knownFaults = () => call("GET", "api/faults/known");

/**
 * @param {string} query
 * @returns {Promise<import("../log/pdu-summary.ts").PduSummary[]>}
 */
export const pdus = (query) => call("GET", `api/pdus?limit=300&${query}`);

/**
 * @param {number} id
 * @returns {Promise<import("../log/pdu-summary.ts").ExplainedPdu>}
 */
export const explainedPdu = (id) => call("GET", `api/pdus/${id}`);

/**
 * @param {{ from: string, to: string, text: string, method: string }} text
 * @returns {Promise<import("../http/views/conversations.ts").PhoneText>}
 */
export const sendText = (text) => call("POST", "api/texts", text);

/**
 * @param {Record<string, unknown>} fault
 * @returns {Promise<import("../http/views/fault-list.ts").FaultInForce>}
 */
export const putInForce = (fault) => call("POST", "api/faults", fault);

/** @param {number} id */
export const endFault = (id) => call("DELETE", `api/faults/${id}`);

export const endAllFaults = () => call("DELETE", "api/faults");

/**
 * @param {number} session
 * @param {"unbind" | "close"} what
 */
export const endSession = (session, what) => call("POST", `api/sessions/${session}/${what}`);

/**
 * @template T what the server answers there: both are of one package, so nobody checks it again
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<T>}
 */
async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(method !== "GET" && { headers: { "content-type": "application/json" } }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = text === "" ? undefined : JSON.parse(text);
  if (answer.ok) return json;
  throw new Error(json?.error?.message ?? `${method} ${path} was answered ${answer.status}`);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows for a while what went wrong.
 *
 * @param {unknown} error
 */
export function complain(error) {
  const place = byId("alert", HTMLElement);
  place.textContent = error instanceof Error ? error.message : String(error);
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    place.hidden = true;
  }, 8_000);
}
