/** A middleware that writes texts in ASCII, or in what GSM 03.38 has. */

import { canEncode } from "@esme/gsm-codec";
import type { Message } from "@esme/messages";
import { mapping } from "@esme/settings/schema";
import anyAscii from "any-ascii";
import { z } from "zod";
import type { Middleware } from "./middleware.ts";
import { readOwnConfig } from "./middleware-config.ts";

/** Which characters stay as they are, and what becomes of ASCII that does not. */
const alphabets = {
  ascii: { has: (text: string) => /^[\0-\x7f]*$/.test(text), instead: {} },
  gsm0338: { has: (text: string) => canEncode(text), instead: { "`": "'", "\t": " " } },
} as const satisfies Record<string, Alphabet>;

interface Alphabet {
  has(text: string): boolean;
  readonly instead: Readonly<Record<string, string>>;
}

const settings = mapping({
  keep: z.enum(["ascii", "gsm0338"], "ascii or gsm0338").default("ascii"),
});

/** A name instead of a character, such as `:grinning:`; on a phone it is noise that costs. */
const emojiName = /^:\w+:$/;

/**
 * Makes `do svidaniya` of `до свидания`. A text that has only GSM 03.38's characters takes 160 of
 * them in one SMS, any other text 70: with `keep: gsm0338` what makes it costly is replaced, and
 * `ü`, `ñ`, `€` stay. What has no counterpart, as emoji have none, is left out.
 */
export class TransliterationMiddleware implements Middleware {
  readonly #alphabet: Alphabet;

  /** @throws Error naming each key of the configuration that is wrong */
  constructor(config: unknown) {
    this.#alphabet = alphabets[readOwnConfig(settings, config).keep];
  }

  handleOutbound(message: Message): Message {
    return this.#written(message);
  }

  handleInbound(message: Message): Message {
    return this.#written(message);
  }

  #written(message: Message): Message {
    const { content } = message;
    if (content === null || this.#alphabet.has(content)) return message;
    const characters = Array.from(content.normalize("NFC"), (one) => written(one, this.#alphabet));
    return { ...message, content: characters.join("") };
  }
}

function written(character: string, { has, instead }: Alphabet): string {
  if (has(character)) return character;
  const ascii = anyAscii(character);
  if (emojiName.test(ascii)) return "";
  if (has(ascii)) return ascii;
  return Object.hasOwn(instead, ascii) ? (instead[ascii] ?? "") : "";
}
