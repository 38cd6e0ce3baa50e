/** Times, counts and other small words. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/**
 * The time of day, to the second.
 *
 * @param {string} iso
 */
export function timeOf(iso) {
  return clock.format(new Date(iso));
}

/**
 * The time of day, to the millisecond.
 *
 * @param {string} iso
 */
export function exactTimeOf(iso) {
  return `${timeOf(iso)}.${iso.slice(20, 23)}`;
}

/**
 * `1 part`, `2 parts`.
 *
 * @param {number} count
 * @param {string} one
 */
export function counted(count, one) {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

/**
 * `4 s ago`.
 *
 * @param {string} iso
 */
export function agoOf(iso) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return `${Math.round(seconds / 60)} min ago`;
}
