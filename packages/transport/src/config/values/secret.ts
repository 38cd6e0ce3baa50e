/** A value that must not be seen: it shows as `[secret]` wherever it is printed or serialised. */
import { inspect } from "node:util";

/** Wraps a password or a URL that contains one. Only `reveal` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the wire, never for a log, an error or a dump. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
