/** What is taken out of a text before anybody but the worker sees it. */

/** A telephone number, most likely; message ids are in fields of their own. */
const longNumber = /\+?\d{7,}/g;

/**
 * `amqp://user:[secret]@host` of `amqp://user:guess@host`, wherever in a text the URL is. The
 * password ends at the last @ before a space or a quotation mark. Texts come from anywhere: one pass,
 * whatever they hold.
 */
export function withoutPasswords(text: string): string {
  let seen = "";
  let from = 0;
  for (let start = text.indexOf("://"); start !== -1; start = text.indexOf("://", from)) {
    // All URLs of one word have the same last @, so a word is looked through once.
    const word = text.slice(start, wordEnd(text, start));
    const password = passwordIn(word);
    seen += text.slice(from, start) + (password === undefined ? word : hidden(word, password));
    from = start + word.length;
  }
  return from === 0 ? text : seen + text.slice(from);
}

/** Where a password begins and ends. */
type Place = readonly [begin: number, end: number];

function hidden(word: string, [begin, end]: Place): string {
  return `${word.slice(0, begin)}[secret]${word.slice(end)}`;
}

function passwordIn(word: string): Place | undefined {
  const at = word.lastIndexOf("@");
  for (let start = 0; start !== -1 && start < at; start = word.indexOf("://", start + 3)) {
    const userEnd = indexOf(/[/:@]/g, word, start + 3);
    if (userEnd < at && word[userEnd] === ":") return [userEnd + 1, at];
  }
  return undefined;
}

function wordEnd(text: string, from: number): number {
  return indexOf(/[\s"]/g, text, from);
}

/** The first match at or behind `from`, or the end of the text. */
function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** `no route to [number]`: what people put into an error's message is not known beforehand. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(longNumber, "[number]");
}
