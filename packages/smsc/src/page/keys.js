/** Shortcuts of the keyboard: single letters, where nobody is typing. */
import { byId } from "./dom.js";

/** @param {Readonly<Record<string, () => void>>} acts by key */
export function shortcuts(acts) {
  const help = byId("help", HTMLDialogElement);
  byId("keys", HTMLButtonElement).addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const { activeElement } = document;
    if (isTyping(activeElement)) {
      if (event.key === "Escape" && activeElement instanceof HTMLElement) activeElement.blur();
      return;
    }
    const act = event.key === "?" ? () => help.showModal() : acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** @param {Element | null} element */
function isTyping(element) {
  if (element instanceof HTMLInputElement) return element.type !== "checkbox";
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
}
