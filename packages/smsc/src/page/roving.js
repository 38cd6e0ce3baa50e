/** One stop of the Tab key for a whole list: arrow keys go from one item to the next. */

/**
 * Lets the arrow keys move the focus among the items of a list.
 *
 * @param {HTMLElement} list
 * @param {string} selector which of its elements are items
 * @param {(item: HTMLElement) => void} [reached] what an item that is reached is good for
 */
export function roving(list, selector, reached = () => {}) {
  const items = () => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(selector))];

  list.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.findIndex((item) => item.matches(":focus"));
    const next = target(event.key, at, all.length);
    const item = next === undefined ? undefined : all[next];
    if (item === undefined) return;
    event.preventDefault();
    item.focus();
    reached(item);
  });

  list.addEventListener("focusin", (event) => {
    for (const item of items()) item.tabIndex = item === event.target ? 0 : -1;
  });
}

/**
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @returns {number | undefined}
 */
function target(key, at, count) {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
    case "ArrowLeft":
      return at < 0 ? count - 1 : Math.max(at - 1, 0);
    case "PageDown":
      return Math.min(at + 10, count - 1);
    case "PageUp":
      return Math.max(at - 10, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
