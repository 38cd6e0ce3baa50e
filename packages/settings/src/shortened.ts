/** What came from outside, short enough for a log line or an error. */

/** Characters that are shown of an id, an address or a path; the wire allows fewer. */
const most = 255;

/** The text, or its beginning and how long it is. */
export function shortened(text: string, length = most): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}... (${text.length.toLocaleString("en")} characters)`;
}

/** The same in quotes, with escapes for what does not print. */
export function quoted(text: string, length = most): string {
  if (text.length <= length) return JSON.stringify(text);
  const beginning = JSON.stringify(text.slice(0, length));
  return `${beginning}... (${text.length.toLocaleString("en")} characters)`;
}
