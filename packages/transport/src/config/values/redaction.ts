/** What is taken out of texts and values before anybody but the worker sees them. */
import { Secret } from "./secret.ts";

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

/** Words in the name of a key whose value is a secret. */
const secretWords: ReadonlySet<string> = new Set([
  "apikey",
  "auth",
  "authorization",
  "bearer",
  "credential",
  "credentials",
  "dsn",
  "key",
  "pass",
  "passphrase",
  "passwd",
  "password",
  "pwd",
  "secret",
  "token",
]);

/** True for names such as `password`, `api_key`, `authToken`: what they hold is shown to nobody. */
export function namesSecret(name: string): boolean {
  return name
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .some((word) => secretWords.has(word.toLowerCase()));
}

/** Whether a line may have a key that calls its value a secret: most have none. */
const maybeSecretKey = /pass|pwd|secret|token|key|auth|bearer|credential|dsn/i;

/** A line of JSON without the values of keys that call them secrets: `{"api_key":"[secret]"}`. */
export function withoutSecretKeys(line: string): string {
  if (!maybeSecretKey.test(line)) return line;
  let seen = "";
  let from = 0;
  // From string to string: what is inside one is never taken for a key.
  for (let start = line.indexOf('"'); start !== -1; ) {
    const end = stringEnd(line, start);
    const value = line[end] === ":" ? valueEnd(line, end + 1) : end;
    if (value > end + 1 && namesSecret(line.slice(start + 1, end - 1))) {
      seen += `${line.slice(from, end)}:"[secret]"`;
      from = value;
      start = line.indexOf('"', value);
    } else {
      start = line.indexOf('"', end);
    }
  }
  return seen + line.slice(from);
}

/** Behind the quotation mark that ends the string which begins at `start`. */
function stringEnd(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end !== -1; end = line.indexOf('"', end + 1)) {
    let before = end;
    while (line[before - 1] === "\\") before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return line.length;
}

/** Behind the text or number at `start`; `start` where there is neither, or an empty text. */
function valueEnd(line: string, start: number): number {
  if (line[start] === '"') {
    const end = stringEnd(line, start);
    return end > start + 2 ? end : start;
  }
  number.lastIndex = start;
  return start + (number.exec(line)?.[0].length ?? 0);
}

const number = /-?\d[\d.eE+-]*/y;

/**
 * A value of the configuration of a class, to be printed: without what keys call a secret, and
 * without the passwords of URLs.
 */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return withoutUrlPassword(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      namesSecret(key) && inner !== "" ? "[secret]" : withoutSecrets(inner),
    ]),
  );
}

/** A value that is one URL: its password may hold blanks. */
function withoutUrlPassword(value: string): string {
  const place = urlPassword(value);
  return place === undefined ? withoutPasswords(value) : hidden(value, place);
}

function urlPassword(value: string): Place | undefined {
  const [scheme] = /^[a-z][a-z\d+.-]*(?=:\/\/)/i.exec(value) ?? [];
  const place = scheme === undefined ? undefined : passwordIn(value.slice(scheme.length));
  return place && [place[0] + (scheme ?? "").length, place[1] + (scheme ?? "").length];
}

/** The shortest secret that is looked for in texts: shorter ones are parts of any word. */
const shortestSought = 4;

/**
 * What is secret in a configuration or a part of it: its `Secret`s, what keys call a secret, the
 * passwords of URLs, as they are and decoded.
 */
export function secretsIn(value: unknown): string[] {
  const found = new Set<string>();
  collect(value, false, found, new Set());
  // Longer ones first: a password may be a part of another one.
  return [...found]
    .filter((secret) => secret.length >= shortestSought)
    .sort((a, b) => b.length - a.length);
}

function collect(value: unknown, isSecret: boolean, found: Set<string>, seen: Set<unknown>): void {
  if (value instanceof Secret) {
    collect(value.reveal(), true, found, seen);
  } else if (typeof value === "string") {
    const place = urlPassword(value);
    if (isSecret) found.add(value);
    if (place === undefined) return;
    const password = value.slice(...place);
    found.add(password).add(decoded(password));
  } else if (typeof value === "number" && isSecret) {
    found.add(String(value));
  } else if (isPlain(value) && !seen.has(value)) {
    seen.add(value);
    for (const [key, inner] of Object.entries(value)) {
      collect(inner, isSecret || namesSecret(key), found, seen);
    }
  }
}

/** Mappings and lists; what a program hands in beside them, such as a client, is its own. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

/**
 * A text by somebody else, such as an error of a class, without these secrets. They are looked for as
 * words: a password `1234` stays part of `012345`.
 */
export function withoutValues(text: string, secrets: readonly string[]): string {
  return secrets.reduce((seen, secret) => {
    if (!seen.includes(secret)) return seen;
    const word = secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    return seen.replaceAll(new RegExp(`(?<![A-Za-z0-9])${word}(?![A-Za-z0-9])`, "g"), "[secret]");
  }, text);
}
